"""Reads where the messages are: an https address, or an operator's own folder."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from providers.errors import ConfigurationError

HELP: Final = (
    "Collez l’adresse du message ONIX 3 que votre distributeur vous a donnée, par exemple "
    "https://www.exemple.fr/onix/catalogue.xml, ou celle d’un dossier de messages datés, "
    "qui se termine par « / »."
)
_LONGEST: Final = 2_000
_UNSAFE: Final = re.compile(r"[\s\x00-\x1f\x7f]")
_FOLDER: Final = "file://"


def read(written: str) -> str:
    """Give the address in the one form in which it is stored; a folder as `file:///…`.

    Whether a folder may be read is not judged here, but by `folder`: only an operator's link may.

    Raises
    ------
    ConfigurationError
        What was pasted is no such address; the sentence says what to paste instead.
    """
    pasted = written.strip().strip("<>\"'«»\u00a0\u202f").strip()
    if not pasted:
        raise _wrong("identifier_empty", "L’adresse du message manque")
    if re.match(r"\?xml\s|onixmessage\b", pasted, re.IGNORECASE):
        raise _wrong("identifier_content", "Ceci est le contenu d’un message, pas son adresse")
    if len(pasted) > _LONGEST:
        raise _wrong("identifier_unreadable", "Cette adresse est trop longue")
    if pasted.startswith((_FOLDER, "/")):
        path = unquote(pasted.removeprefix(_FOLDER))
        if not path.startswith("/") or "\0" in path:
            raise _wrong("identifier_unreadable", "Ceci n’est pas le chemin d’un dossier")
        return _FOLDER + quote(path)
    try:
        parts = urlsplit(pasted if "://" in pasted else f"https://{pasted}")
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _wrong("identifier_unreadable", "Ceci n’est pas une adresse") from None
    if parts.scheme.lower() not in {"https", "http"} or "." not in host or _UNSAFE.search(pasted):
        raise _wrong("identifier_unreadable", "Ceci n’est pas l’adresse d’un message")
    if parts.username or parts.password:
        raise _wrong(
            "identifier_secret",
            "Indiquez l’identifiant de connexion et le mot de passe dans les réglages, pas dans l’adresse",
        )
    netloc = re.sub(r":(?:80|443)$", "", parts.netloc.lower())
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return urlunsplit(("https", netloc, path, parts.query, ""))


def folder(identifier: str, *, for_venue: bool) -> Path | None:
    """Give the folder of an operator's own disk that an identifier names; None: it is an https address.

    Raises
    ------
    ConfigurationError
        `folder_refused`: the link is a venue's. What a venue types opens no file of ours.
    """
    if not identifier.startswith(_FOLDER):
        return None
    if for_venue:
        raise _wrong("folder_refused", "Seul un catalogue de l’exploitant peut être lu dans un dossier")
    return Path(unquote(identifier.removeprefix(_FOLDER)))


def is_listing(identifier: str) -> bool:
    """Whether an https address is that of a folder."""
    return urlsplit(identifier).path.endswith("/")


def _wrong(code: str, what: str) -> ConfigurationError:
    return ConfigurationError(code, f"{what}. {HELP}")
