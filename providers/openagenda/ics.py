"""Splits an agenda's calendar file into the timings of each event, as bytes and without parsing them.

Of the whole file only offsets are held; an event's timings may lie anywhere in it.
"""

import mmap
import re
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Final

from providers.errors import DataError, TransientError
from providers.text import one_line

MOST_LINES: Final = 2_000_000
MOST_TIMINGS: Final = 200_000

UNREADABLE: Final = "illisible-"
"""Begins the ref of a timing whose UID names no event, so that `normalise` can put it aside."""

_BEGIN: Final = b"BEGIN:VEVENT"
_END: Final = b"\nEND:VEVENT"
_ESCAPED: Final = re.compile(r"\\([nN,;\\])")
_FOLD: Final = re.compile(rb"\r?\n[ \t]")
_KEPT: Final = (b"UID", b"DTSTART", b"DTEND", b"SUMMARY", b"DESCRIPTION", b"LOCATION", b"GEO", b"STATUS")
_MORE: Final = (b"En savoir plus", b"Voir plus", b"See more", b"Read more")
_UID: Final = re.compile(rb"(?m)^UID(?:;[^:\r\n]*)?:([^\r\n]*)")
_CLOCK: Final = re.compile(rb"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?Z?")


def unfold(lines: bytes) -> bytes:
    """Join folded lines; on bytes, since a fold may lie inside a multi-byte character."""
    lines = lines.replace(b"\r\n ", b"")
    return _FOLD.sub(b"", lines) if b"\n " in lines or b"\n\t" in lines else lines


def unescaped(value: bytes) -> str:
    """Give a TEXT value as it was before the export escaped it."""
    decoded = value.decode("utf-8", "replace")
    return (
        _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], decoded)
        if "\\" in decoded
        else decoded
    )


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
        said = [line for line in lines if line[:3] != b"UID"]
        for number, line in enumerate(said):
            if line[:11] == b"DESCRIPTION":
                said[number] = without_link(line)
        matter.add(b"\n".join(said))
    return blake2b(b"\n\n".join(sorted(matter)), digest_size=16).digest()


@dataclass(slots=True)
class Calendar:
    """An agenda's calendar file, opened: its name, its own number, and where each event's timings lie."""

    body: mmap.mmap
    title: str = ""
    number: str = ""
    timings: int = 0
    spans: dict[str, "array[int]"] = field(default_factory=dict)

    def refs(self) -> list[str]:
        """Give the events in the order in which the file first names them."""
        return list(self.spans)

    def timings_of(self, ref: str) -> list[list[bytes]]:
        """Give the timings of an event, in the file's order, each as `kept_lines` gives it."""
        spans = self.spans[ref]
        return [kept_lines(self.body[spans[i] : spans[i + 1]]) for i in range(0, len(spans), 2)]


@contextmanager
def opened(path: Path) -> Iterator[Calendar]:
    """Open a calendar file and find the timings of each event.

    Raises
    ------
    TransientError
        The file is cut: it does not end as a calendar ends.
    DataError
        It is something else (a page that says so with a 200), or larger than any real agenda.
    """
    size = path.stat().st_size
    if not size:
        raise TransientError("cut_body", "Open Agenda a envoyé une réponse vide.", "empty calendar body")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body:
        _check_ends(body)
        if size > MOST_LINES and _line_count(path) > MOST_LINES:
            raise DataError(
                "too_many_lines", "L’agenda est trop grand pour être importé.", f"over {MOST_LINES}"
            )
        calendar = Calendar(body)
        _read_head(calendar)
        _find_timings(calendar)
        yield calendar


def _check_ends(body: mmap.mmap) -> None:
    head = body[:2048].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head[:15].upper().startswith(b"BEGIN:VCALENDAR"):
        raise DataError(
            "not_a_calendar",
            "Open Agenda n’a pas envoyé un agenda. Nous réessaierons ; vos offres restent en place.",
            "the body does not begin with BEGIN:VCALENDAR",
            head,
        )
    tail = body[-4096:].rstrip(b"\r\n\t \x00")
    if not tail.upper().endswith(b"END:VCALENDAR"):
        raise TransientError(
            "cut_body",
            "L’agenda est arrivé incomplet. Nous réessaierons ; vos offres restent en place.",
            f"no END:VCALENDAR after {len(body)} bytes",
        )


def _line_count(path: Path) -> int:
    count = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            count += chunk.count(b"\n")
    return count


def _read_head(calendar: Calendar) -> None:
    end = calendar.body.find(_BEGIN)
    head = calendar.body[: end if end >= 0 else 65536][:65536]
    for line in unfold(head).splitlines():
        if line.startswith(b"X-WR-CALNAME"):
            calendar.title = one_line(unescaped(line.partition(b":")[2]))
        elif line.startswith(b"X-WR-RELCALID"):
            calendar.number = line.partition(b":")[2].decode("utf-8", "replace").strip()


def _find_timings(calendar: Calendar) -> None:
    body = calendar.body
    start = _next_begin(body, 0)
    while start >= 0:
        following = _next_begin(body, start + len(_BEGIN))
        end = body.find(_END, start, following if following >= 0 else len(body))
        if end < 0:
            end = following if following >= 0 else len(body)
        calendar.timings += 1
        if calendar.timings > MOST_TIMINGS:
            sentence = "L’agenda est trop grand pour être importé."
            raise DataError("too_many_timings", sentence, f"more than {MOST_TIMINGS} VEVENT")
        block = body[start:end]
        ref = (
            _event_of_block(block)
            or UNREADABLE + blake2b(payload([kept_lines(block)]), digest_size=8).hexdigest()
        )
        spans = calendar.spans.get(ref)
        if spans is None:
            spans = calendar.spans[ref] = array("Q")
        spans.extend((start, end))
        start = following


def _next_begin(body: mmap.mmap, position: int) -> int:
    """Find the next BEGIN:VEVENT that begins a line (a description may quote one)."""
    while (position := body.find(_BEGIN, position)) > 0 and body[position - 1] != 0x0A:
        position += len(_BEGIN)
    return position


def _event_of_block(block: bytes) -> str:
    at = block.find(b"\nUID:")
    if at >= 0:
        end = block.find(b"\n", at + 5)
        if end >= 0 and block[end + 1 : end + 2] not in (b" ", b"\t"):
            return event_of(block[at + 5 : end])
    found = _UID.search(unfold(block))
    return event_of(found[1]) if found else ""
