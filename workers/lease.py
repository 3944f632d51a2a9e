"""Who may write for a run: the lease, taken in the run's own row and kept by a heart in a thread."""

import os
import socket
import threading
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import psycopg
import structlog

from models.database import Connection, connect_worker
from runtime.settings import RuntimeSettings

log = structlog.get_logger(__name__)


class LeaseLostError(Exception):
    """Another worker may have taken the run over: whatever is not committed must not be."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for a run, as long as the row says the same token before `lease_until`."""

    run_id: int
    token: int


TAKE = """
    UPDATE sync_run SET status = 'running', lease_token = nextval('lease_token'),
        lease_until = clock_timestamp() + %(lease)s, backend_pid = pg_backend_pid(), worker = %(worker)s,
        started_at = coalesce(started_at, clock_timestamp())
    WHERE id = %(run)s AND status = 'queued' AND EXISTS (
        SELECT FROM link WHERE link.id = link_id AND link.state <> 'unlinked')
    RETURNING *
"""
"""Takes a queued run; no row: somebody else has it, or it is over."""


def take(connection: Connection, run_id: int, settings: RuntimeSettings) -> dict[str, Any] | None:
    """Take a queued run for this worker.

    The backend names itself after the lease, so that whoever takes over later can end precisely
    this one, should it still be there.

    Returns
    -------
    The run's row with its new `lease_token`, or None when it is not there to be taken.
    """
    worker = f"{socket.gethostname()}/{os.getpid()}"
    row = connection.execute(TAKE, {"run": run_id, "lease": settings.lease, "worker": worker}).fetchone()
    if row is not None:
        name_backend(connection, Lease(run_id, row["lease_token"]))
    return row


def name_backend(connection: Connection, lease: Lease) -> None:
    """Write the lease into the backend's application name, where `end_backends` looks for it."""
    connection.execute(
        "SELECT set_config('application_name', %s, false)", [backend_name(lease.run_id, lease.token)]
    )


def backend_name(run_id: int, token: int) -> str:
    """Give the application name of the backends that write under a lease."""
    return f"passerelle run {run_id} lease {token}"


class Heart:
    """Beats for a lease from a thread with a connection of its own.

    It stops by itself when the work made no progress for a whole slice: a worker that hangs must
    not hold its run for ever. `check` raises LeaseLostError once a beat found the lease gone.
    """

    def __init__(self, lease: Lease, database_url: str, settings: RuntimeSettings) -> None:
        self._lease = lease
        self._database_url = database_url
        self._settings = settings
        self._over = threading.Event()
        self._lost = threading.Event()
        self._progress = 0
        self._thread = threading.Thread(target=self._beat, name=f"heart of run {lease.run_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(timeout=5)

    def progress(self) -> None:
        """Say that the work goes on; raise if it must not."""
        self._progress += 1
        self.check()

    def check(self) -> None:
        """Raise LeaseLostError if the lease is known to be gone."""
        if self._lost.is_set():
            raise LeaseLostError(f"run {self._lease.run_id}: the lease {self._lease.token} is no longer ours")

    def _beat(self) -> None:
        connection: Connection | None = None
        progress, idle = self._progress, timedelta(0)
        while not self._over.wait(self._settings.beat.total_seconds()):
            if self._progress == progress:
                idle += self._settings.beat
            else:
                progress, idle = self._progress, timedelta(0)
            if idle > self._settings.slice:
                log.warning("heart_stops", run=self._lease.run_id, idle_seconds=idle.total_seconds())
                break
            try:
                connection = connection or connect_worker(self._database_url, self._settings)
                if not renew(connection, self._lease, self._settings):
                    self._lost.set()
                    break
            except psycopg.OperationalError as error:
                # The lease runs out by itself if the database stays away; until then, try again.
                log.warning("beat_missed", run=self._lease.run_id, error=str(error))
                if connection is not None:
                    connection.close()
                connection = None
        if connection is not None:
            connection.close()


def renew(connection: Connection, lease: Lease, settings: RuntimeSettings) -> bool:
    """Hold a lease for another while; False when it is gone."""
    beat = connection.execute(
        """UPDATE sync_run SET lease_until = clock_timestamp() + %(lease)s
           WHERE id = %(run)s AND lease_token = %(token)s AND lease_until > clock_timestamp()""",
        {"run": lease.run_id, "token": lease.token, "lease": settings.lease},
    )
    return beat.rowcount == 1
