"""The rows of a plain answer told apart without reading them, so that only those that changed are read."""

import operator
import re
from typing import Final

from providers.lines import Cut, Line
from providers.stock_api.body import read_lines

_REFS: Final = re.compile(r'"ref"\s*:\s*"([0-9]{13})"', re.ASCII)
_BETWEEN: Final = re.compile(r"\}\s*,\s*\{", re.ASCII)


def cut(body: bytes) -> Cut | None:
    """Tell the rows of an answer apart; None where one of them is not surely `{…"ref": "<13 digits>"…}`.

    No string may hold an escape, no row a list or an object: then each brace is one of a row, and there
    is one ref to each.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    start, end = text.find("["), text.rfind("]")
    inside = text[start + 1 : end].strip(" \t\r\n")
    if not 0 <= start < end or "\\" in text or "[" in inside or "]" in inside:
        return None
    if not (inside.startswith("{") and inside.endswith("}")):
        return None
    refs = _REFS.findall(inside)
    rows = _rows(inside[1:-1], len(refs))
    if not (len(rows) == len(refs) == inside.count('"ref"') == inside.count("{") == inside.count("}")):
        return None
    if not all(map(operator.contains, rows, refs)):
        return None

    def read(index: int) -> Line:
        (line,) = read_lines(b'{"stocks":[{' + rows[index].encode() + b"}]}")
        return line

    return Cut(refs, rows, read)


def _rows(inside: str, number: int) -> list[str]:
    """Split between the rows; all partners but few write the same between any two of them."""
    between = _BETWEEN.search(inside)
    rows = inside.split(between[0]) if between else [inside]
    return rows if len(rows) == number else _BETWEEN.split(inside)
