"""A server process that we start, find again and stop: what the embedded PostgreSQL and Valkey share."""

import os
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from runtime.errors import SetupError
from runtime.locks import FileLock, is_held

_LOG_LIMIT = 10_000_000  # bytes; a log beyond it is begun again at the next start
_LAUNCHES = 5  # a port may be taken between choice and use; what fails five times will not work


class EmbeddedServer(ABC):
    """One server under `data_dir/<name>`.

    The process holds a lock file for as long as it or any of its children lives, so that "is it
    running?" has an answer even after `kill -9` and when process numbers are used again.

    Parameters
    ----------
    data_dir
        A clone's data directory; two of them are two servers.
    durable
        False for tests: what was written may be lost with the machine, and writing is faster.
    """

    name: ClassVar[str]
    farewells: ClassVar[Sequence[tuple[signal.Signals, float]]]
    """Signals that stop it, politest first, each with the seconds it is given."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.data_dir = data_dir.absolute()
        self.folder = self.data_dir / self.name
        self.durable = durable
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where the running server is reached; SetupError when it was never started."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server takes a connection now, and is this one."""

    @abstractmethod
    def _launch(self) -> None:
        """Start the process by `_spawn`; returns at once."""

    def _tidy(self) -> None:  # noqa: B027  # most servers have nothing to tidy
        """Remove what only a running server needs."""

    def alive(self) -> bool:
        """Whether its process, or a child of it, exists; it may not answer yet or any more."""
        if self._process is not None:
            self._process.poll()  # a child of ours that died is not to stay a zombie
        return is_held(self.folder / "life")

    def start(self, seconds: float = 60) -> None:
        """Start the server, or adopt the one that runs already; return when it answers.

        Raises SetupError, with the end of the server's log, when it does not answer in time.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        launches = 0

        def ready() -> bool:
            nonlocal launches
            if self.answers():
                return True
            if self.alive():
                return False
            if launches == _LAUNCHES:
                raise SetupError(f"The embedded {self.name} does not start:\n{self._end_of_log()}")
            launches += 1
            self._launch()
            return False

        if not wait_until(ready, seconds):
            raise SetupError(
                f"The embedded {self.name} gave no answer in {seconds:.0f} s:\n{self._end_of_log()}"
            )

    def stop(self) -> None:
        """Stop the server, if it runs, and return when its processes are gone."""
        for farewell, seconds in self.farewells:
            if not self.alive():
                break
            self._signal(farewell)
            if wait_until(lambda: not self.alive(), seconds):
                break
        else:
            raise SetupError(f"The embedded {self.name} does not stop: see {self.folder}")
        if self._process is not None:
            self._process.wait()
        self._tidy()

    def pid(self) -> int:
        """Give the process number of the last start."""
        return int((self.folder / "pid").read_text())

    def _signal(self, farewell: signal.Signals) -> None:
        try:
            os.kill(self.pid(), farewell)
        except ProcessLookupError:
            return  # it died; its children follow by themselves

    def _spawn(self, argv: Sequence[str | Path], **options: Any) -> None:
        log = self.folder / "log"
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.unlink()
        life = FileLock(self.folder / "life")
        try:
            life.take()
            with log.open("ab") as output:
                self._process = subprocess.Popen(
                    [str(word) for word in argv],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=[life.fileno()],
                    **options,
                )
        finally:
            life.close()
        write_whole(self.folder / "pid", str(self._process.pid))

    def _end_of_log(self) -> str:
        log = self.folder / "log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return "\n".join(lines[-15:])


def write_whole(path: Path, text: str) -> None:
    """Write a file that only its owner reads, and that nobody ever sees half written."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-", delete=False) as fresh:
        fresh.write(text)
    Path(fresh.name).replace(path)


def wait_until(condition: Callable[[], bool], seconds: float, every: float = 0.02) -> bool:
    """Ask until `condition` holds; False when it did not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
