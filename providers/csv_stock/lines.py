"""A block of the file as lines of a stock list: which book, how many copies, at what price."""

import io
import re
from collections.abc import Sequence
from typing import Any, Final

from providers.books.ean import read_ean
from providers.books.levels import is_code, name_of
from providers.csv_stock.cells import ean_of, split
from providers.csv_stock.columns import Layout
from providers.csv_stock.writing import records
from providers.errors import DataError
from providers.lines import Line, Lines
from providers.text import fold

_TOTAL: Final = re.compile(r"(?:sous |grand )?tota(?:l|ux)\b")
_MAY_BE_ROUNDED: Final = re.compile(rb"[0-9][eE]\+?[0-9]")


def page(block: bytes, layout: Layout, first: int) -> Lines:
    """Give a block as the lines of a page; its digest is also of how it is read: columns may be swapped."""
    head = f"{layout.charset} {layout.separator!r} {layout.ean} {layout.available} {layout.price}\n".encode()

    def read(body: bytes) -> Sequence[Line]:
        return read_lines(body[len(head) :], layout, first)

    return Lines(head + block, read)


def read_lines(body: bytes, layout: Layout, first: int) -> Sequence[Line]:
    """Give the lines of a block of records whose first line has that number in the file.

    Blank records, totals and repeated titles are none. An EAN that is missing, or that a spreadsheet
    rounded, is told from the others by its line's number.
    """
    found = []
    width = max(layout.ean, layout.available, layout.price or 0) + 1
    numbers, rows = _rows(body, layout, first)
    for number, row in zip(numbers, rows, strict=True):
        if len(row) < width:
            row.extend([""] * (width - len(row)))
        code, available = row[layout.ean], row[layout.available].strip()
        price = row[layout.price].strip() if layout.price is not None else ""
        if not (len(code) == 13 and code.isascii() and code.isdecimal()):
            code = ean_of(code)
            if not is_code(code) and (not any(map(str.strip, row)) or _is_total(row)):
                continue
            if _is_total([code]) or _is_titles(row, layout):
                continue
            ref = _ref(code, number)
        else:
            ref = code
        payload: dict[str, Any] = {"ref": code, "available": available, "price": price}
        found.append(Line(ref, f"{ref} {available!r} {price!r}", payload))
    return found


def _rows(body: bytes, layout: Layout, first: int) -> tuple[Sequence[int], Sequence[list[str]]]:
    """Give the numbers of the records' first lines, and their cells."""
    if b'"' not in body:
        texts = body.decode(layout.charset, "replace").split("\n")
        return range(first, first + len(texts)), split(texts, layout.separator)
    met = list(records(io.BytesIO(body), layout.separator.encode(), first))
    texts = [record.body.decode(layout.charset, "replace") for record in met]
    return [record.line for record in met], split(texts, layout.separator)


def has_rounded(body: bytes, layout: Layout, first: int) -> bool:
    """Tell whether a spreadsheet rounded an EAN of a block, so that nobody knows which book it names."""
    if not _MAY_BE_ROUNDED.search(body):
        return False
    return any(is_rounded(line.payload["ref"]) for line in read_lines(body, layout, first))


def is_rounded(code: str) -> bool:
    if len(code) == 13 and code.isdecimal():
        return False
    try:
        read_ean(code)
    except DataError as error:
        return error.code == "ean_scientific"
    return False


def _ref(code: str, line: int) -> str:
    if not is_code(code):
        return f"sans EAN (ligne {line})"
    return f"{name_of(code)} (ligne {line})" if is_rounded(code) else name_of(code)


def _is_total(row: Sequence[str]) -> bool:
    first = next((cell for cell in row if cell.strip()), "")
    return bool(_TOTAL.match(fold(first[:100])))


def _is_titles(row: Sequence[str], layout: Layout) -> bool:
    """Tell whether the line of titles comes again, as where exports were put one after the other."""
    names = layout.names
    return len(names) > max(layout.ean, layout.available) and all(
        fold(row[column][:200]) == fold(names[column]) for column in (layout.ean, layout.available)
    )
