"""What of an agenda's calendar file is Open Agenda's own: which event a timing is of, what of it matters."""

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from hashlib import blake2b
from pathlib import Path
from typing import Final

from providers import icalendar_file
from providers.icalendar_file import CalendarFile, uid_of, unescaped, unfold
from providers.text import one_line

MOST_LINES: Final = 2_000_000
MOST_TIMINGS: Final = 200_000

UNREADABLE: Final = "illisible-"
"""Begins the ref of a timing whose UID names no event, so that `normalise` can put it aside."""

_KEPT: Final = (b"UID", b"DTSTART", b"DTEND", b"SUMMARY", b"DESCRIPTION", b"LOCATION", b"GEO", b"STATUS")
_MORE: Final = (b"En savoir plus", b"Voir plus", b"See more", b"Read more")
_CLOCK: Final = re.compile(rb"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?Z?")


def event_of(uid: bytes) -> str:
    """Give the event that a UID names, or "".

    A UID is `[{agenda}//]{event}//{start}`; the older form ends in `//{date}//{hour}`.
    """
    parts = uid.strip().split(b"//")
    if len(parts) > 2 and _CLOCK.fullmatch(parts[-1]):
        parts = parts[:-2]
    elif len(parts) > 1:
        parts = parts[:-1]
    return parts[-1].strip().decode("utf-8", "replace").replace("\x00", "")[:200]


def kept_lines(block: bytes) -> list[bytes]:
    """Give the unfolded lines of a timing that we read; whom to call or write to is not among them."""
    lines = unfold(block).split(b"\n")
    return [line.rstrip(b"\r") for line in lines if line.startswith(_KEPT)]


def without_link(description: bytes) -> bytes:
    """Drop the « - Voir plus: https://… » that the export adds to a description."""
    at = description.rfind(b": http")
    if at < 0 or b" " in description[at + 2 :].rstrip():
        return description
    before = description[:at].rstrip()
    for words in _MORE:
        if before.endswith(words):
            return before.removesuffix(words).rstrip().removesuffix(b"-").rstrip()
    return description


def payload(timings: Iterable[list[bytes]]) -> bytes:
    """Give an event's timings as one payload."""
    return b"\n\n".join([b"\n".join(lines) for lines in timings])


def fingerprint(timings: Iterable[list[bytes]]) -> bytes:
    """Digest what matters of an event's timings, each as `kept_lines` gives it.

    Left out: the UID (a prefix may appear later), DTSTAMP and other bookkeeping, the link at the
    end of the description (its form differs between exports), the order of the timings, doubles.
    """
    matter = set()
    for lines in timings:
        said = [
            without_link(line) if line[:11] == b"DESCRIPTION" else line
            for line in lines
            if line[:3] != b"UID"
        ]
        matter.add(b"\n".join(said))
    return blake2b(b"\n\n".join(sorted(matter)), digest_size=16).digest()


class Calendar(CalendarFile):
    """An agenda's calendar file, opened: its name, its own number, and where each event's timings lie."""

    @property
    def title(self) -> str:
        return one_line(unescaped(self.head_value(b"X-WR-CALNAME")))

    @property
    def number(self) -> str:
        return self.head_value(b"X-WR-RELCALID").decode("utf-8", "replace").strip()

    @property
    def timings(self) -> int:
        """How many timings there are in all."""
        return self.events

    def ref_of(self, block: bytes) -> str:
        return (
            event_of(uid_of(block))
            or UNREADABLE + blake2b(payload([kept_lines(block)]), digest_size=8).hexdigest()
        )

    def timings_of(self, ref: str) -> list[list[bytes]]:
        """Give the timings of an event, in the file's order, each as `kept_lines` gives it."""
        return [kept_lines(block) for block in self.blocks_of(ref)]


def opened(path: Path) -> AbstractContextManager[Calendar]:
    """Open an agenda's calendar file; raises as `icalendar_file.opened` does."""
    return icalendar_file.opened(
        path, Calendar, sender="Open Agenda", most_lines=MOST_LINES, most_events=MOST_TIMINGS
    )
