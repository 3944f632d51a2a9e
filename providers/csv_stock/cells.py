"""The cells of records, and what spreadsheets do to an EAN in its cell."""

import csv
import io
import re
from collections.abc import Sequence


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
