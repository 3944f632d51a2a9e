"""A provider whose partner is a list in memory: the engine's tests say what it lists, page by page."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replace_item
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from models.vocabulary import Category, Certainty, Family, Reason
from providers.base import Check, Item, Page, Provider, Traits, Traversal, Visit
from providers.errors import DataError
from providers.records import (
    PRICE_NOT_SAID,
    Detail,
    LeftOut,
    OfferRecord,
    Price,
    Record,
    StockRecord,
    replace,
)
from providers.settings import OfferDefaults

FREE = Price(Decimal(0), Certainty.CERTAIN, "Gratuit")


def at(day: int, hour: int = 20, minute: int = 0) -> datetime:
    """An instant so many days from now, on the hour."""
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return start + timedelta(days=day, hours=hour, minutes=minute)


def price(amount: str, certainty: Certainty = Certainty.CERTAIN, sentence: str = "") -> Price:
    return Price(Decimal(amount), certainty, sentence or f"{amount} €")


def date(starts_at: datetime, **words: Any) -> StockRecord:
    """One date of an event, free unless told."""
    words.setdefault("price", FREE)
    words.setdefault("ref", starts_at.strftime("%Y%m%dT%H%M%SZ"))
    return StockRecord(starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), **words)


def event(ref: str, *dates: StockRecord, **words: Any) -> OfferRecord:
    """One event, tomorrow at eight unless told."""
    words.setdefault("title", f"Évènement {ref}")
    words.setdefault("category", Category.PERFORMING_ARTS)
    return OfferRecord(ref=ref, stocks=dates or (date(at(1)),), **words)


@dataclass
class Partner:
    """What the partner lists, and how it misbehaves."""

    events: dict[str, OfferRecord | Reason | str] = field(default_factory=dict)
    details: dict[str, dict[str, Any]] = field(default_factory=dict)
    page_items: int = 2
    unlisted_end: bool = False
    unidentified: bool = False
    fails_before_page: tuple[int, Exception] | None = None
    on_page: Callable[[int], None] = lambda number: None
    normalised: list[str] = field(default_factory=list)
    stream: list[tuple[str, str, OfferRecord | None]] = field(default_factory=list)
    asked_from: list[int] = field(default_factory=list)

    def lists(self, *events: OfferRecord) -> None:
        self.events = {event.ref: event for event in events}


class Scripted(Provider[OfferDefaults]):
    """The adapter of a scripted partner; `str` events cannot be read, a `Reason` leaves them out."""

    slug = "scripted"
    label = "Partenaire d’essai"
    family = Family.AGENDA
    version = 1
    traits = Traits(completes={"detail": "event"})
    Settings = OfferDefaults

    def __init__(self, partner: Partner) -> None:
        self.partner = partner

    def check(self, visit: Visit[OfferDefaults]) -> Iterator[Check]:
        yield from ()

    def fetch(self, visit: Visit[OfferDefaults]) -> Iterator[Page]:
        items = [
            *(_item("detail", ref, values) for ref, values in self.partner.details.items()),
            *(_item("event", ref, value) for ref, value in self.partner.events.items()),
        ]
        pages: Sequence[Sequence[Item]] = [
            items[start : start + self.partner.page_items]
            for start in range(0, len(items), self.partner.page_items)
        ] or [[]]
        start = (visit.cursor or {}).get("page", 0)
        for number, page in enumerate(pages[start:], start):
            if self.partner.fails_before_page and self.partner.fails_before_page[0] == number:
                raise self.partner.fails_before_page[1]
            self.partner.on_page(number)
            last = number == len(pages) - 1 and not self.partner.unlisted_end
            yield Page(
                page,
                {"page": number + 1},
                visit.clock(),
                len(items),
                last,
                unidentified=self.partner.unidentified,
            )

    def normalise(self, item: Item, visit: Visit[OfferDefaults]) -> Sequence[Record]:
        self.partner.normalised.append(item.ref)
        if item.kind == "detail":
            return [Detail(item.ref, item.payload)]
        if isinstance(item.payload, Reason):
            return [LeftOut(item.ref, item.payload)]
        if item.payload == "bug":
            raise ZeroDivisionError("a bug of the adapter")
        if isinstance(item.payload, str):
            raise DataError("unreadable", "Cet évènement est illisible.", item.payload)
        return [item.payload]

    def complete(
        self, record: OfferRecord, detail: Detail, visit: Visit[OfferDefaults]
    ) -> OfferRecord | LeftOut:
        return replace(record, **detail.values)


class ScriptedWithSessions(Scripted):
    """The same partner, which keeps session ids, knows what remains, and counts our bookings."""

    slug = "scripted-sessions"
    traits = Traits(knows_remaining=True, deducts_our_bookings=True, keeps_session_ids=True)


class ScriptedApart(Scripted):
    """The same, whose count knows nothing of our bookings."""

    slug = "scripted-apart"
    traits = Traits(knows_remaining=True, keeps_session_ids=True)


class ScriptedStream(Scripted):
    """A partner that lists what changed since a cursor: (ref, order, event or None for a tombstone)."""

    slug = "scripted-stream"
    traits = Traits(traversal=Traversal.CHANGES)

    def fetch(self, visit: Visit[OfferDefaults]) -> Iterator[Page]:
        start = (visit.cursor or {}).get("at", 0)
        self.partner.asked_from.append(start)
        entries = self.partner.stream[start:]
        size = self.partner.page_items
        pages = [entries[at : at + size] for at in range(0, len(entries), size)] or [[]]
        for number, page in enumerate(pages):
            items = [
                replace_item(_item("event", ref, value), order=order, deleted=value is None)
                for ref, order, value in page
            ]
            start += len(page)
            yield Page(items, {"at": start}, visit.clock(), last=number == len(pages) - 1)


def _item(kind: str, ref: str, value: Any) -> Item:
    text = json.dumps(value, default=repr) if kind == "detail" else repr(value)
    return Item(ref, hashlib.blake2b(text.encode(), digest_size=16).digest(), value, kind)


__all__ = [
    "FREE",
    "PRICE_NOT_SAID",
    "Partner",
    "Scripted",
    "ScriptedApart",
    "ScriptedWithSessions",
    "at",
    "date",
    "event",
    "price",
]
