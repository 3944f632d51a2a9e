"""Reads which organiser of which pretix a person means, and which of its events if only one."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from providers.errors import ConfigurationError
from providers.text import typeset

HOSTED: Final = "pretix.eu"
HELP: Final = typeset(
    "Collez l’adresse de votre billetterie, par exemple « https://pretix.eu/mon-theatre/ », "
    "ou celle d’un seul évènement, par exemple « https://pretix.eu/mon-theatre/cyrano/ ». "
    "Si votre billetterie a une adresse à elle, collez plutôt celle de la page de gestion, "
    "qui contient « /control/organizer/ »."
)

_SLUG: Final = re.compile(r"[A-Za-z0-9.][A-Za-z0-9.-]{0,99}")
_HOST: Final = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+(?::[0-9]{1,5})?")
_MANAGED: Final = re.compile(r"^control/(?:organizer/([^/]+)|event/([^/]+)/([^/]+))")
_ASKED: Final = re.compile(r"^api/v1/organizers/([^/]+)(?:/events/([^/]+))?")
_NOT_EVENTS: Final = frozenset(
    {"account", "api", "cart", "customer", "events", "giftcard", "login", "theme", "widget"}
)
_NOT_ORGANISERS: Final = frozenset(
    {"about", "api", "blog", "control", "docs", "fr", "de", "en", "login", "pricing", "static", "widget"}
)


def is_slug(text: str) -> bool:
    """Tell whether a text may name an organiser or an event in a path: no dots alone, no slash."""
    return _SLUG.fullmatch(text) is not None and text.strip(".") != ""


@dataclass(frozen=True, slots=True)
class Shop:
    """What a link reads; `event` is empty for all the events of the organiser."""

    host: str
    organiser: str
    event: str = ""

    @classmethod
    def of(cls, identifier: str) -> "Shop":
        """Give back what `written` stored."""
        host, organiser, event = [*identifier.removeprefix("https://").split("/"), "", ""][:3]
        return cls(host, organiser, event)

    @property
    def written(self) -> str:
        """The identifier as it is stored."""
        return f"https://{self.host}/{self.organiser}" + (f"/{self.event}" if self.event else "")

    @property
    def api(self) -> str:
        return f"https://{self.host}/api/v1/organizers/{self.organiser}/"


def read(written: str) -> str:
    """Give « https://pretix.eu/organiser » or « https://host/organiser/event » from what was pasted.

    Raises
    ------
    ConfigurationError
        What was pasted names no organiser; the sentence says what to paste instead.
    """
    pasted = written.strip().strip("<>\"'«»").strip()
    if not pasted:
        raise ConfigurationError("identifier_empty", f"L’adresse de la billetterie manque. {HELP}")
    if "@" in pasted and "/" not in pasted:
        raise _wrong("identifier_email", "Ceci est une adresse électronique")
    host, path = _parts(pasted)
    organiser, event = _slugs(path)
    if not organiser or organiser.lower() in _NOT_ORGANISERS:
        raise _wrong("identifier_no_organiser", "Cette adresse ne nomme aucun organisateur")
    if not is_slug(organiser) or (event and not is_slug(event)):
        raise _wrong("identifier_unreadable", "Ceci n’est pas l’adresse d’une billetterie pretix")
    return Shop(host, organiser, "" if event in _NOT_EVENTS else event).written


def _parts(pasted: str) -> tuple[str, str]:
    """Give host and path; without a host it is the one that pretix runs."""
    scheme, apart, rest = pasted.partition("://")
    if not apart:
        rest = pasted
        first = rest.lstrip("/").partition("/")[0].lower()
        if not _HOST.fullmatch(first):
            rest = f"{HOSTED}/{rest.lstrip('/')}"
    elif scheme.lower() not in {"http", "https"}:
        raise _wrong("identifier_unreadable", "Ceci n’est pas l’adresse d’une billetterie pretix")
    try:
        parts = urlsplit(f"https://{rest.lstrip('/')}")
        host, port = (parts.hostname or "").lower().removeprefix("www."), parts.port
    except ValueError:
        raise _wrong("identifier_unreadable", "Ceci n’est pas une adresse") from None
    named = f"{host}:{port}" if port not in (None, 80, 443) else host
    if not _HOST.fullmatch(named):
        raise _wrong("identifier_unreadable", "Ceci n’est pas une adresse")
    return named, unquote(parts.path).strip("/ ")


def _slugs(path: str) -> tuple[str, str]:
    if managed := _MANAGED.match(path):
        return (managed[1] or managed[2]), managed[3] or ""
    if asked := _ASKED.match(path):
        return asked[1], asked[2] or ""
    organiser, _, rest = path.partition("/")
    return organiser, rest.partition("/")[0]


def _wrong(code: str, what: str) -> ConfigurationError:
    return ConfigurationError(code, f"{what}. {HELP}")
