"""The staging tables of a worker's session, made when a page first needs them.

Most runs find nothing to write; tables made for nothing would cost them fifty milliseconds, and the
catalogs of PostgreSQL their rows.
"""

from typing import Final
from weakref import WeakSet

from psycopg.pq import TransactionStatus

from models.database import Connection
from workers.queries import BOOKS, SQL

_MADE: Final[WeakSet[Connection]] = WeakSet()


def make_tables(connection: Connection) -> None:
    """Make the staging tables of a session, unless it has them."""
    if connection in _MADE:
        return
    connection.execute(SQL["prepare"])
    connection.execute(BOOKS["prepare"])
    if connection.info.transaction_status is TransactionStatus.IDLE:  # else they may be rolled back
        _MADE.add(connection)
