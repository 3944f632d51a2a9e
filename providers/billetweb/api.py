"""What is asked of Billetweb: an account's events, and of each its tariffs, its sessions and what is left.

Source: https://www.billetweb.fr/bo/api.php. Refusals come inside a 200 body, `{"error": …}`; a page of
HTML is the protection in front of it. Attendees and orders are never asked for.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from providers.base import Visit
from providers.billetweb import identifier
from providers.billetweb.settings import BilletwebSettings
from providers.billetweb.strings import rows
from providers.errors import ConfigurationError, DataError, PartnerError, RateLimited, TransientError

HOST: Final = "https://www.billetweb.fr/api/"
VERSION: Final = "1"
PAGE_LIMIT: Final = 16 * 1024 * 1024
"""Bytes: three hundred events with long descriptions come to 3 MB."""

_PATIENCE: Final = timedelta(minutes=1)
"""100 hits a minute are granted; the refusal names no time."""

_TOO_FAST: Final = re.compile(r"rate|too many|hits per|throttl|quota exceeded", re.IGNORECASE)
_NO_KEY: Final = re.compile(
    r"auth|key|user|login|credential|token|access|permission|forbidden|denied", re.IGNORECASE
)
_AWAY: Final = re.compile(r"maintenance|unavailable|internal|server|timeout|try again|later", re.IGNORECASE)


class EventRefused(PartnerError):  # noqa: N818 - an event that the key does not open, or that is gone
    """One event of the account was not given; it costs that event only."""


class Api:
    """The API of one account, asked with a link's key."""

    def __init__(self, visit: Visit[BilletwebSettings]) -> None:
        self._visit = visit
        user = visit.settings.user or identifier.user_of(visit.identifier)
        if not user:
            sentence = "Indiquez l’utilisateur de l’API : dans Billetweb, « Réglages », « Outils », « API »."
            raise ConfigurationError("user_missing", sentence)
        self._asked_as = {"user": user, "key": visit.settings.key.get_secret_value(), "version": VERSION}

    def events(self) -> Sequence[Any]:
        """Give the events that are not over, as they are listed, those too that are not published."""
        listed = self._ask("events", {"description": "1"})
        if not isinstance(listed, list):
            raise _unreadable("events: no list", repr(listed)[:500].encode())
        return listed

    def tickets(self, event: str) -> Sequence[Mapping[str, Any]]:
        """Give the tariffs of an event."""
        return self._of_event(event, "tickets")

    def dates(self, event: str) -> Sequence[Mapping[str, Any]]:
        """Give the sessions of an event that are not over; none of one that has a single date."""
        return self._of_event(event, "dates")

    def avail(self, event: str) -> Sequence[Mapping[str, Any]]:
        """Give what an event of a single date can still sell; nothing where Billetweb does not say."""
        try:
            return self._of_event(event, "avail")
        except (EventRefused, DataError):
            return []

    def _of_event(self, event: str, what: str) -> Sequence[Mapping[str, Any]]:
        try:
            answer = self._ask(f"event/{event}/{what}", {})
        except ConfigurationError as error:
            if error.code in {"key_refused", "key_limited", "not_found", "rejected"} and error.status != 401:
                raise EventRefused(error.code, error.sentence, str(error)) from error
            raise
        if not isinstance(answer, list | Mapping):
            raise _unreadable(f"event/{event}/{what}: no list", repr(answer)[:500].encode())
        try:
            return rows(answer)
        except DataError as error:
            raise EventRefused(error.code, error.sentence, str(error)) from error

    def _ask(self, path: str, asked: Mapping[str, str]) -> Any:
        try:
            answer = self._visit.http.get(
                HOST + path,
                params={**self._asked_as, **asked},
                headers={"Accept": "application/json"},
                limit=PAGE_LIMIT,
            )
        except ConfigurationError as error:
            raise _explained(error) from error
        # the front answers with a page that wants JavaScript, or says « Just a moment »
        if answer.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
            raise _front(answer.content)
        document = answer.json()
        if isinstance(document, Mapping) and document.get("error"):
            raise self._refusal(document)
        return document

    def _refusal(self, said: Mapping[str, Any]) -> PartnerError:
        """Say what an error in a 200 body means."""
        code, description = str(said.get("error"))[:200], str(said.get("description") or "")[:500]
        detail = f"{code}: {description}"
        if _TOO_FAST.search(code) or (_TOO_FAST.search(description) and "rate" in description):
            sentence = "Billetweb nous demande d’attendre. L’importation reprendra d’elle-même."
            return RateLimited("rate_limited", sentence, detail, self._visit.clock() + _PATIENCE)
        if "limited rights" in description:
            sentence = (
                "Clé refusée par Billetweb : elle n’ouvre que certains évènements. Donnez-lui accès à tous, "
                "ou créez la clé avec le compte qui les gère."
            )
            return ConfigurationError("key_limited", sentence, detail)
        if _NO_KEY.search(code):
            return ConfigurationError("key_refused", _KEY_REFUSED, detail)
        if _AWAY.search(code):
            sentence = "Billetweb est momentanément indisponible. Nous réessaierons."
            return TransientError("unavailable", sentence, detail)
        return DataError("refused_by_billetweb", "Billetweb a répondu par une erreur.", detail)


_KEY_REFUSED: Final = (
    "Clé refusée par Billetweb. Recopiez « user » et « key » depuis Billetweb "
    "(« Réglages », « Outils », « API »)."
)


def _explained(error: ConfigurationError) -> PartnerError:
    """Say a refused status in the words of the form; a 403 is of the front, Billetweb refuses in a 200."""
    if error.status == 403:
        return _front(str(error).encode())
    if error.status != 401:
        return error
    explained = ConfigurationError("key_refused", _KEY_REFUSED, str(error))
    explained.status = error.status
    return explained


def _front(body: bytes) -> TransientError:
    sentence = "La protection du site de Billetweb ne nous a pas laissés passer. Nous réessaierons."
    return TransientError("front_page", sentence, body[:300].decode("utf-8", "replace"))


def _unreadable(detail: str, head: bytes) -> DataError:
    return DataError("not_billetweb", "Ce que Billetweb a envoyé n’est pas lisible.", detail, head)
