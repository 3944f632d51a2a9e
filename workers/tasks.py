"""The Celery tasks: plain arguments in, one call each."""

from typing import Any

import workers.sync
from models.database import connect
from runtime.settings import settings
from schedules import tick as ticks
from workers.app import app, stopping
from workers.publish import publish, send
from workers.telling import tell_portal
from workers.visits import Site


def site() -> Site:
    """Where this worker finds its database and broker: its environment says so."""
    configured = settings()
    if configured.database_url is None or configured.broker_url is None:
        raise RuntimeError("a worker needs PASSERELLE_DATABASE_URL and PASSERELLE_BROKER_URL")
    return Site(configured.database_url, configured.broker_url, configured)


@app.task(name="synchronise")
def synchronise(run_id: int) -> None:
    """Do a queued run; one that gave way goes back to its queue at once."""
    here = site()
    if workers.sync.synchronise(run_id, here, must_stop=stopping) is workers.sync.Ended.GAVE_WAY:
        with connect(here.database_url) as connection:
            row = connection.execute("SELECT queue FROM sync_run WHERE id = %s", [run_id]).fetchone()
            publish(connection, run_id, row["queue"] if row else "manual")


@app.task(name="tick", bind=True)
def tick(self: Any) -> None:  # noqa: ARG001 - bound to be retried by nobody
    """Look after due links, unpublished runs, expired leases, and what the portal has to hear."""
    here = site()
    with connect(here.database_url) as connection:
        ticks.tick(connection, here.settings, here.broker_url, send)
        tell_portal(connection, here.settings)
