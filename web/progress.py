"""A run's progress as server-sent events: the row is looked at until it is final; nothing is listened to."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import blake2b

from sqlalchemy.exc import DBAPIError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from models.run import SyncRun
from web.dependencies import Hook
from web.shapes import RunState
from web.states import run_state

LOOK_EVERY = 0.5
"""Seconds between two looks; a page of items takes about as long."""
HEARTBEAT = 15
"""Seconds after which a silent stream sends a comment, so that no proxy closes it."""
LONGEST = 15 * 60.0
"""Seconds of one stream; a browser then connects again, with the Last-Event-ID."""


async def run_events(hook: Hook, run_id: int, last_event_id: str | None) -> Response:
    """Give a run's events: `run` at each change, `end` once it is final; 204 when all of it was received.

    An event's id is a digest of the state it tells: who comes back with it hears of later states only.
    """
    state = await run_in_threadpool(_look, hook, run_id)
    if state is None or (state.final and _id_of(state) == last_event_id):
        return Response(status_code=204)
    return EventSourceResponse(_events(hook, run_id, last_event_id), ping=HEARTBEAT)


async def _events(hook: Hook, run_id: int, told: str | None) -> AsyncIterator[ServerSentEvent]:
    waited = 0.0
    while waited < LONGEST:
        try:
            state = await run_in_threadpool(_look, hook, run_id)
        except DBAPIError:  # the database restarts: the stream outlives it
            state = None
        if state is not None and _id_of(state) != told:
            told = _id_of(state)
            name = "end" if state.final else "run"
            yield ServerSentEvent(state.model_dump_json(), event=name, id=told, retry=2000)
        if state is not None and state.final:
            return
        await asyncio.sleep(LOOK_EVERY)
        waited += LOOK_EVERY


def _look(hook: Hook, run_id: int) -> RunState | None:
    with hook.session() as db:
        run = db.get(SyncRun, run_id)
        return run_state(run) if run else None


def _id_of(state: RunState) -> str:
    return blake2b(state.model_dump_json().encode(), digest_size=8).hexdigest()
