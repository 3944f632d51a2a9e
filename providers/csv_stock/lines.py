"""A block of the file as lines of a stock list: which book, how many copies, at what price."""

import io
import re
from collections.abc import Sequence
from typing import Any, Final

from providers.base import Line
from providers.books.ean import read_ean
from providers.books.levels import is_code, name_of
from providers.csv_stock.cells import ean_of, split
from providers.csv_stock.columns import Layout
from providers.csv_stock.writing import records
from providers.errors import DataError
from providers.text import fold

_TOTAL: Final = re.compile(r"(?:sous |grand )?tota(?:l|ux)\b")
_MAY_BE_ROUNDED: Final = re.compile(rb"[0-9][eE]\+?[0-9]")


def read_lines(body: bytes, layout: Layout, first: int) -> Sequence[Line]:
    """Give the lines of a block of records whose first line has that number in the file.

    Blank records, totals and repeated titles are none. An EAN that is missing, or that a spreadsheet
    rounded, is told from the others by its line's number.
    """
    met = list(records(io.BytesIO(body), layout.separator.encode(), first))
    texts = [record.body.decode(layout.charset, "replace") for record in met]
    found = []
    width = max(layout.ean, layout.available, layout.price or 0) + 1
    for number, row in enumerate(split(texts, layout.separator)):
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
            ref = _ref(code, met[number].line)
        else:
            ref = code
        payload: dict[str, Any] = {"ref": code, "available": available, "price": price}
        found.append(Line(ref, f"{ref} {available!r} {price!r}", payload))
    return found


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
