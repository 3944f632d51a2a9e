"""One process that is kept running: started, started again when it dies, ended with all it started."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from runtime.guard import Guard, end_groups, signal_group

_log = structlog.get_logger(__name__)
# The child waits for a word before it becomes the program: by then the guard knows its group, and
# without the word, because we died meanwhile, it never does.
_GATE = 'read -r _ || exit 1; exec "$@" </dev/null'
_LEFTOVERS = 2.0  # seconds given to what a child that is over has left in its group


@dataclass(frozen=True)
class Child:
    """A program to keep running; `env` is added to our environment, `cwd` None is our own."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None


@dataclass(frozen=True)
class Patience:
    """How long a supervisor waits; seconds."""

    grace: float = 30
    """From SIGTERM to SIGKILL; above the workers' soft shutdown."""
    first_delay: float = 1
    """Before a child that died is started again; doubled each time, up to `longest_delay`."""
    longest_delay: float = 30
    steady_after: float = 60
    """A child that ran this long begins again with the first delay."""
    give_up_after: int = 10
    """Deaths of one child in a row, none of them after a steady time."""


class KeptChild:
    """A thread that keeps one child running until `stopping` is set.

    Parameters
    ----------
    write
        Takes the child's name and each line it writes, without the line end; None: the child has
        our stdout and stderr.
    give_up
        Called, once, when the child died too often.
    """

    def __init__(
        self,
        child: Child,
        patience: Patience,
        *,
        guard: Guard,
        stopping: threading.Event,
        write: Callable[[str, str], None] | None,
        give_up: Callable[[], None],
    ) -> None:
        self.child = child
        self._patience = patience
        self._guard = guard
        self._stopping = stopping
        self._write = write
        self._give_up = give_up
        self._launching = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name=f"keeps {child.name}", daemon=True)

    def start(self) -> None:
        """Start the child and keep it; returns at once."""
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The child's process number, which is also its group's; None while none runs."""
        process = self._process
        return None if process is None else process.pid

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the child alone: it knows best how to end its own."""
        with self._launching:
            if self._process is not None:
                self._process.send_signal(signal.SIGTERM)

    def end(self, expired: Callable[[], bool]) -> None:
        """Wait until the child and its group are over; kill them once `expired` says so."""
        while self._thread.is_alive():
            if expired() and (pid := self.pid) is not None:
                signal_group(pid, signal.SIGKILL)
            self._thread.join(0.05)

    def _keep(self) -> None:
        patience = self._patience
        deaths = 0
        while (code := self._run()) is not None and not self._stopping.is_set():
            deaths = 1 if code.seconds >= patience.steady_after else deaths + 1
            if deaths >= patience.give_up_after:
                _log.error("child given up", child=self.child.name, code=code.code, deaths=deaths)
                self._give_up()
                return
            delay = min(patience.longest_delay, patience.first_delay * 2 ** (deaths - 1))
            _log.warning("child died", child=self.child.name, code=code.code, again_in_seconds=delay)
            self._stopping.wait(delay)

    def _run(self) -> "_End | None":
        """Run the child once, to its end and that of its group; None when we are stopping."""
        began = time.monotonic()
        with self._launching:
            if self._stopping.is_set():
                return None
            process = self._process = self._launch()
        reader = threading.Thread(target=self._pass_on, args=(process,), daemon=True)
        reader.start()
        code = process.wait()
        end_groups({process.pid}, _LEFTOVERS)
        self._guard.discard(process.pid)
        with self._launching:
            self._process = None
        reader.join(_LEFTOVERS)
        return _End(code, time.monotonic() - began)

    def _launch(self) -> subprocess.Popen[bytes]:
        # Lines that go through us are for a person to read, though the child sees a pipe.
        style = {} if self._write is None else {"PASSERELLE_LOG_JSON": "0"}
        process = subprocess.Popen(
            ["/bin/sh", "-c", _GATE, self.child.name, *self.child.argv],
            stdin=subprocess.PIPE,
            stdout=None if self._write is None else subprocess.PIPE,
            stderr=None if self._write is None else subprocess.STDOUT,
            start_new_session=True,
            env={**style, **os.environ, **self.child.env},
            cwd=self.child.cwd,
        )
        self._guard.add(process.pid)
        if process.stdin is not None:
            with process.stdin as gate:
                gate.write(b"go\n")
        return process

    def _pass_on(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None or self._write is None:
            return
        with process.stdout as lines:
            for line in lines:
                self._write(self.child.name, line.decode(errors="replace").rstrip("\r\n"))


@dataclass(frozen=True)
class _End:
    code: int
    seconds: float
