"""A book as a person expects it: who wrote it, who published it, at what price, how many copies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from models.french import counted, joined
from models.vocabulary import Reason

ROLES: Final[Mapping[str, str]] = {
    "author": "",
    "editor": "Sous la direction de ",
    "illustrator": "Illustré par ",
    "narrator": "Lu par ",
}
"""Whom a book is known by, the first that there are."""
MOST_NAMES: Final = 3
FORMS: Final[Mapping[str, str]] = {"digital": "Livre numérique", "audio": "Livre audio"}
REASONS: Final[Mapping[str, str]] = {
    Reason.NO_UPCOMING_DATE: "Le livre n’est plus dans votre liste de stock.",
    Reason.SOLD_OUT: "Tous les exemplaires sont vendus ou réservés.",
    Reason.PRICE_UNKNOWN: "Ni votre liste ni le catalogue ne donnent de prix\u00a0: indiquez-le.",
    Reason.PRICE_TO_CONFIRM: "Le prix de votre liste étonne\u00a0: confirmez-le, ou corrigez-le.",
}
"""What is said otherwise of books than of events."""


@dataclass(frozen=True, slots=True)
class Book:
    """What a venue is told of a book; what nobody tells is empty."""

    ean: str
    title: str = ""
    subtitle: str = ""
    by: str = ""
    publisher: str = ""
    collection: str = ""
    year: str = ""
    form: str = ""
    cover_url: str = ""
    price: Decimal | None = None

    @property
    def edition(self) -> str:
        """Give « Éditions du Bac, Rivages, 2029 »."""
        return ", ".join(part for part in (self.publisher, self.collection, self.year) if part)


def book_of(row: Mapping[str, Any]) -> Book | None:
    """Give the book of a row that has `ean` and `told`; None: it is about something else."""
    if not row["ean"]:
        return None
    told: Mapping[str, Any] = row["told"] or {}
    price = (told.get("price") or {}).get("amount")
    return Book(
        ean=row["ean"],
        title=told.get("title", ""),
        subtitle=told.get("subtitle", ""),
        by=made_by(told.get("contributors", ())),
        publisher=told.get("publisher", ""),
        collection=told.get("collection", ""),
        year=str(told.get("published", ""))[:4],
        form=FORMS.get(told.get("form", ""), "Livre"),
        cover_url=told.get("cover_url", ""),
        price=None if price is None else Decimal(str(price)),
    )


def with_book(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row with its book and, of books, how many copies can be had."""
    book = book_of(row)
    return dict(row) | {"book": book, "copies": copies(row) if book else ""}


def made_by(contributors: Sequence[Mapping[str, str]]) -> str:
    """Give « Ana Vaubréal et Luc Serre », or by whose care a book without author is."""
    for role, words in ROLES.items():
        names = [each["name"] for each in contributors if each.get("role", "author") == role]
        if names:
            more = f"{', '.join(names[:MOST_NAMES])} et d’autres"
            return words + (more if len(names) > MOST_NAMES else joined(names))
    return ""


def copies(row: Mapping[str, Any]) -> str:
    """Give « 3 exemplaires », « épuisé », « sans limite »; of what is no longer sold, nothing."""
    if not row["dates"]:
        return ""
    if row["unlimited"]:
        return "sans limite"
    return copies_left(int(row["places"])) if row["places"] is not None else ""


def copies_left(number: int) -> str:
    return counted(number, "exemplaire") if number > 0 else "épuisé"


def reason_of_book(code: str) -> str:
    """Give the sentence of a reason as it is said of a book."""
    return REASONS.get(code) or Reason(code).sentence
