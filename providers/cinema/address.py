"""Reads the address of a partner's service as a person pastes it."""

import re
from typing import Final
from urllib.parse import urlsplit

from providers.errors import ConfigurationError

_HOST: Final = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+(?::[0-9]{1,5})?")
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~-]{1,100}){0,8}/?")


def read(written: str, help_sentence: str) -> tuple[str, str, str]:
    """Give (host, path, fragment) of an address, with or without https://; the query is left out.

    Raises
    ------
    ConfigurationError
        It is none; the message is followed by `help_sentence`.
    """
    pasted = written.strip().strip("<>\"'«»").strip()
    if not pasted:
        raise ConfigurationError("identifier_empty", f"L’adresse manque. {help_sentence}")
    scheme, apart, rest = pasted.partition("://")
    if (apart and scheme.lower() not in {"http", "https"}) or "@" in pasted:
        raise _wrong(help_sentence)
    try:
        parts = urlsplit(f"https://{rest if apart else pasted}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise _wrong(help_sentence) from None
    named = f"{host}:{port}" if port not in (None, 80, 443) else host
    if not _HOST.fullmatch(named) or not _PATH.fullmatch(parts.path):
        raise _wrong(help_sentence)
    return named, parts.path, parts.fragment


def _wrong(help_sentence: str) -> ConfigurationError:
    return ConfigurationError("identifier_unreadable", f"Ceci n’est pas une adresse. {help_sentence}")
