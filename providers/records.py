"""What an adapter's `normalise` yields: a partner's item in our terms, frozen, validated as it is built."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias

from pydantic import TypeAdapter

from models.vocabulary import Category, Certainty, Reason, TitleSays


class NotSaid(StrEnum):
    """Nobody said how many places remain: neither zero nor unlimited."""

    UNKNOWN = "unknown"


UNKNOWN: Final = NotSaid.UNKNOWN

Remaining: TypeAlias = int | NotSaid | None
"""Places that the partner can still sell; None is unlimited, UNKNOWN is not said."""


@dataclass(frozen=True, slots=True)
class Price:
    """A price in euros as read from a partner's words.

    Parameters
    ----------
    amount
        Euros, two decimals at most; None when unknown. Zero is free.
    certainty
        `PROPOSED` is never shown before a person confirmed it.
    sentence
        The partner's own words, by which a person's answer is remembered; empty when the partner
        gave a number.
    """

    amount: Decimal | None
    certainty: Certainty
    sentence: str = ""

    def __post_init__(self) -> None:
        if (self.amount is None) != (self.certainty is Certainty.UNKNOWN):
            raise ValueError("an unknown price has no amount, a known one has one")
        if self.amount is not None and not Decimal(0) <= self.amount < Decimal(100_000_000):
            raise ValueError(f"a price lies between 0 and 99,999,999.99 euros, not {self.amount}")


PRICE_NOT_SAID: Final = Price(None, Certainty.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an offer takes place when it is not at the venue itself; degrees WGS 84."""

    name: str
    address: str = ""
    postal_code: str = ""
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class StockRecord:
    """A sellable unit of an offer: one date at the public's full price.

    `ref` is unique within its offer: the partner's session id where it keeps one, else the start
    as a UTC instant (`20261201T193000Z`). Instants are aware. `cancelled` withdraws the date at
    once, on the partner's explicit word.
    """

    ref: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    booking_limit_at: datetime | None = None
    label: str = ""
    price: Price = PRICE_NOT_SAID
    remaining: Remaining = UNKNOWN
    pool: str = ""
    cancelled: bool = False

    def __post_init__(self) -> None:
        for name in ("starts_at", "ends_at", "booking_limit_at"):
            instant: datetime | None = getattr(self, name)
            if instant is not None and instant.tzinfo is None:
                raise ValueError(f"{name} of stock {self.ref} has no timezone")


@dataclass(frozen=True, slots=True)
class OfferRecord:
    """One event with all its dates. Text is plain or nh3-clean HTML, never raw partner HTML."""

    ref: str
    title: str
    stocks: tuple[StockRecord, ...]
    description: str = ""
    category: Category | None = None
    image_url: str = ""
    image_credit: str = ""
    url: str = ""
    is_online: bool = False
    place: Place | None = None
    title_says: TitleSays | None = None

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ValueError("an offer has a title")
        if len({stock.ref for stock in self.stocks}) != len(self.stocks):
            raise ValueError(f"offer {self.ref} has two stocks of one ref")


@dataclass(frozen=True, slots=True)
class Detail:
    """What one kind of item adds to another of the same ref; `Provider.complete` reads `values`.

    `values` holds JSON only, and nothing personal: it is stored as it is.
    """

    ref: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An item that was read and is not for this link; it counts as seen, so it does not vanish."""

    ref: str
    reason: Reason


Record: TypeAlias = OfferRecord | Detail | LeftOut

_ADAPTERS: Final = {kind.__name__: TypeAdapter(kind) for kind in (OfferRecord, Detail, LeftOut)}


def dump(record: Record) -> dict[str, Any]:
    """Give a record as JSON values, to be kept as an item's last record."""
    kind = type(record).__name__
    return {"record": kind, **_ADAPTERS[kind].dump_python(record, mode="json", exclude_defaults=True)}


def load(kept: Mapping[str, Any]) -> Record:
    """Give back what `dump` gave."""
    values = {key: value for key, value in kept.items() if key != "record"}
    record: Record = _ADAPTERS[kept["record"]].validate_python(values)  # type: ignore[assignment]
    return record


def replace(record: OfferRecord, **changes: Any) -> OfferRecord:
    """Give an offer record with some fields changed."""
    return dataclasses.replace(record, **changes)
