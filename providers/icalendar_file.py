"""Splits an iCalendar file into the blocks of its events, as bytes and without parsing them.

Of the whole file only offsets are held; the blocks that share a ref may lie anywhere in it.
"""

import hashlib
import mmap
import re
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from providers.errors import DataError, TransientError

MOST_LINES: Final = 2_000_000
MOST_EVENTS: Final = 200_000

_BEGIN: Final = b"BEGIN:VEVENT"
_END: Final = b"\nEND:VEVENT"
_ESCAPED: Final = re.compile(r"\\([nN,;\\])")
_FOLD: Final = re.compile(rb"\r?\n[ \t]")
_STAMP: Final = re.compile(rb"\nDTSTAMP[^\n]*")
_COMMENTS: Final = re.compile(rb"(?:\s*<!--[^>]*-->)+\s*\Z")
"""What a cache leaves at the end of whatever it serves."""

_PIECE: Final = 1024 * 1024
_UID: Final = re.compile(rb"(?m)^UID(?:;[^:\r\n]*)?:([^\r\n]*)")


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


def uid_of(block: bytes) -> bytes:
    """Give the UID of an event's block as written, or nothing."""
    at = block.find(b"\nUID:")
    if at >= 0:
        end = block.find(b"\n", at + 5)
        if end >= 0 and block[end + 1 : end + 2] not in (b" ", b"\t"):
            return block[at + 5 : end]
    found = _UID.search(unfold(block))
    return found[1] if found else b""


def digest(path: Path) -> str:
    """Digest a calendar but for its DTSTAMPs, which many exporters set to the hour of the export."""
    found, rest = hashlib.sha256(), b"\n"
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            whole, newline, rest = (rest + piece).rpartition(b"\n")
            found.update(_STAMP.sub(b"", whole))
            rest = newline + rest
    found.update(_STAMP.sub(b"", rest))
    return found.hexdigest()


class CalendarFile:
    """An iCalendar file, opened: what stands before its first event, and where each event's blocks lie."""

    def __init__(self, body: mmap.mmap) -> None:
        self.body = body
        self.events = 0
        self.spans: dict[str, array[int]] = {}
        end = body.find(_BEGIN)
        self.head = unfold(body[: end if end >= 0 else 65536][:65536]).splitlines()

    def ref_of(self, block: bytes) -> str:
        """Give the ref that the blocks of one event share."""
        return uid_of(block).strip().decode("utf-8", "replace")

    def refs(self) -> list[str]:
        """Give the events in the order in which the file first names them."""
        return list(self.spans)

    def blocks_of(self, ref: str) -> list[bytes]:
        """Give the blocks of an event, in the file's order."""
        spans = self.spans[ref]
        return [self.body[spans[i] : spans[i + 1]] for i in range(0, len(spans), 2)]

    def head_value(self, name: bytes) -> bytes:
        """Give the value of a property of the calendar itself, or nothing."""
        line = next((line for line in self.head if line.startswith(name)), b"")
        return line.partition(b":")[2]


C = TypeVar("C", bound=CalendarFile)


@contextmanager
def opened(
    path: Path,
    kind: Callable[[mmap.mmap], C],
    *,
    sender: str,
    most_lines: int = MOST_LINES,
    most_events: int = MOST_EVENTS,
) -> Iterator[C]:
    """Open a calendar file and find the blocks of each event.

    Parameters
    ----------
    sender
        Who sent it, as a sentence begins: « Open Agenda », « Le site ».

    Raises
    ------
    TransientError
        The file is cut: it does not end as a calendar ends.
    DataError
        It is something else (a page that says so with a 200), or larger than any real agenda.
    """
    size = path.stat().st_size
    if not size:
        raise TransientError("cut_body", f"{sender} a envoyé une réponse vide.", "empty calendar body")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body:
        _check_ends(body, sender)
        if size > most_lines and _line_count(path) > most_lines:
            raise DataError("too_many_lines", _TOO_LARGE, f"over {most_lines}")
        calendar = kind(body)
        _find_events(calendar, most_events)
        yield calendar


_TOO_LARGE: Final = "L’agenda est trop grand pour être importé."


def _check_ends(body: mmap.mmap, sender: str) -> None:
    head = body[:2048].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head[:15].upper().startswith(b"BEGIN:VCALENDAR"):
        raise DataError(
            "not_a_calendar",
            f"{sender} n’a pas envoyé un agenda. Nous réessaierons ; vos offres restent en place.",
            "the body does not begin with BEGIN:VCALENDAR",
            head,
        )
    tail = _COMMENTS.sub(b"", body[-4096:]).rstrip(b"\r\n\t \x00")
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


def _find_events(calendar: CalendarFile, most_events: int) -> None:
    body = calendar.body
    start = _next_begin(body, 0)
    while start >= 0:
        following = _next_begin(body, start + len(_BEGIN))
        end = body.find(_END, start, following if following >= 0 else len(body))
        if end < 0:
            end = following if following >= 0 else len(body)
        calendar.events += 1
        if calendar.events > most_events:
            raise DataError("too_many_events", _TOO_LARGE, f"more than {most_events} VEVENT")
        ref = calendar.ref_of(body[start:end])
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
