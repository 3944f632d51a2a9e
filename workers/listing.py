"""A stock list read beside what it said last: unchanged pages cost their digest, changed ones their changes.

Each page of a list is kept as its lines were when it was last written. A page with the digest of the
page at its place is not read at all; of another one, the lines that the old pages around this place do
not hold are read anew and go on to `levels`. Pages wait here and commit together: many unchanged ones
cost one update of the run's row.
"""

import operator
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
"""Pages further on in which lines are looked for that are no longer where they were."""


@dataclass(frozen=True, slots=True)
class OldPage:
    """A page as it was last written; `lines` are as `_written` gives them."""

    digest: bytes
    size: int


@dataclass(slots=True)
class NewPage:
    """A page that waits to be written; `lines` None: it is the old one."""

    place: int
    page: Page
    size: int
    digest: bytes = b""
    lines: Sequence[str] | None = None
    patch: dict[str, str] | None = None
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
        self._pool: set[str] = set()
        self._pooled = place
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
        old = self._look_up(connection, place)
        untouched = not again or not any(None in places or place in places for places in again.values())
        counts = self.waiting.counts.items
        if old is not None and old.digest == digest and untouched:
            counts["read"] += old.size
            counts["unchanged"] += old.size
            return NewPage(place, page, old.size)
        refs = lines.refs
        new = _written(refs, lines.texts)
        before, patch = self._page_lines(connection, place) if old is not None else ([], {})
        same_refs = len(before) == len(new)
        differing = (
            list(compress(range(len(new)), map(operator.ne, before, new))) if same_refs else range(len(new))
        )
        if same_refs and len(differing) > 0:
            same_refs = all(before[index].partition("\t")[0] == refs[index] for index in differing)
        changed = set(differing) if same_refs else set(self._not_in_pool(connection, new, before))
        changed |= {
            index
            for index, ref in enumerate(refs)
            if ref in again and (None in again[ref] or place in again[ref])
        }
        changed = _last_of_repeated(refs, changed)
        distinct = len(set(refs))
        counts["read"] += distinct
        counts["repeated"] += len(refs) - distinct
        counts["unchanged"] += distinct - len(changed)
        self._read(lines.some(sorted(changed)), page.requested_at)
        found = NewPage(place, page, len(new), digest, new, moved=not same_refs)
        if same_refs and old is not None and len(patch) + len(differing) <= len(new) // 4:
            found.patch = patch | {str(index): new[index] for index in differing}
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
        return self._old.get(place)

    def _page_lines(self, connection: Connection, place: int) -> tuple[list[str], dict[str, str]]:
        """The lines of an old page, and what was patched of them."""
        if place not in self._fetched:
            pages = TOGETHER if place == self._latest + 1 else 1
            names = self._source.names | {"place": place, "pages": pages}
            self._fetched = {row["place"]: row for row in connection.execute(BOOKS["page_lines"], names)}
        self._latest = place
        row = self._fetched.pop(place, None)
        if row is None:
            return [], {}
        lines = row["base"].split("\n") if row["base"] else []
        for index, line in row["patch"].items():
            lines[int(index)] = line
        return lines, row["patch"]

    def _not_in_pool(self, connection: Connection, new: Sequence[str], before: Sequence[str]) -> list[int]:
        """Which lines the old pages around here do not hold: a line that moved is not a changed one."""
        if not self._trusted:
            return list(range(len(new)))
        if len(self._pool) > 4 * AHEAD * max(len(new), 250):  # lines that left long ago
            self._pool = set()
        if self._pooled <= self._place:
            self._pool.update(before)
            self._pooled = self._place + 1
        missing = [index for index, line in enumerate(new) if line not in self._pool]
        ends = max(self._old, default=-1)  # no page that we held lies further on
        while len(missing) > len(new) // 4 and self._pooled <= min(ends, self._place + AHEAD):
            lines, _ = self._page_lines(connection, self._pooled)
            self._pooled += 1
            self._pool.update(lines)
            missing = [index for index in missing if new[index] not in self._pool]
        self._pool.difference_update(new)
        return missing

    def _lines_to_read(self, connection: Connection) -> Mapping[str, set[int | None]]:
        if self._again is None:
            again: dict[str, set[int | None]] = {}
            for row in connection.execute(BOOKS["lines_to_read"], self._source.names):
                again.setdefault(row["ref"], set()).add(row["place"])
            self._again = again
        return self._again


def _written(refs: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Lines as they are kept: the ref, a tab, what matters; each on one row."""
    rows = list(map("\t".join, zip(refs, texts, strict=True)))
    together = "\n".join(rows)
    if together.count("\n") >= len(rows) or "\x00" in together:
        rows = [row.replace("\n", " ").replace("\x00", "") for row in rows]
    return rows


def _last_of_repeated(refs: Sequence[str], changed: set[int]) -> set[int]:
    """Of refs that a page holds twice the last line counts, when any of them changed."""
    if len(set(refs)) == len(refs):
        return changed
    last = {ref: index for index, ref in enumerate(refs)}
    return {last[refs[index]] for index in changed}
