"""Real messages, where the corpus is: what is read is what its facts count."""

import json
import os
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from models.vocabulary import Form, Reason
from providers.books.ean import read_ean
from providers.errors import DataError, PartnerError
from providers.onix import PROVIDER
from providers.onix.identity import named
from providers.onix.supply import Asked, read
from providers.onix.tags import tree_of
from providers.records import PRICE_NOT_SAID, LeftOut, ProductRecord
from tests.providers.onix.messages import visiting

CORPUS = Path(os.environ.get("PASSERELLE_CORPUS", "/nonexistent"))
ONIX = CORPUS / "books/onix3"
TODAY = datetime(2026, 11, 23, 12, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not ONIX.is_dir(), reason="PASSERELLE_CORPUS names no corpus")

FACTS = {
    name: facts
    for name, facts in (json.loads((CORPUS / "facts.json").read_text()) if ONIX.is_dir() else {}).items()
    if name.startswith("books/onix3/") and "root" in facts
}
REFUSED = {"test_collection.xml": "not_onix", "test_wiley_data.xml": "onix_2"}


class Told:
    """A corpus file as it is read: the blocks, and what became of each."""

    def __init__(self, name: str, folder: Path) -> None:
        visit = visiting(folder, identifier=(CORPUS / name).as_uri(), clock=lambda: TODAY)
        self.pages = list(PROVIDER.fetch(visit))
        self.items = [item for page in self.pages for item in page.items]
        self.trees = [tree_of(item.payload) for item in self.items]
        self.named = [named(tree[0]) for tree in self.trees]
        self.records: list[ProductRecord | LeftOut] = []
        self.wrong: Counter[str] = Counter()
        for item in self.items:
            try:
                self.records += PROVIDER.normalise(item, visit)
            except DataError as error:
                self.wrong[error.code] += 1

    @property
    def books(self) -> list[ProductRecord]:
        return [record for record in self.records if isinstance(record, ProductRecord)]


def is_right(ean: str) -> bool:
    try:
        return bool(read_ean(ean))
    except DataError:
        return False


@pytest.mark.parametrize("name", sorted(set(FACTS) - {f"books/onix3/im_onix/{file}" for file in REFUSED}))
def test_a_message_holds_what_its_facts_count(name, tmp_path):
    facts, told = FACTS[name], Told(name, tmp_path)
    assert told.pages[-1].last
    assert len(told.items) == facts["products"]
    assert len({each.written for each in told.named if each.written}) == facts["distinct_eans"]
    assert sum(1 for each in told.named if each.isbn) == facts["products_with_idtype_15"]
    assert sum(1 for each in told.named if not each.written) == facts["products_without_ean"]
    assert Counter(each.notification for each in told.named) == facts["notification_types"]
    forms = Counter(next((form.text for form in tree[0].findall("DescriptiveDetail/ProductForm")), "None") for tree in told.trees)  # fmt: skip
    assert forms == facts["product_forms"]
    right = {each.written for each in told.named if is_right(each.written)}
    assert len(right) == facts["valid_distinct_eans"]
    assert {each.ean for each in told.books} == right
    wrong = sum(1 for each in told.named if each.written and not is_right(each.written))
    assert sum(told.wrong.values()) == wrong
    assert len(told.records) + wrong == facts["products"]


@pytest.mark.parametrize(("file", "code"), REFUSED.items())
def test_what_is_no_onix_3_message_is_refused(file, code, tmp_path):
    with pytest.raises(PartnerError) as raised:
        Told(f"books/onix3/im_onix/{file}", tmp_path)
    assert raised.value.code == code


def test_the_prices_of_a_french_distributor_are_all_read(tmp_path):
    name = "books/onix3/dilicom_105_produits.xml"
    told = Told(name, tmp_path)
    assert sum(book.price.amount or 0 for book in told.books) == Decimal(FACTS[name]["sum_prices_04_eur"])
    assert {book.form for book in told.books} == {Form.PAPER}
    assert Counter(book.refused for book in told.books) == {None: 97, Reason.SCHOOL_BOOK: 8}
    assert all(book.title and book.publisher and book.published for book in told.books)
    assert not any(
        "&" in book.description and ";" in book.description.partition("&")[2][:8] for book in told.books
    )
    assert all(item.order == "20190322T040347Z#000000274490286" for item in told.items)


def test_prices_of_other_countries_are_nobody_s(tmp_path):
    told = Told("books/onix3/multiple_21_stock.xml", tmp_path)
    assert {book.price for book in told.books} == {PRICE_NOT_SAID}
    assert Counter(book.form for book in told.books) == {Form.PAPER: 17, Form.OTHER: 4}
    assert Counter(book.refused for book in told.books) == {None: 20, Reason.NOT_A_BOOK: 1}  # cards


@pytest.mark.parametrize(
    ("file", "day", "amounts"),
    [
        ("9782707154298.xml", TODAY, ["6.99"]),  # FR, beside the overseas and ten currencies
        ("9782752906700.xml", TODAY, [None, None, None, "10.99"]),
        ("test_prices1.xml", TODAY, ["14.99"]),
        ("test_prices1.xml", datetime(2013, 4, 1, tzinfo=UTC), ["4.99"]),
        ("test_prices1.xml", datetime(2013, 3, 1, tzinfo=UTC), [None]),
        ("test_prices4.xml", TODAY, ["20.99"]),
        ("test_prices6.xml", TODAY, [None]),  # rented, and the price of another product beside it
        ("test_prices_unpriced.xml", TODAY, [None]),  # 10.99 in Spain, Italy and Portugal only
        ("price_to_be_announced.xml", TODAY, [None]),
        ("streaming.xml", TODAY, ["5.99"]),
    ],
)
def test_the_price_in_france_on_a_day_is_found_among_the_others(file, day, amounts, tmp_path):
    told = Told(f"books/onix3/im_onix/{file}", tmp_path)
    prices = [read(tree[0].findall("ProductSupply"), Asked(day))["price"].amount for tree in told.trees]
    assert [None if price is None else str(price) for price in prices] == amounts


def test_short_and_reference_tags_tell_the_same_book(tmp_path):
    short, full = (
        Told(f"books/onix3/im_onix/{file}", tmp_path).books[0] for file in ("short.xml", "full_sample.xml")
    )
    assert short.ean == full.ean
    assert (short.title, short.contributors, short.publisher, short.published, short.pages) == (
        "Roseanna", full.contributors, full.publisher, full.published, full.pages)  # fmt: skip
    assert short.collection == full.collection == "The Martin Beck series"
