"""The dates of an event, and what each of them sells."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from models.vocabulary import Certainty
from providers.billetweb.remaining import bounds_of, left_of_event, left_of_session
from providers.billetweb.strings import is_set, key, moment, numbered, words
from providers.billetweb.tickets import Kind, Tariff, kinds
from providers.pools import Bound, pools, within
from providers.records import PRICE_NOT_SAID, Price, StockRecord
from providers.text import fold

LONGEST_LABEL: Final = 120


@dataclass(frozen=True, slots=True)
class Session:
    """A date of an event, as instants; `is_session` is false of an event that is its own date."""

    id: str
    starts_at: datetime
    ends_at: datetime | None
    said: Mapping[str, Any]
    is_session: bool

    def is_over(self, now: datetime) -> bool:
        return (self.ends_at or self.starts_at) < now


def sessions(
    event: Mapping[str, Any], dates: Sequence[Mapping[str, Any]], zone: ZoneInfo
) -> Sequence[Session]:
    """Give the sessions of an event; one that has none is its own date. What has no start is no date.

    Raises
    ------
    DataError
        One has no number, or its start or end is unreadable.
    """
    found = [
        each
        for number, said in numbered(dates).items()
        if (each := _session(number, said, zone, is_session=True))
    ]
    if dates or is_set(event.get("multiple"), default=False):
        return found
    alone = _session(key(event.get("id")), event, zone, is_session=False)
    return [alone] if alone else []


def _session(number: str, said: Mapping[str, Any], zone: ZoneInfo, *, is_session: bool) -> Session | None:
    starts_at, ends_at = moment(said.get("start"), zone), moment(said.get("end"), zone)
    if starts_at is None:
        return None
    return Session(number, starts_at, ends_at if ends_at and ends_at > starts_at else None, said, is_session)


def stocks(
    session: Session,
    title: str,
    tariffs: Sequence[Tariff],
    avail: Sequence[Mapping[str, Any]],
    now: datetime,
) -> Iterator[StockRecord]:
    """Give a stock for each kind of seat of a date; those that share places are of one pool."""
    own = session.said.get("tickets") if session.is_session else None
    found = kinds(tariffs, own if isinstance(own, Mapping) else None, now)
    room = left_of_session(session.said)
    lefts = {kind.ref: room if session.is_session else left_of_event(kind, avail) for kind in found}
    if not session.is_session:
        bounds = bounds_of(session.id, found, avail)
    else:
        bounds = [Bound(session.id, room, dict.fromkeys(lefts, 1))] if lefts and isinstance(room, int) else []
    pooled = pools(bounds, lefts)
    for kind in found:
        pool = pooled.get(kind.ref)
        yield StockRecord(
            ref=f"{session.id}-{kind.ref}" if kind.ref else session.id,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            booking_limit_at=kind.closes,
            label=_label(session, title, kind),
            price=_price(kind.tariff),
            remaining=0 if kind.is_closed else within(pool, lefts[kind.ref]),
            pool=pool.name if pool else "",
            cancelled=session.is_session and is_set(session.said.get("disabled"), default=False),
        )


def _label(session: Session, title: str, kind: Kind) -> str:
    """Give a session's own name (« Visite libre ») with the kind of seat."""
    own = words(session.said.get("name"), LONGEST_LABEL) if session.is_session else ""
    parts = [own if fold(own) != fold(title) else "", kind.label]
    return " – ".join(part for part in parts if part)[:LONGEST_LABEL]


def _price(tariff: Tariff) -> Price:
    """Give the price; one that the public chooses is proposed, in the tariff's own words."""
    if tariff.price is None:
        return PRICE_NOT_SAID
    if tariff.is_free_price:
        least = f"{tariff.price}".replace(".", ",")
        return Price(tariff.price, Certainty.PROPOSED, f"{tariff.name}, à partir de {least}\u00a0€")
    return Price(tariff.price, Certainty.CERTAIN)
