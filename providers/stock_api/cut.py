"""The rows of a plain answer told apart without reading them, so that only those that changed are read."""

import operator
import re
from typing import Final

from providers.lines import Cut, Line
from providers.stock_api.body import read_lines

_REFS: Final = re.compile(rb'"ref"\s*:\s*"([0-9]{13})"')
_BETWEEN: Final = re.compile(rb"\}\s*,\s*\{")


def cut(body: bytes) -> Cut | None:
    """Tell the rows of an answer apart; None where one of them is not surely `{…"ref": "<13 digits>"…}`.

    No string may hold an escape, no row a list or an object: then each brace is one of a row, and there
    is one ref to each.
    """
    start, end = body.find(b"["), body.rfind(b"]")
    inside = body[start + 1 : end].strip()
    if start < 0 or b"\\" in body or b"[" in inside or b"]" in inside:
        return None
    if not (inside.startswith(b"{") and inside.endswith(b"}")):
        return None
    rows = _BETWEEN.split(inside[1:-1])
    refs = _REFS.findall(inside)
    braces = inside.count(b"{")
    if not (len(rows) == len(refs) == braces == inside.count(b"}")):
        return None
    if not all(map(operator.contains, rows, refs)):
        return None
    try:
        texts = [row.decode() for row in rows]
    except UnicodeDecodeError:
        return None

    def read(index: int) -> Line:
        (line,) = read_lines(b'{"stocks":[{' + rows[index] + b"}]}")
        return line

    return Cut([ref.decode() for ref in refs], texts, read)
