"""Reads an event's blocks as components whose times are all on one wall clock: that of the event's zone.

A recurrence rule speaks of a wall clock (« each Tuesday at 8 pm »), so that is what repetitions,
exceptions and moved instances are compared on; only the dates that come of it become instants.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, TypeAlias

from providers.errors import DataError
from providers.ical.lines import Line, Written, blocks, read_duration, read_moment
from providers.ical.zones import defined, instant, known
from providers.text import one_line

Wall: TypeAlias = date | datetime
"""A day, or a time on the wall clock of the event's zone, without a timezone."""

MOST_DATES_NAMED: Final = 20_000
"""RDATE and EXDATE values of one event: ten years of five a day."""

_DAY: Final = timedelta(days=1)
_FAR_YEAR: Final = re.compile(r"^(?:2[2-9]|[3-9][0-9])[0-9]{2}(?=[0-9]{4})")


@dataclass(frozen=True, slots=True)
class Component:
    """A VEVENT: the event itself or, with `instance`, one of its repetitions that was changed.

    `instance` is when that repetition would have been; with `and_future` those after it change too.
    `added` are RDATEs, with a length of their own where they have one.
    """

    lines: tuple[Line, ...]
    starts: Wall
    ends: Wall
    instance: Wall | None = None
    and_future: bool = False
    rules: tuple[str, ...] = ()
    added: tuple[tuple[Wall, timedelta | None], ...] = ()
    excluded: tuple[Wall, ...] = ()
    sequence: int = 0

    @property
    def recurs(self) -> bool:
        return bool(self.rules or self.added)

    @property
    def is_whole_day(self) -> bool:
        return not isinstance(self.starts, datetime)


@dataclass(frozen=True, slots=True)
class Zones:
    """The zones of a calendar: those it defines, the default one, and the one that UTC repeats in.

    A calendar that names its zone (X-WR-TIMEZONE) means it for floating times; its times in UTC
    repeat on that zone's clock.
    """

    venue: tzinfo
    default: tzinfo
    utc: tzinfo
    defined: dict[str, tzinfo]

    @classmethod
    def of(cls, payload: Sequence[bytes], venue: tzinfo, now: datetime) -> "Zones":
        head = next((line for line in payload if line.startswith(b"X-WR-TIMEZONE:")), b"")
        own = known(head.partition(b":")[2].decode("utf-8", "replace"))
        return cls(venue, own or venue, own or UTC, defined(payload, now))

    def of_line(self, line: Line) -> tzinfo:
        """Give the zone of a DTSTART; one that nobody knows is the default one."""
        said = _written(line.text, line)
        if not isinstance(said.moment, datetime):
            return self.venue
        return self.utc if said.is_utc else self.named(line.parameter("TZID"))

    def named(self, name: str) -> tzinfo:
        return (known(name) or self.defined.get(name) or self.default) if name else self.default


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall clock of an event; `model` is its DTSTART, from which what names instances takes its form."""

    zone: tzinfo
    zones: Zones
    model: Wall

    def read(self, written: str, line: Line) -> Wall:
        """Read a DATE or DATE-TIME of a property on this clock; raises ValueError."""
        said = _written(written, line)
        if not isinstance(said.moment, datetime):
            return said.moment
        zone = UTC if said.is_utc else self.zones.named(line.parameter("TZID"))
        if zone is self.zone:
            return said.moment
        return self._wall(instant(said.moment, zone))

    def read_instance(self, written: str, line: Line) -> Wall:
        """Read what names an instance: a day or a time, as the event's start is."""
        moment = self.read(written, line)
        if isinstance(self.model, datetime) and not isinstance(moment, datetime):
            return datetime.combine(moment, self.model.time())
        if isinstance(moment, datetime) and not isinstance(self.model, datetime):
            return moment.date()
        return moment

    def read_until(self, written: str) -> datetime:
        """Read an UNTIL; a day without a time is meant with all its times, the year 9999 is no end."""
        until = read_moment(_FAR_YEAR.sub("2199", written.strip()))
        if not isinstance(until.moment, datetime):
            return datetime.combine(until.moment, time(23, 59, 59))
        if until.is_utc and isinstance(self.model, datetime):
            return self._wall(instant(until.moment, UTC))
        return until.moment

    def _wall(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Event:
    """The components of one UID, and the clock that they share."""

    components: tuple[Component, ...]
    clock: Clock


def read(payload: bytes, venue: tzinfo, now: datetime) -> Event:
    """Read the components of a payload.

    Raises
    ------
    DataError
        There is none, or one of its times cannot be read.
    """
    lines = payload.split(b"\n")
    zones = Zones.of(lines, venue, now)
    versions = [tuple(version) for version in blocks(lines, b"VEVENT")]
    try:
        main = _main(versions)
        starts = _line(main, "DTSTART")
        clock = Clock(zones.of_line(starts), zones, _written(starts.text, starts).moment)
        return Event(tuple(_component(version, clock) for version in versions), clock)
    except (ValueError, OverflowError) as error:
        sentence = "Une date de l’évènement n’est pas lisible."
        raise DataError("unreadable_date", sentence, one_line(str(error))[:300], payload) from error


def _main(versions: Sequence[tuple[Line, ...]]) -> tuple[Line, ...]:
    """Give the event itself: the latest version that is no changed instance."""
    if not versions:
        raise ValueError("no VEVENT")
    whole = [lines for lines in versions if not any(line.name == "RECURRENCE-ID" for line in lines)]
    return max(whole or versions, key=_sequence)


def _line(lines: Iterable[Line], name: str) -> Line:
    found = next((line for line in lines if line.name == name), None)
    if found is None:
        raise ValueError(f"no {name}")
    return found


def _sequence(lines: Iterable[Line]) -> int:
    written = next((line.text for line in lines if line.name == "SEQUENCE"), "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else 0


def _component(lines: tuple[Line, ...], clock: Clock) -> Component:
    if any(line.name == "EXRULE" and line.value for line in lines):
        raise ValueError("dates are excluded by a rule (EXRULE), which RFC 5545 did away with")
    starts, ends = _span(lines, clock)
    named = next((line for line in lines if line.name == "RECURRENCE-ID"), None)
    return Component(
        lines=lines,
        starts=starts,
        ends=ends,
        instance=clock.read_instance(named.text, named) if named else None,
        and_future=named is not None and named.parameter("RANGE").upper() == "THISANDFUTURE",
        rules=tuple(sorted({line.text for line in lines if line.name == "RRULE"} - {""})),
        added=tuple(_added(value, line, clock) for value, line in _values(lines, "RDATE")),
        excluded=tuple(_excluded(value, line, clock) for value, line in _values(lines, "EXDATE")),
        sequence=_sequence(lines),
    )


def _span(lines: tuple[Line, ...], clock: Clock) -> tuple[Wall, Wall]:
    """Read when a component starts and ends, both days or both times; an end before the start is none."""
    line = _line(lines, "DTSTART")
    starts = clock.read(line.text, line)
    ends: Wall | None = None
    for line in lines:
        if line.name == "DTEND":
            ends = clock.read(line.text, line)
        elif line.name == "DURATION" and ends is None:
            length = read_duration(line.text)
            ends = (_as_time(starts) if length % _DAY else starts) + length
    if ends is not None and isinstance(starts, datetime) != isinstance(ends, datetime):
        starts, ends = _as_time(starts), _as_time(ends)
    if ends is None or ends <= starts:
        ends = starts if isinstance(starts, datetime) else starts + _DAY
    return starts, ends


def _as_time(moment: Wall) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time())


def _values(lines: Iterable[Line], name: str) -> list[tuple[str, Line]]:
    values = [(value, line) for line in lines if line.name == name for value in line.text.split(",") if value]
    if len(values) > MOST_DATES_NAMED:
        raise ValueError(f"more than {MOST_DATES_NAMED} {name}")
    return values


def _added(value: str, line: Line, clock: Clock) -> tuple[Wall, timedelta | None]:
    """Read an RDATE, which may be a period: `start/end` or `start/length`."""
    begins, _, rest = value.partition("/")
    starts = clock.read_instance(begins, line)
    if not rest:
        return starts, None
    if rest.strip().upper().startswith("P"):
        return starts, read_duration(rest)
    length = _as_time(clock.read(rest, line)) - _as_time(starts)
    return starts, max(length, timedelta(0))


def _excluded(value: str, line: Line, clock: Clock) -> Wall:
    """Read an EXDATE; a day excludes all the times of that day."""
    moment = clock.read(value, line)
    return moment if isinstance(clock.model, datetime) else clock.read_instance(value, line)


def _written(value: str, line: Line) -> Written:
    said = read_moment(value)
    if isinstance(said.moment, datetime) and line.parameter("VALUE").upper() == "DATE":
        return Written(said.moment.date())
    return said
