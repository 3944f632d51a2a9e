"""An offer edited by hand: what a person set stays until they follow the source again."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from models.answers import change, lock, remember_offers, set_price
from models.offer import Offer
from models.vocabulary import Category


@dataclass(frozen=True, slots=True)
class Edit:
    """An offer's form; `price` None leaves the price alone, `places` None is unlimited.

    `says_places`: the number of places was answered at all.
    """

    title: str
    description: str
    category: Category | None
    price: Decimal | None = None
    places: int | None = None
    says_places: bool = False


def edit_offer(db: Session, offer: Offer, edit: Edit, *, actor: str, role: str = "") -> list[str]:
    """Write what a person changed of an offer, and keep it from its source.

    Returns
    -------
    The names of the fields that changed. The caller commits.
    """
    ids = [offer.id]
    lock(db, ids)
    db.refresh(offer)
    category = edit.category.value if edit.category else offer.category
    wanted = {"title": edit.title, "description": edit.description, "category": category}
    edited = [name for name, value in wanted.items() if value != getattr(offer, name)]
    if edited:
        change(db, "set_words", {"offers": ids, "edited": edited} | wanted)
    if edit.price is not None and _price_differs(db, offer, edit.price):
        set_price(db, ids, edit.price)
        edited.append("price")
    if edit.says_places and _places_differ(db, offer, edit.places):
        for statement in ("set_capacity", "capacity_of_stocks", "recount"):
            change(db, statement, {"offers": ids, "places": edit.places})
        edited.append("capacity")
    if edited:
        change(db, "hold", {"offers": ids})
        remember_offers(db, ids, "offer_edited", actor, role, fields=edited)
    db.expire(offer)
    return edited


def follow_source_again(db: Session, offers: Sequence[int], *, actor: str, role: str = "") -> None:
    """Let the source write these offers again, at its next importation; the caller commits."""
    ids = sorted(set(offers))
    lock(db, ids)
    for statement in (
        "follow_again",
        "stocks_follow_again",
        "read_items_anew",
        "read_lines_anew",
        "read_sources_anew",
        "hold",
    ):
        change(db, statement, {"offers": ids})
    remember_offers(db, ids, "followed_again", actor, role)


def _price_differs(db: Session, offer: Offer, price: Decimal) -> bool:
    return bool(
        change(db, "price_differs", {"offers": [offer.id], "price": price}).scalar_one()
        or (offer.price is not None and offer.price != price)
    )


def _places_differ(db: Session, offer: Offer, places: int | None) -> bool:
    return bool(change(db, "places_differ", {"offers": [offer.id], "places": places}).scalar_one())
