"""The calendars that icalendar and recurring-ical-events test themselves with, as their packages ship them.

Each is read or put aside, and the dates found are those that recurring-ical-events finds by itself.
"""

import warnings
from contextlib import suppress
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events

from providers.errors import DataError, PartnerError
from providers.ical import PROVIDER, event, source
from providers.records import OfferRecord
from tests.providers.ical.calendar import calendar, items, starts, vevent, visit

THEIRS = Path(recurring_ical_events.__file__).parent / "test" / "calendars"
EVERY = [
    *sorted(THEIRS.glob("*.ics")),
    *sorted((Path(icalendar.__file__).parent / "tests").rglob("*.ics")),
]
PARIS = ZoneInfo("Europe/Paris")

OTHERWISE = {
    "bad_rrule_missing_until_event": "it refuses a misspelt UNTIL, which we pass over",
    "end_before_start_event": "it swaps an end before its start; we keep the start and know no end",
    "issue_132_swapped_start_and_end": "the same",
    "issue_179_example": "the event is confidential: left out",
    "issue_201_mixed_datetime_and_date": "a day is the venue's, not of the zone of the end's time",
    "issue_75_range_parameter": "UNTIL is a day: we mean it with its evening",
    "issue_15_duplicated_events": "without a UID it takes three events for one",
    **dict.fromkeys(("rdate", "rdate2"), "without a UID it takes the events of a file for one"),
}
"""What we mean to read otherwise, and why."""

pytestmark = pytest.mark.skipif(len(EVERY) < 200, reason="these packages were built without their tests")


@pytest.mark.parametrize("path", EVERY, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_calendar_is_read_or_put_aside(tmp_path, path):
    to = visit(path.read_bytes(), tmp_path, now=datetime(2024, 7, 1, tzinfo=UTC), since=date(1990, 1, 1))
    with suppress(PartnerError):
        for item in items(to).values():
            with suppress(DataError):
                PROVIDER.normalise(item, to)


@pytest.mark.parametrize(
    "path",
    [path for path in EVERY if path.parent == THEIRS and path.stem not in OTHERWISE],
    ids=lambda path: path.stem,
)
def test_repetitions_are_those_that_recurring_ical_events_finds(tmp_path, path):
    lines = [line for line in path.read_bytes().split(b"\n") if not line.startswith(b"SUMMARY")]
    body = b"\n".join(lines).replace(b"BEGIN:VEVENT", b"BEGIN:VEVENT\r\nSUMMARY:Un titre")  # some have none
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it guesses zones
        parsed = icalendar.Calendar.from_ical(body)
        first = min((_instant(each["DTSTART"].dt) for each in parsed.walk("VEVENT")), default=None)
        if first is None:
            pytest.skip("it holds no event")
        now = datetime(first.year, first.month, 1, tzinfo=UTC)
        to = visit(body, tmp_path, now=now, since=now.date(), until_months=24)
        begin, end = _instant(now.date()), _instant(event.horizon_of(to))
        found = recurring_ical_events.of(parsed).between(begin, end)
    theirs = {_instant(each["DTSTART"].dt) for each in found}
    (tmp_path / "calendar.ics").write_bytes(body)
    with source.opened(tmp_path / "calendar.ics") as opened:
        records = [event.read(ref, opened.payload_of(ref), to) for ref in opened.refs()]
    mine = {
        stock.starts_at for record in records if isinstance(record, OfferRecord) for stock in record.stocks
    }
    assert {each for each in mine if begin <= each < end} == {each for each in theirs if begin <= each < end}


def _instant(moment: date) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=PARIS)).astimezone(UTC)


def dates_of(tmp_path, name: str, year: int, month: int, **changes) -> list[str]:
    now = datetime(year, month, 1, tzinfo=UTC)
    to = visit((THEIRS / f"{name}.ics").read_bytes(), tmp_path, now=now, since=now.date(), **changes)
    found = [PROVIDER.normalise(item, to)[0] for item in items(to).values()]
    return sorted(start for record in found if isinstance(record, OfferRecord) for start in starts(record))


def test_what_their_tests_expect(tmp_path):
    """Their numbers, by hand."""
    moved = dates_of(tmp_path, "issue_62_moved_event", 2021, 12)
    assert [each for each in moved if each.startswith("202112")] == ["20211217T203000Z"]
    assert (
        len([each for each in dates_of(tmp_path, "issue_62_moved_event_2", 2023, 8) if each < "202309"]) == 6
    )
    assert len(dates_of(tmp_path, "event_10_times", 2020, 1)) == 10
    assert len(dates_of(tmp_path, "issue_4_rrule_until", 2019, 1)) == 12
    assert len(dates_of(tmp_path, "three_events_one_edited", 2019, 3)) == 3
    july = [
        each for each in dates_of(tmp_path, "issue_253_additional_recurrence_id", 2024, 7) if each < "202408"
    ]
    assert july == ["20240630T220000Z", "20240714T220000Z"]
    ranged = dates_of(tmp_path, "issue_75_range_parameter", 2024, 9)
    assert [each for each in ranged if each < "20240926"][-2:] == ["20240922T142200Z", "20240924T142200Z"]


def test_a_zone_of_one_calendar_is_not_that_of_the_next(tmp_path):
    """icalendar itself, which read them all just now, keeps their definitions; we never ask it."""
    unknown = vevent("DTSTART;TZID=custom_America/New_York:20300301T200000", DTSTART="")
    to = visit(calendar(unknown), tmp_path)
    (item,) = items(to).values()
    assert starts(PROVIDER.normalise(item, to)[0]) == ["20300301T190000Z"]
