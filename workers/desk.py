"""A worker's connection for one run: named after the lease, and made again when it is lost."""

import time
from types import TracebackType
from typing import Self

import psycopg
import structlog

from models.database import Connection, connect_worker
from runtime.settings import RuntimeSettings
from workers.lease import Lease, name_backend

log = structlog.get_logger(__name__)

ATTEMPTS = 5
"""Times that a page is written before the run gives up for now."""


class Desk:
    """Where a run is worked on; `connection` is the one of the moment."""

    def __init__(self, database_url: str, settings: RuntimeSettings) -> None:
        self._database_url = database_url
        self._settings = settings
        self._lease: Lease | None = None
        self.connection = self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def work_under(self, lease: Lease) -> None:
        """Name the backend after the lease: whoever takes over ends precisely this one."""
        self._lease = lease
        name_backend(self.connection, lease)

    def reconnect(self, attempt: int) -> None:
        """Make the connection again, waiting longer at each attempt (seconds: 0.2, 0.4, 0.8…).

        Raises
        ------
        psycopg.OperationalError
            The database is still away after the last attempt.
        """
        self.connection.close()
        while True:
            time.sleep(0.1 * 2**attempt)
            try:
                self.connection = self._open()
            except psycopg.OperationalError:
                attempt += 1
                if attempt > ATTEMPTS + 2:
                    raise
            else:
                break
        if self._lease is not None:
            name_backend(self.connection, self._lease)

    def _open(self) -> Connection:
        return connect_worker(self._database_url, self._settings)
