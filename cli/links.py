"""`passerelle links`, `pause`, `resume` and `unlink`: the sources of venues, and whether they are visited."""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.answers import Answer, AsJson, RefusedError, command
from cli.site import actor, site
from cli.venues import find_venue
from cli.words import instant
from models.database import session
from models.link import Link, pause, resume, unlink
from models.vocabulary import LinkState

LinkNumber = Annotated[int, typer.Argument(metavar="LINK", help="Number of the link.")]

STATES = {
    LinkState.ACTIVE: "active",
    LinkState.PAUSED: "en pause",
    LinkState.TO_CHECK: "à vérifier",
    LinkState.UNLINKED: "déconnectée",
}


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    command(app, "links", example="passerelle links --venue 1")(list_links)
    command(app, "pause", example="passerelle pause 1")(pause_link)
    command(app, "resume", example="passerelle resume 1")(resume_link)
    command(app, "unlink", example="passerelle unlink 1 --withdraw-offers")(unlink_link)


def list_links(
    *,
    venue: Annotated[str | None, typer.Option(help="Number, SIRET or name of a venue.")] = None,
    as_json: AsJson = False,
) -> Answer:
    """List the links: which venue imports from where, in what state."""
    del as_json
    with site() as here, session(here.database_url) as db:
        wanted = select(Link).order_by(Link.id)
        if venue is not None:
            wanted = wanted.where(Link.venue_id == find_venue(db, venue).id)
        links = db.scalars(wanted).all()
    table = Table("n°", "lieu", "partenaire", "identifiant", "titre", "état", "prochaine importation")
    for link in links:
        zone = link.venue.timezone if link.venue else "Europe/Paris"
        table.add_row(
            str(link.id),
            link.venue.name if link.venue else "tous les lieux",
            link.provider,
            link.identifier,
            link.title,
            STATES[LinkState(link.state)],
            instant(link.next_run_at, zone),
        )
    return Answer([as_document(link) for link in links], [table] if links else ["Aucune source."])


def as_document(link: Link) -> dict[str, Any]:
    """Give a link as JSON; secrets are not part of it."""
    return {
        "id": link.id,
        "venue": link.venue_id,
        "provider": link.provider,
        "identifier": link.identifier,
        "title": link.title,
        "settings": link.settings,
        "state": link.state,
        "state_reason": link.state_reason,
        "interval": link.interval,
        "next_run_at": link.next_run_at,
        "failures": link.failures,
    }


def pause_link(link: LinkNumber, *, as_json: AsJson = False) -> Answer:
    """Stop visiting a source until it is resumed; its offers stay as they are."""
    del as_json
    return _change(link, lambda db, row: pause(db, row, actor=actor()))


def resume_link(link: LinkNumber, *, as_json: AsJson = False) -> Answer:
    """Visit a source again, from now on."""
    del as_json
    return _change(link, lambda db, row: resume(db, row, actor=actor()))


def unlink_link(
    link: LinkNumber,
    *,
    keep_offers: Annotated[
        bool, typer.Option("--keep-offers/--withdraw-offers", help="Leave its offers online, or not.")
    ] = True,
    as_json: AsJson = False,
) -> Answer:
    """Disconnect a source; linking the same identifier again undoes it."""
    del as_json
    return _change(link, lambda db, row: unlink(db, row, keep_offers=keep_offers, actor=actor()))


def find_link(db: Session, number: int) -> Link:
    """Find a link by its number.

    Raises
    ------
    RefusedError
        There is none.
    """
    link = db.get(Link, number)
    if link is None:
        raise RefusedError(
            "unknown_link", f"La source n° {number} n’existe pas. « passerelle links » les montre."
        )
    return link


def _change(number: int, change: Callable[[Session, Link], None]) -> Answer:
    with site() as here, session(here.database_url) as db:
        link = find_link(db, number)
        if link.state == LinkState.UNLINKED:
            raise RefusedError("unlinked", f"La source n° {number} est déconnectée.")
        change(db, link)
        db.commit()
        state = STATES[LinkState(link.state)]
        return Answer({"id": link.id, "state": link.state}, [f"La source n° {link.id} est {state}."])
