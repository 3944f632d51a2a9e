"""Locks on files that the kernel takes back when their holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import SetupError


class FileLock:
    """An advisory lock (flock) on `path`; one object is one holder.

    The descriptor is not inherited by programs started later. A process forked without exec shares
    the lock until both are gone or one of them lets go.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except PermissionError as error:
            raise SetupError(
                f"{path} is another account's: run as that one, or set PASSERELLE_DATA_DIR to another place"
            ) from error
        except OSError as error:
            raise SetupError(f"{path}: {error.strerror}; set PASSERELLE_DATA_DIR to another place") from error

    def share(self) -> None:
        """Hold together with others who share; waits for whoever holds it alone."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def try_share(self) -> bool:
        """Share at once, or say no."""
        return self._try(fcntl.LOCK_SH)

    def take(self) -> None:
        """Hold alone; waits for everyone else."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def try_take(self) -> bool:
        """Hold alone at once, or say no; a lock that was shared before is then given up."""
        return self._try(fcntl.LOCK_EX)

    def release(self) -> None:
        """Let go; the file stays open."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def fileno(self) -> int:
        """Give the descriptor, for a child that shall hold the lock for as long as it lives."""
        return self._descriptor

    def close(self) -> None:
        """Close our descriptor; a child that was given it goes on holding."""
        os.close(self._descriptor)

    def _try(self, operation: int) -> bool:
        try:
            fcntl.flock(self._descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def open_lock(path: Path) -> Iterator[FileLock]:
    """Open the lock without holding it; closed at the end."""
    lock = FileLock(path)
    try:
        yield lock
    finally:
        lock.close()


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold `path` alone for the length of the block."""
    with open_lock(path) as lock:
        lock.take()
        yield


def is_held(path: Path) -> bool:
    """Whether someone holds `path` alone right now."""
    if not path.exists():
        return False
    with open_lock(path) as lock:
        return not lock.try_share()
