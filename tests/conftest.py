"""Fixtures that every room's tests may use."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from models.database import Connection, connect, engine, migrate
from runtime.postgres import EmbeddedPostgres
from runtime.settings import RuntimeSettings
from runtime.sharing import shared
from runtime.valkey import EmbeddedValkey

# A busy machine is no failure. `--hypothesis-profile=ci` tries the same examples each time.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_xdist_auto_num_workers() -> int:
    """One more than the cores: whoever waits for a process leaves its core to another."""
    return (os.cpu_count() or 1) + 1


MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3
"""Bytes; a session's servers take a tenth of it."""


@dataclass(frozen=True)
class ServicesForTests:
    """Real servers that forget everything with the session; `admin_url` names the database `postgres`."""

    admin_url: str
    broker_url: str

    def url_of(self, database: str) -> str:
        """Give the address of another database of the same server."""
        return self.admin_url.replace("/postgres?", f"/{database}?", 1)


def place_for_servers() -> Path | None:
    """Memory, where there is enough: each test copies a database, 300 files. Nothing: the usual place."""
    try:
        found = os.statvfs(MEMORY)
    except FileNotFoundError:
        return None
    runs_programs = not found.f_flag & os.ST_NOEXEC  # root's PostgreSQL may need a copy of its binaries there
    enough = found.f_bavail * found.f_frsize >= ROOM
    return MEMORY if runs_programs and enough and os.access(MEMORY, os.W_OK) else None


@pytest.fixture(scope="session")
def services_for_tests() -> Iterator[ServicesForTests]:
    """PostgreSQL and Valkey of this test session's own, whatever the environment says."""
    data_dir = Path(tempfile.mkdtemp(prefix="passerelle-tests-", dir=place_for_servers()))
    data_dir.chmod(0o711)  # PostgreSQL has to reach it under another account where root runs the tests
    postgres = EmbeddedPostgres(data_dir, durable=False)
    valkey = EmbeddedValkey(data_dir, durable=False)
    try:
        with shared(postgres), shared(valkey) as broker_url:
            yield ServicesForTests(postgres.url_of("postgres"), broker_url)
    finally:
        postgres.erase()
        shutil.rmtree(data_dir)


@pytest.fixture(scope="session")
def migrated(services_for_tests: ServicesForTests) -> str:
    """A migrated database to copy: its name."""
    name = "migrated"
    with connect(services_for_tests.admin_url) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    migrate(services_for_tests.url_of(name), RuntimeSettings())
    engine(services_for_tests.url_of(name)).dispose()
    return name


@contextmanager
def own_database(services_for_tests: ServicesForTests, migrated: str) -> Iterator[str]:
    """Give the address of a migrated database for the length of the block."""
    name = f"test_{secrets.token_hex(6)}"
    url = services_for_tests.url_of(name)
    with connect(services_for_tests.admin_url) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {migrated} STRATEGY FILE_COPY")
        yield url
        engine(url).dispose()
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(services_for_tests: ServicesForTests, migrated: str) -> Iterator[str]:
    """A migrated database of this test's own."""
    with own_database(services_for_tests, migrated) as url:
        yield url


@pytest.fixture
def db(database_url: str) -> Iterator[Connection]:
    """A connection to the test's database, to arrange it and to look into it."""
    with connect(database_url) as connection:
        yield connection
