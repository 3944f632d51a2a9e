"""The Celery tasks: plain arguments in, one call each."""

import workers.sync
from models.database import connect, connect_worker
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
    """Do a queued run; one that gave way goes back to its queue at once, one that ended leaves its place."""
    here = site()
    ended = workers.sync.synchronise(run_id, here, must_stop=stopping)
    with connect(here.database_url) as connection:
        if ended is workers.sync.Ended.GAVE_WAY:
            row = connection.execute("SELECT queue FROM sync_run WHERE id = %s", [run_id]).fetchone()
            publish(connection, run_id, row["queue"] if row else "manual")
        elif ended is workers.sync.Ended.FINISHED:
            ticks.publish_waiting(connection, here.settings, send, most=1)


@app.task(name="tick", soft_time_limit=120, time_limit=180)
def tick() -> None:
    """Look after links, runs, leases and untold notices; frozen, it holds nobody up for long."""
    here = site()
    with connect_worker(here.database_url, here.settings) as connection:
        ticks.tick(connection, here.settings, here.broker_url, send)
        tell_portal(connection, here.settings)
