"""Work in a process of its own, as a worker's is: its time, its processor time, its memory."""

import multiprocessing
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import psutil

SPAWN = multiprocessing.get_context("spawn")  # nothing of this process is in the other one


@dataclass(frozen=True)
class Spent:
    """What a piece of work took: seconds of the wall clock and of the processor, bytes resident at most."""

    seconds: float
    cpu: float
    peak: int


class Apart:
    """An object that lives in another process; its methods are called from here."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def call(self, method: str, *arguments: Any) -> Spent:
        """Call a method there and wait for its end.

        Raises
        ------
        RuntimeError
            It failed there; the message is its traceback.
        """
        self.begin(method, *arguments)
        return self.end()

    def begin(self, method: str, *arguments: Any) -> None:
        """Call a method there, and go on here meanwhile."""
        self._pipe.send((method, arguments))

    def end(self) -> Spent:
        """Wait for the end of what was begun."""
        said: Spent | str = self._pipe.recv()
        if isinstance(said, str):
            raise RuntimeError(said)  # noqa: TRY004 - what it says is what went wrong there
        return said

    def resident(self) -> int:
        """Give the bytes that are resident there now."""
        return self.call("").peak


@contextmanager
def apart(make: Callable[..., object], *arguments: Any) -> Iterator[Apart]:
    """Make an object in a process of its own for the length of the block."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=_live, args=(theirs, make, arguments), daemon=True)
    process.start()
    theirs.close()  # else nobody would hear that the process died
    there = Apart(ours)
    try:
        there.end()
        yield there
    finally:
        ours.close()
        process.join(timeout=30)
        process.kill()
        process.join()


def _live(pipe: Pipe, make: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    try:
        thing = make(*arguments)
    except Exception:  # noqa: BLE001 - told to whoever asked
        pipe.send(traceback.format_exc())
        return
    pipe.send(Spent(0, 0, _resident()))
    while True:
        try:
            method, given = pipe.recv()
        except EOFError:
            return
        pipe.send(_spent(getattr(thing, method), given) if method else Spent(0, 0, _resident()))


def _spent(work: Callable[..., object], given: tuple[Any, ...]) -> Spent | str:
    _forget_peak()
    began, cpu = time.perf_counter(), time.process_time()
    try:
        work(*given)
    except Exception:  # noqa: BLE001 - told to whoever asked
        return traceback.format_exc()
    return Spent(time.perf_counter() - began, time.process_time() - cpu, _peak())


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


def _forget_peak() -> None:
    """Have Linux count the peak from now on; elsewhere it is the whole process's."""
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    if sys.platform == "linux":
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        return int(status["VmHWM"].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
