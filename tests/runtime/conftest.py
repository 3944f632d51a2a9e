"""A data directory a test, and processes that use the services as commands of Passerelle do."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.embedded import wait_until
from runtime.locks import is_held
from runtime.postgres import EmbeddedPostgres
from runtime.valkey import EmbeddedValkey
from tests.conftest import place_for_servers

_USE_UNTIL_STDIN_CLOSES = """
import json, signal, sys
from pathlib import Path
from runtime.services import services
from runtime.settings import RuntimeSettings
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell began the tests behind
with services(RuntimeSettings(data_dir=Path(sys.argv[1])), durable=False) as found:
    print(json.dumps([found.database_url, found.broker_url]), flush=True)
    sys.stdin.read()
"""


class User:
    """A process of its own that uses the services of a data directory until told to leave, or killed."""

    def __init__(self, data_dir: Path) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PASSERELLE_")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _USE_UNTIL_STDIN_CLOSES, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=inherited | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        self._urls: list[str] | None = None

    @property
    def urls(self) -> list[str]:
        """The database's and the broker's address, once the services answer."""
        if self._urls is None:
            self._urls = json.loads(self.process.stdout.readline())
        return self._urls

    def leave(self) -> None:
        self.process.communicate(timeout=120)
        assert self.process.returncode == 0

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def kept_data_dir() -> Iterator[Path]:
    """A data directory that the account of PostgreSQL can reach."""
    folder = Path(tempfile.mkdtemp(prefix="passerelle-test-", dir=place_for_servers()))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def data_dir(kept_data_dir: Path) -> Iterator[Path]:
    """The module's data directory, where no server runs; a test that wants a fresh one makes it."""
    yield kept_data_dir
    for server in (EmbeddedPostgres(kept_data_dir), EmbeddedValkey(kept_data_dir)):
        wait_until(lambda: not is_held(server.folder / "keeper"), 60)  # noqa: B023  # asked at once
        server.stop()


@pytest.fixture
def start_user(data_dir: Path) -> Iterator[Callable[..., User]]:
    """Start processes that use the services, by default those of `data_dir`."""
    started: list[User] = []

    def start(folder: Path = data_dir) -> User:
        started.append(User(folder))
        return started[-1]

    yield start
    for user in started:
        user.end()
