"""Reads one timing (a VEVENT) of an event: when, what, where, and whether it is cancelled."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from providers.errors import DataError
from providers.icalendar_file import unescaped, unfold
from providers.openagenda.ics import without_link
from providers.text import clean, one_line

YEARS: Final = range(1900, 2200)
LONGEST_TEXT: Final = 12_000

_DAY: Final = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")
_MOMENT: Final = re.compile(r"([0-9]{8})T([0-9]{4}(?:[0-9]{2})?)(Z?)")
_QUOTED_LABEL: Final = re.compile(rb'[^:"]*(?:"[^"]*"[^:"]*)*:')
_ZONE: Final = re.compile(r'(?i);TZID="?([^";:]+)')


@dataclass(frozen=True, slots=True)
class Timing:
    """One timing as the export says it; instants are aware, texts still escaped where they are long."""

    starts_at: datetime
    ends_at: datetime | None
    title: str
    description: str
    location: str
    geo: str
    cancelled: bool

    @property
    def ref(self) -> str:
        """The start as a UTC instant: what a date is known by."""
        return f"{self.starts_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def blocks(payload: bytes) -> list[bytes]:
    """Split an item's payload into its timings."""
    return [block for block in payload.split(b"\n\n") if block.strip()]


def read(block: bytes, zone: ZoneInfo) -> Timing:
    """Read a timing; a floating time or a whole day is of `zone`, the venue's.

    Raises
    ------
    DataError
        It has no start that can be read, or no sensible one.
    """
    lines = _lines(block)
    if b"DTSTART" not in lines:
        raise DataError("no_start", "Une date de l’évènement n’a pas de début.", "no DTSTART", block)
    starts_at, whole_day = _instant(*lines[b"DTSTART"], zone)
    return Timing(
        starts_at=starts_at,
        ends_at=_end(lines.get(b"DTEND"), starts_at, whole_day, zone),
        title=_one_line(lines.get(b"SUMMARY", _NONE)[1]),
        description=_paragraphs(lines.get(b"DESCRIPTION", _NONE)[1]),
        location=_location(lines),
        geo=_geo(lines),
        cancelled=lines.get(b"STATUS", _NONE)[1].strip().upper() in (b"CANCELLED", b"CANCELED"),
    )


def where(block: list[bytes]) -> tuple[str, str]:
    """Read only the LOCATION and GEO of a timing, given as its lines."""
    lines = _labelled(block)
    return _location(lines), _geo(lines)


_NONE: Final = (b"", b"")


def _lines(block: bytes) -> dict[bytes, tuple[bytes, bytes]]:
    return _labelled(unfold(block).replace(b"\r", b"").split(b"\n"))


def _labelled(block: list[bytes]) -> dict[bytes, tuple[bytes, bytes]]:
    """Give each property's parameters and value; of one that comes twice the first."""
    lines: dict[bytes, tuple[bytes, bytes]] = {}
    for line in block:
        label, _, value = line.partition(b":")
        if b'"' in label:  # a parameter in quotes may hold a colon
            label, value = _after_quotes(line)
        name, _, parameters = label.partition(b";")
        lines.setdefault(name, (parameters, value))
    return lines


def _after_quotes(line: bytes) -> tuple[bytes, bytes]:
    found = _QUOTED_LABEL.match(line)
    return (found[0][:-1], line[found.end() :]) if found else (line, b"")


@lru_cache(maxsize=512)
def _one_line(value: bytes) -> str:
    """Read a TEXT on one line; cached, since the timings of an event repeat it."""
    return one_line(unescaped(value[:2000]))


@lru_cache(maxsize=512)
def _paragraphs(value: bytes) -> str:
    return clean(unescaped(without_link(value[:LONGEST_TEXT])))


def _location(lines: dict[bytes, tuple[bytes, bytes]]) -> str:
    return _one_line(lines.get(b"LOCATION", _NONE)[1])


def _geo(lines: dict[bytes, tuple[bytes, bytes]]) -> str:
    return lines.get(b"GEO", _NONE)[1][:100].decode("ascii", "replace").strip()


def _end(
    line: tuple[bytes, bytes] | None, starts_at: datetime, whole_day: date | None, zone: ZoneInfo
) -> datetime | None:
    """Read an end; one that is missing, unreadable or before the start is no end."""
    try:
        ends_at = _instant(*line, zone)[0] if line else None
    except DataError:
        ends_at = None
    if ends_at is not None and ends_at > starts_at:
        return ends_at
    return _midnight(whole_day + timedelta(days=1), zone) if whole_day else None


def _instant(parameters: bytes, value: bytes, zone: ZoneInfo) -> tuple[datetime, date | None]:
    """Read a DATE-TIME, or a DATE as its midnight; the day is given for a DATE only."""
    written = value.strip().decode("ascii", "replace")
    try:
        instant, day = _moment(written, parameters, zone)
    except (ValueError, KeyError, OSError, OverflowError) as error:
        sentence = f"La date « {one_line(written)[:40]} » n’est pas lisible."
        raise DataError("unreadable_date", sentence, f"{parameters!r}:{value[:80]!r}: {error}") from error
    return instant, day


def _moment(written: str, parameters: bytes, zone: ZoneInfo) -> tuple[datetime, date | None]:
    if day := _DAY.fullmatch(written):
        whole = date(_year(day[1]), int(day[2]), int(day[3]))
        return _midnight(whole, zone), whole
    found = _MOMENT.fullmatch(written)
    if not found:
        raise ValueError("not a date")
    _year(found[1][:4])
    moment = datetime.fromisoformat(f"{found[1]}T{found[2]}")
    if found[3]:
        return moment.replace(tzinfo=UTC), None
    named = _ZONE.search(";" + parameters.decode("ascii", "replace"))
    return moment.replace(tzinfo=ZoneInfo(named[1]) if named else zone).astimezone(UTC), None


def _year(digits: str) -> int:
    if int(digits) not in YEARS:
        raise ValueError(f"year {digits}")
    return int(digits)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
