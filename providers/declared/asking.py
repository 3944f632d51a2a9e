"""Asks a declared partner for its list, page by page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from pydantic import SecretStr

from providers.base import Visit
from providers.declared.paging import OnePage, Paging, Told
from providers.declared.paths import first, inside
from providers.errors import ConfigurationError, DataError, TransientError
from providers.http import Answer
from providers.text import typeset

MOST_PAGES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Login:
    """A token that is asked for first: what is sent (`{setting}` is filled in), the path of the answer."""

    url: str
    sends: Mapping[str, str]
    at: str = "access_token"


@dataclass(frozen=True, slots=True)
class Api:
    """Where a partner's events are asked for; `{identifier}` and `{setting}` are filled in.

    Parameters
    ----------
    url
        Of the list.
    items
        Path to the events of a page.
    detail
        Address of what else is said of an event, `{ref}` filled in; it is laid over the event's own.
    headers
        Sent with each request; `{token}` is what `login` gave.
    host
        As the partner is called in a sentence.
    """

    url: str
    items: str
    host: str
    paging: Paging = field(default_factory=OnePage)
    headers: Mapping[str, str] = field(default_factory=dict)
    login: Login | None = None
    detail: str = ""
    limit: int = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Listed:
    """A page: its events, what asks for the next, and when it was asked for.

    `met` counts the events up to here; `is_short`: the list ended with fewer than it said.
    """

    events: list[Any]
    following: Any
    requested_at: datetime
    met: int
    is_short: bool


class Asking:
    """A visit's requests to a declared partner."""

    def __init__(self, api: Api, visit: Visit[Any]) -> None:
        self._api = api
        self._visit = visit
        named = {name: getattr(visit.settings, name) for name in type(visit.settings).model_fields}
        self._values = {
            name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in named.items()
        }
        self._values["identifier"] = visit.identifier
        self._logged_in = False

    def pages(self, at: Any = None, met: int = 0) -> Iterator[Listed]:
        """Read the list, from the first page or what a page's `following` asked for, after `met` events.

        Raises
        ------
        DataError
            An answer is not a list, or does not say whether it is the last.
        TransientError
            The pages never end.
        """
        paging, base = self._api.paging, self._filled(self._api.url)
        at = paging.first if at is None else at
        asked_for: set[Any] = set()
        while True:
            if at in asked_for or len(asked_for) >= MOST_PAGES:
                raise TransientError("listing_moved", self._moved, f"page {str(at)[:80]!r} again")
            asked_for.add(at)
            asked = self._visit.clock()
            answer = self._get(paging.address(base, at))
            document = self._document(answer)
            events = inside(document, self._api.items)
            if not isinstance(events, list):
                raise self._unreadable(f"no list at {self._api.items!r}", document)
            met += len(events)
            told = Told(document, answer.headers, len(events), met, base)
            at = paging.following(told, at)
            is_short = at is None and bool(paging.events) and met < told.count(paging.events)
            yield Listed(events, at, asked, met, is_short)
            if at is None:
                return

    def detail(self, ref: str) -> Mapping[str, Any]:
        """Give what else is said of an event."""
        address = self._filled(self._api.detail, ref=ref)
        try:
            document = self._document(self._get(address))
        except ConfigurationError as error:
            if error.status not in {404, 410}:
                raise
            raise TransientError("listing_moved", self._moved, f"{ref} is listed and gone") from error
        if not isinstance(document, Mapping):
            raise self._unreadable("no object", document)
        return document

    @property
    def _moved(self) -> str:
        return f"La liste de {self._api.host} a changé pendant la lecture. Nous réessaierons."

    def _get(self, address: str) -> Answer:
        self._log_in()
        headers = {"Accept": "application/json"} | {
            name: value.format_map(self._values) for name, value in self._api.headers.items()
        }
        try:
            return self._visit.http.get(address, headers=headers, limit=self._api.limit)
        except ConfigurationError as error:
            raise self._explained(error) from error

    def _log_in(self) -> None:
        login = self._api.login
        if login is None or self._logged_in:
            return
        form = {name: value.format_map(self._values) for name, value in login.sends.items()}
        try:
            answer = self._visit.http.post(login.url, form=form, limit=self._api.limit)
        except ConfigurationError as error:
            raise self._explained(error) from error
        token = first(answer.json(), login.at)
        if not isinstance(token, str):
            raise self._unreadable(f"no token at {login.at!r}", None)
        self._values["token"] = token
        self._logged_in = True

    def _filled(self, template: str, **more: str) -> str:
        values = {name: quote(value, safe="") for name, value in (self._values | more).items()}
        return template.format_map(values)

    def _document(self, answer: Answer) -> Any:
        document = answer.json()
        if not isinstance(document, Mapping | list):
            raise self._unreadable("neither object nor list", document)
        return document

    def _explained(self, error: ConfigurationError) -> ConfigurationError:
        """Say a refusal in the words of the form."""
        if error.status in {400, 401, 403}:
            code = "key_refused"
            sentence = f"Clé refusée par {self._api.host}. Vérifiez-la, puis collez-la de nouveau en entier."
        elif error.status in {404, 410}:
            code = "not_found"
            sentence = (
                f"{self._api.host} ne connaît pas cet identifiant. Vérifiez-le et collez-le de nouveau."
            )
        else:
            return error
        explained = ConfigurationError(code, typeset(sentence), str(error))
        explained.status = error.status
        return explained

    def _unreadable(self, detail: str, document: Any) -> DataError:
        sentence = f"Ce que {self._api.host} a envoyé n’est pas lisible."
        return DataError("not_the_list", sentence, detail, repr(document)[:500].encode("utf-8", "replace"))
