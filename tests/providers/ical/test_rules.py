"""Rules are expanded as dateutil expands them, and never for long."""

import time
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from providers.ical.expansion import MOST_STEPS, TooMuchWorkError, Work, occurrences
from providers.ical.rules import RuleError, read

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def until_of(written: str) -> datetime:
    return datetime.strptime(written, "%Y%m%dT%H%M%S")


def expand(rule: str, start: datetime, first: datetime, last: datetime, work: Work | None = None):
    return list(occurrences(read(rule, until_of), start, first, last, work or Work()))


def some(values, most=3):
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True).map(
        lambda chosen: ",".join(map(str, chosen))
    )


@st.composite
def sane_rules(draw) -> str:
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]))
    ranked = frequency in {"YEARLY", "MONTHLY"}
    ranks = draw(st.sampled_from(["", "1", "2", "-1", "5"])) if ranked else ""
    parts = {
        "FREQ": st.just(frequency),
        "INTERVAL": st.integers(1, 4),
        "BYMONTH": some(range(1, 13)),
        "BYDAY": some([ranks + day for day in WEEKDAYS]),
        "BYMONTHDAY": some([1, 2, 13, 28, 29, 30, 31, -1, -2]),
        "BYHOUR": some(range(24)),
        "BYMINUTE": some([0, 15, 30]),
        "WKST": st.sampled_from(WEEKDAYS),
        **({"BYYEARDAY": some([1, 60, 200, 366, -1])} if frequency == "YEARLY" else {}),
        **({"BYWEEKNO": some([2, 20, 33, 50, -3])} if frequency == "YEARLY" else {}),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(parts)), max_size=3)) | {"FREQ"}
    rule = {name: str(draw(parts[name])) for name in parts if name in chosen}
    if frequency != "HOURLY" and "BYDAY" in rule and draw(st.booleans()):
        rule["BYSETPOS"] = draw(some([1, 2, -1]))
    end = draw(st.sampled_from(["", "COUNT", "UNTIL"]))
    if end == "COUNT":
        rule["COUNT"] = str(draw(st.integers(1, 60)))
    elif end == "UNTIL":
        rule["UNTIL"] = f"{datetime(2030, 1, 1) + timedelta(days=draw(st.integers(0, 700))):%Y%m%dT%H%M%S}"
    return ";".join(f"{name}={value}" for name, value in rule.items())


moments = st.datetimes(datetime(2029, 1, 1), datetime(2030, 12, 1)).map(
    lambda moment: moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
)


@given(sane_rules(), moments, moments, st.timedeltas(timedelta(days=1), timedelta(days=300)))
@settings(max_examples=200, deadline=None)
def test_a_rule_means_what_it_means_to_dateutil(rule, start, first, length):
    last = first + length
    endless = ";".join(part for part in rule.split(";") if part[:5] not in {"COUNT", "UNTIL"})
    later = occurrences(read(endless, until_of), start, last, last + timedelta(days=9 * 366), Work(10**7))
    assume(next(later, None))  # else dateutil would look for it until the year 9999
    try:
        theirs = rrulestr(rule, dtstart=start).between(first, last, inc=True)
    except ValueError:  # it finds out itself that no hour ever fits
        theirs = []
    assert expand(rule, start, first, last, Work(10**7)) == theirs


@pytest.mark.parametrize(
    ("rule", "dates"),
    [
        ("FREQ=MONTHLY;BYDAY=-1FR", ["0125", "0222", "0329"]),
        ("FREQ=MONTHLY;BYDAY=1MO,3FR", ["0107", "0118", "0204", "0215", "0304", "0315"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["0131", "0228", "0329"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["0131", "0331"]),
        ("FREQ=MONTHLY", ["0101", "0201", "0301"]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=3", ["0101", "0115", "0129"]),
        ("freq=weekly; interval=4", ["0101", "0129", "0226", "0326"]),
        ("FREQ=YEARLY;BYWEEKNO=2;BYDAY=MO", ["0107"]),
        ("FREQ=WEEKLY;COUNT=-1;INTERVAL=8", ["0101", "0226"]),
        ("FREQ=WEEKLY;INTERVAL=8;X-PART=1", ["0101", "0226"]),
    ],
)
def test_the_usual_rules(rule, dates):
    start = datetime(2019, 1, 1, 20)
    found = expand(rule, start, start, datetime(2019, 3, 31, 23))
    assert [f"{moment:%m%d}" for moment in found] == dates


def test_a_tour_each_twenty_minutes_of_the_day():
    start = datetime(2030, 1, 1, 9)
    found = expand(
        "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10;BYDAY=SA", start, datetime(2030, 6, 1), datetime(2030, 6, 10)
    )
    assert [f"{moment:%d %H:%M}" for moment in found[:7]] == [
        *("01 09:00", "01 09:20", "01 09:40", "01 10:00", "01 10:20", "01 10:40", "08 09:00"),
    ]


numbers = st.integers(-400, 4_000_000_000).map(str)
hostile = st.fixed_dictionaries(
    {"FREQ": st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"])},
    optional={
        **dict.fromkeys(("COUNT", "INTERVAL"), numbers),
        **dict.fromkeys(
            ("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS"),
            st.lists(st.integers(-366, 366).map(str), max_size=70).map(",".join) | st.text(max_size=5),
        ),
        "BYDAY": st.lists(st.sampled_from([*WEEKDAYS, "53SU", "-5MO", "0TU", "99FR"]), max_size=7).map(
            ",".join
        ),
        "WKST": st.sampled_from([*WEEKDAYS, "XX"]),
        "UNTIL": st.sampled_from(["19700101T000000", "21991231T000000", "soon", ""]),
    },
).map(lambda parts: ";".join(f"{name}={value}" for name, value in parts.items()))


class CountedWork(Work):
    """Counts what was spent."""

    spent = 0

    def spend(self, steps: int = 1) -> None:
        self.spent += steps
        super().spend(steps)


@given(
    hostile, st.sampled_from([datetime(1900, 1, 1), datetime(2030, 1, 1, 20), datetime(2199, 12, 31, 23, 59)])
)
@settings(max_examples=200, deadline=None)
def test_whatever_the_rule_it_ends(rule, start):
    """What bounds it is the number of steps; that a step is short is measured below."""
    work = CountedWork()
    try:
        found = expand(rule, start, datetime(2030, 1, 1), datetime(2031, 2, 1), work)
    except (RuleError, ValueError):
        return
    assert found == sorted(found)
    assert work.spent <= MOST_STEPS


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY;COUNT=1000000000",
        "FREQ=YEARLY;COUNT=1000000;BYMONTHDAY=31;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYWEEKNO=1,53,-53;BYYEARDAY=1,-366",
        "FREQ=DAILY;COUNT=1000000;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MINUTELY;COUNT=1000000;BYSECOND=1,2,3",
        "FREQ=DAILY;COUNT=100000;BYHOUR=0,1,2,3,4,5;BYMINUTE=0,10,20,30;BYSETPOS=1,-1",
    ],
)
def test_the_whole_budget_is_spent_in_a_moment(rule):
    began = time.process_time()
    with suppress(TooMuchWorkError):
        expand(rule, datetime(1900, 1, 1), datetime(2190, 1, 1), datetime(2199, 1, 1))
    assert time.process_time() - began < 3  # 0.1 to 0.3 s on a quiet machine
