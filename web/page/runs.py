"""An importation as the manager follows it: a bar that moves, then what came of it and whose turn it is."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from models.run import SyncRun
from models.vocabulary import LinkState, Reason, RunStatus
from web.hook.paths import Id
from web.page import contacts, lines, outcomes, reading, sourcing
from web.page.books import with_book
from web.page.opened import AbsentError, Looking, Opened
from workers.wording import wording_of

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
            "result": outcomes.result(found.link.provider, found.counters),
            "filtered": _filtered(found),
            "quarantined": lines.quarantined(opened, found.link_id, found.id),
            "offers": [
                with_book(row)
                for row in reading.rows(
                    opened.db, "offers_of_run", link=found.link_id, run=found.id, most=SHOWN
                )
            ],
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
        progress=sourcing.progress(found),
        held_words=sourcing.HELD_WORDS,
        **shown,
    )


@router.get("/etat")
def state(opened: Looking, run_id: Id) -> dict[str, Any]:
    """Give a run's progress, for the script that moves the bar."""
    found = _run(opened, run_id)
    going = sourcing.progress(found)
    return {
        "final": RunStatus(found.status).is_final,
        "percent": going["percent"],
        "sentence": progress_sentence(found),
    }


def progress_sentence(found: SyncRun) -> str:
    """Say how far a run is."""
    if found.status == RunStatus.QUEUED:
        return "En attente : l’importation commence dans un instant."
    going = sourcing.progress(found)
    read = wording_of(found.link.provider).read
    seen = f"{going['seen']} {read.several} {read.agreed(2, 'lu')}"
    if going["expected"]:
        return f"{going['percent']}\u00a0%\u00a0: {seen} sur environ {going['expected']}."
    return f"{seen}."


def _run(opened: Opened, run_id: int) -> SyncRun:
    found = opened.db.get(SyncRun, run_id)
    if found is None or found.link.venue_id != opened.venue.id:
        raise AbsentError
    return found


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
