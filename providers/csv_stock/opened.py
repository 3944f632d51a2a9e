"""A stock file, brought here and laid out, and its blocks of records from any line on."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from providers.base import Limits, Visit
from providers.csv_stock import columns, source, writing
from providers.csv_stock.columns import Layout
from providers.csv_stock.settings import CsvStockSettings
from providers.csv_stock.source import Document

A_BLOCK: Final = 1_000
_PIECE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Block:
    """Some records as they stand in the file, the number of their first line and of the next block's."""

    body: bytes
    first: int
    following: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that can be read: `path` is the document's, or what was made of it; `lines` counts them all."""

    document: Document
    path: Path
    layout: Layout
    lines: int

    def blocks(self, line: int = 1) -> Iterator[Block]:
        """Give the records from a line on, in blocks; an empty one where there are none."""
        line = max(line, self.layout.first)
        end = self.lines + 1
        with self.path.open("rb") as file:
            for _ in range(line - 1):
                file.readline()
            reader = writing.records(file, self.layout.separator.encode(), line)
            block = list(islice(reader, A_BLOCK))
            while True:
                following = list(islice(reader, A_BLOCK))
                yield Block(
                    b"".join(record.body for record in block),
                    block[0].line if block else line,
                    following[0].line if following else end,
                    is_last=not following,
                )
                if not following:
                    return
                block = following


def opened(visit: Visit[CsvStockSettings], limits: Limits, *, conditional: bool) -> Opened | None:
    """Bring the link's file and find out how it is laid out; None when it has not changed.

    Raises
    ------
    PartnerError
        As `source.spooled`, `writing.readable` and `columns.find_layout`.
    """
    document = source.spooled(visit, limits, conditional=conditional)
    if document is None:
        return None
    path, charsets = writing.readable(document.path)
    with path.open("rb") as file:
        layout = columns.find_layout(file.read(writing.HEAD), charsets, visit.settings)
    return Opened(document, path, layout, _count(path))


def _count(path: Path) -> int:
    count, last = 0, b"\n"
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            count += piece.count(b"\n")
            last = piece[-1:]
    return count + (last != b"\n")
