"""What makes an event of a calendar the same event, and unchanged, without parsing its times.

One UID is one event. Its fingerprint digests the lines that we read, not those that exporters rewrite
each time (DTSTAMP, LAST-MODIFIED, SEQUENCE, CREATED, X-…), with the definitions of the zones that it
names. Repetitions that go on beyond the window are read anew when the window moves on, once a month:
their fingerprint names the window's last month.
"""

import mmap
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import cached_property
from hashlib import blake2b
from typing import Final

from providers.ical.lines import name_of
from providers.ical.rules import parts_of
from providers.ical.zones import known
from providers.icalendar_file import CalendarFile, uid_of, unfold

LONGEST_REF: Final = 200
LONGEST_TEXT: Final = 20_000
MOST_ZONES: Final = 200
LONGEST_ZONE: Final = 50_000

_KEPT: Final = frozenset(
    {
        *(b"DTSTART", b"DTEND", b"DURATION", b"RRULE", b"RDATE", b"EXDATE", b"RECURRENCE-ID", b"SEQUENCE"),
        *(b"EXRULE", b"SUMMARY", b"DESCRIPTION", b"X-ALT-DESC", b"LOCATION", b"GEO", b"URL", b"CATEGORIES"),
        *(b"ATTACH", b"IMAGE", b"CLASS", b"STATUS"),
    }
)
"""What is read of an event; whom to call or write to is not among it."""

_TIMES: Final = frozenset({b"DTSTART", b"DTEND", b"RDATE", b"EXDATE", b"RECURRENCE-ID", b"RRULE"})
_ZONE_ID: Final = re.compile(rb"(?im)^TZID(?:;[^:\n]*)?:(.*)$")
_ZONE_NAME: Final = re.compile(rb'(?i);TZID=(?:"([^"]*)"|([^;:"]*))')
_DAY: Final = re.compile(rb"(?<![0-9])((?:19|2[01])[0-9]{2})([0-9]{2})([0-9]{2})(?![0-9])")
_TIMES_OF_DAY: Final = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_DAYS: Final = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 2 * 31, "YEARLY": 8 * 366}
"""Days that may lie between two repetitions of a plain rule: not every month has a 31st day."""


class EventsFile(CalendarFile):
    """A calendar file whose events are known by their UID."""

    def __init__(self, body: mmap.mmap) -> None:
        super().__init__(body)
        self.default_zone = self.head_value(b"X-WR-TIMEZONE").strip()

    def ref_of(self, block: bytes) -> str:
        uid = uid_of(block).decode("utf-8", "replace")
        ref = "".join(sign for sign in uid if sign.isprintable()).strip()
        if not ref:  # the format wants a UID; without one an event is known by its name and its start
            said = [line for line in kept_lines(block) if name_of(line) in {b"SUMMARY", b"DTSTART"}]
            return f"sans-uid-{_digest(said).hex()}"
        return ref if len(ref) <= LONGEST_REF else f"{ref[:150]}-{_digest([uid.encode()]).hex()}"

    @cached_property
    def zones(self) -> dict[bytes, bytes]:
        """The VTIMEZONE blocks, by name; of one that comes twice the first."""
        zones: dict[bytes, bytes] = {}
        end = 0
        while (start := self.body.find(b"BEGIN:VTIMEZONE", end)) >= 0 and len(zones) < MOST_ZONES:
            end = self.body.find(b"\nEND:VTIMEZONE", start)
            if end < 0:
                break
            block = unfold(self.body[start : min(end, start + LONGEST_ZONE)]).replace(b"\r", b"")
            if named := _ZONE_ID.search(block):
                zones.setdefault(named[1].strip(), block + b"\nEND:VTIMEZONE")
        return zones

    def versions_of(self, ref: str) -> list[list[bytes]]:
        """Give an event's blocks as `kept_lines` gives them: doubles once, in an order of their own."""
        versions = {tuple(sorted(lines)): lines for lines in map(kept_lines, self.blocks_of(ref))}
        return [versions[key] for key in sorted(versions)]

    def zones_of(self, versions: Iterable[Iterable[bytes]]) -> list[bytes]:
        """Give the definitions of the zones that an event names and that are not known anyway."""
        names = {
            (quoted or bare).strip()
            for lines in versions
            for line in lines
            if name_of(line) in _TIMES
            for quoted, bare in _ZONE_NAME.findall(line[:500])
        }
        return [
            self.zones[name]
            for name in sorted(names)
            if name in self.zones and known(name.decode("utf-8", "replace")) is None
        ]

    def payload_of(self, ref: str) -> bytes:
        """Give what `normalise` needs of an event, as a small calendar of its own."""
        versions = self.versions_of(ref)
        head = [b"X-WR-TIMEZONE:" + self.default_zone] if self.default_zone else []
        events = [line for lines in versions for line in (b"BEGIN:VEVENT", *lines, b"END:VEVENT")]
        return b"\n".join([b"BEGIN:VCALENDAR", *head, *self.zones_of(versions), *events, b"END:VCALENDAR"])

    def fingerprint_of(self, ref: str, horizon: date) -> bytes:
        """Digest what matters of an event; `horizon` is the day on which the window of repetitions ends."""
        versions = self.versions_of(ref)
        alone = len(versions) == 1
        said = [
            b"\n".join(sorted(line for line in lines if not (alone and name_of(line) == b"SEQUENCE")))
            for lines in versions
        ]
        window = (
            [] if all(ends_before(horizon, lines) for lines in versions) else [f"{horizon:%Y-%m}".encode()]
        )
        return _digest([self.default_zone, *self.zones_of(versions), *said, *window])


def kept_lines(block: bytes) -> list[bytes]:
    """Give the unfolded lines of an event that we read; its alarms are not its own."""
    kept, depth = [], 0
    for ended in unfold(block).split(b"\n")[1:]:
        line = ended.rstrip(b"\r")
        start = line[:6].upper()
        if start == b"BEGIN:":
            depth += 1
        elif start[:4] == b"END:":
            depth -= 1
        elif depth == 0 and name_of(line) in _KEPT and not (start == b"ATTACH" and len(line) > 2_000):
            kept.append(line if name_of(line) in _TIMES else line[:LONGEST_TEXT])
    return kept


def ends_before(horizon: date, lines: Sequence[bytes]) -> bool:
    """Tell whether all the repetitions that the lines announce surely lie before a day."""
    starts = [day for line in lines if name_of(line) == b"DTSTART" for day in _days_in(line)]
    for line in lines:
        name = name_of(line)
        if name == b"RDATE" and any(day >= horizon for day in _days_in(line)):
            return False
        if name == b"RRULE" and not _rule_ends_before(horizon, line, starts):
            return False
    return True


def _rule_ends_before(horizon: date, line: bytes, starts: list[date]) -> bool:
    parts = parts_of(line.partition(b":")[2].decode("ascii", "replace"))
    if parts.get("FREQ") not in _DAYS or _TIMES_OF_DAY & parts.keys():
        return False  # several dates a day may be more than are imported at a time
    if "UNTIL" in parts:
        ends = _days_in(parts["UNTIL"].encode())
        return bool(ends) and ends[0] + timedelta(days=1) < horizon
    plain = parts.keys() <= {"FREQ", "COUNT", "INTERVAL", "WKST"} or (
        parts.get("FREQ") == "WEEKLY" and parts.keys() <= {"FREQ", "COUNT", "INTERVAL", "WKST", "BYDAY"}
    )
    numbers = parts.get("COUNT", ""), parts.get("INTERVAL", "1"), str(_DAYS[parts["FREQ"]])
    if not (plain and starts) or not all(re.fullmatch(r"[0-9]{1,4}", each) for each in numbers):
        return False
    length = int(numbers[0]) * int(numbers[1]) * int(numbers[2])
    return starts[0].toordinal() + length + 7 < horizon.toordinal()


def _days_in(line: bytes) -> list[date]:
    days = []
    for year, month, day in _DAY.findall(line):
        with suppress(ValueError):
            days.append(date(int(year), int(month), int(day)))
    return days


def _digest(said: Iterable[bytes]) -> bytes:
    return blake2b(b"\n\n".join(said), digest_size=16).digest()
