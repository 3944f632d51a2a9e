"""An OpenActive feed imported by the engine: what changed, what was deleted, what is left."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.rpde import PROVIDER
from runtime.settings import RuntimeSettings
from tests.providers.pretix.box_office import on_loopback
from tests.providers.rpde.open_feed import HOME, Feed, deleted, session, updated
from tests.workers.conftest import Scene


@dataclass
class Window:
    """Serves a feed on loopback, under its public name."""

    feed: Feed
    asked: list[str]

    def answer(self, target: str, authorization: str) -> tuple[int, dict[str, str], bytes]:
        del authorization
        self.asked.append(target)
        page = self.feed.page("https://data.filature.example" + target)
        return 200, {"Content-Type": "application/json"}, json.dumps(page).encode()


@dataclass
class Studio:
    """The venue linked to its feed."""

    scene: Scene
    window: Window

    def lists(self, *entries: Any) -> None:
        self.window.feed.entries = [
            *(each for each in self.window.feed.entries if each["id"] not in {new["id"] for new in entries}),
            *entries,
        ]

    def imports(self, **run: Any) -> Any:
        self.window.asked.clear()
        done = self.scene.run(self.scene.link, **run)
        assert done["status"] == "succeeded", (done["status"], done["message"], done["detail"])
        return done

    def offers(self) -> dict[str, bool]:
        return {row["ref"].partition("/")[2]: row["active"] for row in self.scene.rows("offer")}


def on(day: int, left: int = 8, **changes: Any) -> dict[str, Any]:
    starts = datetime.now(UTC) + timedelta(days=day)
    return session(startDate=starts.isoformat(), endDate=None, remainingAttendeeCapacity=left, **changes)


@pytest.fixture
def studio(scene: Scene, services_for_tests: Any, tmp_path: Any, monkeypatch: Any) -> Iterator[Studio]:
    for module in ("workers.visits", "workers.endings"):
        monkeypatch.setattr(f"{module}.provider", {"rpde": PROVIDER}.__getitem__)
    window = Window(Feed(), [])
    with on_loopback(window) as address:
        settings = RuntimeSettings(data_dir=tmp_path, host_map=f"data.filature.example={address}")
        scene.site = replace(scene.site, settings=settings)
        scene.link = scene.new_link("rpde", HOME, category="pratique_artistique")
        yield Studio(scene, window)


def test_a_feed_is_imported_and_then_only_what_changed(studio):
    studio.lists(updated("1", on(1)), updated("2", on(2, 0)), updated("3", on(3), 2))
    first = studio.imports()
    assert (first["mode"], studio.scene.counts(first, "read", "new")) == ("full", [3, 3])
    assert sorted(row["quantity"] for row in studio.scene.rows("stock")) == [0, 8, 8]
    again = studio.imports()
    assert (again["mode"], studio.scene.counts(again, "read"), len(studio.window.asked)) == ("usual", [0], 1)
    studio.lists(updated("2", on(2, 5), 3))
    changed = studio.imports()
    assert studio.scene.counts(changed, "read", "changed", "withdrawn") == [1, 1, 0]
    assert sorted(row["quantity"] for row in studio.scene.rows("stock")) == [5, 8, 8]


def test_a_deleted_session_leaves_at_once_and_may_come_back(studio):
    studio.lists(updated("1", on(1)), updated("2", on(2)))
    studio.imports()
    studio.lists(deleted("1", 5))
    assert studio.scene.counts(studio.imports(), "read", "withdrawn") == [1, 1]
    assert studio.offers() == {"1": False, "2": True}
    studio.lists(updated("1", on(1), 6))
    studio.imports()
    assert studio.offers() == {"1": True, "2": True}


def test_a_link_that_was_silent_for_more_than_seven_days_reads_all_and_misses_nothing(studio):
    studio.lists(updated("1", on(1)), updated("2", on(2)), updated("3", on(3), 2))
    studio.imports()
    # deleted meanwhile, and no longer listed as such
    studio.window.feed.entries = [each for each in studio.window.feed.entries if each["id"] != "1"]
    studio.scene.db.execute("UPDATE link SET full_at = now() - interval '8 days'")
    run = studio.imports()
    assert (run["mode"], studio.scene.counts(run, "withdrawn")) == ("full", [1])
    assert studio.offers() == {"1": False, "2": True, "3": True}


def test_what_our_users_book_is_taken_off_and_a_moved_session_keeps_its_bookings(studio):
    studio.lists(updated("1", on(1, 8)))
    studio.imports()
    before = studio.scene.row("stock")
    studio.scene.book(before["id"], 3)
    studio.lists(updated("1", on(4, 6), 2))
    studio.imports()
    after = studio.scene.row("stock")
    assert (after["id"], after["booked_quantity"]) == (before["id"], 3)
    assert (after["starts_at"] - before["starts_at"]).days in (2, 3)
    assert after["quantity"] - after["booked_quantity"] == 3


def test_places_that_are_not_told_wait_for_an_answer(studio):
    studio.lists(updated("1", on(1) | {"remainingAttendeeCapacity": None}))
    studio.imports()
    assert studio.scene.reasons(studio.scene.row("offer")["id"]) == ["capacity_unknown"]
