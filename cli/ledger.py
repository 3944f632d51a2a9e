"""`passerelle runs` and `passerelle history`: what happened to a venue's offers, when and why."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.table import Table
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from cli.answers import Answer, AsJson, RefusedError, command, listing
from cli.books import book_parts, history_of_ean, told_by, waiting_lines
from cli.importing import document_of, told
from cli.offers import offer_document, stock_document, stocks_of, stocks_table
from cli.site import site
from cli.words import instant, status_words
from models.database import session
from models.french import counted
from models.item import SourceItem
from models.link import LinkEvent
from models.offer import Offer
from models.run import SyncRun
from models.stock import Stock
from models.venue import Venue

group = typer.Typer(help="The ledger of runs.")


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(group, name="runs")
    command(app, "history", example="passerelle history 1  or, of a book:  passerelle history 9782070408504")(
        history
    )


@listing(group, example="passerelle runs --link 1 --limit 5")
def runs(
    *,
    link: Annotated[int | None, typer.Option(help="Only the runs of this link.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many, the latest first.", min=1)] = 20,
    as_json: AsJson = False,
) -> Answer:
    """List runs, the latest first; `runs show RUN` tells one in full."""
    del as_json
    with site() as here, session(here.database_url) as db:
        wanted = select(SyncRun).order_by(SyncRun.id.desc()).limit(limit)
        if link is not None:
            wanted = wanted.where(SyncRun.link_id == link)
        found = db.scalars(wanted).all()
    table = Table("n°", "source", "demandée", "par", "état", "lus", "nouveaux", "modifiés", "retirés")
    for run in found:
        items = run.counters.get("items", {})
        table.add_row(
            str(run.id),
            str(run.link_id),
            instant(run.created_at, _zone(run)),
            run.requested_by,
            status_words(run.status, items.get("quarantined", 0)),
            *(str(items.get(word, "")) for word in ("read", "new", "changed", "withdrawn")),
        )
    return Answer([_document(run) for run in found], [table] if found else ["Aucune importation."])


@command(group, "show", example="passerelle runs show 1 --json")
def show(
    run: Annotated[int, typer.Argument(metavar="RUN", help="Number of the run.")], *, as_json: AsJson = False
) -> Answer:
    """Tell a run in full: its times, its counts, its error, the offers and dates that it wrote last."""
    del as_json
    with site() as here, session(here.database_url) as db:
        row = db.get(SyncRun, run)
        if row is None:
            raise RefusedError("unknown_run", f"L’importation n° {run} n’est pas dans le registre.")
        written = select(Offer).where(Offer.last_run_id == run).order_by(Offer.id)
        dates = (
            select(Offer.title, Stock)
            .join(Offer, Offer.id == Stock.offer_id)
            .where(Stock.last_run_id == run)
            .order_by(Offer.id, Stock.starts_at)
        )
        offers, in_all = _first(db, written)
        stocks, stocks_in_all = _first(db, dates)
        document = {
            **_document(row),
            "detail": row.detail,
            "counters": row.counters,
            "offers_written_in_all": in_all,
            "stocks_written_in_all": stocks_in_all,
            "offers_written": [offer_document(offer) for (offer,) in offers],
            "stocks_written": [stock_document(stock) for _, stock in stocks],
        }
        parts: list[RenderableType] = [*_timeline(row)]
        if row.finished_at is not None:
            parts.extend(told(document_of(_as_mapping(row))))
        if row.detail:
            parts.append(row.detail)
        if offers:
            named = ", ".join(f"{offer.title} (n° {offer.id})" for (offer,) in offers[:SHOWN])
            parts.append(f"Offres : {named}{_more(in_all)}")
        if stocks:
            parts.append(stocks_table([(title, stock) for title, stock in stocks[:SHOWN]], _zone(row)))
            parts.extend([_more(stocks_in_all).strip()] if stocks_in_all > SHOWN else [])
    return Answer(document, parts)


SHOWN = 50
"""Offers and stocks of a run that a person is shown; a stock list may have written thousands."""
TOLD = 1000
"""As many are in the JSON, which counts them all."""


def _first(db: Session, wanted: Select[*tuple[Any, ...]]) -> tuple[Sequence[Any], int]:
    """Give the first rows of a query, and how many there are in all."""
    in_all = db.scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0
    return db.execute(wanted.limit(TOLD)).all(), in_all


def _more(in_all: int) -> str:
    return f" … et {counted(in_all - SHOWN, 'de plus', 'de plus')}" if in_all > SHOWN else ""


def history(
    offer: Annotated[int, typer.Argument(metavar="OFFER", help="Number of the offer, or EAN of a book.")],
    *,
    as_json: AsJson = False,
) -> Answer:
    """Tell where an offer comes from: its source, the runs that wrote it, what the partner said.

    Of a book, by its EAN: the catalogues that tell it, the lists that have it, the lines that wait.
    """
    del as_json
    with site() as here, session(here.database_url) as db:
        if offer >= FIRST_EAN:
            return history_of_ean(db, str(offer))
        row = db.get(Offer, offer)
        if row is None:
            raise RefusedError("unknown_offer", f"L’offre n° {offer} n’existe pas.")
        stocks = stocks_of(db, offer)
        items = db.scalars(select(SourceItem).where(SourceItem.offer_id == offer)).all()
        known = told_by(db, row.product.id) if row.product else []
        lines = waiting_lines(db, row.product.ean) if row.product else []
        links = {item.link_id for item in items} | {row.link_id}
        events = db.scalars(
            select(LinkEvent).where(LinkEvent.link_id.in_(links)).order_by(LinkEvent.id)
        ).all()
        written = {row.last_run_id, *(stock.last_run_id for stock in stocks)} - {None}
        found = db.scalars(select(SyncRun).where(SyncRun.id.in_(written)).order_by(SyncRun.id)).all()
        document = {
            **offer_document(row),
            "stocks": [stock_document(stock) for stock in stocks],
            "items": [_item(item) for item in items],
            "told_by": known,
            "waiting_lines": lines,
            "runs": [_document(run) for run in found],
            "events": [_event(event) for event in events],
        }
        zone = db.get_one(Venue, row.venue_id).timezone
        parts: list[RenderableType] = [f"Offre n° {row.id} : {row.title}{_origin(row)}"]
        if row.product:
            parts.extend(book_parts(known, lines))
        parts.extend(
            f"Importation n° {run.id}, {instant(run.finished_at, zone)} : {status_words(run.status)}"
            + (", a écrit l’offre" if run.id == row.last_run_id else "")
            for run in found
        )
        parts.append(stocks_table([(row.title, stock) for stock in stocks], zone))
        parts.extend(f"{instant(event.at, zone)} : {event.action}, par {event.actor}" for event in events)
    return Answer(document, parts)


FIRST_EAN = 10**12
"""An offer's number never gets there."""


def _origin(offer: Offer) -> str:
    if offer.product:
        return f" ({offer.provider}, EAN {offer.product.ean})"
    return f" ({offer.provider}, référence {offer.ref})" if offer.provider else " (saisie à la main)"


def _document(run: SyncRun) -> dict[str, Any]:
    return {
        **document_of(_as_mapping(run)),
        "queue": run.queue,
        "mode": run.mode,
        "trigger": run.trigger,
        "requested_by": run.requested_by,
        "created_at": run.created_at,
        "published_at": run.published_at,
        "started_at": run.started_at,
        "first_request_at": run.first_request_at,
        "finished_at": run.finished_at,
        "pages": run.pages,
        "slices": run.slices,
        "takeovers": run.takeovers,
        "worker": run.worker,
    }


def _as_mapping(run: SyncRun) -> dict[str, Any]:
    names = ("id", "link_id", "status", "counters", "error_code", "message")
    return {name: getattr(run, name) for name in names} | {"provider": run.link.provider}


def _timeline(run: SyncRun) -> list[str]:
    zone = _zone(run)
    lines = [f"Source n° {run.link_id}, demandée par {run.requested_by or run.trigger} ({run.mode})"]
    times = (
        ("demandée", run.created_at),
        ("publiée", run.published_at),
        ("commencée", run.started_at),
        ("première requête", run.first_request_at),
        ("finie", run.finished_at),
    )
    lines.extend(
        f"  {word} : {instant(at, zone)} ({at:%H:%M:%S} UTC)" for word, at in times if at is not None
    )
    lines.append(
        f"  {counted(run.pages, 'page')}, {counted(run.slices, 'tranche')},"
        f" {counted(run.takeovers, 'reprise')}, par {run.worker or '—'}"
    )
    return lines


def _zone(run: SyncRun) -> str:
    return run.link.venue.timezone if run.link.venue else "Europe/Paris"


def _item(item: SourceItem) -> dict[str, Any]:
    return {
        "link": item.link_id,
        "kind": item.kind,
        "ref": item.ref,
        "left_out": item.left_out,
        "withdrawn_at": item.withdrawn_at,
        "last_run": item.last_run_id,
        "last_record": item.last_record,
    }


def _event(event: LinkEvent) -> dict[str, Any]:
    return {
        "at": event.at,
        "link": event.link_id,
        "action": event.action,
        "actor": event.actor,
        "detail": event.detail,
    }
