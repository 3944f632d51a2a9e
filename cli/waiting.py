"""Waiting for a run to end: where it is done, and the bar that moves meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeAlias

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from cli.answers import margin
from cli.processes import Worker, is_served, kept_running
from cli.site import is_embedded
from models.database import Connection, connect
from models.vocabulary import Queue, RunStatus
from schedules.tick import take_back_expired
from workers.publish import publish
from workers.sync import Ended, synchronise
from workers.visits import Site

LOOK_EVERY = 0.2  # seconds
PATIENCE = 10.0
"""Seconds after which a run that nobody takes is worth a word."""

Move: TypeAlias = Callable[[dict[str, Any]], None]
"""Takes a run's row and moves the bar."""

LOOK = """
    SELECT sync_run.id, link_id, provider, status, queue, counters, estimate, error_code, message, slices,
        shortfall
    FROM sync_run JOIN link ON link.id = link_id WHERE sync_run.id = %s
"""


def await_run(here: Site, run_id: int, queue: str, *, move: Move) -> None:
    """Have the workers do a queued run, and wait; without workers, some are started for its length."""
    with connect(here.database_url) as connection, _workers(here):
        publish(connection, run_id, queue)
        started = time.monotonic()
        told = False
        while True:
            row = look(connection, run_id)
            move(row)
            if RunStatus(row["status"]).is_final:
                return
            if row["status"] == RunStatus.QUEUED and time.monotonic() - started > PATIENCE and not told:
                told = True
                margin().print(_who_is_missing(here, row["queue"]))
            time.sleep(LOOK_EVERY)


def do_run(here: Site, run_id: int, *, move: Move) -> None:
    """Do a queued run in this process, in a thread; Ctrl-C lets it give way at its next page."""
    stop = threading.Event()
    with connect(here.database_url) as connection, ThreadPoolExecutor(1) as executor:
        try:
            while True:
                part = executor.submit(synchronise, run_id, here, must_stop=stop.is_set)
                while not part.done():
                    move(look(connection, run_id))
                    time.sleep(LOOK_EVERY / 4)
                ended = part.result()
                row = look(connection, run_id)
                move(row)
                if RunStatus(row["status"]).is_final:
                    return
                if ended in (Ended.NOT_TAKEN, Ended.LOST):  # another worker has it, or had it
                    take_back_expired(connection, here.settings)
                    time.sleep(LOOK_EVERY)
        finally:
            stop.set()


def look(connection: Connection, run_id: int) -> dict[str, Any]:
    """Read where a run is."""
    row = connection.execute(LOOK, [run_id]).fetchone()
    if row is None:
        raise LookupError(f"run {run_id} is not in the ledger")
    return row


@contextmanager
def bar() -> Iterator[Move]:
    """Show a bar on stderr for the length of the block, if that is a terminal."""
    console = margin()
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("En attente", total=None)

        def move(row: dict[str, Any]) -> None:
            items = row["counters"].get("items", {}).get("read", 0)
            details = row["counters"].get("details", {}).get("read", 0)
            words = "En attente" if row["status"] == RunStatus.QUEUED else "Lecture"
            progress.update(task, description=words, total=row["estimate"], completed=items or details)

        yield move


@contextmanager
def _workers(here: Site) -> Iterator[None]:
    """Start workers for the length of the block where nobody can serve but us, and nobody does."""
    if not is_embedded(here) or is_served(here):
        yield
        return
    with (
        (here.settings.data_dir / "workers.log").open("a") as log,
        kept_running(here, [Worker("manual", [Queue.MANUAL, Queue.TICKS], 2)], output=log),
    ):
        yield


def _who_is_missing(here: Site, queue: str) -> str:
    if is_embedded(here):
        return f"Les ouvriers tardent à démarrer : voyez {here.settings.data_dir / 'workers.log'}."
    return (
        f"Personne ne prend les importations de la file « {queue} » : lancez un ouvrier"
        f" (celery -A workers.app worker -Q {queue}) ou « passerelle serve ». J’attends."
    )
