"""How the processes of one clone share one embedded server: the first starts it, the last stops it.

Three locks in the server's folder: `users` is shared by every process that uses the server, `keeper`
is held by the keeper while it lives, `door` by whoever is coming in or going out.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.embedded import EmbeddedServer, wait_until
from runtime.errors import SetupError
from runtime.keeper import READY
from runtime.locks import FileLock, alone, is_held, open_lock

_CLONE = Path(__file__).resolve().parent.parent


@contextmanager
def shared(server: EmbeddedServer) -> Iterator[str]:
    """Use the server for the length of the block; gives its address.

    Raises SetupError when it cannot be started. When the last user's block ends the server is
    stopped before this returns; when the last user is killed, a moment later.
    """
    with open_lock(server.folder / "users") as users:
        _come_in(server, users)
        try:
            yield server.url
        finally:
            _go_out(server, users)


def _come_in(server: EmbeddedServer, users: FileLock) -> None:
    with alone(server.folder / "door"):
        users.share()  # waits where the keeper is stopping the server

        def ready() -> bool:
            if not is_held(server.folder / "keeper"):
                _ask_for_keeper(server)
            return server.answers()

        if not wait_until(ready, seconds=60):
            raise SetupError(f"The embedded {server.name} gives no answer: see {server.folder / 'log'}")


def _go_out(server: EmbeddedServer, users: FileLock) -> None:
    with alone(server.folder / "door"):
        users.release()
        if _somebody_else_is_in(users):
            return
        _wait_for_keeper(server)
        if server.alive():  # the keeper was killed: another one stops what it left
            _ask_for_keeper(server)
            _wait_for_keeper(server)


def _wait_for_keeper(server: EmbeddedServer) -> None:
    with alone(server.folder / "keeper"):
        """It has ended."""


def _somebody_else_is_in(users: FileLock) -> bool:
    """Whether another user shares the lock; while the keeper holds it alone, everyone has left."""
    if users.try_take() or not users.try_share():
        users.release()
        return False
    users.release()
    return True


def _ask_for_keeper(server: EmbeddedServer) -> None:
    durable = "durable" if server.durable else "fast"
    with (server.folder / "keeper.log").open("ab") as log:
        answer = subprocess.run(
            [sys.executable, "-m", "runtime.keeper", server.name, server.data_dir, durable],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            check=False,
            start_new_session=True,
            cwd=_CLONE,  # where the interpreter finds us
        ).stdout.decode()
    if answer != READY:
        raise SetupError(answer or f"The embedded {server.name} does not start: see {log.name}")
