"""Runs the processes of one command (workers, beat, web) together: all of them, or none."""

import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self, TextIO

from runtime.child import Child, KeptChild, Patience
from runtime.guard import Guard

__all__ = ["Child", "Patience", "Supervisor"]


class Supervisor:
    """Starts children in the order given, starts those that die again, stops them in reverse order.

    Each child leads a session of its own: its own children end with it, and a Ctrl-C in the terminal
    reaches the supervisor alone. When the supervisor is killed, its guard ends the children.

    Parameters
    ----------
    children
        Their names are distinct, else ValueError.
    output
        Where each line that a child writes goes, after the child's name. Without it the children
        have our own stdout and stderr, unless stderr is a terminal: then their lines go there.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        output: TextIO | None = None,
        patience: Patience | None = None,
    ) -> None:
        if len({child.name for child in children}) != len(children):
            raise ValueError("Two children have the same name")
        self._children = children
        self._patience = patience or Patience()
        self._output = sys.stderr if output is None and sys.stderr.isatty() else output
        self._width = max((len(child.name) for child in children), default=0)
        self._writing = threading.Lock()
        self._stopping = threading.Event()
        self._gave_up = False
        self._signals: list[int] = []
        self._guard: Guard | None = None
        self._kept: list[KeptChild] = []

    def start(self) -> None:
        """Start every child; returns at once."""
        self._guard = Guard(self._patience.grace)
        for child in self._children:
            kept = KeptChild(
                child,
                self._patience,
                guard=self._guard,
                stopping=self._stopping,
                write=None if self._output is None else self._write,
                give_up=self._give_up,
            )
            kept.start()
            self._kept.append(kept)

    def wait(self) -> int:
        """Block until SIGINT, SIGTERM or SIGHUP, or until a child is given up; then stop all.

        Gives the exit code: 0 after a signal, 1 after giving up. A second signal ends the grace at
        once. Only the main thread may call it: Python delivers signals there.
        """
        with self._hear_signals():
            while not self._signals and not self._stopping.is_set():
                time.sleep(0.1)
            self.stop()
        return int(self._gave_up)

    def stop(self) -> None:
        """Stop all children and return when no process of theirs is left; may be called again."""
        self._stopping.set()
        for kept in reversed(self._kept):
            kept.ask_to_stop()
        deadline = time.monotonic() + self._patience.grace
        for kept in reversed(self._kept):
            kept.end(lambda: len(self._signals) > 1 or time.monotonic() > deadline)
        if self._guard is not None:
            self._guard.close()
            self._guard = None

    def pids(self) -> dict[str, int]:
        """Give the process numbers of the children that run now, by name."""
        return {kept.child.name: pid for kept in self._kept if (pid := kept.pid) is not None}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _give_up(self) -> None:
        self._gave_up = True
        self._stopping.set()

    def _write(self, name: str, line: str) -> None:
        if self._output is not None:
            with self._writing:
                self._output.write(f"{name:<{self._width}} | {line}\n")
                self._output.flush()

    @contextmanager
    def _hear_signals(self) -> Iterator[None]:
        """Note signals in a list: a handler may do no more, it runs in the midst of anything."""

        def note(number: int, _frame: FrameType | None) -> None:
            self._signals.append(number)

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, note) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
