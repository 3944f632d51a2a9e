"""A pretix shop imported by the engine: what remains, what moves, what stays secret."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import redis
import structlog.testing
from psycopg.types.json import Jsonb

from models.database import Connection
from providers.base import provider
from providers.errors import ConfigurationError
from runtime.settings import RuntimeSettings
from tests.providers.pretix.box_office import (
    SHOP,
    TOKEN,
    BoxOffice,
    Sells,
    date,
    days,
    item,
    on_loopback,
    override,
    quota,
    series,
)
from tests.workers.conftest import Scene
from tests.workers.scripted import Partner
from workers import preview
from workers.sealing import apart, seal, unseal
from workers.visits import Site, read_settings

OTHER = "z4" * 32


def on(number: float) -> str:
    return days(number, datetime.now(UTC))


def dated(number: int, day: float, **changes: Any) -> dict[str, Any]:
    return date(number, date_from=on(day), **changes)


@dataclass
class Shop:
    """A venue linked to the organiser `ecluse` of a pretix on loopback."""

    scene: Scene
    office: BoxOffice

    def sells(self, *dates: dict[str, Any], quotas: list[dict[str, Any]], **what: Any) -> None:
        self.office.puts(Sells(series(date_from=on(1)), quotas=quotas, dates=list(dates), **what))

    def imports(self, **run: Any) -> Any:
        done = self.scene.run(**run)
        assert done["status"] == "succeeded", (
            done["status"],
            done["error_code"],
            done["message"],
            done["detail"],
        )
        return done

    def stocks(self) -> dict[str, dict[str, Any]]:
        return {row["ref"]: row for row in self.scene.rows("stock")}

    def left(self) -> dict[str, int | None]:
        """What a reader sees as left of each date."""
        return {
            ref: None if row["quantity"] is None else row["quantity"] - row["booked_quantity"]
            for ref, row in self.stocks().items()
            if row["active"]
        }


@pytest.fixture
def shop(db: Connection, database_url: str, services_for_tests: Any, tmp_path: Any) -> Iterator[Shop]:
    offerer = db.execute(
        "INSERT INTO offerer (siren, name, validated_at) VALUES ('732829320', 'L’Écluse', now()) RETURNING id"
    ).fetchone()["id"]
    venue = db.execute(
        "INSERT INTO venue (offerer_id, name) VALUES (%s, 'Théâtre de l’Écluse') RETURNING id", [offerer]
    ).fetchone()["id"]
    office = BoxOffice()
    with redis.Redis.from_url(services_for_tests.broker_url) as client:
        client.flushdb()  # a hundred requests a minute are for one pretix; each test's is another
    with on_loopback(office) as address:
        settings = RuntimeSettings(data_dir=tmp_path, host_map=f"pretix.eu={address}")
        site = Site(database_url, services_for_tests.broker_url, settings)
        scene = Scene(db, site, Partner(), venue, 0)
        scene.link = db.execute(
            """INSERT INTO link (venue_id, provider, identifier, settings, secrets, "interval", next_run_at)
               VALUES (%s, 'pretix', %s, %s, %s, '10 minutes', now()) RETURNING id""",
            [venue, SHOP, Jsonb({"category": "spectacle_vivant"}), seal(settings, {"token": TOKEN})],
        ).fetchone()["id"]
        yield Shop(scene, office)


def test_a_season_is_imported_sold_out_unlimited_and_cancelled(shop):
    shop.sells(
        dated(11, 3, item_price_overrides=[override(1, "30.00")]),
        dated(12, 4),
        dated(13, 5),
        dated(14, 6, active=False),
        quotas=[
            quota(21, 8, subevent=11),
            quota(22, 0, subevent=12),
            quota(23, None, subevent=13),
            quota(24, 50, subevent=14),
        ],
    )
    run = shop.imports()
    assert run["counters"]["offers"]["created"] == 1
    assert shop.left() == {"11": 8, "12": 0, "13": None}
    assert shop.stocks()["14"]["active"] is False
    assert [str(row["price"]) for row in shop.stocks().values()] == ["30.00", "25.00", "25.00", "25.00"]
    assert len(shop.scene.rows("published_offer")) == 1
    again = shop.imports()
    assert shop.scene.counts(again, "read", "unchanged", "changed") == [1, 1, 0]


def test_what_pretix_sells_and_what_our_users_book_share_the_places(shop):
    dates = [dated(11, 3)]
    shop.sells(*dates, quotas=[quota(21, 10, subevent=11)])
    shop.imports()
    shop.scene.book(shop.stocks()["11"]["id"], 2)
    assert shop.left() == {"11": 8}
    shop.sells(*dates, quotas=[quota(21, 7, subevent=11)])
    shop.imports()
    assert shop.left() == {"11": 5}
    shop.sells(*dates, quotas=[quota(21, 1, subevent=11)])
    shop.imports()
    assert shop.left() == {"11": 0}  # two are booked and stay so
    shop.sells(*dates, quotas=[quota(21, 10, subevent=11)])
    shop.imports()
    assert shop.left() == {"11": 8}


def test_a_moved_date_keeps_its_row_and_the_booked_are_told_of(shop):
    shop.sells(dated(11, 3), dated(12, 4), quotas=[quota(21, 9, subevent=11), quota(22, 9, subevent=12)])
    shop.imports()
    before = shop.stocks()["11"]
    shop.scene.book(before["id"])
    shop.sells(dated(11, 9), dated(12, 4), quotas=[quota(21, 9, subevent=11), quota(22, 9, subevent=12)])
    shop.imports()
    after = shop.stocks()["11"]
    assert (after["id"], after["booked_quantity"]) == (before["id"], 1)
    assert (after["starts_at"] - before["starts_at"]).days == 6
    assert shop.scene.row("notice")["stock_id"] == before["id"]


def test_a_cancelled_date_leaves_and_its_bookings_are_told_of(shop):
    quotas = [quota(21, 9, subevent=11), quota(22, 9, subevent=12)]
    shop.sells(dated(11, 3), dated(12, 4), quotas=quotas)
    shop.imports()
    shop.scene.book(shop.stocks()["11"]["id"], 3)
    shop.sells(dated(11, 3, active=False), dated(12, 4), quotas=quotas)
    shop.imports()
    gone = shop.stocks()["11"]
    assert (gone["active"], gone["quantity"], gone["booked_quantity"]) == (False, 3, 3)
    assert shop.scene.row("notice")["stock_id"] == gone["id"]


def test_a_shared_room_bounds_the_bookings_of_its_seats(shop):
    items = [item(1, "Orchestre", "40.00"), item(2, "Balcon", "25.00")]
    quotas = [
        quota(20, 5, 1, 2, subevent=11),
        quota(21, 4, 1, subevent=11),
        quota(22, 5, 2, subevent=11),
    ]
    shop.sells(dated(11, 3), quotas=quotas, items=items)
    shop.imports()
    assert shop.left() == {"11": 4, "11-2": 5}
    assert {row["label"]: row["pool"] for row in shop.stocks().values()} == {
        "Orchestre": "20",
        "Balcon": "20",
    }
    shop.scene.book(shop.stocks()["11"]["id"], 3, token="AAAAAA")
    shop.scene.book(shop.stocks()["11-2"]["id"], 2, token="BBBBBB")
    with pytest.raises(Exception, match="no place left"):
        shop.scene.book(shop.stocks()["11-2"]["id"], 1, token="CCCCCC")


def test_a_hinted_run_reads_its_event_and_withdraws_nothing(shop):
    shop.office.puts(
        *(
            Sells(series(slug, date_from=on(1)), quotas=[quota(21, 9, subevent=11)], dates=[dated(11, 3)])
            for slug in ("a", "b")
        )
    )
    shop.imports()
    shop.office.asked.clear()
    shop.office.sells["b"].quotas = [quota(21, 2, subevent=11)]
    shop.imports(mode="hinted", only_refs=["ecluse/b"])
    assert all("/events/b/" in each for each in shop.office.asked)
    assert sorted(row["quantity"] for row in shop.scene.rows("stock")) == [2, 9]
    assert [row["active"] for row in shop.scene.rows("offer")] == [True, True]


def test_a_shop_that_closes_is_a_loss_that_a_person_confirms(shop):
    shop.office.puts(
        *(
            Sells(
                series(f"e{number}", date_from=on(1)),
                quotas=[quota(21, 9, subevent=11)],
                dates=[dated(11, 3)],
            )
            for number in range(7)
        )
    )
    shop.imports()
    for sold in shop.office.sells.values():
        sold.event["live"] = False
    run = shop.scene.run()
    assert run["status"] == "review"
    assert run["counters"]["filtered"] == {"not_on_sale": 7}
    assert len(shop.scene.rows("offer", active=True)) == 7


def test_a_refused_key_fails_the_run_and_is_quoted_nowhere(shop):
    shop.sells(dated(11, 3), quotas=[quota(21, 9, subevent=11)])
    scene = shop.scene
    scene.db.execute("UPDATE link SET secrets = %s", [seal(scene.site.settings, {"token": OTHER})])
    with structlog.testing.capture_logs() as lines:
        run = scene.run()
    assert (run["status"], run["error_code"]) == ("failed", "key_refused")
    assert run["message"].startswith("Clé refusée par pretix.")
    assert scene.row("link")["state"] == "to_check"
    written = repr([lines, *(scene.rows(table) for table in ("sync_run", "link", "link_event", "notice"))])
    assert OTHER not in written


def test_a_changed_key_reads_nothing_anew(shop):
    shop.sells(dated(11, 3), quotas=[quota(21, 9, subevent=11)])
    shop.imports()
    scene, shop.office.token = shop.scene, OTHER
    scene.db.execute("UPDATE link SET secrets = %s", [seal(scene.site.settings, {"token": OTHER})])
    assert scene.counts(shop.imports(), "unchanged", "changed") == [1, 0]


def test_a_preview_asks_with_the_key_that_is_kept(shop):
    shop.sells(dated(11, 3), quotas=[quota(21, 9, subevent=11)])
    found = preview.preview(shop.scene.link, shop.scene.site)
    assert found.counts.stocks["created"] == 1
    assert TOKEN not in repr(found)


def test_secrets_that_our_keys_do_not_read_ask_for_a_new_one(shop):
    shop.sells(dated(11, 3), quotas=[quota(21, 9, subevent=11)])
    scene = shop.scene
    elsewhere = scene.site.settings.data_dir / "other"  # with a key of its own
    run = scene.run(site=scene.with_settings(data_dir=elsewhere))
    assert (run["status"], run["error_code"]) == ("failed", "secrets_unreadable")


def test_settings_part_into_what_is_shown_and_what_is_not(tmp_path):
    runtime = RuntimeSettings(data_dir=tmp_path)
    settings = read_settings(provider("pretix"), {"token": f" Token {TOKEN} ", "category": "Musique"})
    plain, secret = apart(settings)
    assert (plain, secret) == ({"category": "musique"}, {"token": TOKEN})
    sealed = seal(runtime, secret)
    assert TOKEN.encode() not in sealed
    assert unseal(runtime, sealed) == secret
    assert (seal(runtime, {}), unseal(runtime, None)) == (None, {})


@pytest.mark.parametrize("written", [{}, {"token": "trop court"}, {"token": TOKEN, "colour": "blue"}])
def test_a_wrong_setting_is_said_without_the_secret(written):
    with pytest.raises(ConfigurationError) as refusal:
        read_settings(provider("pretix"), written)
    assert TOKEN not in refusal.value.sentence + str(refusal.value)
    assert "trop court" not in str(refusal.value)
    assert "Field required" not in refusal.value.sentence
