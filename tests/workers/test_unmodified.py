"""A calendar that says « unchanged » to whoever knows its last answer: it is asked that only when that is enough."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.database import Connection
from providers.ical import Ical
from runtime.settings import RuntimeSettings
from tests.loopback import Asked, Reply, serving
from tests.providers.ical.calendar import ADDRESS, calendar, vevent
from tests.workers.conftest import Scene
from tests.workers.scripted import Partner
from workers.visits import Site

AT = datetime.now(UTC).replace(hour=19, minute=0, second=0, microsecond=0) + timedelta(days=10)


@dataclass
class Server:
    """A calendar that never changes, and the statuses that it answered."""

    base: str = ""
    statuses: list[int] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        knows = asked.headers.get("if-none-match") == '"1"'
        self.statuses.append(304 if knows else 200)
        body = b"" if knows else calendar(vevent(DTSTART=f"{AT:%Y%m%dT%H%M%S}"))  # the venue's own time
        return self.statuses[-1], {"Content-Type": "text/calendar; charset=utf-8", "ETag": '"1"'}, body


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    with serving(server.answer) as server.base:
        yield server


@pytest.fixture
def scene(
    db: Connection,
    database_url: str,
    services_for_tests: Any,
    tmp_path: Path,
    server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Scene:
    """A venue whose calendar was imported once; no first days of a month, when calendars are read anyway."""
    monkeypatch.setattr("providers.ical.source.DAYS_OF_RENEWAL", 0)
    host_map = {"www.vaubreal.example": server.base}
    site = Site(
        database_url, services_for_tests.broker_url, RuntimeSettings(data_dir=tmp_path, host_map=host_map)
    )
    row = db.execute(
        """WITH structure AS (
               INSERT INTO offerer (siren, name, validated_at) VALUES ('732829320', 'La Halle', now()) RETURNING id)
           INSERT INTO venue (offerer_id, name) SELECT id, 'Halle aux Grains' FROM structure RETURNING id"""
    ).fetchone()
    scene = Scene(db, site, Partner(), row["id"], 0)
    scene.link = scene.new_link("ical", ADDRESS, capacity=20, price="free", category="musique")
    assert scene.run()["status"] == "succeeded"
    return scene


def test_an_unchanged_calendar_is_not_read(scene, server):
    run = scene.run()
    assert (run["status"], server.statuses) == ("succeeded", [200, 304])
    assert [offer["active"] for offer in scene.rows("offer")] == [True]


def test_it_is_read_when_the_venue_moved_to_another_time(scene, server):
    (before,) = scene.rows("stock")
    scene.db.execute("UPDATE venue SET timezone = 'America/Cayenne'")
    run = scene.run()
    (after,) = scene.rows("stock")
    assert (run["status"], server.statuses, after["id"]) == ("succeeded", [200, 200], before["id"])
    assert timedelta(hours=4) <= after["starts_at"] - before["starts_at"] <= timedelta(hours=5)
    scene.run()
    assert server.statuses == [200, 200, 304]


def test_it_is_read_when_our_adapter_reads_otherwise(scene, server, monkeypatch):
    monkeypatch.setattr(Ical, "version", Ical.version + 1)
    assert scene.counts(scene.run(), "changed") == [1]
    assert server.statuses == [200, 200]
