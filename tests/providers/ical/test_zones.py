"""When a time is: named zones, Windows' names, the calendar's own definitions, floating times, whole days."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.base import VenueFacts
from providers.ical import zones
from tests.providers.ical.calendar import NOW, PARIS_BY_HAND, read, starts, vevent

REUNION = VenueFacts("Halle aux Grains", "Indian/Reunion")
GUADELOUPE = VenueFacts("Halle aux Grains", "America/Guadeloupe")
POLYNESIA = VenueFacts("Halle aux Grains", "Pacific/Tahiti")


def at(line: str) -> str:
    return vevent(line, DTSTART="")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Europe/Paris",
            "/Europe/Paris",
            "europe/paris",
            "Romance Standard Time",
            "W. Europe Standard Time",
        ),
        *("/freeassociation.sourceforge.net/Europe/Paris", "/citadel.org/20210210_1/Europe/Paris"),
        '"Europe/Paris"',
    ],
)
def test_a_zone_may_have_many_names(tmp_path, name):
    for day, hour in (("20300301", "19"), ("20300701", "18")):
        record = read(tmp_path, at(f"DTSTART;TZID={name}:{day}T200000"), venue=REUNION)
        assert starts(record) == [f"{day}T{hour}0000Z"]


@pytest.mark.parametrize(
    "name", ["Customized Time Zone", "(UTC+01:00) Bruxelles, Copenhague, Madrid, Paris", "x:y"]
)
def test_a_zone_that_nobody_knows_is_what_the_calendar_defines(tmp_path, name):
    head = PARIS_BY_HAND.format(name=name).replace("\n", "\r\n")
    quoted = f'"{name}"' if ":" in name or "," in name else name
    for day, hour in (("20300330", "19"), ("20300331", "18"), ("20301027", "19")):
        record = read(tmp_path, at(f"DTSTART;TZID={quoted}:{day}T200000"), head=head, venue=REUNION)
        assert starts(record) == [f"{day}T{hour}0000Z"]


def test_two_calendars_may_define_one_name_each_in_its_way(tmp_path):
    """icalendar would keep the first definition for the whole process."""
    event = at("DTSTART;TZID=Customized Time Zone:20300301T200000")
    paris = PARIS_BY_HAND.format(name="Customized Time Zone")
    elsewhere = paris.replace("+0100", "+0900").replace("+0200", "+1000")
    assert starts(read(tmp_path, event, head=paris)) == ["20300301T190000Z"]
    assert starts(read(tmp_path, event, head=elsewhere)) == ["20300301T110000Z"]
    assert starts(read(tmp_path, event)) == ["20300301T190000Z"]  # defined nowhere: the venue's


def test_a_known_name_wins_over_what_the_calendar_defines(tmp_path):
    wrong = PARIS_BY_HAND.format(name="Europe/Paris").replace("+0100", "+0900")
    assert starts(read(tmp_path, at("DTSTART;TZID=Europe/Paris:20300301T200000"), head=wrong)) == [
        "20300301T190000Z"
    ]


def test_a_definition_may_say_where_it_is(tmp_path):
    head = PARIS_BY_HAND.format(name="Chez nous").replace(
        "BEGIN:STANDARD", "X-LIC-LOCATION:Indian/Reunion\nBEGIN:STANDARD", 1
    )
    assert starts(read(tmp_path, at("DTSTART;TZID=Chez nous:20300301T200000"), head=head)) == [
        "20300301T160000Z"
    ]


@pytest.mark.parametrize(
    "broken",
    [
        ("TZOFFSETTO:+0100", "TZOFFSETTO:soon"),
        ("RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "RRULE:FREQ=SECONDLY"),
        ("DTSTART:16011028T030000", "DTSTART:never"),
        ("BEGIN:STANDARD", "BEGIN:NOTHING"),
    ],
)
def test_a_definition_that_makes_no_sense_stops_nothing(tmp_path, broken):
    head = PARIS_BY_HAND.format(name="Chez nous").replace(*broken)
    (start,) = starts(read(tmp_path, at("DTSTART;TZID=Chez nous:20300301T200000"), head=head))
    assert start in {"20300301T190000Z", "20300301T180000Z"}


@pytest.mark.parametrize("name", ["Nowhere", "../../etc/passwd", "x" * 5000, "Europe/Nulle-Part"])
def test_an_unknown_zone_is_the_venues(tmp_path, name):
    assert starts(read(tmp_path, at(f"DTSTART;TZID={name}:20300301T200000"), venue=REUNION)) == [
        "20300301T160000Z"
    ]


@pytest.mark.parametrize(
    ("venue", "hour"), [(None, "19"), (REUNION, "16"), (GUADELOUPE, "00"), (POLYNESIA, "06")]
)
def test_a_time_without_zone_is_the_venues(tmp_path, venue, hour):
    day = "20300302" if hour in {"00", "06"} else "20300301"
    assert starts(read(tmp_path, vevent(DTSTART="20300301T200000"), venue=venue)) == [f"{day}T{hour}0000Z"]


def test_a_calendar_may_name_the_zone_of_its_floating_times(tmp_path):
    head = "X-WR-TIMEZONE:Europe/Paris"
    assert starts(read(tmp_path, vevent(DTSTART="20300301T200000"), head=head, venue=REUNION)) == [
        "20300301T190000Z"
    ]
    assert starts(read(tmp_path, vevent(), head=head, venue=REUNION)) == ["20300301T190000Z"]


def test_repetitions_in_utc_follow_the_clock_of_the_calendars_zone(tmp_path):
    weekly = vevent(DTSTART="20300327T190000Z", RRULE="FREQ=WEEKLY;COUNT=2")
    assert starts(read(tmp_path, weekly)) == ["20300327T190000Z", "20300403T190000Z"]
    named = read(tmp_path, weekly, head="X-WR-TIMEZONE:Europe/Paris")
    assert starts(named) == ["20300327T190000Z", "20300403T180000Z"]


@pytest.mark.parametrize(
    ("venue", "start", "end"),
    [
        (
            None,
            datetime(2030, 3, 30, 23, tzinfo=UTC),
            datetime(2030, 3, 31, 22, tzinfo=UTC),
        ),  # a day of 23 hours
        (REUNION, datetime(2030, 3, 30, 20, tzinfo=UTC), datetime(2030, 3, 31, 20, tzinfo=UTC)),
    ],
)
def test_a_whole_day_is_the_venues_from_midnight_to_midnight(tmp_path, venue, start, end):
    record = read(tmp_path, at("DTSTART;VALUE=DATE:20300331"), venue=venue, head="X-WR-TIMEZONE:Asia/Tokyo")
    (stock,) = record.stocks
    assert (stock.starts_at, stock.ends_at, stock.label) == (start, end, "Toute la journée")


def test_several_whole_days_are_one_date(tmp_path):
    record = read(tmp_path, vevent("DTSTART;VALUE=DATE:20300301", "DTEND;VALUE=DATE:20300601", DTSTART=""))
    (stock,) = record.stocks
    assert (stock.ends_at, stock.label) == (datetime(2030, 5, 31, 22, tzinfo=UTC), "")


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("20300331T023000", "20300331T013000Z"),  # does not exist: an hour later on the wall
        ("20301027T023000", "20301027T003000Z"),  # comes twice: the first
    ],
)
def test_the_hours_that_are_missing_or_double(tmp_path, written, instant):
    assert starts(read(tmp_path, at(f"DTSTART;TZID=Europe/Paris:{written}"))) == [instant]
    defined = PARIS_BY_HAND.format(name="Chez nous")
    assert starts(read(tmp_path, at(f"DTSTART;TZID=Chez nous:{written}"), head=defined)) == [instant]


def test_the_second_of_two_equal_hours_is_kept_when_it_is_said_in_utc(tmp_path):
    head = "X-WR-TIMEZONE:Europe/Paris"
    assert starts(read(tmp_path, vevent(DTSTART="20301027T013000Z"), head=head)) == ["20301027T013000Z"]


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        (["DTEND:20300301T210000Z"], datetime(2030, 3, 1, 21, tzinfo=UTC)),
        (["DTEND;TZID=Europe/Paris:20300301T220000"], datetime(2030, 3, 1, 21, tzinfo=UTC)),
        (["DURATION:PT1H30M"], datetime(2030, 3, 1, 20, 30, tzinfo=UTC)),
        (["DURATION:P1W"], datetime(2030, 3, 8, 19, tzinfo=UTC)),
        (["DTEND:20300301T180000Z"], None),  # before the start
        ([], None),
    ],
)
def test_an_end_or_a_length(tmp_path, lines, end):
    assert read(tmp_path, vevent(*lines)).stocks[0].ends_at == end


@given(st.datetimes(datetime(2028, 1, 1), datetime(2033, 12, 31)), st.integers(0, 1))
def test_a_zone_defined_by_hand_is_the_one_it_describes(moment, fold):
    (zone,) = zones.defined(PARIS_BY_HAND.format(name="Chez nous").encode().split(b"\n"), NOW).values()
    paris = ZoneInfo("Europe/Paris")
    moment = moment.replace(fold=fold)
    assert zones.instant(moment, zone) == zones.instant(moment, paris)
    instant = moment.replace(tzinfo=UTC)
    mine, known = instant.astimezone(zone), instant.astimezone(paris)
    assert (mine.replace(tzinfo=None), mine.fold) == (known.replace(tzinfo=None), known.fold)
