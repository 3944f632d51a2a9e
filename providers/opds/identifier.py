"""Reads the address of a catalogue from what a person pasted."""

import re
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from providers.errors import ConfigurationError

HELP: Final = (
    "Collez l’adresse du catalogue OPDS, que votre logiciel ou votre fournisseur vous donne, par exemple "
    "https://www.exemple.fr/opds/catalogue.xml. Si vous avez le choix, prenez le flux qui liste tous les "
    "livres."
)
_LONGEST: Final = 2_000
_SCHEMES: Final = frozenset({"https", "http", "opds"})
_UNSAFE: Final = re.compile(r"[\s\x00-\x1f\x7f]")


def read(written: str) -> str:
    """Give the catalogue's address in the one form in which it is stored.

    Raises
    ------
    ConfigurationError
        What was pasted is no address of a catalogue; the sentence says what to paste instead.
    """
    pasted = written.strip().strip("<>\"'«»\u00a0\u202f").strip()
    if not pasted:
        raise _wrong("identifier_empty", "L’adresse du catalogue manque")
    if re.match(r"<\?xml|<feed|\{", written.strip(), re.IGNORECASE):
        raise _wrong("identifier_content", "Ceci est le contenu d’un catalogue, pas son adresse")
    if re.match(r"(?:file:|[a-z]:\\|[/~])", pasted, re.IGNORECASE):
        raise _wrong("identifier_file", "Ceci est un fichier de votre ordinateur")
    if "@" in pasted and not re.search(r"[/?]", pasted):
        raise _wrong("identifier_email", "Ceci est une adresse électronique")
    try:
        parts = urlsplit(pasted if "://" in pasted else f"https://{pasted.lstrip('/')}")
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _wrong("identifier_unreadable", "Ceci n’est pas une adresse") from None
    if parts.scheme.lower() not in _SCHEMES or "." not in host or _UNSAFE.search(pasted):
        raise _wrong("identifier_unreadable", "Ceci n’est pas l’adresse d’un catalogue")
    if len(pasted) > _LONGEST:
        raise _wrong("identifier_unreadable", "Cette adresse est trop longue")
    if "@" in parts.netloc:
        raise ConfigurationError(
            "identifier_credentials",
            "Cette adresse contient un mot de passe, et elle est affichée. Retirez-le, et indiquez le nom "
            "d’utilisateur et le mot de passe dans leurs champs.",
        )
    netloc = re.sub(r":(?:80|443)$", "", parts.netloc.lower())
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return urlunsplit(("https", netloc, path, parts.query, ""))


def _wrong(code: str, what: str) -> ConfigurationError:
    return ConfigurationError(code, f"{what}. {HELP}")
