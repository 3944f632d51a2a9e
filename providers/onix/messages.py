"""Where messages come from: one address, a folder's listing on the web, or an operator's own folder."""

import gzip
import hashlib
import html
import re
import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import unquote, urljoin, urlsplit

from providers.base import Visit
from providers.errors import ConfigurationError, DataError, TransientError
from providers.onix import identifier
from providers.onix.document import Document
from providers.onix.settings import OnixSettings

LISTING_LIMIT: Final = 2 * 1024 * 1024
MOST_MESSAGES: Final = 5_000

_MESSAGE_NAME: Final = re.compile(r"(?i)^[^.].*\.(?:xml|onx|onix)(?:\.gz)?$")
_LINK: Final = re.compile(r"(?i)<a\s[^>]*?href\s*=\s*[\"']([^\"'<>]{1,500})[\"']")
_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Message:
    """A message that there is to read: `name` in its folder, and what tells that it was read already.

    `stamp` is empty where only the body tells: the message of a single address, replaced in place.
    """

    name: str
    stamp: str
    url: str = ""
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Spooled:
    """A message on disk; `sha256` in hex, `size` in bytes."""

    path: Path
    sha256: str
    size: int
    requested_at: datetime


def listed(visit: Visit[OnixSettings]) -> Sequence[Message]:
    """Give the messages that there are, the oldest first.

    Raises
    ------
    ConfigurationError
        A folder that is not there, that holds no message, or that a venue may not read.
    """
    folder = identifier.folder(visit.identifier, for_venue=visit.venue is not None)
    if folder is not None:
        found = _in_folder(folder)
    elif identifier.is_listing(visit.identifier):
        found = _in_listing(visit)
    else:
        return [Message(urlsplit(visit.identifier).path.rpartition("/")[2], "", visit.identifier)]
    if not found:
        raise ConfigurationError(
            "no_message", "Ce dossier ne contient aucun message (fichiers .xml, .onx ou .onix)."
        )
    if len(found) > MOST_MESSAGES:
        raise ConfigurationError(
            "too_many_messages",
            f"Ce dossier contient plus de {MOST_MESSAGES} messages : rangez les plus anciens ailleurs.",
        )
    return found


def _in_folder(folder: Path) -> Sequence[Message]:
    try:
        paths = [folder] if folder.is_file() else [each for each in folder.iterdir() if each.is_file()]
        found = [
            (_order_of(path), path.name, path, path.stat())
            for path in paths
            if path == folder or _MESSAGE_NAME.match(path.name)
        ]
    except OSError as error:
        raise ConfigurationError(
            "folder_not_found", f"Le dossier « {folder} » ne peut pas être lu.", error.strerror or ""
        ) from error
    return [
        Message(name, f"{status.st_size}-{status.st_mtime_ns}", path=path)
        for _, name, path, status in sorted(found, key=lambda each: each[:2])
    ]


def _order_of(path: Path) -> str:
    """Give when a message says that it was sent; one that cannot be read yet comes first."""
    try:
        with opened(path, LISTING_LIMIT * 8) as (document, _):
            return document.envelope.order or ""
    except (DataError, TransientError):
        return ""


def _in_listing(visit: Visit[OnixSettings]) -> Sequence[Message]:
    """Read a web server's page of a folder: the links that stay within it, by name."""
    answer = visit.http.get(
        visit.identifier, headers=_headers(visit, "text/html, */*;q=0.5"), limit=LISTING_LIMIT
    )
    base = visit.identifier
    urls = {urljoin(base, html.unescape(link)) for link in _LINK.findall(answer.text)}
    found = []
    for url in sorted(urls):
        folder, _, name = url.rpartition("/")
        if folder + "/" == base and _MESSAGE_NAME.match(unquote(name)):
            found.append(Message(unquote(name), name, url))
    return found


@contextmanager
def spooled(
    message: Message, visit: Visit[OnixSettings], *, limit: int, conditional: bool
) -> Iterator[Spooled | None]:
    """Have a message on disk for the length of the block; None: it is what it was after the last run."""
    if message.path is not None:
        asked = visit.clock()
        try:
            with message.path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = message.path.stat().st_size
        except OSError as error:
            raise TransientError(
                "message_gone", f"Le message « {message.name} » n’est plus lisible.", error.strerror or ""
            ) from error
        yield Spooled(message.path, digest, size, asked)
        return
    to = visit.spool / "message.xml"
    download = visit.http.download(
        message.url,
        to,
        headers=_headers(visit, "application/xml, text/xml, */*;q=0.5"),
        limit=limit,
        conditional=conditional,
    )
    if download is None:
        yield None
        return
    try:
        yield Spooled(to, download.sha256, download.size, download.requested_at)
    finally:
        to.unlink(missing_ok=True)


class _Reader:
    """A message's bytes, uncompressed if need be, and never more than `limit` of them."""

    def __init__(self, raw: IO[bytes], limit: int) -> None:
        begins = raw.read(2)
        raw.seek(0)
        self.raw = raw
        self._file: Any = gzip.GzipFile(fileobj=raw) if begins == _GZIP else raw
        self._left = limit

    def read(self, size: int) -> bytes:
        try:
            piece: bytes = self._file.read(size)
        except (OSError, EOFError, zlib.error) as error:
            sentence = "Le message compressé est arrivé incomplet. Nous réessaierons ; rien n’a été retiré."
            raise TransientError("cut_body", sentence, str(error)) from error
        self._left -= len(piece)
        if self._left < 0:
            raise DataError("too_large", "Le message dépasse la taille acceptée.")
        return piece


@contextmanager
def opened(path: Path, limit: int) -> Iterator[tuple[Document, IO[bytes]]]:
    """Open a message on disk; also gives the file whose position tells how far one has come."""
    with path.open("rb") as raw:
        yield Document(_Reader(raw, limit)), raw


def _headers(visit: Visit[OnixSettings], accept: str) -> Mapping[str, str]:
    settings = visit.settings
    if not settings.user:
        return {"Accept": accept}
    pair = f"{settings.user}:{settings.password.get_secret_value()}".encode()
    return {"Accept": accept, "Authorization": f"Basic {b64encode(pair).decode()}"}
