"""How a file is written: its characters, its line ends, and where one record ends and the next begins."""

import codecs
import re
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final, NamedTuple

from providers.csv_stock.cells import looks_like_ean
from providers.errors import ConfigurationError, DataError, TransientError

LONGEST: Final = 64 * 1024
"""Bytes of a record; a shop's has 100."""

MOST_LINES_A_RECORD: Final = 50

_PIECE: Final = 1024 * 1024
HEAD: Final = 64 * 1024
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OLD: Final = ("cp1252", "cp850", "mac_roman")
"""What is no UTF-8: Windows, a till of the DOS days, Excel on a Mac; the header tells which."""

_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_PAGE: Final = re.compile(rb"\s*(?:<[!?a-z]|[{\[])", re.IGNORECASE)


class Record(NamedTuple):
    """One record as it stands in the file, line ends included; `line` is its first line's number, from 1."""

    line: int
    body: bytes


def readable(path: Path) -> tuple[Path, Sequence[str]]:
    """Give the file to read, its lines ending in LF and in a charset that holds ASCII, and its charsets.

    There are several where only the header can tell.

    Raises
    ------
    ConfigurationError
        `spreadsheet`: a workbook, which has to be exported.
    DataError
        `not_csv`: a web page or another document.
    TransientError
        `cut_body`: it is empty.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\0 \r\n"):
        raise TransientError("cut_body", "Le fichier est vide. Nous réessaierons.", "an empty file")
    if head.startswith(_WORKBOOKS):
        raise ConfigurationError(
            "spreadsheet",
            "Ce fichier est un classeur de tableur : exportez-le au format CSV, et donnez l’adresse du CSV.",
        )
    if _PAGE.match(head.removeprefix(codecs.BOM_UTF8)):
        raise not_csv("it looks like a page or JSON", head)
    charset = next((name for mark, name in _MARKS if head.startswith(mark)), _without_mark(head))
    if charset.startswith(("utf-16", "utf-32")):
        return _rewritten(path, charset), ["utf-8"]
    if b"\n" not in head and b"\r" in head:
        path = _with_line_feeds(path)
    return path, [charset] if charset else (["utf-8"] if _is_utf8(path) else [*_OLD, "utf-8"])


def not_csv(detail: str, head: bytes) -> DataError:
    """Give the error of a document that is no list."""
    sentence = "Ce n’est pas un fichier CSV : vérifiez l’adresse, ou ce que votre logiciel y dépose."
    return DataError("not_csv", sentence, detail, head)


def _without_mark(head: bytes) -> str:
    """Recognise UTF-16 without its mark by the zeros beside its digits."""
    sample = head[:2000]
    if sample.count(0) < len(sample) // 4:
        return ""
    return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while piece := file.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _rewritten(path: Path, charset: str) -> Path:
    to = path.with_suffix(".utf-8")
    with path.open(encoding=charset, errors="replace", newline=None) as file, to.open("wb") as written:
        while piece := file.read(_PIECE):
            written.write(piece.replace("\ufeff", "").encode("utf-8", "replace"))
    return to


def _with_line_feeds(path: Path) -> Path:
    to = path.with_suffix(".lf")
    with path.open("rb") as file, to.open("wb") as written:
        while piece := file.read(_PIECE):
            written.write(piece.replace(b"\r", b"\n"))
    return to


def records(file: IO[bytes], delimiter: bytes, line: int = 1) -> Iterator[Record]:
    """Give the records from the file's position on, whose line has that number.

    A quoted field may go over several lines; one that never closes costs its line only.

    Raises
    ------
    DataError
        `not_csv`: a line longer than any record.
    """
    waiting: deque[bytes] = deque()

    def following() -> bytes:
        if waiting:
            return waiting.popleft()
        read = file.readline(LONGEST + 1)
        if len(read) > LONGEST:
            raise not_csv(f"a line longer than {LONGEST} bytes", read)
        return read

    while body := following():
        taken = 1
        if body.count(b'"') % 2 and _is_open(body, delimiter):
            more: list[bytes] = []
            whole = body
            while len(more) < MOST_LINES_A_RECORD and len(whole) < LONGEST and (added := following()):
                more.append(added)
                if _is_whole(added, delimiter):
                    break
                whole += added
                if b'"' in added and not _is_open(whole, delimiter):
                    body, taken, more = whole, 1 + len(more), []
                    break
            waiting.extendleft(reversed(more))
        yield Record(line, body)
        line += taken


def _is_whole(line: bytes, delimiter: bytes) -> bool:
    """Tell whether a line is a record by itself: it names a book and closes no quote that it did not open."""
    if _is_open(line, delimiter):
        return False
    cells = [cell.strip() for cell in line.decode("latin-1").split(delimiter.decode())]
    closing = any(cell.endswith('"') and not cell.startswith(('"', "=")) for cell in cells)
    return not closing and any(looks_like_ean(cell.strip('"')) for cell in cells)


def _is_open(body: bytes, delimiter: bytes) -> bool:
    """Tell whether a record ends within a quoted field.

    A quote opens where a field begins with it, and closes where one ends: others are part of a title.
    """
    at = 0
    while True:
        if body[at : at + 1] == b'"':
            at = body.find(b'"', at + 1)
            while at >= 0 and body[at + 1 : at + 2] not in (delimiter, b"\r", b"\n", b""):
                doubled = body[at + 1 : at + 2] == b'"'
                at = body.find(b'"', at + 1 + doubled)
            if at < 0:
                return True
        at = body.find(delimiter, at) + 1
        if not at:
            return False
