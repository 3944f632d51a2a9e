"""Reads the lines of an event: names, parameters, values, and the times in them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

YEARS: Final = range(1900, 2200)

_LABEL: Final = re.compile(rb'([A-Za-z0-9-]+)((?:;[^":;]*(?:"[^"]*"[^":;]*)*)*):')
_PARAMETER: Final = re.compile(r';\s*([A-Za-z0-9-]+)\s*=\s*(?:"([^"]*)"|([^;"]*))')
_DAY: Final = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")
_MOMENT: Final = re.compile(r"([0-9]{4}-?[0-9]{2}-?[0-9]{2})[T ]([0-9]{2}):?([0-9]{2})(?::?([0-9]{2}))?(Z?)")
_DURATION: Final = re.compile(
    r"([+-])?P(?:([0-9]{1,5})W)?(?:([0-9]{1,5})D)?"
    r"(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,7})M)?(?:([0-9]{1,9})S)?)?"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A property of a component, unfolded; its value still is as written."""

    name: str
    parameters: str
    value: bytes

    def parameter(self, wanted: str) -> str:
        """Give the value of a parameter, without its quotes; empty when it is not there."""
        for name, quoted, bare in _PARAMETER.findall(self.parameters):
            if name.upper() == wanted:
                return str(quoted or bare).strip()
        return ""

    @property
    def text(self) -> str:
        return self.value.decode("utf-8", "replace").strip()


def name_of(line: bytes) -> bytes:
    """Give the name that an unfolded line begins with, in upper case."""
    return line.split(b":", 1)[0].split(b";", 1)[0].strip().upper()


def read_line(line: bytes) -> Line | None:
    """Read an unfolded line; None when it is no property."""
    found = _LABEL.match(line)
    if found is None:
        return None
    return Line(
        found[1].decode("ascii").upper(), found[2].decode("utf-8", "replace"), line[found.end() :].strip()
    )


def blocks(payload: Sequence[bytes], component: bytes) -> Iterator[list[Line]]:
    """Give the properties of each component of a kind; those of components within it are not its own."""
    begin, end = b"BEGIN:" + component, b"END:" + component
    inside: list[Line] | None = None
    depth = 0
    for written in payload:
        folded = written.strip().upper()
        if folded == begin and depth == 0:
            inside = []
        elif inside is None:
            continue
        elif folded == end and depth == 0:
            yield inside
            inside = None
        elif folded.startswith(b"BEGIN:"):
            depth += 1
        elif folded.startswith(b"END:"):
            depth = max(0, depth - 1)
        elif depth == 0 and (line := read_line(written)) is not None:
            inside.append(line)


@dataclass(frozen=True, slots=True)
class Written:
    """A DATE or DATE-TIME as written: a day, or a wall clock that may be of UTC."""

    moment: date | datetime
    is_utc: bool = False


def read_moment(written: str) -> Written:
    """Read `20301201`, `20301201T200000` or `20301201T190000Z`.

    Raises
    ------
    ValueError
        It is neither, or lies outside 1900 to 2199.
    """
    written = written.strip()
    if found := _MOMENT.fullmatch(written):
        seconds = min(int(found[4] or 0), 59)  # 60 is a leap second
        return Written(
            datetime.combine(_day(found[1]), time(int(found[2]), int(found[3]), seconds)), bool(found[5])
        )
    return Written(_day(written))


def _day(written: str) -> date:
    found = _DAY.fullmatch(written)
    if found is None or int(found[1]) not in YEARS:
        raise ValueError(f"not a date: {written[:40]!r}")
    return date(int(found[1]), int(found[2]), int(found[3]))


def read_duration(written: str) -> timedelta:
    """Read `PT1H30M` or `P1D`; raises ValueError when it is none."""
    found = _DURATION.fullmatch(written.strip().upper())
    if found is None or not any(found.groups()[1:]):
        raise ValueError(f"not a duration: {written[:40]!r}")
    weeks, days, hours, minutes, seconds = (int(each or 0) for each in found.groups()[1:])
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if found[1] == "-" else length
