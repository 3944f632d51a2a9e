"""A review: what a run found gone or changed in mass, and held back until the manager decides."""

from fastapi import APIRouter
from fastapi.responses import Response

from models.french import counted
from providers.errors import ConfigurationError
from web.hook.paths import Id
from web.page import reading
from web.page.opened import Looking, Managing
from workers.decisions import confirm_review, keep_review

router = APIRouter(prefix="/lieux/{venue_id}/sources/{link_id}/retraits")

MOST = 200
"""Offers that are named; a list of ten thousand books is not read one by one."""
KEPT = "Rien n’est retiré : tout reste en ligne jusqu’à ce que votre source le liste de nouveau."


@router.get("")
def review(opened: Looking, link_id: Id) -> Response:
    """Show what waits for a decision."""
    link = opened.link(link_id)
    found = reading.row(opened.db, "review", link=link.id)
    return opened.screen(
        "review.html",
        status=200 if found else 404,
        link=link,
        review=found,
        losses=reading.rows(opened.db, "losses", link=link.id, most=MOST),
        changes=reading.rows(opened.db, "changes", link=link.id, most=MOST),
    )


@router.post("")
def decide(managed: Managing, link_id: Id) -> Response:
    """Withdraw and change what is listed, or keep it."""
    link = managed.link(link_id)
    choice = managed.written("reponse")
    actor, role = managed.caller.actor, managed.caller.role
    managed.db.rollback()  # the decision takes its own locks
    try:
        if choice == "retirer":
            said = _withdrawn(confirm_review(managed.site, link.id, actor, role).offers["withdrawn"])
        elif choice == "garder":
            keep_review(managed.site, link.id, actor, role)
            said = KEPT
        else:
            where = f"/sources/{link.id}/retraits"
            return managed.go(where, said="Choisissez une des deux réponses.", wrong=True)
    except ConfigurationError as error:
        return managed.go(said=error.sentence, wrong=True)
    return managed.go(said=said)


def _withdrawn(offers: int) -> str:
    if not offers:
        return "C’est fait."
    return f"{counted(offers, 'offre')} {'a été retirée' if offers < 2 else 'ont été retirées'}."
