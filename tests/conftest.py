"""Fixtures that every room's tests may use."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from runtime.postgres import EmbeddedPostgres
from runtime.sharing import shared
from runtime.valkey import EmbeddedValkey


@dataclass(frozen=True)
class ServicesForTests:
    """Real servers that forget everything with the session; `admin_url` names the database `postgres`."""

    admin_url: str
    broker_url: str


@pytest.fixture(scope="session")
def services_for_tests() -> Iterator[ServicesForTests]:
    """PostgreSQL and Valkey of this test session's own, whatever the environment says."""
    data_dir = Path(tempfile.mkdtemp(prefix="passerelle-tests-"))
    data_dir.chmod(0o711)  # PostgreSQL has to reach it under another account where root runs the tests
    postgres = EmbeddedPostgres(data_dir, durable=False)
    valkey = EmbeddedValkey(data_dir, durable=False)
    try:
        with shared(postgres), shared(valkey) as broker_url:
            yield ServicesForTests(postgres.url_of("postgres"), broker_url)
    finally:
        postgres.erase()
        shutil.rmtree(data_dir)
