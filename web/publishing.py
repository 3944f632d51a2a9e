"""Tells the workers of queued runs, in a thread of its own: a request never waits for Redis."""

import queue
import threading
from time import monotonic

import psycopg
import structlog

from models.database import Connection, connect
from workers.publish import publish

MOST_WAITING = 1000
"""Runs kept for the thread; what is beyond waits for the tick, as when Redis is away."""
REST = 5.0
"""Seconds during which a Redis that failed is left alone: the tick publishes what was asked meanwhile."""

log = structlog.get_logger(__name__)


class Publisher:
    """Publishes, best effort, what it is told; `tell` returns at once, whatever Redis does."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._waiting: queue.Queue[tuple[int, str] | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._away_until = 0.0

    def start(self) -> None:
        """Start the thread; it ends with the process, or with `stop`."""
        self._thread = threading.Thread(target=self._work, name="publisher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let the thread go; a publication that hangs is not waited for."""
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            return
        if self._thread is not None:
            self._thread.join(timeout=1)

    def tell(self, run_id: int, queue_name: str) -> None:
        """Have a run's id put in its queue soon."""
        try:
            self._waiting.put_nowait((run_id, queue_name))
        except queue.Full:
            log.warning("left_to_the_tick", run=run_id)

    async def tell_afterwards(self, run_id: int, queue_name: str) -> None:
        """Do the same as a background task of an answer, without a thread of the pool."""
        self.tell(run_id, queue_name)

    def _work(self) -> None:
        connection: Connection | None = None
        while (told := self._waiting.get()) is not None:
            if monotonic() < self._away_until:
                continue
            try:
                connection = connection or connect(self._database_url)
                if not publish(connection, *told):
                    self._away_until = monotonic() + REST
            except psycopg.Error as error:
                log.warning("not_noted", run=told[0], error=str(error))
                connection = None
            except Exception:  # the thread lives on, whatever the broker's client raises
                log.exception("not_published", run=told[0])
                self._away_until = monotonic() + REST
        if connection is not None:
            connection.close()
