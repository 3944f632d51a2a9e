"""TiteLive's API: a token for a login and a password, and the search by day of modification.

Its shapes are those of pass Culture's public client (`api/src/pcapi/connectors/titelive.py`): the
token lives a few minutes, a search takes `dateminm` and `datemaxm` as dd/mm/yyyy, and gives *works*
(`result`), each with the articles (`article`) that are its editions.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import quote

from providers.base import Visit
from providers.errors import ConfigurationError, DataError, PartnerError, TransientError
from providers.http import Answer
from providers.titelive.days import ONE_DAY
from providers.titelive.settings import TiteliveSettings

LOGIN: Final = "https://login.epagine.fr/v1/login/{login}/token"
SEARCH: Final = "https://catsearch.epagine.fr/v1/search"

A_PAGE: Final = 50
"""Works asked for at once; TiteLive gives 120 at most, and a work may have eighty editions."""

PAGE_LIMIT: Final = 32 * 1024 * 1024
"""Bytes; fifty works come to a quarter of a megabyte."""

_TOKEN: Final = re.compile(r"[\x21-\x7e]{8,8192}")
_REFUSED: Final = frozenset({400, 401, 403, 404, 422})


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search. `announced` is what TiteLive says that the whole search finds, often wrongly."""

    works: Sequence[Any]
    announced: int | None
    requested_at: datetime


class Api:
    """The API, asked with a link's login; it signs in when it must."""

    def __init__(self, visit: Visit[TiteliveSettings], login: str) -> None:
        self._http = visit.http
        self._login = login
        self._password = visit.settings.password
        self._token = ""

    def search(self, day: date, page: int, part: str = "") -> Found:
        """Give a page (from 1) of the works of which an article was modified that day.

        `part` narrows it to articles of one availability code.
        """
        asked = {
            "base": "paper",
            "nombre": str(A_PAGE),
            "page": str(page),
            "tri": "datemodification",
            "tri_ordre": "asc",
            "dateminm": f"{day:%d/%m/%Y}",
            "datemaxm": f"{day + ONE_DAY:%d/%m/%Y}",
        }
        if part:
            asked["dispo"] = part
        answer = self._ask(asked)
        document = _document(answer)
        if "result" not in document:
            raise _unreadable("a search without `result`", answer.content)
        works = as_list(document["result"])
        if works is None:
            raise _unreadable("`result` is no list", answer.content)
        return Found(works, _announced(document), answer.requested_at)

    def sign_in(self) -> None:
        """Ask for a token.

        Raises
        ------
        ConfigurationError
            `password_missing`, or `credentials_refused`.
        """
        if self._password is None:
            sentence = "Indiquez le mot de passe que TiteLive vous a donné avec cet identifiant."
            raise ConfigurationError("password_missing", sentence)
        url = LOGIN.format(login=quote(self._login, safe="@"))
        try:
            answer = self._http.post(url, json={"password": self._password.get_secret_value()})
        except ConfigurationError as error:
            if error.status in _REFUSED:
                raise _refused(error) from error
            raise
        token = _document(answer).get("token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise _unreadable("a sign-in without `token`", b"")  # its body may hold one: it is not kept
        self._token = token

    def _ask(self, asked: Mapping[str, str]) -> Answer:
        """Ask the search; a token that has ended is replaced, once a request."""
        if not self._token:
            self.sign_in()
        try:
            return self._get(asked)
        except ConfigurationError as error:
            if error.status == 403:
                raise _refused(error) from error
            if error.status != 401:
                raise
        self.sign_in()
        try:
            return self._get(asked)
        except ConfigurationError as error:
            if error.status not in {401, 403}:
                raise
            raise _refused(error) from error

    def _get(self, asked: Mapping[str, str]) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        return self._http.get(SEARCH, params=asked, headers=headers, limit=PAGE_LIMIT)


def as_list(value: Any) -> Sequence[Any] | None:
    """Give a list that PHP may have written as an object of numbered keys, or as nothing; else None."""
    if value is None:
        return []
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else None


def _document(answer: Answer) -> Mapping[str, Any]:
    """Read an answer; one that is empty or cut is not what TiteLive meant to say."""
    body = answer.content.strip()
    if not body:
        raise _cut("an empty answer")
    try:
        document = answer.json()
    except DataError as error:
        if body.startswith(b"{") and not body.endswith(b"}"):
            raise _cut(str(error)) from error
        raise
    if not isinstance(document, Mapping):
        raise _unreadable("no object", answer.content)
    return document


def _announced(document: Mapping[str, Any]) -> int | None:
    for name in ("nbreponses", "nbresults"):
        said = document.get(name)
        if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) < 10:
            said = int(said)
        if isinstance(said, int) and not isinstance(said, bool):
            return said
    return None


def _refused(error: ConfigurationError) -> ConfigurationError:
    sentence = (
        "Identifiants refusés par TiteLive. Vérifiez l’identifiant et le mot de passe, et que votre "
        "abonnement ouvre l’API du catalogue."
    )
    explained = ConfigurationError("credentials_refused", sentence, str(error))
    explained.status = error.status
    return explained


def _cut(detail: str) -> PartnerError:
    sentence = "La réponse de TiteLive s’est interrompue avant la fin. Nous réessaierons."
    return TransientError("cut_body", sentence, detail)


def _unreadable(detail: str, head: bytes) -> DataError:
    return DataError("not_titelive", "Ce que TiteLive a envoyé n’est pas lisible.", detail, head)
