"""An importation as the manager follows it: a bar that moves, then what came of it and whose turn it is."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from models.run import SyncRun
from models.vocabulary import LinkState, Reason, RunStatus
from web.hook.paths import Id
from web.page import contacts, reading, sourcing
from web.page.opened import AbsentError, Looking, Opened

router = APIRouter(prefix="/lieux/{venue_id}/importations/{run_id}")

SHOWN = 6


@router.get("")
def run(opened: Looking, run_id: Id) -> Response:
    """Show a run, going on or ended."""
    found = _run(opened, run_id)
    status = RunStatus(found.status)
    shown: dict[str, Any] = {}
    if status.is_final:
        shown = {
            "result": _result(found),
            "filtered": _filtered(found),
            "quarantined": reading.rows(opened.db, "quarantined", link=found.link_id, run=found.id),
            "offers": reading.rows(opened.db, "offers_of_run", link=found.link_id, run=found.id, most=SHOWN),
            "turn": _turn(found),
            "contact": contacts.whom_to_ask(opened.venue.postal_code, opened.site.settings.contacts),
        }
    return opened.screen(
        "run.html",
        run=found,
        source=sourcing.source(opened, found.link_id),
        is_final=status.is_final,
        words=sourcing.RUN_WORDS[status],
        sentence=progress_sentence(found),
        progress=sourcing.progress(found.link.provider, found.seen, found.estimate),
        held_words=sourcing.HELD_WORDS,
        **shown,
    )


@router.get("/etat")
def state(opened: Looking, run_id: Id) -> dict[str, Any]:
    """Give a run's progress, for the script that moves the bar."""
    found = _run(opened, run_id)
    going = sourcing.progress(found.link.provider, found.seen, found.estimate)
    return {
        "final": RunStatus(found.status).is_final,
        "percent": going["percent"],
        "sentence": progress_sentence(found),
    }


def progress_sentence(found: SyncRun) -> str:
    """Say how far a run is."""
    if found.status == RunStatus.QUEUED:
        return "En attente : l’importation commence dans un instant."
    going = sourcing.progress(found.link.provider, found.seen, found.estimate)
    if going["expected"]:
        return f"{going['percent']} % : {going['seen']} éléments lus sur environ {going['expected']}."
    return f"{going['seen']} éléments lus."


def _run(opened: Opened, run_id: int) -> SyncRun:
    found = opened.db.get(SyncRun, run_id)
    if found is None or found.link.venue_id != opened.venue.id:
        raise AbsentError
    return found


def _result(found: SyncRun) -> list[tuple[int, str, str]]:
    """What came of a run, in offers: how many, and the words for one and for several."""
    items, offers = found.counters.get("items", {}), found.counters.get("offers", {})
    lines = [
        (offers.get("created", 0), "offre créée", "offres créées"),
        (offers.get("updated", 0), "offre mise à jour", "offres mises à jour"),
        (items.get("unchanged", 0), "inchangée", "inchangées"),
        (offers.get("withdrawn", 0), "offre retirée", "offres retirées"),
        (items.get("held", 0), "offre à compléter", "offres à compléter"),
        (
            items.get("held_elsewhere", 0),
            "tenue à jour par une autre source",
            "tenues à jour par une autre source",
        ),
        (items.get("deleted_by_hand", 0), "supprimée à la main", "supprimées à la main"),
        (items.get("quarantined", 0), "élément à corriger", "éléments à corriger"),
        (items.get("filtered", 0), "laissée de côté", "laissées de côté"),
    ]
    return [line for number, line in enumerate(lines) if line[0] or number < 2]


def _filtered(found: SyncRun) -> list[tuple[int, str]]:
    """Why items were left out, and how many for each reason."""
    left_out = found.counters.get("filtered", {})
    return [
        (number, Reason(reason).sentence)
        for reason, number in sorted(left_out.items(), key=lambda pair: -pair[1])
    ]


def _turn(found: SyncRun) -> str:
    """Say whose turn it is after a run that failed."""
    if found.status not in {RunStatus.FAILED, RunStatus.DEAD}:
        return ""
    if found.error_code == "unlinked":
        return ""
    if found.status == RunStatus.DEAD or found.error_code == "our_bug":
        return "ours"
    if found.link.state == LinkState.TO_CHECK:
        return "yours"
    return "theirs"
