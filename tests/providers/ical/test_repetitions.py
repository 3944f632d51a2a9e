"""Which dates an event has, and what each is known by."""

from datetime import UTC, datetime

import pytest

from models.vocabulary import Reason
from providers.errors import DataError
from providers.records import LeftOut
from tests.providers.ical.calendar import read, refs, starts, vevent

PARIS = "DTSTART;TZID=Europe/Paris:20300305T200000"
WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=5"


def weekly(*more: str, **lines: str) -> str:
    """Five Tuesdays at eight in the evening in Paris, over the change to summer time."""
    return vevent(PARIS, *more, DTSTART="", **{"RRULE": "FREQ=WEEKLY;COUNT=5"} | lines)


def instance(of: str, *more: str, **lines: str) -> str:
    return vevent(f"RECURRENCE-ID;TZID=Europe/Paris:{of}", *more, **lines)


FIVE = ["20300305T190000Z", "20300312T190000Z", "20300319T190000Z", "20300326T190000Z", "20300402T180000Z"]


def test_repetitions_follow_the_clock_on_the_wall(tmp_path):
    record = read(tmp_path, weekly())
    assert starts(record) == refs(record) == FIVE


def test_what_is_excluded_is_no_date(tmp_path):
    excluded = "EXDATE;TZID=Europe/Paris:20300312T200000,20300319T200000"
    assert refs(read(tmp_path, weekly(excluded))) == [FIVE[0], *FIVE[3:]]


@pytest.mark.parametrize(
    "excluded", ["EXDATE:20300312T190000Z", "EXDATE;VALUE=DATE:20300312", "EXDATE:20300312T200000"]
)
def test_an_exclusion_may_be_in_utc_a_day_or_without_zone(tmp_path, excluded):
    assert refs(read(tmp_path, weekly(excluded))) == [FIVE[0], *FIVE[2:]]


def test_dates_can_be_added(tmp_path):
    added = "RDATE;TZID=Europe/Paris:20300308T150000"
    period = "RDATE;VALUE=PERIOD:20300309T140000Z/PT30M"
    record = read(tmp_path, weekly(added, period))
    assert len(record.stocks) == 7
    by_ref = {stock.ref: stock for stock in record.stocks}
    assert by_ref["20300308T140000Z"].ends_at is None
    assert by_ref["20300309T140000Z"].ends_at == datetime(2030, 3, 9, 14, 30, tzinfo=UTC)


def test_a_moved_instance_is_still_known_by_when_it_was_meant_to_be(tmp_path):
    moved = instance("20300312T200000", DTSTART="20300313T193000Z")
    record = read(tmp_path, weekly(), moved)
    assert refs(record) == FIVE
    assert starts(record)[1] == "20300313T193000Z"


@pytest.mark.parametrize("named", ["RECURRENCE-ID:20300312T190000Z", "RECURRENCE-ID;VALUE=DATE:20300312"])
def test_an_instance_may_be_named_in_utc_or_by_its_day(tmp_path, named):
    moved = vevent(named, DTSTART="20300313T193000Z")
    record = read(tmp_path, weekly(), moved)
    assert refs(record) == FIVE
    assert starts(record)[1] == "20300313T193000Z"


def test_the_order_of_the_blocks_does_not_matter(tmp_path):
    moved = instance("20300312T200000", DTSTART="20300313T193000Z")
    assert read(tmp_path, weekly(), moved) == read(tmp_path, moved, weekly())


def test_an_instance_moved_into_the_window_from_beyond_is_a_date(tmp_path):
    moved = instance("20310304T200000", DTSTART="20300310T190000Z")
    record = read(tmp_path, weekly(RRULE="FREQ=WEEKLY"), moved, until_months=2)
    assert "20310304T190000Z" in refs(record)


def test_from_an_instance_on_all_may_move(tmp_path):
    later = vevent(
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Paris:20300319T200000",
        "DTSTART;TZID=Europe/Paris:20300319T210000",
        DTSTART="",
    )
    record = read(tmp_path, weekly(), later)
    assert refs(record) == FIVE
    assert starts(record) == [*FIVE[:2], "20300319T200000Z", "20300326T200000Z", "20300402T190000Z"]


def test_a_cancelled_instance_is_a_cancelled_date(tmp_path):
    record = read(
        tmp_path, weekly(), instance("20300312T200000", DTSTART="20300312T190000Z", STATUS="CANCELLED")
    )
    assert [stock.cancelled for stock in record.stocks] == [False, True, False, False, False]


def test_a_cancelled_event_has_cancelled_dates(tmp_path):
    record = read(tmp_path, weekly(STATUS="CANCELLED"))
    assert all(stock.cancelled for stock in record.stocks)


def test_an_instance_whose_title_announces_it_is_cancelled(tmp_path):
    changed = instance("20300312T200000", DTSTART="20300312T190000Z", SUMMARY="ANNULÉ : Un titre")
    record = read(tmp_path, weekly(), changed)
    assert [stock.cancelled for stock in record.stocks] == [False, True, False, False, False]
    assert record.title == "Un titre"
    assert record.title_says is None


def test_an_instance_with_a_title_of_its_own_is_labelled_with_it(tmp_path):
    changed = instance("20300312T200000", DTSTART="20300312T190000Z", SUMMARY="Un titre : Metropolis")
    record = read(tmp_path, weekly(), changed)
    assert [stock.label for stock in record.stocks] == ["", "Un titre : Metropolis", "", "", ""]


def test_an_instance_alone_is_a_date(tmp_path):
    """A guest's calendar may hold one instance of an event and not the event."""
    record = read(tmp_path, instance("20300312T200000", DTSTART="20300312T190000Z"))
    assert refs(record) == ["20300312T190000Z"]


def test_of_two_versions_the_one_with_the_highest_sequence_counts(tmp_path):
    first, second = vevent(SEQUENCE="1"), vevent(SEQUENCE="2", DTSTART="20300401T180000Z")
    for events in ((first, second), (second, first)):
        assert starts(read(tmp_path, *events)) == ["20300401T180000Z"]


def test_dates_that_share_a_uid_without_naming_instances_are_dates_of_one_event(tmp_path):
    record = read(tmp_path, vevent(), vevent(DTSTART="20300302T190000Z"), vevent())
    assert refs(record) == ["20300301T190000Z", "20300302T190000Z"]


def test_the_date_of_a_single_event_stays_the_same_date_when_it_moves(tmp_path):
    before, after = read(tmp_path, vevent()), read(tmp_path, vevent(DTSTART="20300302T190000Z"))
    assert refs(before) == refs(after) == ["single"]
    assert starts(before) != starts(after)


def test_instances_of_whole_days_are_known_by_their_day(tmp_path):
    record = read(tmp_path, vevent("DTSTART;VALUE=DATE:20300330", DTSTART="", RRULE="FREQ=DAILY;COUNT=3"))
    assert refs(record) == ["20300330", "20300331", "20300401"]
    assert starts(record) == ["20300329T230000Z", "20300330T230000Z", "20300331T220000Z"]
    assert {stock.label for stock in record.stocks} == {"Toute la journée"}


# --- how far ---


def test_repetitions_without_end_are_imported_to_the_end_of_the_month_that_the_window_reaches(tmp_path):
    daily = weekly(RRULE="FREQ=DAILY")
    assert starts(read(tmp_path, daily, until_months=2))[-1] == "20300331T180000Z"
    assert starts(read(tmp_path, daily))[-1] == "20310131T190000Z"
    assert read(tmp_path, daily, until_months=1) == LeftOut("1@vaubreal.example", Reason.NO_DATE)


def test_an_event_that_does_not_repeat_is_imported_however_far_it_is(tmp_path):
    assert starts(read(tmp_path, vevent(DTSTART="20350301T190000Z"))) == ["20350301T190000Z"]


def test_dates_that_are_over_are_left_out(tmp_path):
    record = read(tmp_path, weekly(RRULE="FREQ=WEEKLY"), now=datetime(2030, 3, 13, 12, tzinfo=UTC))
    assert refs(record)[:2] == FIVE[2:4]
    over = read(tmp_path, weekly(), now=datetime(2031, 3, 13, 12, tzinfo=UTC))
    assert over == LeftOut("1@vaubreal.example", Reason.OVER)


def test_what_goes_on_is_not_over(tmp_path):
    long = vevent(DTSTART="20291220T080000Z", DTEND="20300301T180000Z")
    assert starts(read(tmp_path, long)) == ["20291220T080000Z"]


def test_a_chosen_day_brings_the_past_back(tmp_path):
    now = datetime(2030, 4, 1, 12, tzinfo=UTC)
    assert refs(read(tmp_path, weekly(), now=now, since="2030-03-10")) == FIVE[1:]


def test_all_excluded_is_no_date(tmp_path):
    excluded = "EXDATE;VALUE=DATE:20300305,20300312"
    record = read(tmp_path, weekly(excluded, RRULE="FREQ=WEEKLY;COUNT=2"))
    assert record == LeftOut("1@vaubreal.example", Reason.NO_DATE)


def test_the_nearest_thousand_dates_are_imported(tmp_path):
    record = read(tmp_path, weekly(RRULE="FREQ=DAILY;BYHOUR=20,21,22,23"))
    assert len(record.stocks) == 1_000
    assert starts(record)[:2] == ["20300305T190000Z", "20300305T200000Z"]


def test_of_a_long_past_the_nearest_dates_are_taken(tmp_path):
    daily = vevent(DTSTART="20250101T190000Z", RRULE="FREQ=DAILY")
    record = read(tmp_path, daily, since="2025-01-01", until_months=1)
    assert len(record.stocks) == 1_000
    assert starts(record)[-1] == "20300228T190000Z"


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=SECONDLY;COUNT=1000000000",
        "FREQ=SECONDLY;BYSECOND=7;INTERVAL=60",
        "FREQ=MINUTELY;UNTIL=99991231T235959Z",
        "FREQ=HOURLY;COUNT=1000000000000",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14;BYMINUTE=0,1,2,3,4,5,6,7,8,9",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=NEVER",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;COUNT=many",
        "FREQ=WEEKLY;UNTIL=soon",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "RSCALE=HEBREW;FREQ=YEARLY",
        "COUNT=3",
    ],
)
def test_a_rule_that_is_none_or_asks_for_too_much_costs_its_event(tmp_path, rule):
    with pytest.raises(DataError) as raised:
        read(tmp_path, vevent(DTSTART="19700101T000000Z", RRULE=rule))
    assert raised.value.code in {"unreadable_rule", "too_many_dates", "unreadable_date"}
    assert raised.value.sentence.endswith(".")


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_a_rule_that_never_comes_true_leaves_the_start(tmp_path, rule):
    assert refs(read(tmp_path, vevent(RRULE=rule))) == ["20300301T190000Z"]


def test_a_rule_that_excludes_is_not_passed_over(tmp_path):
    """Without it, dates would be offered that do not take place."""
    with pytest.raises(DataError, match="EXRULE"):
        read(tmp_path, weekly("EXRULE:FREQ=WEEKLY;INTERVAL=2"))


def test_an_empty_rule_is_none(tmp_path):
    assert refs(read(tmp_path, vevent("RRULE:"))) == ["single"]


def test_a_day_as_the_end_of_a_rule_is_meant_with_its_evening(tmp_path):
    assert refs(read(tmp_path, weekly(RRULE="FREQ=WEEKLY;UNTIL=20300319"))) == FIVE[:3]
    assert refs(read(tmp_path, weekly(RRULE="FREQ=WEEKLY;UNTIL=20300319T190000Z"))) == FIVE[:3]
    assert refs(read(tmp_path, weekly(RRULE="FREQ=WEEKLY;UNTIL=20300319T185959Z"))) == FIVE[:2]


def test_an_end_in_the_year_9999_is_no_end(tmp_path):
    endless = read(tmp_path, weekly(RRULE="FREQ=WEEKLY"))
    assert read(tmp_path, weekly(RRULE="FREQ=WEEKLY;UNTIL=99991231T225959Z")) == endless
