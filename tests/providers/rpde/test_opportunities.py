"""What an opportunity becomes: its date, its places, its price, its words; and what is left out."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.vocabulary import Category, Reason
from providers.base import VenueFacts
from providers.errors import DataError
from providers.records import UNKNOWN, LeftOut
from tests.providers.rpde.open_feed import (
    NOW,
    Site,
    became,
    items_of,
    offer,
    offered,
    series,
    session,
    stock_of,
    updated,
)

REUNION = VenueFacts("Théâtre des Filaos", "Indian/Reunion", -21.1, 55.3)


def test_a_session_is_an_offer_with_one_date_in_the_words_of_its_series(tmp_path):
    record = offered(session(), tmp_path)
    (stock,) = record.stocks
    assert (record.ref, record.title) == ("ScheduledSession/1", "Atelier de gravure")
    assert record.description == "Apprendre à graver. Écrire à … ou au …."
    assert record.category is Category.WORKSHOP
    assert record.image_url == "https://data.filature.example/images/41.jpg"
    assert record.url == "https://www.filature.example/ateliers/41"
    assert (record.place.name, record.place.postal_code, record.place.city) == (
        "Annexe du Moulin",
        "68100",
        "Mulhouse",
    )
    assert record.place.address == "4 quai du Moulin, 68100 Mulhouse"
    assert (stock.starts_at, stock.ends_at) == (
        datetime(2030, 2, 1, 18, 30, tzinfo=UTC),
        datetime(2030, 2, 1, 20, tzinfo=UTC),
    )
    assert (stock.remaining, stock.price.amount) == (8, Decimal("12.50"))


def test_nothing_of_those_who_run_it_is_kept(tmp_path):
    (item,) = items_of(Site(updated("1", session(attendee=[{"name": "Jeanne Exemple"}]))), tmp_path)
    for personal in ("Jeanne Exemple", "bureau@", "03 89", "graveurs"):
        assert personal not in repr(item.payload)
    assert "@filature.example" not in repr(offered(session(), tmp_path))


def test_a_session_s_own_words_come_before_its_series(tmp_path):
    record = offered(session(name="Séance d’essai", description="Une heure.", offers=[offer(0)]), tmp_path)
    assert (record.title, record.description) == ("Séance d’essai", "Une heure.")
    assert record.stocks[0].price.amount == 0
    assert record.place is not None


def test_a_series_with_its_sessions_is_an_offer_with_many_dates(tmp_path):
    inner = [
        {"@type": "ScheduledSession", "@id": "#1", "startDate": "2030-02-01T18:30:00Z", "remainingAttendeeCapacity": 3},
        {"@type": "ScheduledSession", "@id": "#2", "startDate": "2030-02-08T18:30:00Z", "remainingAttendeeCapacity": 0,
         "name": "Tirage"},
        {"@type": "ScheduledSession", "startDate": "2030-02-15T18:30:00Z", "eventStatus": "EventCancelled"},
        {"@type": "ScheduledSession", "@id": "#4", "startDate": "2029-02-15T18:30:00Z"},
    ]  # fmt: skip
    stocks = {stock.ref: stock for stock in offered(series(subEvent=inner), tmp_path).stocks}
    assert list(stocks) == ["#1", "#2", "20300215T183000Z"]
    assert [stock.remaining for stock in stocks.values()] == [3, 0, UNKNOWN]
    assert [stock.label for stock in stocks.values()] == ["", "Tirage", ""]
    assert [stock.cancelled for stock in stocks.values()] == [False, False, True]
    assert {stock.price.amount for stock in stocks.values()} == {Decimal("12.50")}


def test_a_course_is_booked_as_a_whole(tmp_path):
    inner = [{"startDate": "2030-02-01T18:30:00Z"}, {"startDate": "2030-02-08T18:30:00Z"}]
    record = offered(
        series(**{"@type": "CourseInstance"}, startDate="2030-02-01T18:30:00Z", subEvent=inner), tmp_path
    )
    assert [stock.ref for stock in record.stocks] == ["session"]


def test_a_slot_says_its_uses(tmp_path):
    slot = {"@type": "Slot", "startDate": "2030-02-01T18:30:00Z", "remainingUses": 2, "maximumUses": 5,
            "facilityUse": {"@type": "FacilityUse", "name": "Presse à gravure", "offers": [offer()]}}  # fmt: skip
    assert offered(slot, tmp_path).title == "Presse à gravure"
    assert stock_of(slot, tmp_path).remaining == 2


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"remainingAttendeeCapacity": 8}, 8),
        ({"remainingAttendeeCapacity": "8"}, 8),
        ({"remainingAttendeeCapacity": 0}, 0),  # sold out
        ({"remainingAttendeeCapacity": -2}, -2),  # oversold
        ({"remainingAttendeeCapacity": None}, UNKNOWN),  # a capacity is not what remains
        ({"remainingAttendeeCapacity": None, "beta:availability": ">4"}, UNKNOWN),
        ({"remainingAttendeeCapacity": ">4"}, UNKNOWN),
        ({"remainingAttendeeCapacity": True}, UNKNOWN),
        (
            {"remainingAttendeeCapacity": None, "offers": [offer(availability="https://schema.org/SoldOut")]},
            0,
        ),
        ({"offers": [offer(availability="SoldOut"), offer()]}, 8),
    ],
)
def test_what_remains_is_the_session_s_own_number(tmp_path, said, left):
    assert stock_of(session(**said), tmp_path).remaining == left


@pytest.mark.parametrize(
    ("status", "cancelled"),
    [
        ("https://schema.org/EventCancelled", True),
        ("http://schema.org/EventCancelled", True),
        ("schema:EventCancelled", True),
        ("EventPostponed", True),
        ("https://schema.org/EventRescheduled", False),
        (None, False),
        (3, False),
    ],
)
def test_a_session_that_does_not_take_place_is_cancelled(tmp_path, status, cancelled):
    assert stock_of(session(eventStatus=status), tmp_path).cancelled is cancelled
    assert stock_of(session(superEvent=series(eventStatus=status)), tmp_path).cancelled is cancelled


def test_a_moved_session_keeps_its_ref(tmp_path):
    assert (
        stock_of(session(startDate="2030-02-02T18:30:00Z"), tmp_path).ref == stock_of(session(), tmp_path).ref
    )


@pytest.mark.parametrize(
    ("starts", "venue", "instant"),
    [
        ("2030-07-01T20:30:00+02:00", None, datetime(2030, 7, 1, 18, 30, tzinfo=UTC)),
        ("2030-07-01T20:30:00", None, datetime(2030, 7, 1, 18, 30, tzinfo=UTC)),
        ("2030-07-01T20:30:00", REUNION, datetime(2030, 7, 1, 16, 30, tzinfo=UTC)),
        ("2030-03-31T02:30:00", None, datetime(2030, 3, 31, 1, 30, tzinfo=UTC)),  # skipped: an hour later
        ("2030-10-27T02:30:00", None, datetime(2030, 10, 27, 0, 30, tzinfo=UTC)),  # twice: the first
        ("2030-07-01T20:30Z", REUNION, datetime(2030, 7, 1, 20, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_an_offset_is_the_venue_s(tmp_path, starts, venue, instant):
    assert stock_of(session(startDate=starts), tmp_path, venue=venue).starts_at == instant


def test_a_day_is_a_whole_day_of_the_venue(tmp_path):
    stock = stock_of(session(startDate="2030-01-15", endDate=None), tmp_path)
    assert stock.label == "Toute la journée"
    assert (stock.starts_at, stock.ends_at) == (
        datetime(2030, 1, 14, 23, tzinfo=UTC),
        datetime(2030, 1, 15, 23, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("changes", "minutes"),
    [
        ({"endDate": None}, 90),
        ({"endDate": "2030-02-01T18:00:00Z"}, None),
        ({"endDate": None, "duration": "P"}, None),
    ],
)
def test_an_end_is_told_or_follows_from_the_duration(tmp_path, changes, minutes):
    stock = stock_of(session(**changes), tmp_path)
    assert (stock.ends_at and (stock.ends_at - stock.starts_at).total_seconds() / 60) == minutes


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (session(startDate=None), Reason.NO_DATE),
        (series(), Reason.NO_DATE),
        (series(eventSchedule=[{"@type": "Schedule", "startTime": "18:00"}]), Reason.NO_DATE),
        ({"@type": "FacilityUse", "name": "Presse"}, Reason.NO_DATE),
        (session(startDate="2030-01-14T18:30:00Z", endDate="2030-01-14T19:30:00Z"), Reason.OVER),
    ],
)
def test_what_has_no_date_to_come_is_left_out(tmp_path, data, reason):
    assert became(data, tmp_path) == LeftOut("ScheduledSession/1", reason)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (None, "not_an_opportunity"),
        ("x", "not_an_opportunity"),
        (session(startDate="demain"), "unreadable_date"),
        (session(startDate=20300101), "unreadable_date"),
        (session(startDate="0001-01-01T00:00:00Z"), "unreadable_date"),
        (session(superEvent=series(name="  ")), "no_title"),
        (session(superEvent=None), "no_title"),
        (session(superEvent="https://data.filature.example/rpde/session-series/41"), "series_elsewhere"),
        (
            session(superEvent={"@id": "https://data.filature.example/rpde/session-series/41"}),
            "series_elsewhere",
        ),
    ],
)
def test_a_bad_opportunity_costs_itself(tmp_path, data, code):
    with pytest.raises(DataError) as refusal:
        became(data, tmp_path)
    assert refusal.value.code == code


def test_what_is_online_has_no_place(tmp_path):
    online = session(eventAttendanceMode="https://schema.org/OnlineEventAttendanceMode")
    assert (offered(online, tmp_path).is_online, offered(online, tmp_path).place) == (True, None)
    virtual = session(location={"@type": "VirtualLocation", "name": "Visio"})
    assert offered(virtual, tmp_path).is_online
    assert not offered(session(), tmp_path).is_online


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ({"@type": "Place", "name": "La Filature"}, None),  # the venue itself
        ({"@type": "Place", "name": "Salle 3", "geo": {"latitude": 47.7501, "longitude": "7.3401"}}, None),
        (
            {"@type": "Place", "name": "Cour Haute", "address": "Cour Haute, 3 rue Haute, 68100 Mulhouse"},
            "Cour Haute",
        ),
        ("Au bord du canal", "Au bord du canal"),
        ([{"@type": "Place", "name": "Canal"}], "Canal"),
        (
            {"@type": "PostalAddress", "streetAddress": "3 rue Haute", "postalCode": "68100"},
            "3 rue Haute, 68100",
        ),
        ({"@type": "Place", "geo": {"latitude": "nord", "longitude": 400}}, "Annexe du Moulin"),
    ],
)
def test_a_place_is_told_where_it_is_not_the_venue(tmp_path, location, name):
    place = offered(session(location=location), tmp_path).place
    assert (place and place.name) == name


@pytest.mark.parametrize(
    ("places", "kept"), [("tous", True), ("Annexe du Moulin", True), ("Ailleurs ; La Filature", False)]
)
def test_a_feed_of_several_places_may_be_narrowed(tmp_path, places, kept):
    record = became(session(), tmp_path, places=places)
    assert (record != LeftOut("ScheduledSession/1", Reason.OTHER_PLACE)) is kept


def test_older_spellings_are_read_too(tmp_path):
    old = {
        "type": "Event", "name": "Essai", "identifier": 4, "offer": offer(), "activity": ["Concert"],
        "image": "https://images.example/a.jpg", "location": {"type": "Place", "name": "Canal", "address": "Quai"},
        "subEvent": [{"type": "Event", "startDate": "2030-02-01T18:30:00Z", "duration": "PT45M"}],
    }  # fmt: skip
    record = offered(old, tmp_path)
    assert (record.title, record.category, record.image_url) == (
        "Essai",
        Category.MUSIC,
        "https://images.example/a.jpg",
    )
    assert [stock.price.amount for stock in record.stocks] == [Decimal("12.50")]
    assert record.stocks[0].starts_at > NOW
