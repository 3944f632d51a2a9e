"""`passerelle quarantine`, `replay` and `notices`: what waits for the partner, for us, or for a person."""

from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import select

from cli.answers import Answer, AsJson, command, listing
from cli.site import actor, site
from cli.words import instant
from models.database import session
from models.item import Quarantined
from models.notice import Notice
from models.venue import Venue
from workers.decisions import answer_notice

group = typer.Typer(help="Questions that wait for a person.")

TURNS = {"partner": "à corriger chez le partenaire", "ours": "en attente de notre correction"}


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    command(app, "quarantine", example="passerelle quarantine --link 1")(quarantine)
    app.add_typer(group, name="notices")


def quarantine(
    *,
    link: Annotated[int | None, typer.Option(help="Only the items of this link.")] = None,
    as_json: AsJson = False,
) -> Answer:
    """List the items that could not be read, why, and whose turn it is."""
    del as_json
    with site() as here, session(here.database_url) as db:
        wanted = select(Quarantined).order_by(Quarantined.link_id, Quarantined.id)
        if link is not None:
            wanted = wanted.where(Quarantined.link_id == link)
        items = db.scalars(wanted).all()
    table = Table("source", "référence", "raison", "à qui", "importation")
    for item in items:
        table.add_row(str(item.link_id), item.ref, item.sentence, TURNS[item.turn], str(item.run_id or ""))
    return Answer([_item(item) for item in items], [table] if items else ["Rien en quarantaine."])


@listing(group, example="passerelle notices --json")
def notices(*, as_json: AsJson = False) -> Answer:
    """List the questions that are open; `notices answer` answers one about a booked date."""
    del as_json
    with site() as here, session(here.database_url) as db:
        found = db.execute(
            select(Notice, Venue.timezone)
            .outerjoin(Venue, Venue.id == Notice.venue_id)
            .where(Notice.resolved_at.is_(None))
            .order_by(Notice.id)
        ).all()
    table = Table("n°", "depuis", "source", "question")
    for notice, zone in found:
        opened = instant(notice.opened_at, zone or "Europe/Paris")
        table.add_row(str(notice.id), opened, str(notice.link_id or ""), notice.question)
    return Answer(
        [_notice(notice) for notice, _ in found], [table] if found else ["Aucune question ouverte."]
    )


@command(group, "answer", example="passerelle notices answer 3 move")
def answer(
    notice: Annotated[int, typer.Argument(metavar="NOTICE", help="Number of the notice.")],
    word: Annotated[
        str, typer.Argument(metavar="ANSWER", help="move, cancel or keep; noted for a moved date.")
    ],
    *,
    as_json: AsJson = False,
) -> Answer:
    """Answer for a booked date: move its bookings, cancel it, keep it; or note that it moved."""
    del as_json
    with site() as here:
        answer_notice(here, notice, word, actor())
    return Answer({"id": notice, "answer": word}, [f"Question n° {notice} : « {word} » est noté."])


def _item(item: Quarantined) -> dict[str, Any]:
    return {
        "link": item.link_id,
        "kind": item.kind,
        "ref": item.ref,
        "run": item.run_id,
        "at": item.at,
        "turn": item.turn,
        "code": item.code,
        "message": item.sentence,
        "detail": item.detail,
        "payload": item.payload,
    }


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "kind": notice.kind,
        "venue": notice.venue_id,
        "link": notice.link_id,
        "offer": notice.offer_id,
        "stock": notice.stock_id,
        "candidate": notice.candidate_stock_id,
        "run": notice.run_id,
        "question": notice.question,
        "facts": notice.facts,
        "opened_at": notice.opened_at,
    }
