"""What the ledger knows of a book: who tells it, which lists hold it, and the lines that make no offer."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.answers import Answer, RefusedError
from cli.words import instant, price
from models.french import counted
from models.item import Quarantined, SourceItem
from models.link import Link
from models.offer import Offer
from models.product import Product, ProductSource
from models.vocabulary import Reason
from workers.levels import LEVEL


def told_by(db: Session, product: int) -> list[dict[str, Any]]:
    """Give the catalogues that tell a book, the one that is believed first."""
    rows = db.execute(
        select(ProductSource, Link)
        .join(Link, Link.id == ProductSource.link_id)
        .where(ProductSource.product_id == product)
        .order_by(Link.venue_id.is_not(None), ProductSource.withdrawn_at.is_not(None), Link.id)
    )
    return [
        {
            "link": link.id,
            "provider": link.provider,
            "venue": link.venue_id,
            "ref": source.ref,
            "title": source.record.get("title"),
            "price": (source.record.get("price") or {}).get("amount"),  # type: ignore[attr-defined]
            "refused": source.record.get("refused"),
            "order": source.order_key,
            "withdrawn_at": source.withdrawn_at,
            "record": source.record,
        }
        for source, link in rows
    ]


def waiting_lines(db: Session, ean: str) -> list[dict[str, Any]]:
    """Give the lines of stock lists that say this EAN and make no offer now, each with why."""
    rows = db.execute(
        select(SourceItem, Link)
        .join(Link, Link.id == SourceItem.link_id)
        .where(SourceItem.kind == LEVEL, SourceItem.ref == ean, SourceItem.left_out.is_not(None))
        .order_by(Link.id)
    )
    lines = [_line(link, item.left_out, item.last_record or {}) for item, link in rows]
    wrong = db.execute(
        select(Quarantined, Link)
        .join(Link, Link.id == Quarantined.link_id)
        .where(Quarantined.kind == LEVEL, Quarantined.ref == ean)
        .order_by(Link.id)
    )
    return lines + [
        {**_line(link, None, {}), "code": item.code, "message": item.sentence} for item, link in wrong
    ]


def _line(link: Link, reason: str | None, said: dict[str, Any]) -> dict[str, Any]:
    return {
        "link": link.id,
        "provider": link.provider,
        "venue": link.venue_id,
        "code": reason,
        "message": Reason(reason).sentence if reason else "",
        "available": said.get("available"),
        "price": said.get("price"),
        "asked_at": said.get("asked_at"),
    }


def book_parts(told: Sequence[dict[str, Any]], lines: Sequence[dict[str, Any]]) -> list[RenderableType]:
    """Say who tells a book, and which lines wait."""
    parts: list[RenderableType] = []
    if told:
        table = Table("catalogue", "pour", "sa référence", "titre", "prix", "état")
        for each in told:
            table.add_row(
                f"{each['provider']} (source n° {each['link']})",
                f"le lieu n° {each['venue']}" if each["venue"] else "tous les lieux",
                each["ref"],
                each["title"] or "",
                price(Decimal(each["price"])) if each["price"] else "",
                _state(each),
            )
        parts.append(table)
    else:
        parts.append("Aucun catalogue ne connaît ce livre.")
    for line in lines:
        copies = "" if line["available"] is None else f", {counted(line['available'], 'exemplaire')}"
        parts.append(f"Source n° {line['link']} ({line['provider']}){copies} : {line['message']}")
    return parts


def _state(told: dict[str, Any]) -> str:
    if told["withdrawn_at"] is not None:
        return f"retiré le {instant(told['withdrawn_at'])}"
    return Reason(told["refused"]).sentence if told["refused"] else "proposé"


def history_of_ean(db: Session, ean: str) -> Answer:
    """Tell what is known of a book: its catalogues, the offers of it, the lines that wait for something.

    Raises
    ------
    RefusedError
        Neither a catalogue nor a list has ever said this EAN.
    """
    product = db.scalar(select(Product).where(Product.ean == ean))
    told = told_by(db, product.id) if product else []
    lines = waiting_lines(db, ean)
    if product is None and not lines:
        raise RefusedError("unknown_ean", f"Ni catalogue ni liste de stock n’a parlé de l’EAN {ean}.")
    offers = (
        db.scalars(select(Offer).where(Offer.product_id == product.id).order_by(Offer.id)).all()
        if product
        else []
    )
    title = product.title if product and product.title else "titre inconnu"
    found = [
        {"offer": offer.id, "venue": offer.venue_id, "link": offer.link_id, "active": offer.active}
        for offer in offers
    ]
    parts: list[RenderableType] = [f"EAN {ean} : {title}", *book_parts(told, lines)]
    if product and product.price is not None:
        parts.append(f"Prix du catalogue : {price(product.price)}")
    parts.extend(
        f"Offre n° {offer.id}, lieu n° {offer.venue_id}"
        + ("" if offer.active else ", retirée")
        + f" : voyez « passerelle history {offer.id} »."
        for offer in offers
    )
    document = {
        "ean": ean,
        "product": product.id if product else None,
        "title": product.title if product else None,
        "record": product.record if product else None,
        "told_by": told,
        "waiting_lines": lines,
        "offers": found,
    }
    return Answer(document, parts)
