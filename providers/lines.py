"""A list that is laid out in lines, each an item, many of them a page: stock levels, mostly.

Nearly all of such a list is as it was at the last visit; so its lines are told apart and compared
before any of them is read.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import compress
from typing import Any, Protocol, overload

from providers.base import Item


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a stock list; `text` holds all that matters in it, so equal texts are equal items."""

    ref: str
    text: str
    payload: Any


class Cut(Protocol):
    """The rows of a page told apart without reading them, on the belief that the page is plain.

    `texts` are the rows as they lie there; two of the same text say the same of the same ref.
    """

    @property
    def texts(self) -> Sequence[str]: ...

    def refs(self) -> Sequence[str] | None:
        """Give each row's ref; None: the page is not surely a plain one."""

    def ref(self, text: str) -> str | None:
        """Give one row's ref; None: it is not surely a plain one."""

    def read(self, text: str) -> Line:
        """Read a plain row."""


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
        Tells the rows of these bytes apart; None: they do not look like a plain page's.
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
    def _cut(self) -> Cut | None:
        return self._try(self._body)

    @cached_property
    def _told(self) -> tuple[Sequence[str], Sequence[str], Cut | None]:
        """Refs, texts, and the cut that they are of; None: all was read."""
        if self._cut is not None and (refs := self._cut.refs()) is not None:
            return refs, self._cut.texts, self._cut
        lines = self._whole
        return [line.ref for line in lines], [line.text for line in lines], None

    @cached_property
    def _whole(self) -> Sequence[Line]:
        return self._read(self._body)

    @property
    def refs(self) -> Sequence[str]:
        return self._told[0]

    @property
    def texts(self) -> Sequence[str]:
        """What is to be compared, a text for each ref."""
        return self._told[1]

    def beside(self, refs: Sequence[str], texts: Sequence[str]) -> Mapping[int, tuple[str, Item]] | None:
        """Compare the page with what such a page said: index → text and item of each row that differs.

        A glance, that does not look at the rows which are as they were. None where it takes a reading: rows
        came, went or moved, many differ, or they are not plain.
        """
        cut = self._cut
        if cut is None or len(cut.texts) != len(texts):
            return None
        differing = [*compress(range(len(texts)), map(operator.ne, cut.texts, texts))]
        if len(differing) > len(texts) // 4:
            return None
        if any(cut.ref(cut.texts[index]) != refs[index] for index in differing):
            return None
        return {index: (cut.texts[index], self._item(cut.read(cut.texts[index]))) for index in differing}

    def some(self, indexes: Sequence[int]) -> Sequence[Item]:
        """Give the items of these lines; of many, the page is read as a whole."""
        if 2 * len(indexes) < len(self):
            return [self._item(self._line(index)) for index in indexes]
        lines = self._whole
        return [self._item(lines[index]) for index in indexes]

    def _line(self, index: int) -> Line:
        _, texts, cut = self._told
        return self._whole[index] if cut is None else cut.read(texts[index])

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
        return self._item(self._line(range(len(self))[index]))

    def __len__(self) -> int:
        return len(self.refs)
