"""An environment that cannot be read is the operator's to put right, by the variable's name."""

from pathlib import Path

import pytest

from runtime.errors import SetupError
from runtime.locks import FileLock
from runtime.settings import settings


@pytest.fixture
def environment(monkeypatch):
    settings.cache_clear()
    yield monkeypatch.setenv
    settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PASSERELLE_PAID_OFFERS_FROM", "next year"),
        ("PASSERELLE_LEASE", "long"),
        ("PASSERELLE_HOST_MAP", "openagenda.com"),
    ],
)
def test_a_variable_that_cannot_be_read_is_named(environment, name, value):
    environment(name, value)
    with pytest.raises(SetupError, match=name):
        settings()


def test_hosts_are_sent_elsewhere_by_pairs(environment):
    environment("PASSERELLE_HOST_MAP", "a.fr=http://127.0.0.1:9000, b.fr=http://127.0.0.1:9001")
    assert settings().host_map == {"a.fr": "http://127.0.0.1:9000", "b.fr": "http://127.0.0.1:9001"}


def test_a_place_that_cannot_be_made_says_which_variable_to_set():
    with pytest.raises(SetupError, match="PASSERELLE_DATA_DIR"):
        FileLock(Path("/dev/null/passerelle/lock"))
