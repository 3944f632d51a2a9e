"""How a screen is made: the templates, and the French that they may ask for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models import french
from models.vocabulary import CATEGORY_LABELS, Category, Reason
from providers.base import provider
from providers.errors import PartnerError
from web.page import books, outcomes

LINE_WORDS: Final[Mapping[str, str]] = {
    Reason.UNKNOWN_EAN: "livre encore inconnu des catalogues",
    Reason.NO_EAN: "article sans EAN",
    Reason.NOT_A_BOOK: "article qui n’est pas un livre",
    Reason.SCHOOL_BOOK: "livre scolaire",
    Reason.NOT_ANNOUNCED: "livre pas encore annoncé",
    Reason.HELD_ELSEWHERE: "livre tenu par une autre source",
    Reason.OFFER_DELETED: "offre supprimée à la main",
}
FOLDER: Final = Path(__file__).parent.parent


def environment() -> Environment:
    """Give the templates: everything is escaped, and a name that is not there is an error."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "counted": french.counted,
        "moment": french.moment,
        "day": french.day,
        "hour": french.hour,
        "since": french.since,
        "confirmed": french.confirmed,
        "euros": french.euros,
        "quoted": french.quoted,
        "number": french.number,
        "partner": partner_label,
        "category": category_label,
        "sentence": reason_sentence,
        "price": price_words,
        "dates": french.dates,
        "joined": french.joined,
        "who": who,
        "written": lambda counters, slug: outcomes.written(slug, counters),
        "copies": books.copies_left,
        "in_short": in_short,
        "begun": lambda words: words[:1].upper() + words[1:],
    }
    made.globals["now"] = lambda: datetime.now(UTC)
    return made


def partner_label(slug: str) -> str:
    """Give a partner's name; its slug when its adapter is no longer installed."""
    try:
        return provider(slug).label
    except PartnerError:
        return slug


def category_label(code: str | None) -> str:
    """Give a category's name, or nothing."""
    return CATEGORY_LABELS[Category(code)] if code else ""


def reason_sentence(code: str) -> str:
    """Give the sentence of a reason."""
    return Reason(code).sentence


def in_short(code: str) -> str:
    """Give why a line is left out in a few words."""
    return LINE_WORDS.get(code) or Reason(code).sentence


def who(actor: str) -> str:
    """Give a person's name as the portal calls them."""
    return actor.removeprefix("portal:")


def price_words(row: Mapping[str, Any]) -> str:
    """Give an offer's price, the lowest of several, or that it is only proposed, or not known."""
    price: Decimal | None = row["price"]
    if price is not None:
        said = french.euros(price)
        return said if row.get("highest_price", price) == price else f"dès {said}"
    proposed: Decimal | None = row["price_proposed"]
    if proposed is not None:
        return f"prix proposé{french.NBSP}: {french.euros(proposed)}"
    return "prix à indiquer"
