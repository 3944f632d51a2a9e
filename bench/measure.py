"""How the benches measure: alternating rounds, medians, and what PostgreSQL wrote meanwhile."""

import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

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

    def take_processor(self, name: str, work: Callable[[], object]) -> float:
        """Time a piece of work that waits for nothing, in seconds of this process's processor time."""
        began = time.process_time()
        work()
        seconds = time.process_time() - began
        self.add(name, seconds)
        return seconds

    def add(self, name: str, figure: float) -> None:
        self.figures.setdefault(name, []).append(figure)

    def median(self, name: str) -> float:
        return statistics.median(self.figures[name])

    def spread(self, name: str, form: str = "{:.2f}") -> str:
        return "–".join(form.format(end) for end in (min(self.figures[name]), max(self.figures[name])))


@dataclass(frozen=True)
class Written:
    """What a piece of work wrote: bytes of WAL, whole pages among them, and row versions by table.

    PostgreSQL writes a page whole the first time that it is touched after a checkpoint.
    """

    wal: int
    rows: Mapping[str, int]
    images: int = 0


@dataclass(frozen=True)
class Mark:
    """What had been written in this cluster and this database at one moment."""

    wal: int
    images: int
    rows: Mapping[str, int]

    @classmethod
    def now(cls, connection: Connection) -> Self:
        rows, images = _rows(connection), _images(connection)
        return cls(_wal(connection), images, rows)

    def since(self, connection: Connection) -> Written:
        """Say what was written since."""
        wal, after = _wal(connection), _rows(connection)
        changed = {table: after[table] - self.rows.get(table, 0) for table in after}
        images = _images(connection) - self.images
        return Written(wal - self.wal, {table: n for table, n in changed.items() if n}, images)


def writing(connection: Connection, work: Callable[[], object]) -> Written:
    """Do a piece of work and say what was written meanwhile, in this cluster and this database."""
    mark = Mark.now(connection)
    work()
    return mark.since(connection)


def _wal(connection: Connection) -> int:
    row = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS bytes").fetchone()
    return int(row["bytes"]) if row else 0


def _images(connection: Connection) -> int:
    row = connection.execute("SELECT wal_fpi FROM pg_stat_wal").fetchone()
    return int(row["wal_fpi"]) if row else 0


def _rows(connection: Connection) -> Mapping[str, int]:
    while (row := connection.execute(_WORKERS).fetchone()) and row["n"]:
        time.sleep(0.01)  # who leaves has told what it wrote
    connection.execute("SELECT pg_stat_force_next_flush()")
    rows = connection.execute(
        "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del AS n FROM pg_stat_user_tables"
    )
    return {row["relname"]: row["n"] for row in rows}


_WORKERS = "SELECT count(*) AS n FROM pg_stat_activity WHERE application_name LIKE 'passerelle run %'"


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, as wide as it needs to be; where it goes into a file, as Markdown."""
    if not sys.stdout.isatty():
        written = [columns, ["---", *["---:"] * (len(columns) - 1)], *rows]
        print(f"\n{title}\n", *(f"| {' | '.join(row)} |" for row in written), sep="\n", flush=True)
        return
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    Console(width=max(160, Console().width)).print(table)
