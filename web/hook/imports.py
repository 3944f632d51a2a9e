"""« + Importer des offres »: the form is read, the run is written down, and the answer does not wait."""

from typing import Any

from fastapi import APIRouter, BackgroundTasks, Response

from models.vocabulary import RunMode
from web import imports
from web.dependencies import KNOWN_CALLERS, Call, Managing
from web.form import read_form
from web.hook.paths import ASKS, Id
from web.imports import Asked
from web.shapes import ImportForm, RunState, RunWish
from web.states import run_state

router = APIRouter(tags=["importations"], dependencies=KNOWN_CALLERS)

_LOCATION: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "L’importation attend son tour, ou elle est déjà en cours.",
        "headers": {"Location": {"description": "/runs/{run}", "schema": {"type": "string"}}},
    }
}


@router.post("/venues/{venue}/imports", status_code=202, response_model=RunState, responses=_LOCATION | ASKS)
def import_offers(venue: Id, form: ImportForm, call: Managing, background: BackgroundTasks) -> Response:
    """Connecte une source au lieu (ou modifie ses réglages) et demande une importation.

    Seule la forme de la demande est vérifiée ici : le partenaire est interrogé par l’importation.
    La même source demandée deux fois donne l’importation déjà ouverte. `Idempotency-Key` est honorée.
    """
    place = call.venue(venue)
    read = read_form(form.provider, form.identifier, form.settings)
    asked = imports.import_offers(call.db, place, read, call.caller, site=call.hook.site, heard=call.heard)
    return _answer(call, asked, background)


@router.post("/links/{link}/runs", status_code=202, response_model=RunState, responses=_LOCATION | ASKS)
def synchronise_now(
    link: Id,
    call: Managing,
    background: BackgroundTasks,
    wish: RunWish | None = None,
) -> Response:
    """Demande une importation d’une source connectée ; `full` relit tout, même ce qui n’a pas changé."""
    mode = RunMode((wish or RunWish()).mode)
    asked = imports.ask_again(call.db, call.link(link), call.caller, mode=mode, heard=call.heard)
    return _answer(call, asked, background)


def _answer(call: Call, asked: Asked, background: BackgroundTasks) -> Response:
    """Answer with the run; written as it is, since FastAPI would validate it once more."""
    if asked.publish:
        background.add_task(call.hook.publisher.tell_afterwards, asked.run.id, asked.run.queue)
    state = run_state(asked.run).model_dump_json()
    headers = {"Location": f"/runs/{asked.run.id}"}
    return Response(state, 202, headers, "application/json", background)
