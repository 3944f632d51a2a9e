"""Telling the workers that a run waits: best effort, the row is the outbox and the tick looks after it."""

import structlog
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from models.database import Connection
from workers.app import app

log = structlog.get_logger(__name__)

PUBLISHED = """
    UPDATE sync_run SET published_at = clock_timestamp(), publications = publications + 1
    WHERE id = %(run)s AND status = 'queued'
"""

NOT_PUBLISHED = "UPDATE sync_run SET published_at = NULL WHERE id = %(run)s AND status = 'queued'"


def publish(connection: Connection, run_id: int, queue: str) -> bool:
    """Put a run's id in its queue; False when Redis is away, and the tick will do it."""
    if not send(run_id, queue):
        connection.execute(NOT_PUBLISHED, {"run": run_id})
        return False
    connection.execute(PUBLISHED, {"run": run_id})
    return True


def send(run_id: int, queue: str) -> bool:
    """Put a run's id in a queue, without noting it."""
    try:
        app.send_task("synchronise", args=[run_id], queue=queue)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("not_published", run=run_id, queue=queue, error=str(error))
        return False
    return True
