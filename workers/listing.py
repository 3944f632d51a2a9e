"""A stock list read beside what it said last: unchanged pages cost their digest, changed ones their changes.

Each page of a list is kept as its lines were when it was last written. A page with the digest of the
page at its place is not read at all; of another one, the lines that the old pages around this place do
not hold are read anew and go on to `levels`. Pages wait here and commit together: many unchanged ones
cost one update of the run's row.
"""

import operator
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from itertools import compress
from typing import Any

from models.database import Connection
from providers.base import Item, Page
from providers.lines import Lines
from providers.records import LeftOut, StockLevel
from workers.counts import Counts
from workers.levels import Levels
from workers.pages import read_item
from workers.queries import BOOKS
from workers.source import Source
from workers.staging import Troubled

PAGES = 64
"""Most pages that commit together; also how many digests are looked up at once."""
LINES = 5_000
"""Changed lines after which what waits is written."""
PATIENCE = 1.0
"""Seconds that a page that was read waits for others to commit with."""
NO_LINES = Lines(b"", lambda _: ())
TOGETHER = 8
"""Old pages whose lines are fetched at once, when the one before was needed too."""
AHEAD = 16
"""Old pages looked into for lines that are no longer where they were, beyond those that had such lines."""


@dataclass(frozen=True, slots=True)
class OldPage:
    """What a page was when it was last written; `size`: refs that it lists."""

    digest: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What the lines of a page say, a text for each ref; `patch`: which of them replaced others."""

    refs: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    patch: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class NewPage:
    """A page that waits to be written: its lines or a patch of the old ones; neither: it is the old one."""

    place: int
    page: Page
    size: int
    digest: bytes = b""
    lines: Kept | None = None
    patch: Mapping[str, str] | None = None
    moved: bool = False


@dataclass(slots=True)
class Waiting:
    """What was read since the last commit."""

    pages: list[NewPage] = field(default_factory=list)
    levels: Levels = field(default_factory=Levels)
    repeated: list[tuple[str, int]] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    since: float = 0.0

    @property
    def lines(self) -> int:
        return len(self.levels.said) + len(self.levels.left_out)


class Listing:
    """What a run knows of its list: the old pages around the place where it reads, and what waits.

    Parameters
    ----------
    place
        The place of the next page: how many this traversal has committed.
    trusted
        The old pages were read in the same context and nobody asked to read all of them anew.
    """

    def __init__(self, source: Source, place: int, *, trusted: bool) -> None:
        self._source = source
        self._place = place
        self._trusted = trusted and source.snapshot
        self._old: dict[int, OldPage] = {}
        self._looked_up = place
        self._fetched: dict[int, Mapping[str, Any]] = {}
        self._latest = -1
        self._again: Mapping[str, set[int | None]] | None = None
        self._pool: set[tuple[str, str]] = set()
        self._pooled = place
        self._drift = 0
        self._ends = -1
        self.waiting = Waiting()

    @property
    def pages(self) -> int:
        """Pages read, those that wait included."""
        return self._place

    @property
    def is_due(self) -> bool:
        """Whether what waits should be written now."""
        waiting = self.waiting
        return bool(waiting.pages) and (
            len(waiting.pages) >= PAGES
            or waiting.lines >= LINES
            or time.monotonic() - waiting.since > PATIENCE
        )

    def take(self, connection: Connection, page: Page) -> None:
        """Read a page beside the old ones, as far as it must be read; it waits to be written."""
        if not self.waiting.pages:
            self.waiting.since = time.monotonic()
        if page.unmodified:
            self.waiting.pages.append(NewPage(self._place, page, 0))
            return
        if not self._source.snapshot:
            self._read(page.items, page.requested_at)
            self.waiting.pages.append(NewPage(self._place, page, len(page.items)))
        elif isinstance(page.items, Lines):
            self.waiting.pages.append(self._compare(connection, page, page.items))
        elif page.items:
            raise TypeError(f"{self._source.provider.slug} lists levels otherwise than by lines")
        else:
            self.waiting.pages.append(self._compare(connection, page, NO_LINES))
        self._place += 1

    def written(self) -> None:
        """Forget what waited: it is committed."""
        self.waiting = Waiting()

    def _compare(self, connection: Connection, page: Page, lines: Lines) -> NewPage:
        place = self._place
        digest = blake2b(lines.digest, key=self._source.context, digest_size=16).digest()
        again = self._lines_to_read(connection)
        untouched = not again or not any(None in places or place in places for places in again.values())
        old = self._look_up(connection, place)
        if old is None:
            return self._compare_whole(connection, NewPage(place, page, 0, digest), lines)
        counts = self.waiting.counts.items
        if old.digest == digest and untouched:
            counts["read"] += old.size
            counts["unchanged"] += old.size
            return NewPage(place, page, old.size)
        before = self._kept(connection, place)
        if untouched and old.size == len(before.refs):  # no ref twice
            differing = lines.beside(before.refs, before.texts)
            if differing is not None:
                counts["read"] += old.size
                counts["unchanged"] += old.size - len(differing)
                self._read([item for _, item in differing.values()], page.requested_at)
                texts = {index: text for index, (text, _) in differing.items()}
                return _changed(NewPage(place, page, old.size, digest), before, texts)
        return self._compare_whole(connection, NewPage(place, page, 0, digest), lines, before)

    def _compare_whole(
        self, connection: Connection, found: NewPage, lines: Lines, before: Kept | None = None
    ) -> NewPage:
        """Compare all the lines of a page: some came, went or moved, or must be read in any case."""
        again = self._lines_to_read(connection)
        refs, new = lines.refs, Kept(_rows(lines.refs), _rows(lines.texts))
        if before is not None and before.refs == new.refs:
            changed = set(compress(range(len(refs)), map(operator.ne, before.texts, new.texts)))
            found = _changed(found, before, {index: new.texts[index] for index in changed})
        else:
            changed = set(self._not_in_pool(connection, new, before or Kept()))
            found.lines, found.moved = new, True
        changed |= {
            index
            for index, ref in enumerate(refs)
            if ref in again and (None in again[ref] or found.place in again[ref])
        }
        changed = _last_of_repeated(refs, changed)
        found.size = len(set(refs))
        counts = self.waiting.counts.items
        counts["read"] += found.size
        counts["repeated"] += len(refs) - found.size
        counts["unchanged"] += found.size - len(changed)
        self._read(lines.some(sorted(changed)), found.page.requested_at)
        return found

    def _read(self, items: Iterable[Item], asked_at: datetime) -> None:
        """Normalise lines that are new or changed; a bad one costs itself."""
        levels, waiting = self.waiting.levels, self.waiting
        for item in items:
            if not self._source.snapshot:
                waiting.counts.items["read"] += item.ref not in waiting.places
            if waiting.places.get(item.ref, self._place) != self._place:
                waiting.repeated.append((item.ref, self._place))
                waiting.counts.items["repeated"] += 1
                waiting.counts.items["read"] -= self._source.snapshot
            waiting.places[item.ref] = self._place
            levels.said.pop(item.ref, None)
            levels.left_out.pop(item.ref, None)
            levels.troubled.pop(item.ref, None)
            record = read_item(self._source, item)
            if isinstance(record, StockLevel):
                levels.said[item.ref] = (record, asked_at)
            elif isinstance(record, LeftOut):
                levels.left_out[item.ref] = record.reason
            elif isinstance(record, Troubled):
                levels.troubled[item.ref] = record
            else:
                raise TypeError(f"a line of {self._source.provider.slug} is no level: {record}")

    def _look_up(self, connection: Connection, place: int) -> OldPage | None:
        if not self._trusted:
            return None
        if place >= self._looked_up:
            rows = connection.execute(
                BOOKS["digests"], self._source.names | {"place": place, "pages": PAGES}
            ).fetchall()
            self._old = {row["place"]: OldPage(row["digest"], row["size"]) for row in rows}
            self._looked_up = place + PAGES
            self._ends = max(self._old, default=-1) if len(rows) < PAGES else sys.maxsize
        return self._old.get(place)

    def _kept(self, connection: Connection, place: int) -> Kept:
        """What the lines of an old page said; nothing if there is none."""
        if place not in self._fetched:
            pages = TOGETHER if place == self._latest + 1 else 1
            names = self._source.names | {"place": place, "pages": pages}
            self._fetched = {row["place"]: row for row in connection.execute(BOOKS["page_lines"], names)}
        self._latest = place
        row = self._fetched.pop(place, None)
        if row is None:
            self._ends = place - 1
        if row is None or not row["size"]:
            return Kept()
        kept = Kept(row["refs"].split("\n"), row["base"].split("\n"), row["patch"])
        for index, text in kept.patch.items():
            kept.texts[int(index)] = text
        return kept

    def _not_in_pool(self, connection: Connection, new: Kept, before: Kept) -> list[int]:
        """Which lines the old pages around here do not hold: a line that moved is not a changed one."""
        lines = [*zip(new.refs, new.texts, strict=True)]
        if not self._trusted:
            return list(range(len(lines)))
        if len(self._pool) > 4 * AHEAD * max(len(lines), 250):  # lines that left long ago
            self._pool = set()
        if self._pooled <= self._place:
            self._pool.update(zip(before.refs, before.texts, strict=True))
            self._pooled = self._place + 1
        missing = [index for index, line in enumerate(lines) if line not in self._pool]
        last = self._place + self._drift + AHEAD
        near = self._place + self._drift + bool(self._drift)  # where a list that shrinks goes on
        while missing and self._pooled <= min(last, self._ends):
            if self._pooled > near and len(missing) <= len(lines) // 4:
                break
            further = self._kept(connection, self._pooled)
            self._pool.update(zip(further.refs, further.texts, strict=True))
            still = [index for index in missing if lines[index] not in self._pool]
            if len(missing) - len(still) > len(lines) // 16:
                self._drift = self._pooled - self._place
            self._pooled, missing = self._pooled + 1, still
        self._pool.difference_update(lines)
        return missing

    def _lines_to_read(self, connection: Connection) -> Mapping[str, set[int | None]]:
        if self._again is None:
            again: dict[str, set[int | None]] = {}
            for row in connection.execute(BOOKS["lines_to_read"], self._source.names):
                again.setdefault(row["ref"], set()).add(row["place"])
            self._again = again
        return self._again


def _changed(page: NewPage, before: Kept, texts: Mapping[int, str]) -> NewPage:
    """Say what is written of a page of which some lines changed: a patch, or all of it when that is much."""
    patch = {**before.patch, **{str(index): text for index, text in texts.items()}}
    if len(patch) <= len(before.refs) // 4:
        page.patch = patch
    else:
        page.lines = Kept(before.refs, [texts.get(index, text) for index, text in enumerate(before.texts)])
    return page


def _rows(words: Sequence[str]) -> list[str]:
    """Refs or texts as they are kept: each on one row."""
    together = "\n".join(words)
    if together.count("\n") >= len(words) or "\x00" in together:
        return [word.replace("\n", " ").replace("\x00", "") for word in words]
    return list(words)


def _last_of_repeated(refs: Sequence[str], changed: set[int]) -> set[int]:
    """Of refs that a page holds twice the last line counts, when any of them changed."""
    if len(set(refs)) == len(refs):
        return changed
    last = {ref: index for index, ref in enumerate(refs)}
    return {last[refs[index]] for index in changed}
