"""The process that keeps one embedded server for as long as anyone uses it: `python -m runtime.keeper`.

It starts (or adopts) the server, starts it again if it dies, and stops it when nobody holds the
`users` lock of its folder any more. Users may leave in any way, `kill -9` included: the kernel lets
go of their locks. It has a session of its own, so a Ctrl-C in a terminal reaches neither it nor the
server.
"""

import os
import signal
import sys
import time
from pathlib import Path

from runtime.embedded import EmbeddedServer
from runtime.errors import SetupError
from runtime.locks import alone, open_lock
from runtime.postgres import EmbeddedPostgres
from runtime.valkey import EmbeddedValkey

READY = "ready"
_LOOK_EVERY = 0.1  # seconds


def main(name: str, data_dir: str, durable: str) -> None:
    """Keep the server `name`; say `ready`, or what is wrong, in one line on stdout."""
    if os.fork():
        os._exit(0)  # the user who asked has no child to wait for, and may leave before us
    kinds: dict[str, type[EmbeddedServer]] = {"postgres": EmbeddedPostgres, "valkey": EmbeddedValkey}
    server = kinds[name](Path(data_dir), durable=durable == "durable")
    told_to_stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: told_to_stop.append(number))
    # Once nobody uses the server we hold `users` alone to the end: whoever comes then waits for us.
    with alone(server.folder / "keeper"), open_lock(server.folder / "users") as users:
        try:
            server.start()
        except SetupError as error:
            _say(str(error))
            return
        _say(READY)
        while not told_to_stop and not users.try_take():
            time.sleep(_LOOK_EVERY)
            if not server.alive():
                server.start()
        server.stop()


def _say(words: str) -> None:
    """Answer the one who asked, then let go of the pipe so that nobody waits for us on it."""
    sys.stdout.write(words)
    sys.stdout.flush()
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


if __name__ == "__main__":
    main(*sys.argv[1:])
