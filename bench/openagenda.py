"""How fast an agenda is identified and read, against icalendar alone, and with how much memory.

python -m bench.openagenda [timings]
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import icalendar

from providers.base import Item, VenueFacts, Visit
from providers.http import PoliteClient
from providers.openagenda import PROVIDER, ics
from providers.openagenda.settings import OpenAgendaSettings

T = TypeVar("T")
WORDS = (
    "Un après-midi d’été au bord de la rivière\\, trois musiciennes et un âne rejouent la légende du pont\\; "
    "prévoir de bonnes chaussures et une petite laine pour la veillée. "
)


def agenda(timings: int, per_event: int = 8) -> Iterator[bytes]:
    """Write a calendar as Open Agenda's newer exporter does, folded at 75 octets, its events scattered."""
    yield b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Essai\r\nX-WR-RELCALID:1\r\n"
    first = datetime(2031, 1, 1, 18, tzinfo=UTC)
    events = max(1, timings // per_event)
    for number in range(timings):
        event, start = 10_000_000 + number % events, first + timedelta(days=number // events)
        lines = (
            "BEGIN:VEVENT",
            f"UID:{event}//{start:%Y%m%dT%H%M%SZ}",
            f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
            f"DTEND:{start + timedelta(hours=2):%Y%m%dT%H%M%SZ}",
            f"SUMMARY:La légende du pont n° {event}",
            f"DESCRIPTION:{WORDS} - Voir plus: https://openagenda.com/events/{event}_la-legende-du-pont",
            f"URL:https://openagenda.com/events/{event}_la-legende-du-pont",
            f"LOCATION:Salle {event % 40} - {event % 90} rue de la Fontaine\\, 12345 Vaubréal",
            "GEO:44.123400;2.345600",
            "STATUS:CONFIRMED",
            "DTSTAMP:20301201T030000Z",
            "END:VEVENT",
        )
        yield b"".join(_folded(line.encode()) for line in lines)
    yield b"END:VCALENDAR\r\n"


def _folded(line: bytes) -> bytes:
    pieces = [line[:75]] + [line[at : at + 74] for at in range(75, len(line), 74)]
    return b"\r\n ".join(pieces) + b"\r\n"


def timed(what: str, count: int, work: Callable[[], T]) -> T:
    began = time.perf_counter()
    done = work()
    seconds = time.perf_counter() - began
    print(f"{what:<44} {seconds:7.3f} s {count / seconds:>12,.0f} timings/s")
    return done


def identify(path: Path) -> list[Item]:
    with ics.opened(path) as calendar:
        return [
            Item(ref, ics.fingerprint(timings), ics.payload(timings))
            for ref in calendar.refs()
            for timings in [calendar.timings_of(ref)]
        ]


def normalise(items: list[Item], visit: Visit[Any]) -> int:
    return sum(
        len(getattr(record, "stocks", ())) for item in items for record in PROVIDER.normalise(item, visit)
    )


def resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024 if sys.platform != "darwin" else 1024**2
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 24_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agenda.ics"
        with path.open("wb") as file:
            file.writelines(agenda(count))
        visit = Visit(
            identifier="1",
            settings=OpenAgendaSettings(places="all"),
            clock=lambda: datetime(2030, 1, 1, tzinfo=UTC),
            http=PoliteClient(),
            spool=Path(folder),
            venue=VenueFacts("Salle 3"),
        )
        print(f"{count:,} timings, {path.stat().st_size / 1e6:.1f} MB")
        before = resident()
        items = timed("identified (found, unfolded, hashed)", count, lambda: identify(path))
        timed("normalised", count, lambda: normalise(items, visit))
        print(f"{'memory above the start':<44} {resident() - before:7.1f} MB")
        timed("icalendar alone", count, lambda: icalendar.Calendar.from_ical(path.read_bytes()))


if __name__ == "__main__":
    main()
