"""Offers, their dates or copies, as commands show them: JSON documents and the rows of a table."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Column, Table
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cli.words import places, price
from models.french import day, hour, moment
from models.offer import Offer
from models.stock import Stock
from models.vocabulary import Reason

STOCK_WORDS = {"copies": "exemplaires"}


def whole(heading: str) -> Column:
    """Give a column that is not broken: rich would break at no-break spaces too."""
    return Column(heading, no_wrap=True)


def offers_of_link(db: Session, link: int) -> Sequence[tuple[Offer, list[str]]]:
    """Give a link's offers that are not withdrawn, each with why it is not published."""
    rows = db.execute(
        select(Offer, func.why_not_published(Offer.id))
        .where(Offer.link_id == link, Offer.active, Offer.deleted_at.is_(None))
        .order_by(Offer.id)
    )
    return [(offer, reasons) for offer, reasons in rows]


def stocks_of(db: Session, offer: int, *, only_active: bool = False) -> Sequence[Stock]:
    """Give an offer's dates in their order."""
    wanted = select(Stock).where(Stock.offer_id == offer).order_by(Stock.starts_at, Stock.id)
    return db.scalars(wanted.where(Stock.active) if only_active else wanted).all()


def offers_table(db: Session, link: int, timezone: str) -> Table:
    """Give a link's offers with their dates, prices and places, and whether readers see them."""
    table = Table("offre", whole("date"), whole("heure"), whole("prix"), "places", "dans l’application")
    for offer, reasons in offers_of_link(db, link):
        shown = "oui" if not reasons else Reason(reasons[0]).sentence
        for number, stock in enumerate(stocks_of(db, offer.id, only_active=True)):
            table.add_row(
                "" if number else offer.title,
                day(stock.starts_at, timezone, with_year=True) if stock.starts_at else "",
                hour(stock.starts_at, timezone) if stock.starts_at else "",
                price(stock.price, stock.price_proposed),
                places(stock.counting, stock.quantity, stock.booked_quantity),
                "" if number else shown,
            )
    return table


def stocks_table(stocks: Iterable[tuple[str, Stock]], timezone: str) -> Table:
    """Give dates with what the partner said of them and the run that last wrote them."""
    headings = ("le partenaire dit", "restent là-bas", "demandé le", "état", "importation")
    table = Table("offre", whole("date"), whole("prix"), "restent", *headings)
    for title, stock in stocks:
        table.add_row(
            title,
            moment(stock.starts_at, timezone) if stock.starts_at else STOCK_WORDS.get(stock.ref, stock.ref),
            price(stock.price, stock.price_proposed) + (" (du catalogue)" if stock.priced_by_product else ""),
            places(stock.counting, stock.quantity, stock.booked_quantity),
            stock.price_sentence,
            "" if stock.remaining_at_provider is None else str(stock.remaining_at_provider),
            moment(stock.snapshot_at, timezone) if stock.snapshot_at else "",
            "active" if stock.active else "retirée",
            "" if stock.last_run_id is None else f"n° {stock.last_run_id}",
        )
    return table


def offer_document(offer: Offer) -> dict[str, Any]:
    """Give an offer as JSON."""
    return {
        "id": offer.id,
        "venue": offer.venue_id,
        "link": offer.link_id,
        "provider": offer.provider,
        "ref": offer.ref,
        "ean": offer.product.ean if offer.product else None,
        "title": offer.title,
        "category": offer.category,
        "active": offer.active,
        "held_reason": offer.held_reason,
        "fields_edited": offer.fields_edited,
        "last_run": offer.last_run_id,
    }


def stock_document(stock: Stock) -> dict[str, Any]:
    """Give a date as JSON, with what the partner said of it."""
    return {
        "id": stock.id,
        "offer": stock.offer_id,
        "ref": stock.ref,
        "starts_at": stock.starts_at,
        "ends_at": stock.ends_at,
        "active": stock.active,
        "price": stock.price,
        "price_proposed": stock.price_proposed,
        "price_sentence": stock.price_sentence,
        "price_of_product": stock.priced_by_product,
        "counting": stock.counting,
        "remaining_at_provider": stock.remaining_at_provider,
        "snapshot_at": stock.snapshot_at,
        "capacity": stock.capacity,
        "quantity": stock.quantity,
        "booked": stock.booked_quantity,
        "created_run": stock.created_run_id,
        "last_run": stock.last_run_id,
    }
