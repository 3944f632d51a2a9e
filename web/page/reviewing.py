"""A review: what a run found gone or changed in mass, and held back until the manager decides."""

from fastapi import APIRouter
from fastapi.responses import Response

from models.french import counted
from providers.errors import ConfigurationError
from web.page import reading
from web.page.opened import Looking, Managing
from workers.decisions import confirm_review, keep_review

router = APIRouter(prefix="/lieux/{venue_id}/sources/{link_id}/retraits")


@router.get("")
def review(opened: Looking, link_id: int) -> Response:
    """Show what waits for a decision."""
    link = opened.link(link_id)
    found = reading.row(opened.db, "review", link=link.id)
    return opened.screen(
        "review.html",
        status=200 if found else 404,
        link=link,
        review=found,
        losses=reading.rows(opened.db, "losses", link=link.id),
        changes=reading.rows(opened.db, "changes", link=link.id),
    )


@router.post("")
def decide(managed: Managing, link_id: int) -> Response:
    """Withdraw and change what is listed, or keep it."""
    link = managed.link(link_id)
    choice = managed.written("reponse")
    managed.db.rollback()  # the decision takes its own locks
    try:
        if choice == "retirer":
            counts = confirm_review(managed.site, link.id, managed.caller.actor, managed.caller.role)
            withdrawn = counts.offers["withdrawn"]
            said = "C’est fait."
            if withdrawn:
                said = f"{counted(withdrawn, 'offre')} {'a été retirée' if withdrawn < 2 else 'ont été retirées'}."
        elif choice == "garder":
            keep_review(managed.site, link.id, managed.caller.actor, managed.caller.role)
            said = "Rien n’est retiré : ces offres restent en ligne jusqu’à ce que votre source les liste de nouveau."
        else:
            return managed.go(f"/sources/{link.id}/retraits", said="Choisissez une des deux réponses.", wrong=True)
    except ConfigurationError as error:
        return managed.go(said=error.sentence, wrong=True)
    return managed.go(said=said)
