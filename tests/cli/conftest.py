"""The command line in this process, on the session's servers, with a sample agenda on loopback."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import redis
import structlog
from typer.testing import CliRunner

from cli.main import app
from cli.sample_agenda import EVENTS, NUMBER, SampleAgenda
from cli.sample_partner import sample_partner
from models.database import Connection
from runtime.settings import settings

SIREN = "732829320"


@dataclass
class Passerelle:
    """`passerelle …` as a test says it; `agenda` is what the partner serves under NUMBER."""

    agenda: SampleAgenda
    db: Connection

    def __call__(self, *words: Any, code: int = 0) -> Any:
        """Run with --json; give the document, having checked the exit code."""
        done = CliRunner().invoke(app, [*map(str, words), "--json"])
        assert done.exit_code == code, f"{done.exit_code}: {done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    def says(self, *words: Any, code: int = 0) -> str:
        """Run for a person; give stdout and stderr."""
        done = CliRunner().invoke(app, [*map(str, words)])
        assert done.exit_code == code, f"{done.exit_code}: {done.stdout}\n{done.stderr}"
        return (done.stdout + done.stderr).replace("\u00a0", " ")

    def venue(self, *words: Any, name: str = "Théâtre de l’Écluse") -> int:
        return self("venue", "add", "--siren", SIREN, "--name", name, "--validated", *words)["id"]

    def link(self, *words: Any) -> int:
        """A venue, linked to the sample agenda with 40 places a date unless told."""
        return self("link", self.venue(), "openagenda", NUMBER, *(words or ("--set", "capacity=40")))["id"]

    def import_(self, link: int, *words: Any, code: int = 0) -> Any:
        return self("import", link, "--inline", *words, code=code)


@pytest.fixture
def passerelle(
    database_url: str, db: Connection, services_for_tests: Any, tmp_path: Path, monkeypatch: Any
) -> Iterator[Passerelle]:
    agenda = SampleAgenda()
    with sample_partner({NUMBER: agenda}) as address:
        for name, value in {
            "DATABASE_URL": database_url,
            "BROKER_URL": services_for_tests.broker_url,
            "DATA_DIR": str(tmp_path),
            "HOST_MAP": f"openagenda.com={address}",
        }.items():
            monkeypatch.setenv(f"PASSERELLE_{name}", value)
        settings.cache_clear()
        root = logging.getLogger()
        before = (list(root.handlers), root.level)
        _forget_budgets(services_for_tests.broker_url)
        yield Passerelle(agenda, db)
        root.handlers, root.level = before
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()
        settings.cache_clear()


def _forget_budgets(broker_url: str) -> None:
    """Ten requests a minute are for one agenda; each test's partner is another one of the same number."""
    with redis.Redis.from_url(broker_url) as client:
        client.flushdb()


def many_events(number: int) -> list[Any]:
    """So many free evenings, all alike but for their titles."""
    first = EVENTS[1]
    return [
        replace(first, number=70020000 + each, title=f"Veillée n° {each}", evenings=((each + 2, 20),))
        for each in range(number)
    ]
