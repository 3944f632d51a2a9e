"""What an adapter's `normalise` yields: a partner's item in our terms, frozen, validated as it is built."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias

from pydantic import TypeAdapter

from models.vocabulary import Category, Certainty, Form, Reason, TitleSays


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
    once, on the partner's explicit word. `remaining` below zero is an oversold room: places that come
    back to it fill what lacks first.
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
class Contributor:
    """Who made a book; role: `author`, `editor`, `illustrator`, `translator`, `narrator` or `other`."""

    name: str
    role: str = "author"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a book is about; `scheme` is `clil`, `thema`, `bisac`…, `label` is French where it is known."""

    scheme: str
    code: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """A book as one catalogue tells it; what the catalogue does not say stays at its default.

    Parameters
    ----------
    ean
        EAN-13 with a right check digit, 13 digits.
    published
        ISO 8601, as precise as the catalogue is: `2024`, `2024-03` or `2024-03-14`.
    language
        ISO 639-2/B (`fre`).
    available
        Whether it can be had; None: not said.
    price
        The public's fixed price in France, tax included, in euros, valid on the day of reading.
    refused
        Why the pass Culture does not offer it (a school book); None: it may be offered.
    only
        The fields that this record brings, by name (ONIX notification 04): the others stay as they
        were. None: the record is whole.
    """

    ref: str
    ean: str
    title: str = ""
    subtitle: str = ""
    contributors: tuple[Contributor, ...] = ()
    publisher: str = ""
    collection: str = ""
    published: str = ""
    language: str = ""
    pages: int | None = None
    form: Form = Form.OTHER
    subjects: tuple[Subject, ...] = ()
    description: str = ""
    cover_url: str = ""
    available: bool | None = None
    price: Price = PRICE_NOT_SAID
    refused: Reason | None = None
    only: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if not (len(self.ean) == 13 and self.ean.isdecimal() and self.ean.isascii()):
            raise ValueError(f"an EAN has 13 digits, not {self.ean!r}")
        if self.only is None and not self.title.strip():
            raise ValueError(f"product {self.ean} has no title")


@dataclass(frozen=True, slots=True)
class StockLevel:
    """How many copies of a book a shop can sell; its `ref` is the EAN-13.

    `available` below zero is for the adapter to refuse or to clamp. `price`: None when the line says
    none, then the product's fixed price holds.
    """

    ref: str
    available: int
    price: Decimal | None = None

    @property
    def ean(self) -> str:
        return self.ref

    def __post_init__(self) -> None:
        if not (len(self.ref) == 13 and self.ref.isdecimal() and self.ref.isascii()):
            raise ValueError(f"an EAN has 13 digits, not {self.ref!r}")
        if self.available < 0:
            raise ValueError(f"a level is not negative: {self.available}")
        if self.price is not None and not Decimal(0) <= self.price < Decimal(100_000_000):
            raise ValueError(f"a price lies between 0 and 99,999,999.99 euros, not {self.price}")


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


Record: TypeAlias = OfferRecord | ProductRecord | StockLevel | Detail | LeftOut

_ADAPTERS: Final = {
    kind.__name__: TypeAdapter(kind) for kind in (OfferRecord, ProductRecord, StockLevel, Detail, LeftOut)
}


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
