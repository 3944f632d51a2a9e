"""Asking for a run from the page: the row is committed, and publishing comes after the answer."""

from datetime import timedelta
from typing import Final

from fastapi import BackgroundTasks
from fastapi.responses import Response
from pydantic import SecretStr
from sqlalchemy import func, select

from models.database import connect
from models.link import Link
from models.run import SyncRun, ask_for_run
from models.vocabulary import Queue, Trigger
from providers.settings import ProviderSettings
from web.page.opened import Managed
from workers.publish import publish
from workers.visits import Site

A_PERSON_MAY_ASK: Final = 6
WITHIN: Final = timedelta(hours=1)


def ask(managed: Managed, link: Link, later: BackgroundTasks) -> Response:
    """Queue an importation of a source for the manager, and show it.

    Beyond six an hour a source, the manager is told to wait.
    """
    asked = managed.db.scalar(
        select(func.count())
        .select_from(SyncRun)
        .where(
            SyncRun.link_id == link.id,
            SyncRun.trigger == Trigger.PERSON,
            SyncRun.created_at > func.now() - WITHIN,
        )
    )
    if (asked or 0) >= A_PERSON_MAY_ASK:
        managed.db.commit()
        return managed.go(
            said="Vous avez déjà demandé six importations de cette source depuis une heure. Réessayez plus tard :"
            " elle continue d’être mise à jour toute seule.",
            wrong=True,
        )
    run, is_new = ask_for_run(
        managed.db,
        link.id,
        queue=Queue.MANUAL,
        trigger=Trigger.PERSON,
        requested_by=managed.visitor.user,
    )
    managed.db.commit()
    if is_new:
        later.add_task(managed.request.app.state.publish, managed.site, run.id)
    answer = managed.go(f"/importations/{run.id}")
    answer.background = later
    return answer


def publish_run(site: Site, run_id: int) -> None:
    """Tell the workers that a run waits."""
    with connect(site.database_url) as connection:
        publish(connection, run_id, Queue.MANUAL)


def secret_fields(settings: type[ProviderSettings]) -> set[str]:
    """Name the settings of a partner that are secret."""
    return {
        name for name, field in settings.model_fields.items() if "SecretStr" in repr(field.annotation)
    } | {name for name, field in settings.model_fields.items() if field.annotation is SecretStr}
