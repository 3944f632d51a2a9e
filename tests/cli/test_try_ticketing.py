"""`passerelle try` on ticket shops, from recorded files: no network, no database."""

import json

from tests.providers.billetweb.counter import KEY, date, series, ticket
from tests.providers.rpde.open_feed import deleted, session, updated

FEED = "https://data.filature.example/rpde/sessions.json"


def soon(data: dict, day: int = 1) -> dict:
    return data | {"startDate": f"2099-02-0{day}T18:30:00Z", "endDate": None}


def test_a_feed_without_what_it_deleted_meanwhile(passerelle, tmp_path):
    pages = (
        [updated("1", soon(session())), updated("2", soon(session(), 2))],
        [deleted("1", 3), updated("3", soon(session(name="Tirage"), 3), 4)],
        [],
    )
    for number, items in enumerate(pages, 1):
        following = FEED if number == len(pages) else f"{FEED}?page={number + 1}"
        (tmp_path / f"page_{number}.json").write_text(json.dumps({"next": following, "items": items}))
    # the last page is one whose `next` is its own address
    (tmp_path / "page_3.json").write_text(json.dumps({"next": f"{FEED}?page=3", "items": []}))
    (tmp_path / "sessions.json").write_text((tmp_path / "page_1.json").read_text())

    found = passerelle("try", "rpde", FEED, "--from", tmp_path)

    assert [check["name"] for check in found["checks"]] == ["feed", "samples"]
    kinds = {"offers": 2, "stocks": 2, "products": 0, "levels": 0}
    assert found["counts"] == {"read": 4, "quarantined": 0, "filtered": 0} | kinds
    assert [offer["title"] for offer in found["offers"]] == ["Atelier de gravure", "Tirage"]


def test_an_account_and_its_sessions(passerelle, tmp_path):
    said = {
        "events": [series(start="2099-01-01 00:00:00", end="2099-12-31 00:00:00")],
        "dates": [date("910", "2099-02-01 20:30:00"), date("911", "2099-02-02 20:30:00", quota="12")],
        "tickets": [ticket()],
    }
    for name, rows in said.items():
        (tmp_path / name).write_text(json.dumps(rows))

    found = passerelle("try", "billetweb", "16254", "--set", f"key={KEY}", "--from", tmp_path)

    assert [check["name"] for check in found["checks"]] == ["key", "events", "samples"]
    (offer,) = found["offers"]
    assert [(stock["ref"], stock["remaining"]) for stock in offer["stocks"]] == [("910", 88), ("911", 0)]
    assert KEY not in json.dumps(found)
