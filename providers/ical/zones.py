"""Finds the timezone that a TZID means: a known name, Windows' name for it, or what the calendar defines.

A name that is known in the timezone database wins over the calendar's own VTIMEZONE: exporters copy
old rules. Definitions are read here and not by icalendar, which keeps them by name for the whole
process: two calendars may each have their own « Customized Time Zone ».
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from providers.ical import expansion, rules
from providers.ical.expansion import Work
from providers.ical.lines import Line, blocks, read_moment

ZONE_STEPS: Final = 20_000
"""Steps that the definition of a zone may take: a year of a yearly change takes about thirty."""

_OFFSET: Final = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})(?::?([0-9]{2}))?")


@cache
def _known_names() -> dict[str, str]:
    windows = {windows.casefold(): olson for windows, olson in WINDOWS_TO_OLSON.items()}
    return windows | {name.casefold(): name for name in available_timezones()}


@lru_cache(maxsize=1024)
def known(name: str) -> ZoneInfo | None:
    """Give the zone of a name: `Europe/Paris`, `Romance Standard Time`, `/vendor/2021a/Europe/Paris`."""
    parts = name.strip().strip("/").casefold().split("/")[:8]
    for first in range(len(parts)):
        found = _known_names().get("/".join(parts[first:]))
        if found is not None:
            with suppress(KeyError, ValueError, OSError):
                return ZoneInfo(found)
    return None


class DefinedZone(tzinfo):
    """A zone as a calendar's VTIMEZONE defines it: offsets from UTC, and when each begins."""

    def __init__(self, name: str, before: timedelta, changes: Iterable[tuple[datetime, timedelta]]) -> None:
        """Make the zone; `changes` are (instant without timezone, in UTC, offset from then on), in order."""
        self._name = name
        self._offsets = [before]
        self._instants: list[datetime] = []
        for instant, offset in changes:
            self._instants.append(instant)
            self._offsets.append(offset)
        pairs = list(zip(self._instants, self._offsets[:-1], self._offsets[1:], strict=True))
        self._first_readings = [instant + max(old, new) for instant, old, new in pairs]
        self._second_readings = [instant + min(old, new) for instant, old, new in pairs]

    def utcoffset(self, moment: datetime | None) -> timedelta:
        """In a gap the offset before it holds, as RFC 5545 wants; what comes twice is the first one."""
        if moment is None:
            return self._offsets[0]
        readings = self._second_readings if moment.fold else self._first_readings
        return self._offsets[bisect_right(readings, moment.replace(tzinfo=None))]

    def dst(self, moment: datetime | None) -> timedelta:
        del moment
        return timedelta(0)

    def tzname(self, moment: datetime | None) -> str:
        del moment
        return self._name

    def fromutc(self, moment: datetime) -> datetime:
        at = bisect_right(self._instants, moment.replace(tzinfo=None))
        local = moment + self._offsets[at]
        twice = at > 0 and local.replace(tzinfo=None) < self._first_readings[at - 1]
        return local.replace(fold=int(twice))


def defined(payload: Sequence[bytes], now: datetime) -> dict[str, tzinfo]:
    """Give the zones that a payload's VTIMEZONEs define, by name; one that makes no sense is left out.

    Yearly changes are known from five years before `now` to fifteen after.
    """
    zones: dict[str, tzinfo] = {}
    for definition in _definitions(payload):
        with suppress(ValueError, OverflowError):
            name, zone = _zone(tuple(definition), now.year)
            zones.setdefault(name, zone)
    return zones


def _definitions(payload: Sequence[bytes]) -> Iterable[list[bytes]]:
    inside: list[bytes] | None = None
    for line in payload:
        folded = line.strip().upper()
        if folded == b"BEGIN:VTIMEZONE":
            inside = []
        elif folded == b"END:VTIMEZONE" and inside is not None:
            yield inside
            inside = None
        elif inside is not None:
            inside.append(line)


@lru_cache(maxsize=256)
def _zone(definition: tuple[bytes, ...], year: int) -> tuple[str, tzinfo]:
    """Read a definition; cached, since the events of a calendar repeat it."""
    said = {
        line.name: line.text
        for lines in blocks([b"BEGIN:VTIMEZONE", *definition, b"END:VTIMEZONE"], b"VTIMEZONE")
        for line in lines
    }
    name = said.get("TZID", "")
    if place := known(said.get("X-LIC-LOCATION", "")):
        return name, place
    work = Work(ZONE_STEPS)
    changes: dict[datetime, tuple[timedelta, timedelta]] = {}
    for kind in (b"STANDARD", b"DAYLIGHT"):
        for lines in blocks(definition, kind):
            changes |= _changes(lines, year, work)
    if not changes:
        raise ValueError("a zone without offsets")
    ordered = sorted((onset - old, old, new) for onset, (old, new) in changes.items())
    return name, DefinedZone(name, ordered[0][1], [(instant, new) for instant, _, new in ordered])


def _changes(lines: list[Line], year: int, work: Work) -> dict[datetime, tuple[timedelta, timedelta]]:
    """Give the onsets of an observance, in the wall time before it, with the offsets before and after."""
    said = {line.name: line.text for line in lines if line.name != "RDATE"}
    offsets = _offset(said.get("TZOFFSETFROM", "")), _offset(said.get("TZOFFSETTO", ""))
    start = _moment(said.get("DTSTART", ""))
    onsets = {start}
    for line in lines:
        if line.name == "RDATE":
            onsets |= {_moment(value) for value in line.text.split(",")[:500]}
    if "RRULE" in said:
        rule = rules.read(said["RRULE"], lambda until: _moment(until) + offsets[0])
        first, last = datetime(year - 5, 1, 1), datetime(year + 15, 1, 1)  # noqa: DTZ001 - wall times
        onsets |= set(expansion.occurrences(rule, start, first, last, work))
    return dict.fromkeys(onsets, offsets)


def _offset(written: str) -> timedelta:
    found = _OFFSET.fullmatch(written)
    if found is None:
        raise ValueError(f"not an offset: {written[:20]!r}")
    length = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    if length >= timedelta(hours=24):
        raise ValueError(f"no offset is so large: {written[:20]!r}")
    return -length if found[1] == "-" else length


def _moment(written: str) -> datetime:
    """Read an onset; Exchange dates its zones from 1601 on."""
    if written.startswith("1") and not written.startswith("19"):
        written = "1900" + written[4:]
    moment = read_moment(written).moment
    if not isinstance(moment, datetime):
        raise ValueError(f"not a time: {written[:40]!r}")  # noqa: TRY004 - what is written is wrong
    return moment


def instant(moment: datetime, zone: tzinfo) -> datetime:
    """Give a wall clock of a zone as an instant."""
    return moment.replace(tzinfo=zone).astimezone(UTC)
