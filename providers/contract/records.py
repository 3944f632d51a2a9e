"""What a record must be: valid, with aware times, decimal money, and numbers that the partner said."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from stdnum import ean

from models.vocabulary import Category, Certainty, Reason
from providers.base import Item
from providers.contract.alterations import without_named
from providers.contract.stage import Read, Stage
from providers.records import (
    PRICE_NOT_SAID,
    UNKNOWN,
    Detail,
    LeftOut,
    OfferRecord,
    Place,
    Price,
    ProductRecord,
    Record,
    StockLevel,
    StockRecord,
    dump,
    load,
)
from providers.text import clean

LONGEST_TITLE: Final = 500
LONGEST_TEXT: Final = 20_000


class RecordsContract(Stage):
    """Records as such, and what they say of time and money."""

    def test_the_recorded_answers_bring_records(self) -> None:
        read = self.read()
        assert any(not isinstance(record, LeftOut | Detail) for each in read for record in each.records)
        bad = [(each.item.ref, str(each.error)) for each in read if each.error]
        assert len(bad) * 2 <= len(read), f"more than half of the recorded items are put aside: {bad[:3]}"

    def test_an_item_is_one_record_of_its_ref(self) -> None:
        for read in self._good():
            assert len(read.records) == 1, read.item.ref
            assert read.records[0].ref == read.item.ref

    def test_records_are_kept_and_come_back(self) -> None:
        for record in self.said():
            kept = json.loads(json.dumps(dump(record)))
            assert load(kept) == record
            assert "\\u0000" not in json.dumps(kept)

    def test_records_are_valid(self) -> None:
        for record in self.said():
            assert not (wrong := problems(record)), f"{record.ref}: {wrong}"

    def test_kinds_that_complete_others_do(self) -> None:
        completes = self.provider.traits.completes
        if not completes:
            self.does_not_apply("no kind of item completes another")
        good = self._good()
        offers = {r.item.ref: r.records[0] for r in good if r.item.kind == self.provider.traits.primary}
        met = 0
        with self.visit() as visit:
            for read in good:
                offer, detail = offers.get(read.item.ref), read.records[0]
                if (
                    read.item.kind in completes
                    and isinstance(offer, OfferRecord)
                    and isinstance(detail, Detail)
                ):
                    whole = self.provider.complete(offer, detail, visit)
                    assert whole.ref == offer.ref
                    assert not problems(whole)
                    assert whole == self.provider.complete(offer, detail, visit)
                    met += 1
        assert met, "the recorded answers complete no offer"

    def test_times_are_aware_and_plausible(self) -> None:
        for record in self.said():
            for stock in _stocks(record):
                for instant in (stock.starts_at, stock.ends_at, stock.booking_limit_at):
                    assert instant is None or _plausible(instant), f"{record.ref}: {instant}"
                if stock.starts_at and stock.ends_at:
                    assert stock.ends_at > stock.starts_at

    def test_money_is_decimal(self) -> None:
        for record in self.said():
            for amount in _amounts(record):
                assert isinstance(amount, Decimal), f"{record.ref}: {amount!r}"
                assert amount == round(amount, 2), f"{record.ref}: {amount}"

    def test_a_price_that_is_not_said_stays_unknown(self) -> None:
        with self.visit() as visit:
            for item in [read.item for read in self._good()]:
                bare = without_named(item.payload, self.prices)
                read = self.normalised(_with(item, bare), visit)
                for record in read.records:
                    known = [amount for amount in _amounts(record) if amount is not None]
                    assert not known, f"{item.ref}: {known} euros, although no price is said"

    def test_what_remains_is_said_only_if_the_partner_knows(self) -> None:
        knows = self.provider.traits.knows_remaining
        said: list[Any] = [stock.remaining for record in self.said() for stock in _stocks(record)]
        if not said:
            self.does_not_apply("its records have no dates")
        assert all(each is None or each is UNKNOWN or type(each) is int for each in said)
        if knows:
            assert any(each is not UNKNOWN for each in said), "the trait knows_remaining is not true of it"
        else:
            assert all(each is UNKNOWN or each == 0 for each in said), "the trait knows_remaining is missing"

    def test_deleted_items_need_no_payload(self) -> None:
        gone = [item for item in self.items() if item.deleted]
        if not gone:
            self.does_not_apply("the recorded answers delete nothing")
        assert all(item.ref and item.fingerprint for item in gone)

    def _good(self) -> list[Read]:
        return [read for read in self.read() if read.error is None]

    def said(self) -> list[Record]:
        return [record for read in self._good() for record in read.records]


def _with(item: Item, payload: Any) -> Item:
    return Item(item.ref, item.fingerprint, payload, item.kind, item.order)


def _stocks(record: Record) -> tuple[StockRecord, ...]:
    return record.stocks if isinstance(record, OfferRecord) else ()


def _amounts(record: Record) -> list[Decimal | None]:
    if isinstance(record, StockLevel):
        return [] if record.price is None else [record.price]
    prices = [record.price] if isinstance(record, ProductRecord) else [s.price for s in _stocks(record)]
    return [price.amount for price in prices if price.amount is not None]


def _plausible(instant: datetime) -> bool:
    aware = instant.tzinfo is not None and instant.utcoffset() is not None
    return (
        aware and 1900 <= instant.year < 2200 and abs(instant.utcoffset() or timedelta()) < timedelta(days=1)
    )


def problems(record: Record | OfferRecord | LeftOut) -> list[str]:
    """Say what is wrong with a record; nothing when it is right."""
    wrong: list[str] = []
    if isinstance(record, LeftOut):
        return [] if isinstance(record.reason, Reason) else ["its reason is no Reason"]
    if isinstance(record, Detail):
        return [] if _is_json(record.values) else ["its values are not JSON"]
    if isinstance(record, StockLevel):
        wrong += [] if ean.is_valid(record.ref) else ["its EAN's check digit is wrong"]
        return wrong + (
            [] if record.available < 2**31 else [f"{record.available.bit_length()} bits of copies"]
        )
    if isinstance(record, ProductRecord):
        if not ean.is_valid(record.ean):
            wrong.append("its EAN's check digit is wrong")
        addresses = {"cover_url": record.cover_url}
    else:
        addresses = {"image_url": record.image_url, "url": record.url}
        if record.category is not None and not isinstance(record.category, Category):
            wrong.append("its category is none")
        if record.place is not None:
            wrong += _of_place(record.place)
        for stock in record.stocks:
            wrong += [f"stock {stock.ref}: {each}" for each in _of_stock(stock)]
    for name, url in addresses.items():
        wrong += [f"{name} {url!r}"] if url and not _is_address(url, secure=name != "url") else []
    if len(record.title) > LONGEST_TITLE or "\n" in record.title or record.title != clean(record.title):
        wrong.append(f"title {record.title[:80]!r}")
    if len(record.description) > LONGEST_TEXT:
        wrong.append(f"a description of {len(record.description)} characters")
    return wrong


def _of_stock(stock: StockRecord) -> list[str]:
    wrong = [] if stock.ref and len(stock.ref) <= 200 and stock.ref == stock.ref.strip() else ["its ref"]
    if isinstance(stock.remaining, int) and not -(2**31) < stock.remaining < 2**31:
        wrong.append(f"{stock.remaining} places")
    if stock.label != clean(stock.label) or "\n" in stock.label:
        wrong.append(f"label {stock.label!r}")
    return wrong + _of_price(stock.price)


def _of_price(price: Price) -> list[str]:
    if price.certainty is Certainty.PROPOSED and not price.sentence:
        return ["a proposed price without the words that it was read in"]
    return [] if price.amount is not None or price.certainty is PRICE_NOT_SAID.certainty else ["its price"]


def _of_place(place: Place) -> list[str]:
    both = (place.latitude is None) == (place.longitude is None)
    inside = abs(place.latitude or 0) <= 90 and abs(place.longitude or 0) <= 180
    return [] if both and inside else [f"position {place.latitude}, {place.longitude}"]


def _is_address(url: str, *, secure: bool) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    schemes = {"https"} if secure else {"https", "http"}
    return parts.scheme in schemes and bool(parts.hostname) and not parts.password and url.isprintable()


def _is_json(values: Any) -> bool:
    try:
        return bool(json.loads(json.dumps(values)) == values)
    except (TypeError, ValueError):
        return False
