"""Whether this process lives, and whether it can do its work."""

from datetime import datetime

import psycopg
from fastapi import APIRouter, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from models.database import connect, is_current
from schedules.watch import Trouble, troubles
from web.dependencies import Hook, OneHook
from web.shapes import Health

router = APIRouter(tags=["exploitation"])


@router.get("/healthz")
async def is_alive() -> dict[str, str]:
    """Dit que le processus répond ; rien d’autre n’est regardé."""
    return {"state": "ok"}


@router.get("/readyz", responses={503: {"model": Health, "description": "La base de données manque."}})
def is_ready(hook: OneHook, response: Response) -> Health:
    """Dit si la base de données répond dans la version attendue, et ce qui est en retard, en toutes lettres.

    Une horloge, une file ou un partenaire en retard (`late`) laissent répondre : les demandes sont gardées,
    rien n’est perdu. Un partenaire qui ne répond pas est dit, mais n’est pas un retard de notre fait.
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
        found = _troubles(hook) if migrated else []
    except (SQLAlchemyError, psycopg.Error):
        return Health(state="away", database=False, migrated=False, last_tick_at=None)
    if not migrated:
        return Health(state="away", database=True, migrated=False, last_tick_at=None)
    return Health(
        state="late" if any(each.ours for each in found) else "ok",
        database=True,
        migrated=True,
        last_tick_at=ticked,
        troubles=[each.sentence for each in found],
    )


def _troubles(hook: Hook) -> list[Trouble]:
    with connect(hook.site.database_url) as connection:
        return troubles(connection)
