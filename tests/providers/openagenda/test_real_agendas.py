"""Real agendas, against facts that were counted by other means."""

import json
import os
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from providers.base import Item
from providers.errors import DataError
from providers.openagenda import PROVIDER, ics, timing
from providers.openagenda.detail import trim
from providers.records import Detail, LeftOut, OfferRecord
from tests.providers.openagenda.agenda import OpenAgenda, items, records, visit

pytestmark = pytest.mark.skipif("PASSERELLE_CORPUS" not in os.environ, reason="PASSERELLE_CORPUS is not set")

CORPUS = Path(os.environ.get("PASSERELLE_CORPUS", "."))
SINCE = date(1950, 1, 1)
CALENDARS = [
    "albi_forme_a",
    "capture_ficep_2026-10-06",
    "fixture_head_event",
    "legacy_single_event_mondonville",
    "next_stories_forme_a",
    "next_stories_forme_b",
    "tcheque_forme_b",
]


def body(name: str) -> bytes:
    return (CORPUS / "openagenda" / name).read_bytes()


def facts(name: str) -> dict:
    return json.loads((CORPUS / "facts.json").read_text())[f"openagenda/{name}"]


def to(tmp_path, name: str, details=None, **changes):
    number = str(facts(name)["relcalid"])
    changes = {"places": "all", "since": SINCE, "venue": None, **changes}
    return visit(OpenAgenda(body(name), details), tmp_path, identifier=number, **changes)


@pytest.mark.parametrize("calendar", CALENDARS)
def test_every_event_date_and_place_is_read(tmp_path, calendar):
    name = f"ics/{calendar}.ics"
    known = facts(name)
    found = records(to(tmp_path, name))
    assert all(isinstance(record, OfferRecord) for record in found.values())
    starts = [stock.ref for record in found.values() for stock in record.stocks]
    assert len(found) == known["distinct_event_uids"]
    assert len(starts) == known["distinct_occurrences"]
    assert (min(starts), max(starts)) == (known["min_start"], known["max_start"])
    assert max(len(record.stocks) for record in found.values()) == known["max_occurrences_of_one_event"]
    assert not any("Voir plus" in record.description for record in found.values())
    with ics.opened(tmp_path / "agenda.ics") as opened:
        blocks = [block for ref in opened.refs() for block in opened.timings_of(ref)]
        assert opened.timings == known["vevents"]
        assert opened.number == known["relcalid"]
    assert len({timing.where(block)[0] for block in blocks}) == known["distinct_locations"]


def test_both_shapes_of_one_agenda_are_the_same_items(tmp_path):
    a, b = (items(to(tmp_path, f"ics/next_stories_forme_{shape}.ics")) for shape in "ab")
    assert {ref: item.fingerprint for ref, item in a.items()} == {
        ref: item.fingerprint for ref, item in b.items()
    }


@pytest.mark.parametrize("agenda", ["albi_v2", "tcheque_v2"])
def test_every_detail_is_read(agenda):
    known = facts(f"json/{agenda}")
    said = [
        event for page in (1, 2, 3) for event in json.loads(body(f"json/{agenda}/page_{page}.json"))["events"]
    ]
    found = _details(said)
    assert len(found) == known["events"]
    named = sum(bool(event["image"]["filename"]) for event in said)
    assert sum("image" in detail.values for detail in found) == named <= known["with_image"]
    assert sum("conditions" in detail.values for detail in found) == known["with_conditions"]
    assert sum("place" in detail.values for detail in found) == known["events"] - known["without_location"]
    assert Counter(str(detail.values["status"]) for detail in found) == known["statuses"]


@pytest.mark.parametrize(
    "name",
    [
        "quirks/line_separator_2028",
        "quirks/null_valued_registration_item",
        "quirks/online_attendance_event",
        "quirks/passculture_registration_event",
        "api_v2_reference/event",
        "api_v2_reference/events",
        "passculture_sandbox_v1/openagenda1",
        "passculture_sandbox_v1/openagenda2",
    ],
)
def test_odd_details_are_read(name):
    known = facts(f"json/{name}.json")
    said = json.loads(body(f"json/{name}.json"))
    events = said.get("events") or [said.get("event") or said]
    found = _details(events)
    assert len(found) == known["events"]
    assert (
        sum(detail.values.get("pass_culture", False) for detail in found)
        == known["with_passculture_registration"]
    )
    assert sum("conditions" in detail.values for detail in found) == known["with_conditions"]
    assert not any("\u2028" in detail.values.get("description", "") for detail in found)


def _details(events: list[dict]) -> list[Detail]:
    items = [Item(str(number), b"", trim(event), "detail") for number, event in enumerate(events)]
    return [detail for item in items for detail in PROVIDER.normalise(item, None)]


def _pages(agenda: str) -> dict:
    pages, after = {}, ()
    for number in (1, 2, 3):
        pages[after] = body(f"json/{agenda}/page_{number}.json")
        after = tuple(str(value) for value in json.loads(pages[after])["after"] or ())
    return pages


def test_albi_is_seventy_five_complete_offers_and_ninety_seven_dates(tmp_path):
    found = records(to(tmp_path, "ics/albi_forme_a.ics", _pages("albi_v2")))
    assert len(found) == 75
    assert sum(len(record.stocks) for record in found.values()) == 97
    assert all(record.image_url.startswith("https://cdn.openagenda.com/") for record in found.values())
    assert sum(bool(record.stocks[0].price.sentence) for record in found.values()) == 52
    assert all(record.place and record.place.city for record in found.values())


def test_what_is_over_is_left_out_today(tmp_path):
    found = records(
        to(tmp_path, "ics/albi_forme_a.ics", since="today", clock=lambda: datetime(2030, 1, 1, tzinfo=UTC))
    )
    assert set(map(type, found.values())) == {LeftOut}


def test_the_title_that_says_it_is_heard(tmp_path):
    found = records(to(tmp_path, "ics/tcheque_forme_b.ics"))
    assert sorted(record.title_says for record in found.values() if record.title_says) == [
        "cancelled",
        "postponed",
    ]


def test_a_calendar_cut_anywhere_is_no_snapshot(tmp_path):
    whole = body("ics/next_stories_forme_a.ics")
    for end in range(1, len(whole) - 4, 997):
        agenda = to(tmp_path, "ics/next_stories_forme_a.ics")
        agenda.http.calendar = whole[:end]
        with pytest.raises(Exception, match=r"no END:VCALENDAR|does not begin") as raised:
            items(agenda)
        assert not isinstance(raised.value, DataError) or end < 15
