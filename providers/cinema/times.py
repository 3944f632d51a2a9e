"""When a showing begins: as the partner writes it, in the venue's time where it names no zone."""

import re
from datetime import UTC, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

_WRITTEN: Final = re.compile(
    r"([0-9]{4}-?[0-9]{2}-?[0-9]{2})[T ]([0-9]{2}:?[0-9]{2}(?::?[0-9]{2}(?:[.,][0-9]{1,9})?)?)"
    r" ?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_FIRST, _LAST = 1990, 2200


def read(written: str, zone: ZoneInfo) -> datetime:
    """Give the instant of « 2030-02-01T20:30:00 » or « 2030-02-01T20:30:00.000+0100 », in UTC.

    A time without offset is the venue's. One that comes twice, when the clocks go back, is the first
    of both; one that does not exist, when they go forward, is as long after the change as it is
    written after it began (2.30 is 3.30).

    Raises
    ------
    ValueError
        It is no instant, not one of our time, or a day without an hour.
    """
    found = _WRITTEN.fullmatch(written.strip())
    if not found:
        raise ValueError(f"not an instant: {written[:40]!r}")
    instant = datetime.fromisoformat(f"{found[1]}T{found[2].replace(',', '.')}{found[3] or ''}")
    if not _FIRST <= instant.year <= _LAST:
        raise ValueError(f"not an instant of our time: {written[:40]!r}")
    return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)


def end(written: str, zone: ZoneInfo) -> datetime | None:
    """Give when a showing ends; None where that makes no sense: nobody books by it."""
    try:
        return read(written, zone)
    except ValueError:
        return None


def this_morning(now: datetime, zone: ZoneInfo) -> datetime:
    """Give the midnight that began the venue's day: showings before it are over."""
    return datetime.combine(now.astimezone(zone).date(), time(), zone).astimezone(UTC)


def is_before(written: Any, moment: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a showing began before `moment`; one that cannot be read is for its film to say."""
    try:
        return isinstance(written, str) and read(written, zone) < moment
    except ValueError:
        return False
