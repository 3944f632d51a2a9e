"""The venue's offers: listed and searched, each with why it is not visible, and edited by hand."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

import nh3
from fastapi import APIRouter
from fastapi.responses import Response

from models.edits import Edit, edit_offer, follow_source_again
from models.french import NBSP
from models.offer import Offer
from models.vocabulary import CATEGORY_LABELS, Category, Reason
from providers.books.ean import read_ean
from providers.errors import DataError
from providers.settings import UNLIMITED
from providers.text import clean, one_line
from web.hook.paths import Id
from web.page import reading
from web.page.answering import MOST_PLACES, read_euros
from web.page.books import book_of, reason_of_book, with_book
from web.page.opened import AbsentError, Looking, Managed, Managing, Opened
from web.page.screen import reason_sentence
from workers.levels import LEVEL
from workers.wording import primary_of

router = APIRouter(prefix="/lieux/{venue_id}/offres")

A_PAGE: Final = 50
LONGEST_TITLE: Final = 300
LONGEST_DESCRIPTION: Final = 20_000
STATES: Final = {
    "": "Toutes",
    "visibles": "Visibles ou prêtes",
    "a-completer": "À compléter",
    "passees": "Sans date à venir",
    "retirees": "Retirées",
}
KEPT_TAGS: Final = {"p", "br", "ul", "ol", "li", "strong", "em", "b", "i", "a", "h2", "h3", "blockquote"}
FIELD_WORDS: Final = {
    "title": "titre",
    "description": "description",
    "category": "catégorie",
    "price": "prix",
    "capacity": "nombre de places",
    "image_url": "image",
    "title_says": "maintien malgré le titre",
    "active": "retrait de l’application",
    "place": "lieu",
    "url": "adresse web",
    "is_online": "en ligne",
}


@router.get("")
def offers(opened: Looking, q: str = "", etat: str = "", page: int = 1) -> Response:
    """Show a page of the offers."""
    state, number = etat if etat in STATES else "", max(1, min(page, 10_000))
    found = reading.rows(
        opened.db,
        "offers",
        venue=opened.venue.id,
        wanted=q[:200].replace("\0", ""),
        ean=_ean(q),
        state=state,
        most=A_PAGE,
        after=A_PAGE * (number - 1),
    )
    in_all = found[0]["in_all"] if found else 0
    return opened.screen(
        "offers.html",
        offers=[shown(row) for row in found],
        in_all=in_all,
        wanted=q[:200],
        state=state,
        states=STATES,
        sells_books=any(primary_of(row["provider"]) == LEVEL for row in _partners(opened)),
        number=number,
        pages=-(-in_all // A_PAGE),
        href=lambda **said: _href(opened, {"q": q[:200], "etat": state} | said),
    )


@router.get("/{offer_id}")
def offer(opened: Looking, offer_id: Id) -> Response:
    """Show an offer."""
    return _show(opened, offer_id)


@router.post("/{offer_id}")
def edit(managed: Managing, offer_id: Id) -> Response:
    """Write what a person changed of an offer."""
    row = managed.row("offer", offer=offer_id)
    known = managed.db.get(Offer, row["id"])
    if known is None:
        raise AbsentError
    edited, errors = _read(managed)
    if edited is None:
        return _show(managed, offer_id, errors, dict(managed.form))
    changed = edit_offer(managed.db, known, edited, actor=managed.caller.actor, role=managed.caller.role)
    managed.db.commit()
    if not changed:
        return managed.go(f"/offres/{offer_id}", said="Rien n’a changé.")
    said = "Vos modifications sont enregistrées. Les importations ne les écraseront pas."
    return managed.go(f"/offres/{offer_id}", said=said)


@router.post("/{offer_id}/suivre")
def follow(managed: Managing, offer_id: Id) -> Response:
    """Let the source write the offer again."""
    row = managed.row("offer", offer=offer_id)
    follow_source_again(managed.db, [row["id"]], actor=managed.caller.actor, role=managed.caller.role)
    managed.db.commit()
    return managed.go(
        f"/offres/{offer_id}",
        said="L’offre suit à nouveau sa source : elle sera mise à jour à la prochaine importation.",
    )


def shown(row: reading.Row) -> dict[str, Any]:
    """Give an offer of the list with why it is not shown, the venue's own reason left to its banner."""
    why = [reason for reason in row["reasons"] if reason != Reason.OFFERER_NOT_VALIDATED]
    sentence = reason_of_book if row["ean"] else reason_sentence
    return with_book(row) | {"missing": missing(row), "why": [sentence(reason) for reason in why]}


def missing(row: reading.Row) -> list[str]:
    """Name what would make an offer more complete, and so better placed; catalogues complete a book."""
    wanted: list[str] = []
    if row["ean"]:
        return wanted
    if not row["image_url"]:
        wanted.append("une image")
    if not row["description"]:
        wanted.append("une description")
    elif len(row["description"]) < 140:
        wanted.append("une description plus longue")
    return wanted


def _show(
    opened: Opened,
    offer_id: int,
    errors: dict[str, str] | None = None,
    written: dict[str, Any] | None = None,
) -> Response:
    row = opened.row("offer", offer=offer_id)
    stocks = reading.rows(opened.db, "stocks", offer=row["id"])
    return opened.screen(
        "offer.html",
        status=422 if errors else 200,
        offer=row,
        book=book_of(row),
        reasons=[(reason_of_book if row["ean"] else reason_sentence)(reason) for reason in row["reasons"]],
        stocks=stocks,
        missing=missing(row),
        errors=errors or {},
        values=written or _values(row, stocks),
        edited=[FIELD_WORDS.get(name, name) for name in row["fields_edited"]],
        categories=CATEGORY_LABELS,
    )


def _partners(opened: Opened) -> Sequence[reading.Row]:
    return reading.rows(opened.db, "partners", venue=opened.venue.id)


def _ean(written: str) -> str | None:
    """Give the EAN that a person may have typed instead of a title."""
    try:
        return read_ean(written[:40].strip())
    except DataError:
        return None


def _values(row: reading.Row, stocks: Any) -> dict[str, str]:
    """An offer's form as it is: one price and one number of places where its dates agree."""
    coming = [stock for stock in stocks if stock["active"] and stock["is_coming"]]
    prices = {stock["price"] for stock in coming}
    price = prices.pop() if len(prices) == 1 else None
    places = {
        UNLIMITED if stock["counting"] == "unlimited" else stock["capacity"]
        for stock in coming
        if stock["counting"] in {"capacity", "unlimited"}
    }
    place = places.pop() if len(places) == 1 else ""
    return {
        "titre": row["title"],
        "description": row["description"],
        "categorie": row["category"] or "",
        "prix": as_typed(price),
        "choix": "" if place == "" else UNLIMITED if place == UNLIMITED else "nombre",
        "places": "" if place in {"", UNLIMITED, None} else str(place),
    }


def _description(written: str) -> str:
    """Give a description without what could do harm where it is read."""
    text = clean(written)
    return nh3.clean(text, tags=KEPT_TAGS) if re.search(r"<[a-zA-Z/!?]", text) else text


def as_typed(price: Decimal | None) -> str:
    """Give a price as a person would type it: « 12,50 », « 26 », « gratuit »."""
    if price is None:
        return ""
    return "gratuit" if price == 0 else f"{price:.2f}".removesuffix(".00").replace(".", ",")


def _read(managed: Managed) -> tuple[Edit | None, dict[str, str]]:
    errors: dict[str, str] = {}
    title = one_line(managed.written("titre"))
    if not title or len(title) > LONGEST_TITLE:
        errors["titre"] = f"Indiquez un titre de {LONGEST_TITLE} signes au plus."
    description = _description(managed.written("description"))
    if len(description) > LONGEST_DESCRIPTION:
        errors["description"] = "Cette description est trop longue."
    chosen = managed.written("categorie")
    if chosen and chosen not in set(Category):
        errors["categorie"] = "Choisissez une catégorie de la liste."
    price: Decimal | None = None
    if managed.written("prix"):
        price = read_euros(managed.written("prix"))
        if price is None:
            errors["prix"] = "Indiquez un montant en euros, par exemple 12,50, ou « gratuit »."
    choice = managed.written("choix")
    places = managed.written("places").replace(NBSP, "").replace(" ", "")
    if choice == "nombre" and not (places.isdecimal() and int(places) <= MOST_PLACES):
        errors["places"] = "Indiquez un nombre de places."
    if errors:
        return None, errors
    return (
        Edit(
            title=title,
            description=description,
            category=Category(chosen) if chosen else None,
            price=price,
            places=int(places) if choice == "nombre" else None,
            says_places=choice in {"nombre", UNLIMITED},
        ),
        {},
    )


def _href(opened: Opened, said: dict[str, Any]) -> str:
    query = urlencode({name: value for name, value in said.items() if value})
    return f"{opened.home}/offres{'?' if query else ''}{query}"
