"""How the benches measure: alternating rounds, medians, and what PostgreSQL wrote meanwhile."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from models.database import Connection


@dataclass
class Rounds:
    """Figures by name, one a round; the median is what is told."""

    figures: dict[str, list[float]] = field(default_factory=dict)

    def take(self, name: str, work: Callable[[], object]) -> float:
        """Time a piece of work, in seconds of the wall clock."""
        began = time.perf_counter()
        work()
        seconds = time.perf_counter() - began
        self.add(name, seconds)
        return seconds

    def add(self, name: str, figure: float) -> None:
        self.figures.setdefault(name, []).append(figure)

    def median(self, name: str) -> float:
        return statistics.median(self.figures[name])

    def spread(self, name: str) -> str:
        low, high = min(self.figures[name]), max(self.figures[name])
        return f"{low:.2f}–{high:.2f}"


@dataclass(frozen=True)
class Written:
    """What a piece of work wrote: bytes of WAL, and row versions by table."""

    wal: int
    rows: Mapping[str, int]


def writing(connection: Connection, work: Callable[[], object]) -> Written:
    """Do a piece of work and say what was written meanwhile, in this cluster and this database."""
    wal, rows = _wal(connection), _rows(connection)
    work()
    after = _rows(connection)
    changed = {
        table: after[table] - rows.get(table, 0) for table in after if after[table] != rows.get(table, 0)
    }
    return Written(_wal(connection) - wal, changed)


def _wal(connection: Connection) -> int:
    row = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS bytes").fetchone()
    return int(row["bytes"]) if row else 0


def _rows(connection: Connection) -> Mapping[str, int]:
    while (row := connection.execute(_WORKERS).fetchone()) and row["n"]:
        time.sleep(0.01)  # who leaves has told what it wrote
    connection.execute("SELECT pg_stat_force_next_flush()")
    rows = connection.execute(
        "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del AS n FROM pg_stat_user_tables"
    )
    return {row["relname"]: row["n"] for row in rows}


_WORKERS = "SELECT count(*) AS n FROM pg_stat_activity WHERE application_name LIKE 'passerelle run %'"


def show(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print a table, as wide as it needs to be."""
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    Console(width=160).print(table)
