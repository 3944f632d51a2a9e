"""Expands a recurrence rule, lazily and with a bound on the work.

The usual libraries walk from DTSTART on and have no bound: a rule that never matches (30 February,
each day) keeps dateutil busy for 8 s, one by the second since 1970 for ever. Here periods before the
window are skipped where nothing is counted, and each step is taken from a budget.
"""

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import MAXYEAR, date, datetime, time, timedelta
from functools import lru_cache
from itertools import product
from typing import Final

from providers.ical.rules import BY_THE_CLOCK, Rule, RuleError

MOST_STEPS: Final = 60_000
"""Days or repetitions looked at for one event: 160 years of days, a tenth of a second."""

MOST_TIMES_A_DAY: Final = 1_440

_UNITS: Final = {
    "HOURLY": timedelta(hours=1),
    "MINUTELY": timedelta(minutes=1),
    "SECONDLY": timedelta(seconds=1),
}


class TooMuchWorkError(RuleError):
    """The rule asks for more work than an event is worth."""


class Work:
    """What is left of an event's budget of steps."""

    def __init__(self, steps: int = MOST_STEPS) -> None:
        self._left = steps

    def spend(self, steps: int = 1) -> None:
        self._left -= steps
        if self._left < 0:
            raise TooMuchWorkError("the rules of this event ask for too many steps")


def occurrences(
    rule: Rule, start: datetime, first: datetime, last: datetime, work: Work
) -> Iterator[datetime]:
    """Give the occurrences from `first` to `last`, both included, in order.

    Raises
    ------
    TooMuchWorkError
        The budget is spent; what was given until then is right.
    """
    last = last if rule.until is None else min(last, rule.until)
    skip_to = start if rule.count is not None else max(start, first)
    if rule.frequency in BY_THE_CLOCK:
        found = _by_the_clock(rule, start, skip_to, last, work)
    else:
        found = _by_the_calendar(_completed(rule, start), start, skip_to, last, work)
    left = rule.count
    for each in found:
        if each < start:
            continue
        if each > last or left == 0:
            return
        left = None if left is None else left - 1
        if each >= first:
            yield each


def _completed(rule: Rule, start: datetime) -> Rule:
    """Fill in from the start what a rule by days leaves open."""
    rule = replace(
        rule,
        hours=rule.hours or (start.hour,),
        minutes=rule.minutes or (start.minute,),
        seconds=rule.seconds or (start.second,),
    )
    if rule.says_which_days or rule.frequency == "DAILY":
        return rule
    if rule.frequency == "WEEKLY":
        return replace(rule, weekdays=((0, start.weekday()),))
    months = rule.months or ((start.month,) if rule.frequency == "YEARLY" else ())
    return replace(rule, month_days=(start.day,), months=months)


def _by_the_calendar(
    rule: Rule, start: datetime, skip_to: datetime, last: datetime, work: Work
) -> Iterator[datetime]:
    times = [time(*each) for each in product(rule.hours, rule.minutes, rule.seconds)]
    if len(times) > MOST_TIMES_A_DAY:
        raise TooMuchWorkError("more than one a minute")
    for days in _periods(rule, start.date(), skip_to.date(), last.date()):
        work.spend(len(days))
        found = [datetime.combine(day, each) for day in days if _is_meant(rule, day) for each in times]
        work.spend(len(found) or 1)
        yield from _at_positions(found, rule.positions)


def _at_positions(found: list[datetime], positions: Iterable[int]) -> list[datetime]:
    if not positions:
        return found
    places = {each - 1 if each > 0 else len(found) + each for each in positions}
    return [found[place] for place in sorted(places) if 0 <= place < len(found)]


def _periods(rule: Rule, start: date, skip_to: date, last: date) -> Iterator[list[date]]:
    """Give the days of each period of the rule, from the one that holds `skip_to`."""
    step = rule.interval
    if rule.frequency == "YEARLY":
        for year in range(start.year + (skip_to.year - start.year) // step * step, last.year + 1, step):
            yield [day for month in rule.months or range(1, 13) for day in _month(year, month)]
    elif rule.frequency == "MONTHLY":
        begin, goal, end = (each.year * 12 + each.month - 1 for each in (start, skip_to, last))
        for month in range(begin + (goal - begin) // step * step, end + 1, step):
            yield _month(month // 12, month % 12 + 1)
    else:
        length = 7 if rule.frequency == "WEEKLY" else 1
        back = (start.weekday() - rule.week_start) % 7 if length == 7 else 0
        begin, goal = start.toordinal() - back, skip_to.toordinal()
        step *= length
        for number in range(begin + (goal - begin) // step * step, last.toordinal() + 1, step):
            yield [date.fromordinal(max(1, number + offset)) for offset in range(length)]


@lru_cache(maxsize=1024)
def _month(year: int, month: int) -> list[date]:
    if not 1 <= year <= MAXYEAR:
        return []
    return [date(year, month, day) for day in range(1, calendar.monthrange(year, month)[1] + 1)]


def _is_meant(rule: Rule, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    if rule.month_days or rule.weekdays:
        days_in_month = len(_month(day.year, day.month))
        if rule.month_days and not {day.day, day.day - days_in_month - 1} & set(rule.month_days):
            return False
        if rule.weekdays and not _is_weekday_meant(rule, day, days_in_month):
            return False
    if rule.year_days:
        of_year = day.timetuple().tm_yday
        if not {of_year, of_year - _days_in(day.year) - 1} & set(rule.year_days):
            return False
    return not rule.week_numbers or _is_week_meant(rule, day)


def _is_weekday_meant(rule: Rule, day: date, days_in_month: int) -> bool:
    weekday = day.weekday()
    position, length = day.day, days_in_month
    if rule.frequency == "YEARLY" and not rule.months:
        position, length = day.timetuple().tm_yday, _days_in(day.year)
    from_start, from_end = (position - 1) // 7 + 1, -((length - position) // 7 + 1)
    return any(which in {0, from_start, from_end} for which, wanted in rule.weekdays if wanted == weekday)


def _is_week_meant(rule: Rule, day: date) -> bool:
    """Tell whether the day lies in one of the weeks; week 1 holds at least four days of its year."""
    fourth = day + timedelta(days=3 - (day.weekday() - rule.week_start) % 7)
    number = (fourth.timetuple().tm_yday - 1) // 7 + 1
    weeks = number + (_days_in(fourth.year) - fourth.timetuple().tm_yday) // 7
    return bool({number, number - weeks - 1} & set(rule.week_numbers))


def _days_in(year: int) -> int:
    return 366 if calendar.isleap(year) else 365


def _by_the_clock(
    rule: Rule, start: datetime, skip_to: datetime, last: datetime, work: Work
) -> Iterator[datetime]:
    """Step by hours, minutes or seconds from the start, over what is not meant at once."""
    step = _UNITS[rule.frequency] * rule.interval

    def first_after(moment: datetime) -> int:
        return -((start - moment) // step)

    number = first_after(_whole(skip_to, "HOURLY"))
    last_number = (last + _UNITS[rule.frequency] - start) // step
    while number <= last_number:
        work.spend()
        moment = start + number * step
        if not _is_meant(rule, moment.date()):
            if moment.date() >= last.date():
                return
            number = first_after(datetime.combine(moment.date() + timedelta(days=1), time()))
        elif rule.hours and moment.hour not in rule.hours:
            number = first_after(_whole(moment, "HOURLY") + timedelta(hours=1))
        elif rule.frequency != "HOURLY" and rule.minutes and moment.minute not in rule.minutes:
            number = first_after(_whole(moment, "MINUTELY") + timedelta(minutes=1))
        else:
            for each in _within(rule, moment):
                work.spend()
                yield each
            number += 1


def _within(rule: Rule, moment: datetime) -> Iterator[datetime]:
    """Give what a rule means within the hour, the minute or the second that it stepped to."""
    if rule.frequency == "SECONDLY":
        if not rule.seconds or moment.second in rule.seconds:
            yield moment
        return
    minutes = rule.minutes if rule.frequency == "HOURLY" and rule.minutes else (moment.minute,)
    for minute, second in product(minutes, rule.seconds or (moment.second,)):
        yield moment.replace(minute=minute, second=second)


def _whole(moment: datetime, frequency: str) -> datetime:
    moment = moment.replace(second=0, microsecond=0)
    return moment.replace(minute=0) if frequency == "HOURLY" else moment
