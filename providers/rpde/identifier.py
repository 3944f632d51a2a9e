"""Reads the address of a feed from what a person pasted."""

import re
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from providers.errors import ConfigurationError
from providers.text import typeset

HELP: Final = typeset(
    "Collez l’adresse du flux RPDE de vos séances, par exemple "
    "« https://www.exemple.fr/rpde/scheduled-sessions » ; "
    "elle figure sur la page « open data » de votre logiciel."
)
_LONGEST: Final = 2_000
_POSITIONS: Final = frozenset({"aftertimestamp", "afterid", "afterchangenumber"})
"""What says where in a feed a page begins: the address of a feed has none of it."""


def read(written: str) -> str:
    """Give the address of the feed's first page, in the one form in which it is stored.

    Raises
    ------
    ConfigurationError
        What was pasted is no address of a feed; the sentence says what to paste instead.
    """
    pasted = written.strip().strip("<>\"'«»\u00a0\u202f").strip()
    if not pasted:
        raise _wrong("identifier_empty", "L’adresse du flux manque")
    if "@" in pasted and not re.search(r"[/?]", pasted):
        raise _wrong("identifier_email", "Ceci est une adresse électronique")
    try:
        parts = urlsplit(pasted if "://" in pasted else f"https://{pasted.lstrip('/')}")
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _wrong("identifier_unreadable", "Ceci n’est pas une adresse") from None
    known = parts.scheme.lower() in {"http", "https"} and "." in host
    if not known or re.search(r"[\s\x00-\x1f\x7f]", pasted) or len(pasted) > _LONGEST:
        raise _wrong("identifier_unreadable", "Ceci n’est pas l’adresse d’un flux")
    if "@" in parts.netloc:
        raise _wrong("identifier_password", "Une adresse qui contient un mot de passe n’est pas acceptée")
    netloc = re.sub(r":(?:80|443)$", "", parts.netloc.lower())
    return urlunsplit(("https", netloc, parts.path or "/", _without_position(parts.query), ""))


def _without_position(query: str) -> str:
    asked = parse_qsl(query, keep_blank_values=True)
    if not any(name.casefold() in _POSITIONS for name, _ in asked):
        return query
    return urlencode([(name, value) for name, value in asked if name.casefold() not in _POSITIONS])


def _wrong(code: str, what: str) -> ConfigurationError:
    return ConfigurationError(code, f"{what}. {HELP}")
