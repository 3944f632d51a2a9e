"""A page's records laid out in the staging tables, with the link's answers where the partner is silent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg.types.json import Jsonb

from models.database import Connection
from models.vocabulary import Certainty, Reason
from providers.records import UNKNOWN, OfferRecord, ProductRecord, StockRecord
from providers.settings import UNLIMITED, CategoryDefault, OfferDefaults, ProviderSettings


@dataclass(frozen=True, slots=True)
class StagedItem:
    """An item that was read anew: its version to keep, and why it makes no offer, if it makes none.

    `again`: this run wrote it already, for what completes it; it is counted once.
    """

    kind: str
    ref: str
    fingerprint: bytes | None
    order: str | None = None
    left_out: Reason | None = None
    last_record: Mapping[str, Any] | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Troubled:
    """An item that cannot be read; `turn` says whose move it is, the partner's or ours."""

    kind: str
    ref: str
    turn: str
    code: str
    sentence: str
    detail: str
    payload: bytes | None

    def as_parameters(self) -> dict[str, Any]:
        """Give it as the statements call its parts."""
        return asdict(self)


@dataclass(slots=True)
class Batch:
    """What of a page must be written: the items read anew, and the offers or products that they make."""

    asked_at: datetime
    items: list[StagedItem] = field(default_factory=list)
    offers: list[OfferRecord] = field(default_factory=list)
    products: list[tuple[ProductRecord, str | None]] = field(default_factory=list)
    troubled: list[Troubled] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.items or self.offers or self.troubled)

    def halves(self) -> tuple["Batch", "Batch"]:
        """Cut the batch in two by ref, to find the item that a constraint refuses."""
        refs = sorted({item.ref for item in self.items})
        first = set(refs[: len(refs) // 2])
        parts = (
            Batch(
                self.asked_at,
                [item for item in self.items if (item.ref in first) is wanted],
                [offer for offer in self.offers if (offer.ref in first) is wanted],
                [product for product in self.products if (product[0].ref in first) is wanted],
            )
            for wanted in (True, False)
        )
        one, other = parts
        other.troubled = self.troubled
        return one, other


@dataclass(frozen=True, slots=True)
class Answers:
    """What the link says where the partner is silent, and what a person said of its price sentences.

    `deducts`: what the partner says it can still sell already lacks what our users booked.
    """

    settings: ProviderSettings
    venue_category: str | None
    deducts: bool
    prices: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def defaults(self) -> OfferDefaults | None:
        return self.settings if isinstance(self.settings, OfferDefaults) else None

    def category(self, offer: OfferRecord) -> str | None:
        """Give the partner's category, else the link's, else the venue's."""
        if offer.category is not None:
            return offer.category.value
        chosen = (
            self.settings.category if isinstance(self.settings, OfferDefaults | CategoryDefault) else None
        )
        return chosen.value if chosen is not None else self.venue_category

    def price(self, stock: StockRecord) -> tuple[Decimal | None, Decimal | None]:
        """Give (price, proposed price): a person's answer for these words, what is certain, the default."""
        said = stock.price
        if said.sentence in self.prices:
            return self.prices[said.sentence], None
        if said.certainty is Certainty.CERTAIN:
            return said.amount, None
        if said.certainty is Certainty.PROPOSED:
            return None, said.amount
        return (self.defaults.price if self.defaults is not None else None), None

    def counting(self, stock: StockRecord) -> tuple[str, int | None, int | None]:
        """Give (counting, remaining at the partner, capacity): how the quantity is made."""
        if stock.remaining is None:
            return "unlimited", None, None
        if stock.remaining is not UNKNOWN:
            return "deducts" if self.deducts else "shelf", int(stock.remaining), None
        capacity = self.defaults.capacity if self.defaults is not None else None
        if capacity is None:
            return "unknown", None, None
        if capacity == UNLIMITED:
            return "unlimited", None, None
        return "capacity", None, int(capacity)


def stage(connection: Connection, batch: Batch, answers: Answers) -> None:
    """Copy a batch into the session's staging tables, inside the page's transaction."""
    copy_rows(
        connection,
        "staged_item (kind, ref, fingerprint, order_key, left_out, last_record, again)",
        (
            (
                item.kind,
                item.ref,
                item.fingerprint,
                item.order,
                item.left_out,
                None if item.last_record is None else Jsonb(item.last_record),
                item.again,
            )
            for item in batch.items
        ),
    )
    copy_rows(
        connection,
        "staged_offer (ref, category, title, description, image_url, image_credit, url, is_online,"
        " place_name, place_address, place_postal_code, place_city, place_latitude, place_longitude,"
        " title_says)",
        (_offer_row(offer, answers) for offer in batch.offers),
    )
    copy_rows(
        connection,
        "staged_stock (offer_ref, ref, starts_at, ends_at, booking_limit_at, label, price, price_proposed,"
        " price_sentence, counting, remaining, capacity, snapshot_at, pool, cancelled)",
        (
            _stock_row(offer, stock, answers, batch.asked_at)
            for offer in batch.offers
            for stock in offer.stocks
        ),
    )


def _offer_row(offer: OfferRecord, answers: Answers) -> Sequence[Any]:
    place = offer.place
    return (
        offer.ref,
        answers.category(offer),
        offer.title,
        offer.description,
        offer.image_url,
        offer.image_credit,
        offer.url,
        offer.is_online,
        *(
            (None,) * 6
            if place is None
            else (
                place.name,
                place.address,
                place.postal_code,
                place.city,
                place.latitude,
                place.longitude,
            )
        ),
        offer.title_says,
    )


def _stock_row(offer: OfferRecord, stock: StockRecord, answers: Answers, asked_at: datetime) -> Sequence[Any]:
    price, proposed = answers.price(stock)
    counting, remaining, capacity = answers.counting(stock)
    return (
        offer.ref,
        stock.ref,
        stock.starts_at,
        stock.ends_at,
        stock.booking_limit_at,
        stock.label,
        price,
        proposed,
        stock.price.sentence,
        counting,
        remaining,
        capacity,
        None if stock.remaining is UNKNOWN else asked_at,
        stock.pool or None,
        stock.cancelled,
    )


def copy_rows(connection: Connection, target: str, rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
