"""A bookshop's stock list and the catalogues that know its books, both lists in memory."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from stdnum import ean as ean_number

from models.vocabulary import Certainty, Family, Form, Reason
from providers.base import Check, Item, Page, Provider, Traits, Traversal, Visit
from providers.errors import DataError, TransientError
from providers.lines import Line, Lines
from providers.records import LeftOut, Price, ProductRecord, Record, StockLevel
from providers.settings import ProviderSettings


def ean(number: int) -> str:
    """The EAN-13 of the book of a number."""
    body = f"978{number:09d}"
    return body + ean_number.calc_check_digit(body)


def book(number: int, title: str = "", price: str | None = "12.50", **words: Any) -> ProductRecord:
    words.setdefault("form", Form.PAPER)
    if price is not None:
        words.setdefault("price", Price(Decimal(price), Certainty.CERTAIN))
    return ProductRecord(ref=f"N{number}", ean=ean(number), title=title or f"Livre {number}", **words)


@dataclass
class Shop:
    """What the shop's system lists: a row is (ref, available) or (ref, available, price)."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    page_lines: int = 4
    fails_at: int | None = None
    unidentified: bool = False
    changed: list[tuple[Any, ...]] = field(default_factory=list)
    read: list[int] = field(default_factory=list)
    normalised: list[str] = field(default_factory=list)

    def has(self, *rows: tuple[Any, ...]) -> None:
        self.rows = [(ean(number), *rest) for number, *rest in rows]


@dataclass
class Shelf:
    """What a catalogue tells: records, and refs that it says it deleted."""

    books: list[ProductRecord | Reason | str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    page_items: int = 3


class ScriptedList(Provider[ProviderSettings]):
    """The adapter of a shop's list, read whole at each run."""

    slug = "scripted-list"
    label = "Caisse d’essai"
    family = Family.CATALOGUE
    version = 1
    traits = Traits(primary="level", knows_remaining=True)

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def check(self, visit: Visit[ProviderSettings]) -> Iterator[Check]:
        yield from ()

    def fetch(self, visit: Visit[ProviderSettings]) -> Iterator[Page]:
        shop = self.shop
        size = shop.page_lines
        pages = [shop.rows[start : start + size] for start in range(0, len(shop.rows), size)] or [[]]
        start = (visit.cursor or {}).get("page", 0)
        for number, rows in enumerate(pages[start:], start):
            if shop.fails_at == number:
                raise TransientError("away", "Le partenaire ne répond pas.")
            body = json.dumps(rows).encode()
            yield Page(
                Lines(body, self._lines(number)),
                {"page": number + 1},
                visit.clock(),
                len(shop.rows),
                number == len(pages) - 1,
                unidentified=shop.unidentified,
            )

    def _lines(self, number: int):
        def read(body: bytes) -> Sequence[Line]:
            self.shop.read.append(number)
            return [Line(row[0], json.dumps(row[1:]), row) for row in json.loads(body)]

        return read

    def normalise(self, item: Item, visit: Visit[ProviderSettings]) -> Sequence[Record]:
        ref, available, *price = item.payload
        self.shop.normalised.append(ref)
        if available == "dvd":
            return [LeftOut(ref, Reason.NOT_A_BOOK)]
        if not isinstance(available, int):
            raise DataError("level_malformed", f"« {available} » n’est pas un nombre d’exemplaires.")
        return [StockLevel(ref, available, Decimal(price[0]) if price else None)]


class ScriptedListOfChanges(ScriptedList):
    """The same, which lists what changed between two whole readings."""

    slug = "scripted-list-of-changes"
    traits = Traits(traversal=Traversal.CHANGES, primary="level", knows_remaining=True)

    def fetch(self, visit: Visit[ProviderSettings]) -> Iterator[Page]:
        if "since" not in (visit.cursor or {}):
            for page in super().fetch(visit):
                yield replace(page, cursor={"since": 1}) if page.last else page
            return
        body = json.dumps(self.shop.changed).encode()
        yield Page(Lines(body, self._lines(-1)), {"since": 2}, visit.clock(), last=True)


class ScriptedCatalogue(Provider[ProviderSettings]):
    """The adapter of a catalogue that lists what changed."""

    slug = "scripted-catalogue"
    label = "Catalogue d’essai"
    family = Family.CATALOGUE
    version = 1
    traits = Traits(traversal=Traversal.CHANGES, primary="product")

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def check(self, visit: Visit[ProviderSettings]) -> Iterator[Check]:
        yield from ()

    def fetch(self, visit: Visit[ProviderSettings]) -> Iterator[Page]:
        items = [
            Item(
                told.ref,
                hashlib.blake2b(repr(told).encode(), digest_size=16).digest(),
                told,
                "product",
                told.collection or None,  # the tests write the order there
            )
            for told in self.shelf.books
        ] + [Item(ref, b"gone", None, "product", deleted=True) for ref in self.shelf.deleted]
        size = self.shelf.page_items
        pages = [items[start : start + size] for start in range(0, len(items), size)] or [[]]
        for number, page in enumerate(pages):
            yield Page(
                page,
                {"page": number + 1},
                visit.clock(),
                len(items),
                number == len(pages) - 1,
                unidentified=True,
            )

    def normalise(self, item: Item, visit: Visit[ProviderSettings]) -> Sequence[Record]:
        return [item.payload]
