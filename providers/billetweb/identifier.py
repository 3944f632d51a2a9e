"""Reads what a person wants of their Billetweb account: all its events, or one."""

import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

from providers.errors import ConfigurationError
from providers.text import fold, typeset

ALL: Final = "tous"
HELP: Final = typeset(
    "Indiquez le numéro d’utilisateur de l’API (la valeur de « user » dans Billetweb), ou « tous », pour "
    "importer tous vos évènements ; ou l’adresse d’un seul, par exemple « https://www.billetweb.fr/cyrano »."
)

_USER: Final = re.compile(r"[0-9]{1,12}")
_SLUG: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")
_NOT_EVENTS: Final = frozenset(
    {"api", "bo", "fr", "en", "es", "pro", "multi_event.php", "index.php", "my_order.php"}
)


def read(written: str) -> str:
    """Give « tous », a user's number, or an event's name in its address (`ext_id`).

    Raises
    ------
    ConfigurationError
        What was pasted names neither; the sentence says what to paste instead.
    """
    pasted = written.strip().strip("<>\"'«»\u00a0\u202f").strip()
    if not pasted:
        raise _wrong("identifier_empty", "L’identifiant manque")
    if fold(pasted) in {"tous", "toutes", "tout", "all"}:
        return ALL
    if "@" in pasted and "/" not in pasted:
        raise _wrong("identifier_email", "Ceci est une adresse électronique")
    found = _of_address(pasted) if re.search(r"[/.:]", pasted) else pasted
    if not _SLUG.fullmatch(found):
        raise _wrong(
            "identifier_unreadable", "Ceci n’est ni un numéro d’utilisateur, ni l’adresse d’un évènement"
        )
    return found


def user_of(identifier: str) -> str | None:
    """Give the user's number where the identifier is one."""
    return identifier if _USER.fullmatch(identifier) else None


def event_of(identifier: str) -> str | None:
    """Give the name of the only event that the link reads; None: all of them."""
    return None if identifier == ALL or user_of(identifier) else identifier


def _of_address(pasted: str) -> str:
    try:
        parts = urlsplit(pasted if "://" in pasted else f"https://{pasted.lstrip('/')}")
        host, asked = (parts.hostname or "").lower(), parse_qs(parts.query)
    except ValueError:
        raise _wrong("identifier_unreadable", "Ceci n’est pas une adresse") from None
    if not (host == "billetweb.fr" or host.endswith(".billetweb.fr")):
        if "/" in pasted or ":" in pasted:
            raise _wrong("identifier_elsewhere", "Cette adresse n’est pas celle d’une page de Billetweb")
        return pasted  # an event's name may hold a dot
    if parts.path.startswith("/api"):  # an address of the API, with its key: only who asks is kept
        return _first(asked, "user")
    if parts.path.endswith("shop.php"):
        return _first(asked, "event")
    name = parts.path.strip("/").partition("/")[0]
    if not name or name in _NOT_EVENTS:
        raise _wrong("identifier_no_event", "Cette adresse de Billetweb ne nomme aucun évènement")
    return name


def _first(asked: dict[str, list[str]], name: str) -> str:
    return next(iter(asked.get(name, [])), "")


def _wrong(code: str, what: str) -> ConfigurationError:
    return ConfigurationError(code, f"{what}. {HELP}")
