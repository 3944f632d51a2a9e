"""What pretix itself sells and cancels is what remains here: its wheel, its API, our command line."""

import json
from typing import Any

from fastapi.testclient import TestClient

from cli.site import site
from models.access import create_hint_token
from models.database import session
from tests.loopback import Asked, Reply, serving
from tests.peers.pretix.conftest import Event, day
from web.app import create_app
from workers.sync import synchronise


def link(passerelle, pretix, shop: str = "ecluse", key: str = "") -> int:
    venue = passerelle.venue(name="Théâtre de l’Écluse")
    words = ["--set", f"token={key or pretix.reader}", "--set", "category=spectacle_vivant"]
    return passerelle("link", venue, "pretix", shop, *words)["id"]


def stocks(passerelle) -> dict[str, dict[str, Any]]:
    return {row["ref"]: row for row in passerelle.db.execute("SELECT * FROM stock ORDER BY id")}


def left(passerelle) -> dict[str, int | None]:
    return {
        ref: None if row["quantity"] is None else row["quantity"] - row["booked_quantity"]
        for ref, row in stocks(passerelle).items()
        if row["active"]
    }


def test_a_series_follows_what_pretix_sells_cancels_moves_and_calls_off(pretix, passerelle):
    season = pretix.opens("saison", has_subevents=True)
    full, reduced = season.item("Plein tarif", "25.00"), season.item("Tarif réduit", "15.00")
    first = season.date(10, item_price_overrides=[{"item": full, "price": "30.00"}])
    second, third, fourth = season.date(11), season.date(12), season.date(13)
    season.quota(100, [full, reduced], first)
    season.quota(10, [reduced], first)
    small = season.quota(2, [full, reduced], second)
    season.quota(None, [full], third)
    season.quota(50, [full], fourth)
    season.goes_live()
    source = link(passerelle, pretix, "ecluse/saison")
    one, two, three, four = map(str, (first, second, third, fourth))

    assert passerelle.import_(source)["stocks"]["created"] == 4
    assert left(passerelle) == {one: 100, two: 2, three: None, four: 50}
    assert [str(row["price"]) for row in stocks(passerelle).values()] == ["30.00", "25.00", "25.00", "25.00"]
    assert passerelle.db.execute("SELECT count(*) FROM published_stock").fetchone()["count"] == 4
    assert passerelle.import_(source)["counts"]["unchanged"] == 1

    order = season.sells(full, first, 3)
    season.sells(reduced, second, 2)
    assert passerelle.import_(source)["counts"]["changed"] == 1
    assert left(passerelle) == {one: 97, two: 0, three: None, four: 50}

    season.cancels(order)
    season.ask("PATCH", f"quotas/{small}/", {"size": 5})
    passerelle.import_(source)
    assert left(passerelle) == {one: 100, two: 3, three: None, four: 50}

    before = stocks(passerelle)[one]
    season.ask("PATCH", f"subevents/{first}/", {"date_from": day(20)})
    season.ask("PATCH", f"subevents/{fourth}/", {"active": False})
    passerelle.import_(source)
    after = stocks(passerelle)[one]
    assert (after["id"], (after["starts_at"] - before["starts_at"]).days) == (before["id"], 10)
    assert left(passerelle) == {one: 100, two: 3, three: None}


def test_kinds_of_seat_share_the_room_as_pretix_counts_it(pretix, passerelle):
    evening = pretix.opens("gala")
    stalls, balcony = evening.item("Orchestre", "40.00"), evening.item("Balcon", "25.00")
    evening.quota(5, [stalls, balcony])
    evening.quota(4, [stalls])
    evening.quota(5, [balcony])
    evening.goes_live()
    source = link(passerelle, pretix, "ecluse/gala")
    passerelle.import_(source)
    assert left(passerelle) == {"gala": 4, f"gala-{balcony}": 5}
    assert [row["label"] for row in stocks(passerelle).values()] == ["Orchestre", "Balcon"]
    assert len({row["pool"] for row in stocks(passerelle).values()} - {None}) == 1

    evening.sells(balcony, number=3)
    passerelle.import_(source)
    assert left(passerelle) == {"gala": 2, f"gala-{balcony}": 2}


def test_an_organiser_is_read_whole_what_is_closed_too(pretix, passerelle):
    pretix.opens("ferme").quota(5, [])
    for number in range(2):
        event = pretix.opens(f"soir{number}")
        event.quota(5, [event.item("Plein tarif", "8.00")])
        event.goes_live()
    source = link(passerelle, pretix)
    done = passerelle.import_(source)
    assert done["status"] == "succeeded"
    closed = passerelle.db.execute("SELECT * FROM source_item WHERE ref = 'ecluse/ferme'").fetchone()
    assert closed["left_out"] == "not_on_sale"
    assert passerelle.db.execute("SELECT * FROM offer WHERE ref = 'ecluse/soir1'").fetchone()["active"]


def test_a_key_of_nobody_is_refused_in_french(pretix, passerelle):
    venue = passerelle.venue()
    error = passerelle("link", venue, "pretix", "ecluse", "--set", f"token={'x' * 64}", code=2)["error"]
    assert error["message"].startswith("Clé refusée par pretix.")
    found = passerelle("link", venue, "pretix", "autre", "--set", f"token={pretix.reader}", code=2)
    assert "«\u00a0autre\u00a0»" in found["error"]["message"]


def test_a_sale_told_by_webhook_is_read_at_once(pretix, passerelle):
    concert: Event = pretix.opens("concert")
    ticket = concert.item("Plein tarif", "12.00")
    concert.quota(10, [ticket])
    concert.goes_live()
    source = link(passerelle, pretix, "ecluse/concert")
    passerelle.import_(source)
    taken: list[bytes] = []

    def take(asked: Asked) -> Reply:
        taken.append(asked.body)
        return 200, {}, b""

    with serving(take) as url:
        hook = {"enabled": True, "target_url": f"{url}/", "all_events": False, "limit_events": ["concert"]}
        wanted = ["pretix.event.order.placed", "pretix.event.order.canceled", "pretix.event.quota.*"]
        pretix.ask("POST", "webhooks/", {**hook, "action_types": wanted})
        concert.sells(ticket, number=4)

    assert {json.loads(body)["event"] for body in taken} == {"concert"}
    with site() as here, TestClient(create_app(here)) as client, session(here.database_url) as db:
        token = create_hint_token(db, source)
        db.commit()
        for body in taken:
            assert client.post(f"/hooks/pretix/{token}", content=body).status_code == 202
        (run,) = passerelle.db.execute("SELECT * FROM sync_run WHERE trigger = 'hint'").fetchall()
        assert run["only_refs"] == ["ecluse/concert"]
        synchronise(run["id"], here)
    assert left(passerelle) == {"concert": 6}
