"""Whether this process lives, and whether it can do its work."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from models.database import is_current
from web.dependencies import Hook, OneHook
from web.shapes import Health

router = APIRouter(tags=["exploitation"])

LATE_AFTER = timedelta(minutes=2)
"""Since the last tick: by then twelve are missing."""


@router.get("/healthz")
async def is_alive() -> dict[str, str]:
    """Dit que le processus répond ; rien d’autre n’est regardé."""
    return {"state": "ok"}


@router.get("/readyz", responses={503: {"model": Health, "description": "La base de données manque."}})
def is_ready(hook: OneHook, response: Response) -> Health:
    """Dit si la base de données répond dans la version attendue, et si l’horloge tourne.

    Une horloge en retard (`late`) laisse répondre : les demandes sont gardées, rien n’est perdu.
    """
    health = _look(hook)
    if health.state == "away":
        response.status_code = 503
    return health


_seen_current = set[str]()


def _is_current(database_url: str) -> bool:
    """Whether the schema is ours; looked at until it is, since that means reading the migrations."""
    if database_url not in _seen_current and is_current(database_url):
        _seen_current.add(database_url)
    return database_url in _seen_current


def _look(hook: Hook) -> Health:
    try:
        with hook.session() as db:
            migrated = _is_current(hook.site.database_url)
            ticked: datetime | None = db.scalar(text("SELECT at FROM last_tick")) if migrated else None
    except SQLAlchemyError:
        return Health(state="away", database=False, migrated=False, last_tick_at=None)
    if not migrated:
        return Health(state="away", database=True, migrated=False, last_tick_at=None)
    late = ticked is not None and datetime.now(UTC) - ticked > LATE_AFTER
    return Health(state="late" if late else "ok", database=True, migrated=True, last_tick_at=ticked)
