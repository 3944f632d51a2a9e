"""Cinemas imported by the engine: seats, prices and showings as each partner tells them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import redis
from psycopg.types.json import Jsonb

from models.database import Connection
from providers.base import provider
from runtime.settings import RuntimeSettings
from tests.providers.allocine import theater
from tests.providers.boost import box_office
from tests.providers.cds import account
from tests.providers.cgr import service
from tests.providers.cinema.site import Link, Site, on_loopback
from tests.providers.ems import planning
from tests.workers.conftest import Scene
from tests.workers.scripted import Partner
from workers.sealing import apart, seal
from workers.visits import Site as Worker
from workers.visits import read_settings


def on(days: float, pattern: str) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):{pattern}}"


@dataclass
class Cinema:
    """A venue linked to a cinema on loopback; `site` may be changed between two imports."""

    scene: Scene
    site: Site

    def imports(self, **run: Any) -> Any:
        done = self.scene.run(**run)
        assert done["status"] == "succeeded", (done["error_code"], done["message"], done["detail"])
        return done

    def stocks(self) -> dict[str, dict[str, Any]]:
        return {row["ref"]: row for row in self.scene.rows("stock")}


@pytest.fixture
def link_to(db: Connection, database_url: str, services_for_tests: Any, tmp_path: Any) -> Iterator[Any]:
    """Gives `link_to(link, site)`: a cinema of the partner, imported by the engine."""
    opened = []

    def make(link: Link, site: Site) -> Cinema:
        loopback = on_loopback(site)
        address = loopback.__enter__()
        opened.append(loopback)
        offerer = db.execute(
            "INSERT INTO offerer (siren, name, validated_at) VALUES ('732829320', 'La Lune', now()) RETURNING id"
        ).fetchone()["id"]
        venue = db.execute(
            "INSERT INTO venue (offerer_id, name) VALUES (%s, 'Cinéma La Lune') RETURNING id", [offerer]
        ).fetchone()["id"]
        with redis.Redis.from_url(services_for_tests.broker_url) as client:
            client.flushdb()
        settings = RuntimeSettings(data_dir=tmp_path, host_map=f"{link.host}={address}")
        adapter = provider(link.provider.slug)
        open_to_all, secret = apart(read_settings(adapter, link.settings))
        scene = Scene(db, Worker(database_url, services_for_tests.broker_url, settings), Partner(), venue, 0)
        scene.link = db.execute(
            """INSERT INTO link (venue_id, provider, identifier, settings, secrets, "interval", next_run_at)
               VALUES (%s, %s, %s, %s, %s, '10 minutes', now()) RETURNING id""",
            [venue, adapter.slug, link.identifier, Jsonb(open_to_all), seal(settings, secret)],
        ).fetchone()["id"]
        return Cinema(scene, site)

    yield make
    for loopback in opened:
        loopback.__exit__(None, None, None)


def showings(seats: int, **changes: Any) -> Site:
    first = {"showDate": on(3, "%Y-%m-%dT20:30:00+00:00"), "showEndDate": None}
    second = {"showDate": on(4, "%Y-%m-%dT20:30:00+00:00"), "showEndDate": None}
    return box_office.office(
        box_office.showing(31, numberSeatsRemaining=seats, **(first | changes)),
        box_office.showing(32, **second),
    )


def test_seats_at_boost_are_those_left_and_our_bookings_come_off_them(link_to):
    cinema = link_to(box_office.LINK, showings(10))
    cinema.imports()
    stock = cinema.stocks()["31"]
    assert (stock["counting"], stock["quantity"], stock["price"]) == ("shelf", 10, Decimal("6.90"))
    cinema.scene.book(stock["id"], quantity=2)
    cinema.site.answer = showings(8).answer
    cinema.imports()
    stock = cinema.stocks()["31"]
    assert (stock["quantity"], stock["booked_quantity"]) == (8, 2)


def test_an_operator_whose_application_books_at_boost_says_that_ours_are_among_the_sold(link_to):
    cinema = link_to(box_office.LINK, showings(10))
    cinema.imports()
    cinema.scene.site = cinema.scene.with_settings(booked_at_partners=("boost",))
    cinema.imports()
    stock = cinema.stocks()["31"]
    assert (stock["counting"], stock["quantity"]) == ("deducts", 10)

    cinema.scene.book(stock["id"], quantity=2)  # the application books them at Boost at once
    cinema.site.answer = showings(8).answer
    cinema.imports()
    stock = cinema.stocks()["31"]
    assert (stock["quantity"], stock["booked_quantity"]) == (10, 2)

    cinema.site.answer = showings(0).answer
    cinema.imports()
    stock = cinema.stocks()["31"]
    assert (stock["quantity"], stock["booked_quantity"], stock["active"]) == (2, 2, True)


def test_a_showing_that_moves_at_boost_moves_here(link_to):
    cinema = link_to(box_office.LINK, showings(10))
    cinema.imports()
    before = cinema.stocks()["31"]
    cinema.site.answer = showings(10, showDate=on(5, "%Y-%m-%dT18:00:00+00:00")).answer
    cinema.imports()
    after = cinema.stocks()["31"]
    assert after["id"] == before["id"]
    assert after["starts_at"] == after["booking_limit_at"] != before["starts_at"]


def test_an_unchanged_cinema_writes_nothing(link_to):
    cinema = link_to(box_office.LINK, showings(10))
    cinema.imports()
    again = cinema.imports()
    assert again["counters"]["items"]["unchanged"] == 1
    assert again["counters"]["stocks"]["updated"] == 0


def test_a_show_that_cds_cancels_is_no_longer_sold(link_to):
    start = on(3, "%Y-%m-%dT20:30:00.000+0000")
    cinema = link_to(
        account.LINK, account.account(account.show(31, showtime=start), account.show(32, showtime=start))
    )
    cinema.imports()
    assert {ref: row["active"] for ref, row in cinema.stocks().items()} == {"31": True, "32": True}
    cinema.site.answer = account.account(
        account.show(31, showtime=start, canceled=True), account.show(32, showtime=start)
    ).answer
    cinema.imports()
    assert {ref: row["active"] for ref, row in cinema.stocks().items()} == {"31": False, "32": True}


def test_an_oversold_room_at_cgr_is_sold_out(link_to):
    day = on(3, "%Y-%m-%d")
    site = service.service(service.film(service.showing(31, Date=day, NbPlacesRestantes=-4)))
    cinema = link_to(service.LINK, site)
    cinema.imports()
    stock = cinema.stocks()["31"]
    assert (stock["quantity"], stock["active"]) == (0, True)


def test_a_session_of_ems_offers_what_the_link_says_and_keeps_all_its_sisters(link_to):
    both = [planning.session(each, date=on(each, "%Y%m%d2030")) for each in (3, 4)]
    whole = planning.cinema(planning.event(*both))
    news = {"sites": [planning.cinema(planning.event(both[1]))], "version": 172800}
    cinema = link_to(planning.LINK, planning.planning(whole, changes={86400: news}))
    cinema.imports()
    assert {row["counting"]: row["quantity"] for row in cinema.stocks().values()} == {"capacity": 10}

    cinema.imports()
    assert [asked.query["version"] for asked in cinema.site.asked] == ["0", "86400", "0"]
    assert [row["active"] for row in cinema.stocks().values()] == [True, True]


def test_a_showing_of_allocine_has_the_links_price_and_places(link_to):
    site = theater.one_page(theater.edge(theater.showtime(on(3, "%Y-%m-%dT20:30:00"))))
    cinema = link_to(theater.LINK, site)
    cinema.imports()
    (stock,) = cinema.stocks().values()
    assert (stock["price"], stock["quantity"]) == (Decimal("6.90"), 10)
    (offer,) = cinema.scene.rows("offer")
    assert (offer["title"], offer["category"]) == ("Les Rameurs – VF", "cinema")
