"""Brings a stock file to the run's spool: downloaded, or copied from what was deposited for the link."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from models.vocabulary import UPLOAD
from providers import bodies
from providers.base import Limits, Visit
from providers.csv_stock.identifier import FOLDER
from providers.csv_stock.settings import CsvStockSettings
from providers.errors import ConfigurationError, TransientError

SETTLED: Final = timedelta(seconds=30)
"""A deposited file that changed since is perhaps still being written."""

UPLOADS: Final = "uploads"
_PIECE: Final = 1024 * 1024
_DATED: Final = re.compile(
    r"(?<!\d)(20\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)"
    r"(?:[-_.T hH]?([0-2]\d)[-_.:hH]?([0-5]\d)(?:[-_.:]?([0-5]\d))?)?(?!\d)"
)
_DAY_FIRST: Final = re.compile(r"(?<!\d)([0-3]\d)[-_.]([01]\d)[-_.](20\d\d)(?!\d)")
_UNFINISHED: Final = frozenset({".part", ".tmp", ".filepart", ".crdownload"})


@dataclass(frozen=True, slots=True)
class Document:
    """A file in the spool; `said_at` is when what it says was so, as far as we know."""

    path: Path
    sha256: str
    said_at: datetime
    name: str


def spooled(visit: Visit[CsvStockSettings], limits: Limits, *, conditional: bool) -> Document | None:
    """Spool the link's file; None when it is what it was after the last complete run.

    Raises
    ------
    ConfigurationError
        `file_not_found`, `credentials_refused`, `deposits_closed`, or what the client says.
    TransientError
        `nothing_deposited`, or what the client says.
    """
    to = visit.spool / "stock.csv"
    identifier = visit.identifier
    if identifier.startswith(UPLOAD):
        return _copied(
            visit, _uploaded(_deposits(visit) / UPLOADS / identifier.removeprefix(UPLOAD)), to, limits
        )
    if identifier.startswith(FOLDER):
        return _copied(visit, _newest(visit, _deposits(visit) / identifier.removeprefix(FOLDER)), to, limits)
    try:
        download = visit.http.download(
            identifier,
            to,
            headers={"Accept": "text/csv, text/plain;q=0.9, */*;q=0.5"} | visit.settings.headers,
            limit=limits.body,
            conditional=conditional,
        )
    except ConfigurationError as error:
        raise _meant(error) from error
    if download is None:
        return None
    return Document(download.path, download.sha256, download.requested_at, identifier.rpartition("/")[2])


def _meant(error: ConfigurationError) -> ConfigurationError:
    meant = error
    if error.code == "refused":
        sentence = "Accès refusé au fichier : vérifiez le nom d’utilisateur et le mot de passe."
        meant = ConfigurationError("credentials_refused", sentence, str(error))
    elif error.code == "not_found":
        sentence = "Aucun fichier à cette adresse : vérifiez-la dans votre logiciel."
        meant = ConfigurationError("file_not_found", sentence, str(error))
    meant.status = error.status
    return meant


def _deposits(visit: Visit[CsvStockSettings]) -> Path:
    """Give the folder that was opened for this link; nothing that a venue typed has a say in it."""
    if visit.deposits is None:
        raise ConfigurationError(
            "deposits_closed",
            "Aucun dépôt de fichiers n’est ouvert à ce lieu : demandez-le à l’équipe du pass Culture, "
            "ou donnez l’adresse https:// du fichier.",
        )
    return visit.deposits


def _uploaded(folder: Path) -> Path:
    """Give the one file of an upload's folder, which is there under the name that it had with the venue."""
    try:
        (path,) = folder.iterdir()
    except (OSError, ValueError) as error:
        raise _nothing(str(error)) from None
    return path


def _newest(visit: Visit[CsvStockSettings], folder: Path) -> Path:
    """Give the newest file, by the date in its name, else by when it was written."""
    before = (visit.clock() - SETTLED).timestamp()
    try:
        settled = [path for path in _files(folder) if path.stat().st_mtime <= before]
    except OSError as error:
        raise _nothing(str(error)) from None
    if not settled:
        raise _nothing(f"nothing in {folder.name}, or only what is being written")
    return max(settled, key=_rank)


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        # a link may lead anywhere on our disk
        if path.is_symlink() or not path.is_file() or path.name.startswith("."):
            continue
        if path.suffix.lower() not in _UNFINISHED:
            yield path


def _rank(path: Path) -> tuple[str, str]:
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    if dated := _DATED.search(path.name):
        return "".join(part or "00" for part in dated.groups()), path.name
    if dated := _DAY_FIRST.search(path.name):
        return f"{dated[3]}{dated[2]}{dated[1]}000000", path.name
    return f"{written:%Y%m%d%H%M%S}", path.name


def _copied(visit: Visit[CsvStockSettings], path: Path, to: Path, limits: Limits) -> Document:
    """Copy a deposited file, so that nobody changes it while it is read."""
    digest, size = hashlib.sha256(), 0
    try:
        opened = _opened(path)
    except OSError as error:
        raise _nothing(f"{path.name}: {error.strerror}") from None
    with os.fdopen(opened, "rb") as file, bodies.spooled(to) as copy:
        written = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            if size > limits.body:
                raise bodies.too_large(path.name, limits.body, "a deposited file")
            copy.write(piece)
    return Document(to, digest.hexdigest(), min(written, visit.clock()), path.name)


def _opened(path: Path) -> int:
    """Open a file for reading; neither it nor its folder may be a link, whatever was put there meanwhile."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        return os.open(path.name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
    finally:
        os.close(folder)


def _nothing(detail: str) -> TransientError:
    sentence = "Aucun fichier n’a encore été déposé. Nous réessaierons."
    return TransientError("nothing_deposited", sentence, detail)
