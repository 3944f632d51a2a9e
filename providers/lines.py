"""A list that is laid out in lines, each an item, many of them a page: stock levels, mostly.

Nearly all of such a list is as it was at the last visit; so its lines are told apart and compared
before any of them is read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any, overload

from providers.base import Item


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a stock list; `text` holds all that matters in it, so equal texts are equal items."""

    ref: str
    text: str
    payload: Any


@dataclass(frozen=True, slots=True)
class Cut:
    """Lines told apart but not read: each one's ref and bytes as text, and how to read one of a number."""

    refs: Sequence[str]
    texts: Sequence[str]
    read: Callable[[int], Line]


class Lines(Sequence[Item]):
    """The items of one page of a list, as the partner laid them out; read only when they are needed.

    A page whose bytes are those of the last traversal costs its digest; one of which a few lines
    changed costs their comparison and these few.

    Parameters
    ----------
    body
        The page's bytes (without what changes at each answer, a date in a header line).
    read
        Gives the lines of these bytes, in order, a line for each row that has a ref.
    kind
        The items' kind.
    cut
        Tells the lines of these bytes apart without reading them, where that is safe; None: it is not.
    """

    def __init__(
        self,
        body: bytes,
        read: Callable[[bytes], Sequence[Line]],
        kind: str = "level",
        cut: Callable[[bytes], Cut | None] = lambda _: None,
    ) -> None:
        self.digest = blake2b(body, digest_size=16).digest()
        self.kind = kind
        self._body = body
        self._read = read
        self._try = cut

    @cached_property
    def _cut(self) -> Cut:
        if (cut := self._try(self._body)) is not None:
            return cut
        lines = self._whole
        return Cut([line.ref for line in lines], [line.text for line in lines], lines.__getitem__)

    @cached_property
    def _whole(self) -> Sequence[Line]:
        return self._read(self._body)

    @property
    def refs(self) -> Sequence[str]:
        return self._cut.refs

    @property
    def texts(self) -> Sequence[str]:
        """What is to be compared, a text for each ref."""
        return self._cut.texts

    def some(self, indexes: Sequence[int]) -> Sequence[Item]:
        """Give the items of these lines; of many, the page is read as a whole."""
        if 2 * len(indexes) < len(self):
            return [self._item(self._cut.read(index)) for index in indexes]
        lines = self._whole
        return [self._item(lines[index]) for index in indexes]

    def _item(self, line: Line) -> Item:
        fingerprint = blake2b(line.text.encode(), digest_size=16).digest()
        return Item(line.ref, fingerprint, line.payload, self.kind)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        if isinstance(index, slice):
            return self.some(range(*index.indices(len(self))))
        return self._item(self._cut.read(range(len(self))[index]))

    def __len__(self) -> int:
        return len(self._cut.refs)
