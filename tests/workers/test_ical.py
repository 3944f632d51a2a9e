"""A calendar on a loopback server, imported by the engine: dates that move keep their rows and bookings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.database import Connection
from runtime.settings import RuntimeSettings
from tests.loopback import serving
from tests.providers.ical.calendar import ADDRESS, calendar, vevent
from tests.workers.conftest import Scene
from tests.workers.scripted import Partner
from workers.visits import Site

TUESDAY = datetime.now(UTC).replace(hour=19, minute=0, second=0, microsecond=0) + timedelta(days=10)


def utc(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"


def weekly(*more: str, **lines: str) -> str:
    return vevent(*more, DTSTART=utc(TUESDAY), **{"RRULE": "FREQ=WEEKLY;COUNT=4"} | lines)


@dataclass
class Server:
    """Answers with `body` whatever it is asked."""

    base: str = ""
    body: bytes = b""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    kind = {"Content-Type": "text/calendar; charset=utf-8"}
    with serving(lambda _: (200, kind, server.body)) as server.base:
        yield server


@pytest.fixture
def scene(db: Connection, database_url: str, services_for_tests: Any, tmp_path: Path, server: Any) -> Scene:
    """A venue linked to the calendar that `server.body` is."""
    host_map = {"www.vaubreal.example": server.base}
    settings = RuntimeSettings(data_dir=tmp_path, host_map=host_map)
    row = db.execute(
        """WITH structure AS (
               INSERT INTO offerer (siren, name, validated_at) VALUES ('732829320', 'La Halle', now()) RETURNING id)
           INSERT INTO venue (offerer_id, name) SELECT id, 'Halle aux Grains' FROM structure RETURNING id"""
    ).fetchone()
    site = Site(database_url, services_for_tests.broker_url, settings)
    scene = Scene(db, site, Partner(), row["id"], 0)
    scene.link = scene.new_link("ical", ADDRESS, capacity=20, price="free", category="musique")
    return scene


def imported(scene: Scene, server: Any, *events: str) -> Any:
    server.body = calendar(*events)
    return scene.run()


def dates(scene: Scene) -> list[datetime]:
    return [row["starts_at"] for row in scene.rows("stock")]


def test_an_event_that_repeats_is_one_offer_with_its_dates(scene, server):
    run = imported(scene, server, weekly(), vevent(UID="2", DTSTART=utc(TUESDAY)))
    assert run["status"] == "succeeded"
    assert scene.counts(run, "read", "new") == [2, 2]
    assert len(scene.rows("offer")) == 2
    assert dates(scene)[:4] == [TUESDAY + timedelta(weeks=week) for week in range(4)]


def test_read_again_nothing_is_written(scene, server):
    imported(scene, server, weekly())
    before = scene.rows("stock"), scene.rows("offer"), scene.rows("source_item")
    run = imported(scene, server, weekly(DTSTAMP=utc(datetime.now(UTC)), SEQUENCE="7"))
    assert scene.counts(run, "read", "unchanged") == [1, 1]
    assert (scene.rows("stock"), scene.rows("offer"), scene.rows("source_item")) == before


def test_a_moved_instance_moves_its_row_with_its_bookings_and_says_so(scene, server):
    imported(scene, server, weekly())
    second = scene.rows("stock")[1]
    scene.book(second["id"], 3)

    later = TUESDAY + timedelta(weeks=1, days=1, minutes=30)
    moved = vevent(f"RECURRENCE-ID:{utc(TUESDAY + timedelta(weeks=1))}", DTSTART=utc(later))
    run = imported(scene, server, weekly(), moved)

    assert run["status"] == "succeeded"
    row = scene.row("stock", id=second["id"])
    assert (row["starts_at"], row["booked_quantity"], row["active"]) == (later, 3, True)
    assert len(scene.rows("stock")) == 4
    (notice,) = scene.rows("notice")
    assert (notice["kind"], notice["stock_id"]) == ("booked_date_moved", second["id"])
    assert "a été déplacée au" in notice["question"]


def test_so_does_an_event_of_a_single_date(scene, server):
    imported(scene, server, vevent(DTSTART=utc(TUESDAY)))
    (before,) = scene.rows("stock")
    scene.book(before["id"])
    imported(scene, server, vevent(DTSTART=utc(TUESDAY + timedelta(days=2))))
    (after,) = scene.rows("stock")
    assert (after["id"], after["starts_at"]) == (before["id"], TUESDAY + timedelta(days=2))
    assert scene.row("notice")["kind"] == "booked_date_moved"


def test_a_cancelled_instance_is_told_to_its_venue(scene, server):
    imported(scene, server, weekly())
    second = scene.rows("stock")[1]
    scene.book(second["id"])
    day = utc(TUESDAY + timedelta(weeks=1))
    imported(scene, server, weekly(), vevent(f"RECURRENCE-ID:{day}", DTSTART=day, STATUS="CANCELLED"))
    assert scene.row("stock", id=second["id"])["active"] is False
    assert scene.row("notice")["kind"] == "booked_date_gone"


def test_a_date_that_is_excluded_leaves_and_the_others_stay(scene, server):
    imported(scene, server, weekly())
    imported(scene, server, weekly(f"EXDATE:{utc(TUESDAY)}"))
    assert [row["active"] for row in scene.rows("stock")] == [False, True, True, True]


def test_two_calendars_of_a_venue_may_use_one_uid(scene, server):
    imported(scene, server, vevent(DTSTART=utc(TUESDAY)))
    other = scene.new_link("ical", ADDRESS + "?2", capacity=20, price="free", category="musique")
    server.body = calendar(vevent(DTSTART=utc(TUESDAY + timedelta(days=3)), SUMMARY="Tout autre chose"))
    scene.run(other)
    assert sorted(row["title"] for row in scene.rows("offer")) == ["Tout autre chose", "Un titre"]


def test_a_date_that_is_over_does_not_come_back_with_its_bookings(scene, server):
    """An event dragged from last week to the next: who came last week has no place next week."""
    last_week = datetime.now(UTC).replace(microsecond=0) - timedelta(days=7)
    scene.db.execute(
        "UPDATE link SET settings = settings || jsonb_build_object('since', %s::text) WHERE id = %s",
        [f"{last_week - timedelta(days=1):%Y-%m-%d}", scene.link],
    )
    imported(scene, server, vevent(DTSTART=utc(last_week)))
    (before,) = scene.rows("stock")
    scene.book(before["id"], 2)

    imported(scene, server, vevent(DTSTART=utc(TUESDAY)))
    imported(scene, server, vevent(DTSTART=utc(TUESDAY), SUMMARY="Un autre titre"))

    past, to_come = scene.rows("stock")
    assert (past["id"], past["starts_at"], past["booked_quantity"]) == (before["id"], last_week, 2)
    assert (to_come["starts_at"], to_come["booked_quantity"], to_come["quantity"]) == (TUESDAY, 0, 20)
    assert not scene.rows("notice")
