"""Reads the address of a stock list from what a person pasted."""

import re
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from providers.errors import ConfigurationError

_LONGEST: Final = 2_000
_UNSAFE: Final = re.compile(r"[\s\x00-\x1f\x7f]")
_OTHER_SCHEMES: Final = re.compile(r"(?:s?ftps?|scp|smb|file):", re.IGNORECASE)


def read_address(written: str, help_: str) -> str:
    """Give an https address in the one form in which it is stored.

    Raises
    ------
    ConfigurationError
        It is none; the sentence ends with `help_`, which says what to paste instead.
    """
    pasted = written.strip().strip("<>\"'«»\u00a0\u202f").strip()
    if not pasted:
        raise _wrong("identifier_empty", "L’adresse manque", help_)
    if re.match(r"[a-z]:\\|[/~\\]", pasted, re.IGNORECASE) or pasted.lower().startswith("file:"):
        raise _wrong("identifier_file", "Ceci est un fichier de votre ordinateur", help_)
    if _OTHER_SCHEMES.match(pasted):
        what = "Seules les adresses en https:// sont lues directement"
        raise _wrong("identifier_scheme", what, help_)
    if "@" in pasted and "/" not in pasted:
        raise _wrong("identifier_email", "Ceci est une adresse électronique", help_)
    try:
        parts = urlsplit(pasted if "://" in pasted else f"https://{pasted}")
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _wrong("identifier_unreadable", "Ceci n’est pas une adresse", help_) from None
    if parts.scheme.lower() not in {"http", "https"} or "." not in host or _UNSAFE.search(pasted):
        raise _wrong("identifier_unreadable", "Ceci n’est pas une adresse", help_)
    if len(pasted) > _LONGEST:
        raise _wrong("identifier_unreadable", "Cette adresse est trop longue", help_)
    userinfo, at, place = parts.netloc.rpartition("@")
    place = re.sub(r":(?:80|443)$", "", place.lower())
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._{}")
    return urlunsplit(("https", f"{userinfo}{at}{place}", path, parts.query, ""))


def _wrong(code: str, what: str, help_: str) -> ConfigurationError:
    return ConfigurationError(code, f"{what}. {help_}")
