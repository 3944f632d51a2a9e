"""The addresses at which partners say that something changed: read at once, or soon, never lost."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends
from pydantic import BaseModel

from models.access import use_hint_token
from models.link import Link
from providers.base import HintRequest
from web.callers import Presented
from web.dependencies import OneHook, OneSession, get_presented
from web.hints import take_hint
from web.problems import documented, not_found

router = APIRouter(tags=["partenaires"])


class Received(BaseModel):
    """The same answer whatever the hint: a partner learns nothing of the venue."""

    received: bool = True


@router.post(
    "/hooks/{provider}/{token}",
    status_code=202,
    responses=documented(404, 413, 422, 503),
    openapi_extra={"requestBody": {"content": {"*/*": {"schema": {}}}}},
)
def receive_hint(
    provider: str,
    token: str,
    hook: OneHook,
    db: OneSession,
    *,
    background: BackgroundTasks,
    request: Annotated[Presented, Depends(get_presented)],
) -> Received:
    """Reçoit ce qu’un partenaire signale ; une forme inconnue est notée et acceptée."""
    row = use_hint_token(db, token)
    link = db.get(Link, row.link_id) if row else None
    if link is None or link.provider != provider:
        raise not_found()
    run = take_hint(db, link, HintRequest(request.headers, request.body))
    if run is not None:
        background.add_task(hook.publisher.tell_afterwards, run.id, run.queue)
    return Received()
