"""The rows of a plain answer told apart without reading them, so that only those that changed are read."""

import operator
import re
from collections.abc import Sequence
from typing import Final

from providers.lines import Line
from providers.stock_api.body import read_lines

_REF: Final = re.compile(r'"ref"\s*:\s*"([0-9]{13})"', re.ASCII)
_BETWEEN: Final = re.compile(r"\}\s*,\s*\{", re.ASCII)
_NOT_PLAIN: Final = re.compile(r"[{}\[\]\\\n\x00]")


class PlainRows:
    """Rows that lie between the braces of an answer; each is plain if it is surely `…"ref": "<13 digits>"…`.

    No string may hold an escape, no row a list or an object: then each brace is one of a row, and there
    is one ref to each.
    """

    def __init__(self, inside: str) -> None:
        self._inside = inside
        self.texts = _rows(inside[1:-1])

    def refs(self) -> Sequence[str] | None:
        inside, rows = self._inside, self.texts
        refs = _REF.findall(inside)
        if not (len(rows) == len(refs) == inside.count('"ref"') == inside.count("{") == inside.count("}")):
            return None
        return refs if all(map(operator.contains, rows, refs)) else None

    def ref(self, text: str) -> str | None:
        found = _REF.search(text)
        if found is None or text.count('"ref"') != 1 or text.count('"') % 2 or _NOT_PLAIN.search(text):
            return None
        return found[1]

    def read(self, text: str) -> Line:
        (line,) = read_lines(b'{"stocks":[{' + text.encode() + b"}]}")
        return line


def cut(body: bytes) -> PlainRows | None:
    """Tell the rows of an answer apart; None where they do not lie between its only two square brackets."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    start, end = text.find("["), text.rfind("]")
    inside = text[start + 1 : end].strip(" \t\r\n")
    if not 0 <= start < end or "\\" in text or "[" in inside or "]" in inside:
        return None
    return PlainRows(inside) if inside.startswith("{") and inside.endswith("}") else None


def _rows(inside: str) -> list[str]:
    """Split between the rows; all partners but few write the same between any two of them."""
    between = _BETWEEN.search(inside)
    if between is None:
        return [inside]
    rows = inside.split(between[0])
    return rows if len(rows) == inside.count("{") + 1 else _BETWEEN.split(inside)
