"""A calendar with repetitions: identified and read, beside recurring-ical-events expanding the whole file.

python -m bench.ical [events] [rounds]
"""

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import recurring_ical_events

from bench.agenda import WORDS
from bench.measure import Rounds, show
from providers.base import Item, VenueFacts, Visit
from providers.http import PoliteClient
from providers.ical import PROVIDER, source
from providers.ical.event import horizon_of
from providers.ical.settings import IcalSettings

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\n"
    "TZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
)


def calendar(events: int) -> Iterator[bytes]:
    """Write a calendar of which each tenth event repeats weekly, since ten years ago, one instance moved."""
    yield f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-TIMEZONE:Europe/Paris\r\n{ZONE}".encode()
    for number in range(events):
        start = datetime(2030, 3, 1, 20, tzinfo=UTC) + timedelta(hours=number % 5_000)
        repeats = number % 10 == 0
        first = start - timedelta(weeks=520) if repeats else start
        yield _event(number, first, ["RRULE:FREQ=WEEKLY"] if repeats else [])
        if repeats:
            moved = f"RECURRENCE-ID;TZID=Europe/Paris:{start:%Y%m%dT%H%M%S}"
            yield _event(number, start + timedelta(days=1), [moved])
    yield b"END:VCALENDAR\r\n"


def _event(number: int, start: datetime, more: list[str]) -> bytes:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{number:08}@vaubreal.example",
        f"DTSTART;TZID=Europe/Paris:{start:%Y%m%dT%H%M%S}",
        f"DTEND;TZID=Europe/Paris:{start + timedelta(hours=2):%Y%m%dT%H%M%S}",
        *more,
        f"SUMMARY:La légende du pont n° {number}",
        f"DESCRIPTION:{WORDS}",
        "LOCATION:Salle des fêtes\\, 3 rue de la Fontaine\\, 12345 Vaubréal",
        "DTSTAMP:20301201T030000Z",
        "END:VEVENT\r\n",
    ]
    return "\r\n".join(lines).encode()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    found = Rounds()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "calendar.ics"
        path.write_bytes(b"".join(calendar(count)))
        visit: Visit[Any] = Visit(
            identifier="https://vaubreal.example/",
            settings=IcalSettings(),
            clock=lambda: NOW,
            http=PoliteClient(),
            spool=Path(folder),
            venue=VenueFacts("Salle 3"),
        )
        items = _items(path, visit)
        for _ in range(rounds):
            found.take("peer", lambda: _peer(path, visit))
            found.take("identified", lambda: _identify(path, visit))
            found.take("normalised", lambda: [PROVIDER.normalise(item, visit) for item in items])
    what = {
        "peer": "icalendar and recurring-ical-events, the same window",
        "identified": "identified: all that an unchanged calendar costs",
        "normalised": "normalised: what changed, here all of it",
    }
    show(
        f"Calendar of {count:,} events, each tenth weekly since ten years ago, medians of {rounds}",
        ["", "seconds", "spread", "events/s", "peer ÷ this"],
        [
            [
                words,
                f"{found.median(name):.2f}",
                found.spread(name),
                f"{count / found.median(name):,.0f}",
                f"{found.median('peer') / found.median(name):.1f}",
            ]
            for name, words in what.items()
        ],
    )


def _peer(path: Path, visit: Visit[Any]) -> int:
    parsed = icalendar.Calendar.from_ical(path.read_bytes())
    return len(recurring_ical_events.of(parsed).between(NOW, horizon_of(visit)))


def _identify(path: Path, visit: Visit[Any]) -> source.Identified:
    with source.opened(path) as opened:
        return source.identify(opened, horizon_of(visit))


def _items(path: Path, visit: Visit[Any]) -> list[Item]:
    with source.opened(path) as opened:
        events = source.identify(opened, horizon_of(visit)).events
        return [Item(ref, fingerprint, opened.payload_of(ref)) for ref, fingerprint in events]


if __name__ == "__main__":
    main()
