"""What a person answers for offers that wait: prices, categories, places, look-alikes, doubtful titles.

What a person sets is never overwritten by a source (`fields_edited`, `price_answer`). The callers commit.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.orm import Session

from models.link import Link, remember
from models.queries import read_queries
from models.vocabulary import Category

SQL = read_queries(Path(__file__).parent / "answers.sql")

UNLIMITED = "unlimited"


class NoLookalikeError(LookupError):
    """The offer does not look like another one any more."""


def answer_price_sentence(
    db: Session, link: Link, sentence: str, price: Decimal, *, actor: str, role: str = ""
) -> int:
    """Say what a partner's price sentence means, for all the dates that say the same, now and later.

    Returns
    -------
    The number of offers whose price it gives.
    """
    offers = _ids(db, "offers_saying", link=link.id, sentence=sentence)
    names = {"link": link.id, "sentence": sentence, "price": price, "actor": actor, "offers": offers}
    lock(db, offers)
    for statement in ("keep_price_answer", "apply_price_answer", "hold"):
        change(db, statement, names)
    remember(db, link, "price_answered", actor=actor, role=role, sentence=sentence, price=str(price))
    return len(offers)


def answer_silent_price(db: Session, link: Link, price: Decimal, *, actor: str, role: str = "") -> int:
    """Give a price to the offers of a link that wait for one and of which the partner says nothing."""
    offers = _ids(db, "offers_without_words", link=link.id)
    set_price(db, offers, price)
    change(db, "hold", {"offers": offers})
    remember(db, link, "price_set", actor=actor, role=role, offers=offers, price=str(price))
    return len(offers)


def answer_category(
    db: Session, offers: Sequence[int], category: Category, *, actor: str, role: str = ""
) -> None:
    """Give a category to offers."""
    ids = sorted(set(offers))
    lock(db, ids)
    change(db, "set_category", {"offers": ids, "category": category.value})
    change(db, "hold", {"offers": ids})
    remember_offers(db, ids, "category_set", actor, role, category=category.value)


def answer_capacity(db: Session, link: Link, places: int | None, *, actor: str, role: str = "") -> int:
    """Say how many places each date of a link offers; None is unlimited. It holds for later dates too.

    Returns
    -------
    The number of the link's offers.
    """
    offers = _ids(db, "offers_of_link", link=link.id)
    capacity = UNLIMITED if places is None else places
    lock(db, offers)
    change(db, "settle_capacity", {"link": link.id, "capacity": json.dumps(capacity)})
    for statement in ("offer_capacity", "recount", "hold"):
        change(db, statement, {"offers": offers, "places": places})
    db.refresh(link)
    remember(db, link, "capacity_answered", actor=actor, role=role, capacity=capacity)
    return len(offers)


def title_is_fine(db: Session, offers: Sequence[int], *, actor: str, role: str = "") -> None:
    """Say that offers take place whatever their titles seem to announce."""
    _decide(db, offers, "title_is_fine", actor, role)


def do_not_show(db: Session, offers: Sequence[int], *, actor: str, role: str = "") -> None:
    """Take offers out of the application until somebody follows their source again."""
    _decide(db, offers, "do_not_show", actor, role)


def is_another_offer(db: Session, offers: Sequence[int], *, actor: str, role: str = "") -> None:
    """Say that offers are others than those they look like."""
    _decide(db, offers, "is_another", actor, role)


def adopt_lookalike(db: Session, offer: int, *, actor: str, role: str = "") -> int:
    """Say that an imported offer is the one it looks like, which its source keeps up to date from now on.

    The older row stays, with its bookings and what a person wrote in it; dates within half an hour
    of each other become one, and the source is read anew. When another source already keeps the
    older offer up to date, the imported double goes and is not imported again.

    Returns
    -------
    The id of the offer that stays.

    Raises
    ------
    NoLookalikeError
        It does not look like another offer of its venue.
    """
    twin = change(db, "twin", {"offer": offer}).mappings().first()
    if twin is None:
        raise NoLookalikeError
    both = sorted([offer, twin["id"]])
    lock(db, both)
    remember_offers(db, [offer], "lookalike_adopted", actor, role, offer=twin["id"])
    if twin["is_synced"]:
        change(db, "drop_double", {"offer": offer})
        return int(twin["id"])
    names: dict[str, Any] = {"offer": offer, "twin": twin["id"], "by_hand": twin["provider"] is None}
    pairs = change(db, "pair_dates", names).mappings().all()
    names |= {"old": [pair["old_id"] for pair in pairs], "new": [pair["new_id"] for pair in pairs]}
    names |= {"refs": [pair["ref"] for pair in pairs], "offers": both}
    for statement in (
        *("forget_notes_of_dates", "move_bookings", "forget_notices_of_dates", "free_refs"),
        *("delete_paired", "name_paired", "keep_unpaired", "move_dates", "move_notices", "move_items"),
        "move_resemblances",
    ):
        change(db, statement, names)
    ref = db.connection().exec_driver_sql("SELECT ref FROM offer WHERE id = %s", (offer,)).scalar_one()
    given = change(db, "give_up_identity", names).mappings().one()
    identity = {"link": given["link_id"], "provider": given["provider"], "origin": given["origin_link_id"]}
    change(db, "take_identity", names | identity | {"ref": ref})
    change(db, "delete_double", names)
    for statement in ("read_sources_anew", "recount", "hold"):
        change(db, statement, {"offers": [twin["id"]]})
    return int(twin["id"])


def _decide(db: Session, offers: Sequence[int], statement: str, actor: str, role: str) -> None:
    ids = sorted(set(offers))
    lock(db, ids)
    change(db, statement, {"offers": ids})
    change(db, "hold", {"offers": ids})
    remember_offers(db, ids, statement, actor, role)


def set_price(db: Session, offers: Sequence[int], price: Decimal) -> None:
    lock(db, offers)
    for statement in ("set_price", "price_stocks"):
        change(db, statement, {"offers": list(offers), "price": price})


def lock(db: Session, offers: Sequence[int]) -> None:
    for statement in ("lock_offers", "lock_stocks"):
        change(db, statement, {"offers": list(offers)})


def _ids(db: Session, statement: str, **names: Any) -> list[int]:
    return sorted(change(db, statement, names).scalars())


def change(db: Session, statement: str, names: dict[str, Any]) -> CursorResult[Any]:
    return db.connection().exec_driver_sql(SQL[statement], names)


def remember_offers(
    db: Session, offers: Sequence[int], action: str, actor: str, role: str, **detail: Any
) -> None:
    """Write one line in the history of each source that these offers come from."""
    links = db.connection().exec_driver_sql(
        "SELECT link_id, array_agg(id ORDER BY id) FROM offer"
        " WHERE id = ANY (%s) AND link_id IS NOT NULL GROUP BY link_id",
        (list(offers),),
    )
    for link_id, ids in links.all():
        said = {"offers": ids} | detail
        remember(db, db.get_one(Link, link_id), action, actor=actor, role=role, **said)
