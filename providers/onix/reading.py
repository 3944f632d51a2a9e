"""Reads the messages that were not read yet, product by product, and remembers how far it came."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from providers.base import Cursor, Item, Limits, Page, Visit
from providers.errors import PartnerError
from providers.onix import messages
from providers.onix.identity import identify
from providers.onix.messages import Message, Spooled
from providers.onix.settings import OnixSettings
from providers.onix.supply import PARIS
from providers.text import typeset

BYTES_A_PAGE: Final = 4 * 1024 * 1024


@dataclass(slots=True)
class Progress:
    """How far a traversal came; its cursor is `{"read": {key: day}, "now": {…}}`.

    Parameters
    ----------
    read
        Messages that were read to their end, by key: the day on which a price of theirs changes
        by its own dates (ISO 8601), or nothing.
    now
        The message that is being read: `name`, `sha256`, `number` of products read, `day`.
    """

    read: dict[str, str] = field(default_factory=dict)
    now: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: Cursor | None) -> "Progress":
        cursor = cursor or {}
        return cls(dict(cursor.get("read") or {}), dict(cursor.get("now") or {}))

    @property
    def cursor(self) -> Cursor:
        return {"read": dict(self.read)} | ({"now": dict(self.now)} if self.now else {})

    def is_read(self, key: str, today: date) -> bool:
        """Whether a message was read, and says the same today."""
        day = self.read.get(key)
        return day is not None and (not day or today.isoformat() < day)


def pages(visit: Visit[OnixSettings], limits: Limits) -> Iterator[Page]:
    """Give the products of the messages, the oldest first; a message that is cut does not stop the others.

    Raises
    ------
    PartnerError
        What was wrong with the first message that could not be read, after all that could be.
    """
    today = visit.clock().astimezone(PARIS).date()
    progress = Progress.of(visit.cursor)
    every = messages.listed(visit)
    if visit.settings.complete:
        every = every[-1:]
    to_read = [each for each in every if _is_news(each, progress, visit, today)]
    if every[-1].stamp:
        there = {_key(each, "") for each in every}
        progress.read = {key: day for key, day in progress.read.items() if key in there}
    failure: PartnerError | None = None
    for message in to_read:
        is_last = message is to_read[-1] and failure is None
        try:
            yield from _of_message(message, progress, visit, limits, today=today, is_last=is_last)
        except PartnerError as error:
            if len(every) > 1:
                error.sentence = f"{typeset(f'« {message.name} » :')} {error.sentence}"
            failure = failure or error
            progress.now = {}
    if failure is not None:
        raise failure
    if not to_read:
        yield Page((), progress.cursor, visit.clock(), last=True, unmodified=True)


def _key(message: Message, sha256: str) -> str:
    return f"{message.name}:{message.stamp or sha256[:32]}"


def _is_news(message: Message, progress: Progress, visit: Visit[OnixSettings], today: date) -> bool:
    if visit.settings.complete or not message.stamp:
        return True
    return not progress.is_read(_key(message, ""), today)


def _of_message(
    message: Message,
    progress: Progress,
    visit: Visit[OnixSettings],
    limits: Limits,
    *,
    today: date,
    is_last: bool,
) -> Iterator[Page]:
    complete = visit.settings.complete
    is_resumed = progress.now.get("name") == message.name
    due = not message.stamp and any(day and day <= today.isoformat() for day in progress.read.values())
    conditional = not (is_resumed or due)
    with messages.spooled(message, visit, limit=limits.body, conditional=conditional) as spooled:
        if spooled is None or (
            not complete and not is_resumed and progress.is_read(_key(message, spooled.sha256), today)
        ):
            yield Page(
                (), None if complete else progress.cursor, visit.clock(), last=is_last, unmodified=True
            )
            return
        reading = _Reading(message, spooled, progress, is_last=is_last, complete=complete)
        yield from reading.pages(limits, today)


class _Reading:
    """One message on its way."""

    def __init__(
        self, message: Message, spooled: Spooled, progress: Progress, *, is_last: bool, complete: bool
    ) -> None:
        now: Mapping[str, Any] = progress.now if progress.now.get("name") == message.name else {}
        goes_on = now.get("sha256") == spooled.sha256
        self._restarted = bool(now.get("number")) and not goes_on
        self._skipped: int = now["number"] if goes_on else 0
        self._day: str = now.get("day", "") if goes_on else ""
        self._message = message
        self._spooled = spooled
        self._progress = progress
        self._is_last = is_last
        self._complete = complete
        self._unnamed: bool = bool(now.get("unnamed")) if goes_on else False
        self._number = 0
        self._size = spooled.size

    def pages(self, limits: Limits, today: date) -> Iterator[Page]:
        """Give pages of whole products; what is wrong with the message is raised after them."""
        items: list[Item] = []
        refs: set[str] = set()
        weight = 0
        failure: PartnerError | None = None
        try:
            with messages.opened(self._spooled.path, limits.body) as (document, file):
                for block in document.products():
                    self._number += 1
                    if self._number <= self._skipped:
                        continue
                    identified = identify(block, document.envelope, today)
                    # of one page only the last notice of a product counts
                    follows = identified.is_partial and identified.item.ref in refs
                    if follows or len(items) >= limits.page_items or weight > BYTES_A_PAGE:
                        yield self._page(items, self._number - 1, file.tell() - document.ahead)
                        items, refs, weight = [], set(), 0
                    items.append(identified.item)
                    refs.add(identified.item.ref)
                    weight += len(block)
                    self._unnamed = self._unnamed or not identified.is_named
                    if identified.changes is not None:
                        self._day = min(self._day or "9", identified.changes.isoformat())
        except PartnerError as error:
            failure = error
        if failure is not None:
            if items:
                yield self._page(items, self._number, 0)
            raise failure
        yield self._last_page(items)

    def _page(self, items: list[Item], number: int, position: int) -> Page:
        self._progress.now = {
            "name": self._message.name,
            "sha256": self._spooled.sha256,
            "number": number,
            "day": self._day,
            "unnamed": self._unnamed,
        }
        estimate = round(number * self._size / position) if position > 0 else None
        return self._as_page(items, estimate, last=False)

    def _last_page(self, items: list[Item]) -> Page:
        progress = self._progress
        if not self._message.stamp:
            progress.read = {}
        progress.read[_key(self._message, self._spooled.sha256)] = self._day
        progress.now = {}
        return self._as_page(items, self._number, last=self._is_last)

    def _as_page(self, items: list[Item], estimate: int | None, *, last: bool) -> Page:
        restarted, self._restarted = self._restarted, False
        return Page(
            items,
            None if last and self._complete else self._progress.cursor,
            self._spooled.requested_at,
            estimate=estimate,
            last=last,
            restarted=restarted,
            unidentified=not self._complete or self._unnamed,
        )
