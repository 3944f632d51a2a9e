"""Examples of what an import would bring, as the template of an offer's card reads them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from models.venue import Venue
from web.page import reading
from web.page.books import Book, book_of, copies_left
from web.page.opened import Opened
from web.shapes import CheckResult, Sample


def example(sample: Sample, settings: Mapping[str, Any], venue: Venue) -> Mapping[str, Any]:
    """Give a sample, with what the form and the venue answer where the partner is silent."""
    starts = sorted(date.starts_at for date in sample.dates if date.starts_at)
    said = [Decimal(date.price) for date in sample.dates if date.price is not None]
    proposed = [Decimal(date.price_proposed) for date in sample.dates if date.price_proposed is not None]
    if not said and not proposed and settings.get("price") is not None:
        said = [Decimal(str(settings["price"]))]
    return {
        "title": sample.title,
        "category": sample.category or settings.get("category") or venue.default_category,
        "image_url": sample.image_url,
        "place_name": sample.place,
        "place_city": None,
        "next_at": starts[0] if starts else None,
        "dates": sample.dates_in_all,
        "price": min(said) if said else None,
        "price_proposed": min(proposed) if proposed else None,
    }


def book_examples(opened: Opened, checks: Sequence[CheckResult]) -> list[dict[str, Any]]:
    """Give the first lines of a stock list, each with what this venue is told of its book."""
    lines = [
        line
        for check in checks
        for line in check.facts.get("samples", ())
        if isinstance(line, Mapping) and {"ean", "available", "price"} <= line.keys()
    ]
    eans = [line["ean"] for line in lines]
    known = {row["ean"]: row for row in reading.rows(opened.db, "books", venue=opened.venue.id, eans=eans)}
    return [
        _book_example(line, book_of(known.get(line["ean"], {"ean": line["ean"], "told": None})))
        for line in lines
    ]


def words_of_examples(checks: Sequence[CheckResult]) -> list[str]:
    """Give the examples that a catalogue's check says in words."""
    return [line for check in checks for line in check.facts.get("samples", ()) if isinstance(line, str)]


def _book_example(line: Mapping[str, Any], book: Book | None) -> dict[str, Any]:
    title = book.title if book else ""
    said = Decimal(line["price"]) if line["price"] is not None else None
    return {
        "title": title or f"EAN {line['ean']}",
        "category": None,
        "image_url": book.cover_url if book else "",
        "place_name": None,
        "next_at": None,
        "dates": 1,
        "price": said if said is not None else book.price if book else None,
        "price_proposed": None,
        "book": book,
        "copies": copies_left(line["available"]),
        "unknown": not title,
    }
