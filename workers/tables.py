"""The staging tables of a worker's session, made when a page first needs them, and how they are joined.

Most runs find nothing to write; tables made for nothing would cost them fifty milliseconds, and the
catalogs of PostgreSQL their rows.
"""

from typing import Final
from weakref import WeakKeyDictionary

from psycopg.pq import TransactionStatus

from models.database import Connection
from workers.queries import BOOKS, SQL

BY_THE_TABLEFUL: Final = ("enable_hashjoin", "enable_mergejoin", "enable_seqscan", "enable_material", "jit")
"""What the planner must not do for a page: its cost grows with the tables, or with what they seem."""
_MADE: Final[WeakKeyDictionary[Connection, set[str]]] = WeakKeyDictionary()
"""What each session has made, as statements."""


def make_tables(connection: Connection) -> None:
    """Make the staging tables of a session, unless it has them."""
    _make(connection, SQL["prepare"])
    _make(connection, BOOKS["prepare_products"])
    make_tables_for_levels(connection)


def make_tables_for_levels(connection: Connection) -> None:
    """Make those of them that a stock list needs: it has no offers or dates of its own."""
    _make(connection, BOOKS["prepare_levels"])


def make_table_of_refs(connection: Connection) -> None:
    """Make the one of them in which a stock list's refs are put together."""
    _make(connection, BOOKS["prepare_listed"])


def _make(connection: Connection, statements: str) -> None:
    made = _MADE.setdefault(connection, set())
    if statements in made:
        return
    connection.execute(statements)
    if connection.info.transaction_status is TransactionStatus.IDLE:  # else they may be rolled back
        made.add(statements)


def by_their_indexes(connection: Connection) -> None:
    """Tell the planner, for this transaction, to join what is staged with the large tables by their indexes.

    Whatever it believes of their sizes: a page must cost the same in a table of ten rows and of ten
    million, and a plan made for an empty table would scan the full one.
    """
    connection.execute(
        "SELECT set_config(by_the_tableful, 'off', true) FROM unnest(%s::text[]) AS by_the_tableful",
        [list(BY_THE_TABLEFUL)],
    )
