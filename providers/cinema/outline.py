"""Reads a large JSON document part by part: where its inner objects lie, and what is around them.

The bytes stay on disk. At depth 1 the elements of a root array lie apart, at depth 2 those of the
arrays in a root object (`{"sites": [{…}, {…}], "version": 3}`).
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, Final

from providers import bodies
from providers.errors import DataError

_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[{}\[\]]', re.DOTALL)
_MARK: Final = b"\xef\xbb\xbf"
_LARGEST_FRAME: Final = 1024 * 1024
"""Bytes around the parts: a key or two, and a comma for each."""


class Outline:
    """A document on disk; `frame` is what is around its parts, each of them a number in it."""

    def __init__(self, body: mmap | bytes, depth: int, host: str) -> None:
        self._body, self._host = body, host
        self._spans: list[tuple[int, int]] = []
        self.frame = self._read_frame(depth)

    def part(self, number: Any) -> Any:
        """Give the part that a number in the frame stands for; anything else is what it is."""
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(self._spans):
            return number
        first, after = self._spans[number]
        content = self._body[first:after]
        return bodies.as_json(bodies.as_text(content, "", self._host), content, self._host)

    def parts(self, numbers: Any) -> Iterator[Any]:
        """Give the parts of a list in the frame, one at a time."""
        for number in numbers if isinstance(numbers, Sequence) else ():
            yield self.part(number)

    def _read_frame(self, depth: int) -> Any:
        level, begun, kept, around = 0, 0, 3 if self._body[:3] == _MARK else 0, bytearray()
        for token in _TOKEN.finditer(self._body):
            sign = token[0]
            if sign in (b"{", b"["):
                if level == depth and sign == b"{":
                    begun = token.start()
                    around += self._body[kept:begun]
                level += 1
                if level > bodies.JSON_DEPTH:
                    raise self._unreadable(f"nested deeper than {bodies.JSON_DEPTH}")
            elif sign in (b"}", b"]"):
                level -= 1
                if level == depth and sign == b"}":
                    around += str(len(self._spans)).encode()
                    self._spans.append((begun, token.end()))
                    kept = token.end()
                if level < 0:
                    break
            if len(around) > _LARGEST_FRAME:
                raise self._unreadable("too much around its parts")
        if level > 0:
            raise bodies.cut(self._host, "the document is not closed")
        if len(self._body) - kept > _LARGEST_FRAME:
            raise self._unreadable("too much after its parts")
        around += self._body[kept:]
        content = bytes(around)
        return bodies.as_json(bodies.as_text(content, "", self._host), content, self._host)

    def _unreadable(self, detail: str) -> DataError:
        sentence = f"La réponse de « {self._host} » n’est pas dans le format attendu."
        return DataError("not_json", sentence, f"{self._host}: {detail}", bytes(self._body[:2048]))


@contextmanager
def opened(path: Path, depth: int, host: str) -> Iterator[Outline]:
    """Open a document.

    Raises
    ------
    DataError
        `not_json`: it is none, or is empty.
    TransientError
        `cut`: it ends before its end.
    """
    if not path.stat().st_size:
        raise DataError("not_json", f"La réponse de « {host} » est vide.", f"{host}: empty body")
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as body:
        yield Outline(body, depth, host)
