"""A run as it stands, once or as it goes."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from starlette.concurrency import run_in_threadpool

from web.dependencies import KNOWN_CALLERS, Call, Reading
from web.hook.paths import READS, Id
from web.progress import run_events
from web.shapes import RunState
from web.states import run_state

router = APIRouter(tags=["importations"], dependencies=KNOWN_CALLERS)

_EVENT = {
    "type": "object",
    "properties": {
        "event": {"enum": ["run", "end"]},
        "id": {"type": "string"},
        "retry": {"type": "integer"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`run` à chaque changement, `end` à la fin ; données : comme GET /runs/{run}.",
        "content": {"text/event-stream": {"schema": _EVENT}},
    },
    204: {"description": "L’état final a déjà été reçu (Last-Event-ID) : inutile de revenir."},
}


@router.get("/runs/{run}", responses=READS)
def read_run(run: Id, call: Reading) -> RunState:
    """Donne l’état d’une importation."""
    return run_state(call.run(run))


@router.get("/runs/{run}/events", responses=_STREAM | READS, response_class=Response)
async def follow_run(
    run: Id, call: Reading, last_event_id: Annotated[str | None, Header(max_length=200)] = None
) -> Response:
    """Suit une importation en direct, jusqu’à sa fin."""
    await run_in_threadpool(_expect, call, run)
    return await run_events(call.hook, run, last_event_id)


def _expect(call: Call, run_id: int) -> None:
    """Make sure that the run is the caller's, and let the connection go before the stream begins."""
    call.run(run_id)
    call.db.close()
