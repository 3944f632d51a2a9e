"""Reads which of TiteLive's two sources a person means: a login of the API, or an address of `.tit` files."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from providers.errors import ConfigurationError
from providers.text import typeset

HELP: Final = typeset(
    "Indiquez l’identifiant que TiteLive vous a donné pour son API, ou l’adresse de vos fichiers "
    "quotidiens, par exemple « https://fichiers.example/livre3_19/ » ou "
    "« https://fichiers.example/Quotidien30.tit »."
)

DAY: Final = "JJ"
"""Stands in a file's name for the day of the month, as in TiteLive's documentation: `QuotidienJJ.tit`."""

DAILY: Final = f"Quotidien{DAY}.tit"

_LOGIN: Final = re.compile(r"[\w.@+-]{2,100}")
_HOST: Final = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")


@dataclass(frozen=True, slots=True)
class Source:
    """What a link reads: `login` of the API, else `address` of a file or of a series of daily files."""

    login: str = ""
    address: str = ""

    @classmethod
    def of(cls, identifier: str) -> "Source":
        """Give back what `read` stored."""
        return cls(address=identifier) if "://" in identifier else cls(login=identifier)

    @property
    def is_series(self) -> bool:
        """Whether the address names one file a day; else it is a single file."""
        return self.address.endswith("/") or DAY in self._name

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or ""

    def file_of(self, day: date) -> str:
        """Give the address of a day's file; a single file's is always the same."""
        if not self.is_series:
            return self.address
        pattern = self.address + DAILY if self.address.endswith("/") else self.address
        folder, _, name = pattern.rpartition("/")
        return f"{folder}/{name.replace(DAY, f'{day.day:02}', 1)}"

    @property
    def _name(self) -> str:
        return urlsplit(self.address).path.rpartition("/")[2]


def read(written: str) -> str:
    """Give the login, or the address of a file, of a folder (it ends with /) or of a series (`…JJ…`).

    Raises
    ------
    ConfigurationError
        What was pasted is neither; the sentence says what to write instead.
    """
    pasted = written.strip().strip("<>\"'«»").strip()
    if not pasted:
        raise ConfigurationError("identifier_empty", f"L’identifiant manque. {HELP}")
    if "/" in pasted:
        return _address(pasted)
    if not _LOGIN.fullmatch(pasted):
        raise _wrong("Ceci n’est pas un identifiant de TiteLive")
    return pasted


def _address(pasted: str) -> str:
    scheme, apart, rest = pasted.partition("://")
    if not apart:
        scheme, rest = "https", pasted
    if scheme.lower() in {"ftp", "ftps", "sftp"}:
        raise ConfigurationError(
            "identifier_ftp",
            "Passerelle lit les fichiers de TiteLive en https:// : demandez à TiteLive ou à votre "
            "prestataire une adresse qui commence ainsi.",
        )
    try:
        parts = urlsplit(f"https://{rest.lstrip('/')}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise _wrong("Ceci n’est pas une adresse") from None
    if "@" in parts.netloc:
        raise ConfigurationError(
            "identifier_secret",
            "Retirez l’utilisateur et le mot de passe de l’adresse : ils ont leurs propres cases.",
        )
    if scheme.lower() not in {"http", "https"} or not _HOST.fullmatch(host) or " " in parts.path:
        raise _wrong("Ceci n’est pas une adresse")
    netloc = f"{host}:{port}" if port not in (None, 80, 443) else host
    path = parts.path or "/"
    is_folder = not parts.query and "." not in path.rpartition("/")[2] and DAY not in path.rpartition("/")[2]
    if is_folder and not path.endswith("/"):
        path += "/"
    return urlunsplit(("https", netloc, path, parts.query, ""))


def _wrong(what: str) -> ConfigurationError:
    return ConfigurationError("identifier_unreadable", f"{what}. {HELP}")
