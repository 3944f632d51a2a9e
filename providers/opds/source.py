"""What is asked of a catalogue's site: one document at a time, spooled, then read in its own format."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from providers.base import Limits, Visit
from providers.errors import ConfigurationError
from providers.http import validators_key
from providers.opds import atom, json_feed
from providers.opds.feed import Feed, cut, refused
from providers.opds.links import identity
from providers.opds.notice import Entry
from providers.opds.settings import OpdsSettings

_ACCEPT: Final = (
    "application/opds+json, application/atom+xml;profile=opds-catalog;q=0.9, application/atom+xml;q=0.8, "
    "application/json;q=0.6, application/xml;q=0.5, */*;q=0.1"
)
_HEAD: Final = 2048


@dataclass(frozen=True, slots=True)
class Document:
    """A document on disk; `url` is where it was found, after redirects."""

    path: Path
    url: str
    requested_at: datetime

    def read(self) -> tuple[Feed, Iterator[Entry]]:
        """Give what the document says of itself, which fills as its entries are read.

        Raises
        ------
        DataError
            It is neither XML nor a JSON object; while reading: it is no feed.
        TransientError
            It is empty; while reading: it ends before its end.
        """
        with self.path.open("rb") as file:
            head = file.read(_HEAD)
        begun = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip(b"\xff\xfe \t\r\n")
        if not begun:
            raise cut(f"{self.url}: an empty body")
        if begun.startswith(b"{"):
            feed = Feed(self.url, "OPDS 2")
            return feed, json_feed.read(self.path, feed)
        if begun.startswith(b"<"):
            feed = Feed(self.url, "OPDS 1")
            return feed, atom.read(self.path, feed)
        raise refused(head, f"{self.url}: neither XML nor a JSON object")


def download(
    visit: Visit[OpdsSettings], url: str, limits: Limits, *, conditional: bool = False
) -> Document | None:
    """Spool a document; None when it is what it was after the last complete run.

    Credentials go to the host that the person named, and to no other.
    """
    headers = {"Accept": _ACCEPT}
    if visit.settings.username and _host(url) == _host(visit.identifier):
        password = visit.settings.password.get_secret_value() if visit.settings.password else ""
        pair = base64.b64encode(f"{visit.settings.username}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    try:
        found = visit.http.download(
            url, visit.spool / "document", headers=headers, limit=limits.body, conditional=conditional
        )
    except ConfigurationError as error:
        raise _explained(error, visit) from error
    return Document(found.path, found.url, found.requested_at) if found else None


def forget_validators(visit: Visit[OpdsSettings], url: str) -> None:
    """Have a document read again next time although it did not change: what it leads to may have."""
    visit.http.fresh_validators.pop(validators_key(url), None)


def _host(url: str) -> str:
    return identity(url).partition("/")[0]


def _explained(error: ConfigurationError, visit: Visit[OpdsSettings]) -> ConfigurationError:
    """Say a refusal in the words of the form."""
    if error.status in {401, 403} and visit.settings.username:
        code = "credentials_refused"
        sentence = (
            "Le catalogue refuse ce nom d’utilisateur et ce mot de passe. Vérifiez-les auprès de celui qui "
            "publie le catalogue."
        )
    elif error.status in {401, 403}:
        code = "credentials_needed"
        sentence = (
            "Ce catalogue n’est pas public. Indiquez le nom d’utilisateur et le mot de passe que son éditeur "
            "vous a donnés."
        )
    elif error.status in {404, 410}:
        code = "catalogue_not_found"
        sentence = "Aucun catalogue à cette adresse. Vérifiez-la auprès de celui qui publie le catalogue."
    else:
        return error
    explained = ConfigurationError(code, sentence, str(error))
    explained.status = error.status
    return explained
