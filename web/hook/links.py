"""A venue's sources: listed, edited, paused, disconnected, and their withdrawals decided."""

from fastapi import APIRouter

from models.vocabulary import LinkState
from web.checks import TimeIsUpError, deadline
from web.dependencies import KNOWN_CALLERS, Call, Managing, Reading
from web.form import read_form, secrets_of, with_kept
from web.hook.paths import READS, WRITES, Id
from web.imports import disconnect, edit_link
from web.problems import Problem
from web.shapes import Decided, LinkCard, LinkEdit, Previewed, ReviewDecision
from web.states import link_card, link_cards
from workers.decisions import confirm_review, keep_review
from workers.preview import preview as read_ahead

router = APIRouter(tags=["sources"], dependencies=KNOWN_CALLERS)

PREVIEW_SECONDS = 45.0
TITLES = 100


@router.get("/venues/{venue}/links", responses=READS)
def list_links(venue: Id, call: Reading, *, unlinked: bool = False) -> list[LinkCard]:
    """Donne les sources d’un lieu ; `unlinked` ajoute celles qui sont déconnectées."""
    return link_cards(call.db, call.venue(venue).id, unlinked=unlinked)


@router.get("/links/{link}", responses=READS)
def read_link(link: Id, call: Reading) -> LinkCard:
    """Donne une source."""
    return link_card(call.db, call.link(link))


@router.patch("/links/{link}", responses=WRITES)
def edit(link: Id, edited: LinkEdit, call: Managing, *, preview: bool = False) -> LinkCard | Previewed:
    """Change les réglages d’une source, la met en pause ou la réactive.

    Avec `preview=true` rien n’est écrit : la réponse dit ce que l’importation suivante retirerait.
    """
    row = call.link(link)
    if preview:
        return _preview(call, row.id, edited)
    call.hear_once()
    state = LinkState(edited.state) if edited.state else None
    edit_link(call.db, row, call.caller, site=call.hook.site, written=edited.settings, state=state)
    call.db.commit()
    return link_card(call.db, row)


@router.delete("/links/{link}", responses=WRITES)
def disconnect_link(link: Id, keep_offers: bool, call: Managing) -> LinkCard:  # noqa: FBT001 - a query parameter
    """Déconnecte une source ; ses offres restent en ligne sans mise à jour, ou sont retirées.

    Les réservations restent valables. Importer de nouveau le même identifiant reconnecte la source.
    """
    row = call.link(link)
    call.hear_once()
    disconnect(call.db, row, call.caller, keep_offers=keep_offers)
    call.db.commit()
    return link_card(call.db, row)


@router.post("/links/{link}/review", responses=WRITES)
def decide_review(link: Id, decision: ReviewDecision, call: Managing) -> Decided:
    """Retire ce qui attend confirmation (`confirm`), ou le garde malgré la source (`keep`)."""
    row = call.link(link)
    call.hear_once()
    site, actor, role = call.hook.site, call.caller.actor, call.caller.role
    offers = stocks = 0
    if decision.decision == "confirm":
        counts = confirm_review(site, row.id, actor, role)
        offers, stocks = counts.offers["withdrawn"], counts.stocks["withdrawn"]
    else:
        keep_review(site, row.id, actor, role)
    call.db.commit()
    return Decided(decision=decision.decision, offers_withdrawn=offers, stocks_withdrawn=stocks)


def _preview(call: Call, link_id: int, edited: LinkEdit) -> Previewed:
    row = call.link(link_id)
    written = row.settings if edited.settings is None else edited.settings
    kept = secrets_of(call.hook.site, row)
    settings = read_form(row.provider, row.identifier, with_kept(kept, written)).written
    call.db.close()
    try:
        with call.hook.errand():
            found = read_ahead(link_id, call.hook.site, settings=settings, heart=deadline(PREVIEW_SECONDS))
    except TimeIsUpError:
        sentence = f"Le partenaire n’a pas tout envoyé en {PREVIEW_SECONDS:.0f}\u00a0secondes."
        raise Problem(503, "preview_too_slow", sentence, headers={"Retry-After": "60"}) from None
    counts = found.counts.dump()
    return Previewed(
        counts=counts["items"],
        offers=counts["offers"],
        stocks=counts["stocks"],
        withdrawn=[str(loss["title"]) for loss in found.losses[:TITLES]],
        review=found.review,
    )
