"""Reads a recurrence rule (RRULE): what it says, or that it is none."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DAY: Final = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
BY_THE_CLOCK: Final = frozenset({"HOURLY", "MINUTELY", "SECONDLY"})
_FREQUENCIES: Final = frozenset({"YEARLY", "MONTHLY", "WEEKLY", "DAILY", *BY_THE_CLOCK})
_NUMBERS: Final = {
    "BYMONTH": (1, 12),
    "BYWEEKNO": (-53, 53),
    "BYYEARDAY": (-366, 366),
    "BYMONTHDAY": (-31, 31),
    "BYHOUR": (0, 23),
    "BYMINUTE": (0, 59),
    "BYSECOND": (0, 60),
    "BYSETPOS": (-366, 366),
}


class RuleError(ValueError):
    """The rule is not one, or one that we do not expand."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as written; times are the event's own, without a timezone. Empty tuples say nothing."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    week_start: int = 0
    months: tuple[int, ...] = ()
    week_numbers: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    """(which, weekday): (0, 1) every Tuesday, (-1, 4) the last Friday of the month or year."""
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    seconds: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()

    @property
    def says_which_days(self) -> bool:
        return bool(self.week_numbers or self.year_days or self.month_days or self.weekdays)


def parts_of(written: str) -> dict[str, str]:
    """Split `FREQ=WEEKLY;COUNT=10`; names in upper case, of one that comes twice the first."""
    parts: dict[str, str] = {}
    for part in written.strip().upper().split(";"):
        name, _, value = part.partition("=")
        parts.setdefault(name.strip(), value.strip())
    return parts


def read(written: str, until_of: Callable[[str], datetime]) -> Rule:
    """Read a rule; `until_of` reads the value of UNTIL as the event's own time.

    Raises
    ------
    RuleError
        It cannot be read, or it says something that we do not expand.
    """
    parts = parts_of(written)
    frequency = parts.get("FREQ", "")
    if frequency not in _FREQUENCIES:
        raise RuleError(f"no known frequency in {written[:100]!r}")
    if parts.get("RSCALE", "GREGORIAN") != "GREGORIAN" or {"SKIP", "BYEASTER"} & parts.keys():
        raise RuleError(f"not the rules of RFC 5545: {written[:100]!r}")
    if frequency in BY_THE_CLOCK and "BYSETPOS" in parts:
        raise RuleError(f"positions within hours: {written[:100]!r}")
    week_start = parts.get("WKST", "MO")
    if week_start not in _WEEKDAYS:
        raise RuleError(f"no day begins the week in {written[:100]!r}")
    numbers = {name: _numbers(parts[name], *bounds) for name, bounds in _NUMBERS.items() if parts.get(name)}
    return Rule(
        frequency=frequency,
        interval=_interval(parts.get("INTERVAL") or "1"),
        count=_count(parts.get("COUNT") or ""),
        until=until_of(parts["UNTIL"]) if parts.get("UNTIL") else None,
        week_start=_WEEKDAYS.index(week_start),
        months=numbers.get("BYMONTH", ()),
        week_numbers=numbers.get("BYWEEKNO", ()),
        year_days=numbers.get("BYYEARDAY", ()),
        month_days=numbers.get("BYMONTHDAY", ()),
        weekdays=_weekdays(parts.get("BYDAY", ""), frequency),
        hours=numbers.get("BYHOUR", ()),
        minutes=numbers.get("BYMINUTE", ()),
        seconds=tuple(second for second in numbers.get("BYSECOND", ()) if second < 60),
        positions=numbers.get("BYSETPOS", ()),
    )


def _interval(written: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", written) or not int(written):
        raise RuleError(f"not an interval: {written[:40]!r}")
    return int(written)


def _count(written: str) -> int | None:
    """Read a COUNT; some exporters write -1 for no end."""
    if not written or re.fullmatch(r"-[0-9]{1,9}", written):
        return None
    if not re.fullmatch(r"[0-9]{1,18}", written):
        raise RuleError(f"not a count: {written[:40]!r}")
    return int(written)


def _numbers(written: str, lowest: int, highest: int) -> tuple[int, ...]:
    found = [part.strip() for part in written.split(",")]
    if not all(re.fullmatch(r"[+-]?[0-9]{1,3}", part) for part in found):
        raise RuleError(f"not numbers: {written[:40]!r}")
    numbers = {int(part) for part in found}
    if not all(lowest <= number <= highest and (number or lowest >= 0) for number in numbers):
        raise RuleError(f"not within {lowest} and {highest}: {written[:40]!r}")
    return tuple(sorted(numbers))


def _weekdays(written: str, frequency: str) -> tuple[tuple[int, int], ...]:
    if not written:
        return ()
    found = [_BY_DAY.fullmatch(part.strip()) for part in written.split(",")]
    if not all(found):
        raise RuleError(f"not weekdays: {written[:40]!r}")
    ranked = frequency in {"MONTHLY", "YEARLY"}
    days = {(int(each[1] or 0) if ranked else 0, _WEEKDAYS.index(each[2])) for each in found if each}
    return tuple(sorted(days))
