"""A Billetweb account imported by the engine: what is left, what is cancelled, what was slowed down."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import redis

from providers.billetweb import PROVIDER
from runtime.settings import RuntimeSettings
from tests.providers.billetweb.counter import KEY, TOO_FAST, USER, Counter, Sells, date, event, series, ticket
from tests.providers.pretix.box_office import on_loopback
from tests.workers.conftest import Scene
from workers.sealing import seal


@dataclass
class Shop:
    scene: Scene
    counter: Counter

    def left(self) -> dict[str, int | None]:
        """What a reader sees as left of each date."""
        return {
            row["ref"]: None if row["quantity"] is None else row["quantity"] - row["booked_quantity"]
            for row in self.scene.rows("stock")
            if row["active"]
        }


def on(day: int) -> str:
    return f"{datetime.now(UTC).astimezone(ZoneInfo('Europe/Paris')) + timedelta(days=day):%Y-%m-%d %H:%M:%S}"


def dated(number: str, day: int, **changes: Any) -> dict[str, Any]:
    return date(number, on(day), **changes)


@pytest.fixture
def shop(scene: Scene, services_for_tests: Any, tmp_path: Any, monkeypatch: Any) -> Iterator[Shop]:
    for module in ("workers.visits", "workers.endings"):
        monkeypatch.setattr(f"{module}.provider", {"billetweb": PROVIDER}.__getitem__)
    counter = Counter()
    with redis.Redis.from_url(services_for_tests.broker_url) as client:
        client.flushdb()  # ninety requests a minute are for one Billetweb; each test's is another
    with on_loopback(counter) as address:
        settings = RuntimeSettings(data_dir=tmp_path, host_map=f"www.billetweb.fr={address}")
        scene.site = replace(scene.site, settings=settings)
        scene.link = scene.new_link("billetweb", USER, category="spectacle_vivant")
        scene.db.execute(
            "UPDATE link SET secrets = %s WHERE id = %s", [seal(settings, {"key": KEY}), scene.link]
        )
        yield Shop(scene, counter)


def test_sold_out_unlimited_unknown_and_cancelled_are_different_things(shop):
    dates = [
        dated("1", 3),
        dated("2", 4, quota="10", total_sales="12"),
        dated("3", 5, quota="-1"),
        dated("4", 6, disabled="1"),
    ]
    shop.counter.puts(Sells(series(start=on(1)), dates))
    run = shop.scene.run(shop.scene.link)
    assert run["status"] == "succeeded", run["detail"]
    assert shop.left() == {"1": 88, "2": 0, "3": None}
    assert shop.scene.row("stock", ref="4")["active"] is False
    again = shop.scene.run(shop.scene.link)
    assert shop.scene.counts(again, "read", "unchanged", "changed") == [1, 1, 0]


def test_its_buyers_and_our_users_share_the_places_and_a_shared_room_bounds_its_seats(shop):
    tickets = [ticket("31", category="Orchestre"), ticket("33", category="Balcon")]
    sold = Sells(series(start=on(1)), [dated("1", 3, quota="5", total_sales="0")], tickets)
    shop.counter.puts(sold)
    shop.scene.run(shop.scene.link)
    assert shop.left() == {"1": 5, "1-33": 5}
    stalls, balcony = (shop.scene.row("stock", ref=ref)["id"] for ref in ("1", "1-33"))
    shop.scene.book(stalls, 3, token="AAAAAA")
    shop.scene.book(balcony, 2, token="BBBBBB")
    with pytest.raises(Exception, match="no place left"):
        shop.scene.book(balcony, 1, token="CCCCCC")


def test_a_run_that_is_slowed_down_is_put_back_and_ends_later(shop):
    shop.counter.puts(*(Sells(event(number, start=on(3), end=on(4))) for number in ("1", "2")))
    shop.counter.refuse = lambda path: TOO_FAST if "/event/2/" in path else None
    slowed = shop.scene.run(shop.scene.link)
    assert (slowed["status"], slowed["error_code"]) == ("failed", "rate_limited")
    shop.counter.refuse = lambda _: None
    assert shop.scene.run(shop.scene.link)["status"] == "succeeded"
    assert {row["ref"] for row in shop.scene.rows("offer", active=True)} == {"1", "2"}


def test_a_refused_key_asks_for_a_new_one(shop):
    shop.counter.refuse = lambda _: {"error": "unauthorized", "description": "wrong key"}
    run = shop.scene.run(shop.scene.link)
    assert (run["status"], run["error_code"]) == ("failed", "key_refused")
    assert run["message"].startswith("Clé refusée par Billetweb.")
    assert shop.scene.row("link", id=shop.scene.link)["state"] == "to_check"
