"""The cells of records, and what spreadsheets do to an EAN in its cell."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

from providers.books.levels import name_of

_ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)


def split(texts: Sequence[str], separator: str) -> list[list[str]]:
    """Give the cells of records, line ends taken off; a stray quote costs its own record only."""
    if not any('"' in text for text in texts):
        return [text.rstrip("\r\n").split(separator) for text in texts]
    try:
        rows = list(csv.reader(texts, delimiter=separator))
    except csv.Error:
        rows = []
    if len(rows) == len(texts):
        return rows
    return [_split_alone(text, separator) for text in texts]


def _split_alone(text: str, separator: str) -> list[str]:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        rows = []
    return rows[0] if len(rows) == 1 else text.rstrip("\r\n").split(separator)


def ean_of(cell: str) -> str:
    """Give what names the book in its cell, without what a spreadsheet put around it.

    `="9782…"` keeps a spreadsheet from rounding, a leading apostrophe too; `9782….0` is a number's.
    """
    bare = cell.strip()
    if bare.startswith('="') and bare.endswith('"'):
        bare = bare[2:-1]
    bare = bare.removeprefix("'").strip()
    return re.sub(r"^(\d{13})[.,]0+$", r"\1", bare)


def looks_like_ean(cell: str) -> bool:
    """Tell whether a cell names a book, be it with a wrong check digit or rounded."""
    bare = re.sub(r"[\s-]", "", ean_of(cell))
    if len(bare) == 13:
        return bare.isascii() and bare.isdecimal()
    return bool(_ROUNDED.fullmatch(bare)) or (len(bare) == 10 and len(name_of(bare)) == 13)
