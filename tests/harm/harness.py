"""Real workers and a real beat, in process groups of their own, to be killed, frozen and watched."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from celery import Celery

from models.database import Connection

CLONE = Path(__file__).resolve().parent.parent.parent

SHORT: Mapping[str, str] = {
    "PASSERELLE_LEASE": "2",
    "PASSERELLE_BEAT": "0.4",
    "PASSERELLE_TICK": "0.4",
    "PASSERELLE_IDLE_IN_TRANSACTION_TIMEOUT": "40",
    "PASSERELLE_LOG_JSON": "0",
}
"""Durations of a test, in seconds; what is not here is as in production."""


def wait_until(
    condition: Callable[[], Any], seconds: float = 90, *, what: str | Callable[[], Any] = ""
) -> Any:
    """Give what `condition` gives once that is true; fail when it is not in time."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what or condition}")
        time.sleep(0.03)
    return found


QUIET = ("--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat")


@dataclass
class Process:
    """A process group that we started; its leader is the worker's main process."""

    name: str
    popen: subprocess.Popen[bytes]
    log_path: Path

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    @property
    def is_alive(self) -> bool:
        return self.popen.poll() is None

    @property
    def is_ready(self) -> bool:
        """Whether it is a worker that listens."""
        return " ready" in self.log

    def kill(self) -> None:
        """`kill -9` for the main process and its children."""
        os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def kill_children(self) -> None:
        """`kill -9` for the processes that do the tasks; the main process goes on."""
        for child in psutil.Process(self.popen.pid).children(recursive=True):
            child.kill()

    def freeze(self) -> None:
        os.killpg(self.popen.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self.popen.pid, signal.SIGCONT)

    def ask_to_stop(self) -> None:
        self.popen.send_signal(signal.SIGTERM)

    def end(self) -> None:
        """Leave nothing of the group behind."""
        for number in (signal.SIGKILL, signal.SIGCONT):
            try:
                os.killpg(self.popen.pid, number)
            except ProcessLookupError:
                break
        self.popen.wait()


class Crew:
    """The processes of one installation, all with the same environment."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PASSERELLE_")},
            **SHORT,
            "PASSERELLE_DATA_DIR": str(folder),
            **environment,
        }
        self.processes: list[Process] = []

    def worker(self, queues: str = "manual", *, concurrency: int = 1, **settings: str) -> Process:
        """Start a worker and return when it listens; `settings` are added to its environment."""
        process = self.hire(queues, concurrency=concurrency, **settings)
        wait_until(lambda: process.is_ready or not process.is_alive, what=f"{process.name} ready")
        assert process.is_alive, process.log
        return process

    def hire(self, queues: str, *, concurrency: int = 1, **settings: str) -> Process:
        """Start a worker and return at once."""
        name = f"worker-{len(self.processes)}"
        return self._start(
            name,
            ["worker", "-Q", queues, "-c", str(concurrency), "-n", f"{name}@%h", *QUIET],
            {f"PASSERELLE_{key.upper()}": value for key, value in settings.items()},
        )

    def beat(self) -> Process:
        name = f"beat-{len(self.processes)}"
        schedule = self.folder / f"{name}-schedule"
        return self._start(name, ["beat", "-s", str(schedule), "--pidfile=", "--loglevel", "INFO"], {})

    def close(self) -> None:
        for process in self.processes:
            process.end()

    def _start(self, name: str, words: list[str], settings: Mapping[str, str]) -> Process:
        log_path = self.folder / f"{name}.log"
        with log_path.open("wb") as log:
            popen = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "workers.app", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=CLONE,
                env={**self.environment, **settings},
            )
        process = Process(name, popen, log_path)
        self.processes.append(process)
        return process


def publisher(broker_url: str) -> Celery:
    """An application that publishes as ours does, to this broker."""
    app = Celery("publisher", set_as_current=False)
    app.config_from_object("celeryconfig")
    app.conf.broker_url = broker_url
    return app


OFFERS = """
    SELECT to_jsonb(offer) - '{id,venue_id,link_id,origin_link_id,last_run_id,created_at,looks_like_id}'::text[]
        || jsonb_build_object('looks_like', looks_like_id IS NOT NULL) AS row
    FROM offer WHERE venue_id = %(venue)s ORDER BY ref
"""
STOCKS = """
    SELECT to_jsonb(stock)
        - '{id,offer_id,created_run_id,last_run_id,snapshot_at,booking_changed_at}'::text[]
        || jsonb_build_object('offer', offer.ref) AS row
    FROM stock JOIN offer ON offer.id = stock.offer_id WHERE venue_id = %(venue)s ORDER BY offer.ref, stock.ref
"""
ITEMS = """
    SELECT to_jsonb(source_item) - '{id,link_id,offer_id,last_run_id,withdrawn_at,kept_at}'::text[]
        || jsonb_build_object('offer', offer.ref, 'withdrawn', withdrawn_at IS NOT NULL) AS row
    FROM source_item JOIN link ON link.id = source_item.link_id LEFT JOIN offer ON offer.id = offer_id
    WHERE link.venue_id = %(venue)s ORDER BY kind, source_item.ref
"""


def dump(db: Connection, venue: int) -> dict[str, list[dict[str, Any]]]:
    """All that an import leaves for a venue, without what differs between two equal ones."""
    return {
        name: [row["row"] for row in db.execute(query, {"venue": venue})]
        for name, query in (("offers", OFFERS), ("stocks", STOCKS), ("items", ITEMS))
    }
