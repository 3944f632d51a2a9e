"""The venue's home: what waits for an answer first, then its sources."""

from fastapi import APIRouter
from fastapi.responses import Response

from models.vocabulary import LinkState
from providers.errors import ConfigurationError
from web.hook.paths import Id
from web.page import reading, sourcing
from web.page.opened import Looking, Managing
from workers.decisions import CANCEL, KEEP, MOVE, NOTED, answer_notice

router = APIRouter(prefix="/lieux/{venue_id}")

SAID = {
    MOVE: "Les réservations ont été déplacées à la nouvelle date.",
    CANCEL: "La date reste annulée.",
    KEEP: "La date est remise en ligne. Elle y restera jusqu’à ce que votre agenda la liste de nouveau.",
    NOTED: "C’est noté.",
}


@router.get("")
def home(opened: Looking) -> Response:
    """Show what waits, and the sources."""
    known = sourcing.sources(opened)
    return opened.screen(
        "home.html",
        notices=reading.rows(opened.db, "notices", venue=opened.venue.id),
        sources=[each for each in known if each.row["state"] != LinkState.UNLINKED],
        disconnected=[each for each in known if each.row["state"] == LinkState.UNLINKED],
        empty=[each for each in known if each.brought_nothing],
        held_words=sourcing.HELD_WORDS,
    )


@router.post("/questions/{notice_id}")
def answer(managed: Managing, notice_id: Id) -> Response:
    """Answer the question of a booked date."""
    managed.row("notice", notice=notice_id)
    choice = managed.written("reponse")
    try:
        answer_notice(managed.site, notice_id, choice, managed.caller.actor, managed.caller.role)
    except ConfigurationError as error:
        return managed.go(said=error.sentence, wrong=True)
    return managed.go(said=SAID[choice])
