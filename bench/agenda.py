"""An agenda of 24,000 timings: imported, unchanged and slightly changed, beside icalendar reading the file.

python -m bench.agenda [timings] [rounds]
"""

import multiprocessing
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import icalendar
from psycopg.types.json import Jsonb

from bench.measure import Rounds, Written, show, writing
from models.database import Connection, connect, migrate
from providers.base import Item, VenueFacts, Visit
from providers.http import PoliteClient
from providers.openagenda import PROVIDER, OpenAgenda, ics
from providers.openagenda.settings import OpenAgendaSettings
from runtime.services import services
from runtime.settings import RuntimeSettings
from workers.app import spare_what_is_loaded
from workers.sync import Ended, synchronise
from workers.visits import Site

PER_EVENT = 16
WORDS = (
    "Un après-midi d’été au bord de la rivière\\, trois musiciennes et un âne rejouent la légende du pont\\; "
    "prévoir de bonnes chaussures et une petite laine pour la veillée. "
)


def agenda(timings: int, changed: Collection[int] = ()) -> Iterator[bytes]:
    """Write a calendar as Open Agenda's newer exporter does, folded at 75 octets, its events scattered."""
    yield b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Essai\r\nX-WR-RELCALID:1\r\n"
    first = datetime(2031, 1, 1, 18, tzinfo=UTC)
    events = max(1, timings // PER_EVENT)
    for number in range(timings):
        place, start = number % events, first + timedelta(days=number // events)
        event = 10_000_000 + place
        lines = (
            "BEGIN:VEVENT",
            f"UID:{event}//{start:%Y%m%dT%H%M%SZ}",
            f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
            f"DTEND:{start + timedelta(hours=2):%Y%m%dT%H%M%SZ}",
            f"SUMMARY:La légende du pont n° {event}{' bis' if place in changed else ''}",
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


class _Partner(BaseHTTPRequestHandler):
    calendar: Path

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        body = b'{"total":0,"events":[],"after":null}'
        if self.path.endswith(".ics"):
            body = self.calendar.read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _serve(calendar: Path, told: Pipe) -> None:
    _Partner.calendar = calendar
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Partner)
    told.send(server.server_port)
    server.serve_forever()


@contextmanager
def partner(calendar: Path) -> Iterator[int]:
    """Serve a calendar file from a process of its own; gives its port."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(calendar, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def read_with_adapter(path: Path) -> None:
    """Identify and normalise every event, without the engine."""
    visit = Visit(
        identifier="1",
        settings=OpenAgendaSettings(places="all"),
        clock=lambda: datetime(2030, 1, 1, tzinfo=UTC),
        http=PoliteClient(),
        spool=path.parent,
        venue=VenueFacts("Salle 3"),
    )
    with ics.opened(path) as calendar:
        for ref in calendar.refs():
            timings = calendar.timings_of(ref)
            PROVIDER.normalise(Item(ref, ics.fingerprint(timings), ics.payload(timings)), visit)


class Bench:
    """A fresh link to the partner, and its imports in this process."""

    def __init__(self, site: Site, db: Connection, calendar: Path, timings: int) -> None:
        self.site, self.db, self.calendar, self.timings = site, db, calendar, timings
        self._links = 0

    def new_link(self) -> int:
        """Link another venue; what earlier ones imported stays, as in a shared database."""
        self._links += 1
        row = self.db.execute(
            """WITH structure AS (INSERT INTO offerer (siren, name) VALUES (%s, 'Essai') RETURNING id),
                    place AS (INSERT INTO venue (offerer_id, name)
                              SELECT id, 'Salle' FROM structure RETURNING id)
               INSERT INTO link (venue_id, provider, identifier, settings, "interval")
               SELECT id, 'openagenda', '1', %s, '1 hour' FROM place RETURNING id""",
            [f"{self._links:09}", Jsonb({"places": "all", "capacity": "unlimited"})],
        ).fetchone()
        return int(row["id"]) if row else 0

    def write(self, changed: Collection[int] = ()) -> None:
        self.calendar.write_bytes(b"".join(agenda(self.timings, changed)))

    def run(self, link: int) -> None:
        row = self.db.execute(
            "INSERT INTO sync_run (link_id, queue, trigger) VALUES (%s, 'manual', 'person') RETURNING id",
            [link],
        ).fetchone()
        if row is None or synchronise(row["id"], self.site) is not Ended.FINISHED:
            raise RuntimeError("the run did not finish")


def main() -> None:
    timings = int(sys.argv[1]) if len(sys.argv) > 1 else 24_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    # The partner here is ours: what is measured is the import, not the wait for its budget.
    OpenAgenda.limits = replace(OpenAgenda.limits, requests=10_000)
    spare_what_is_loaded()  # as in a worker, for icalendar too
    found, written = Rounds(), dict[str, Written]()
    with tempfile.TemporaryDirectory() as folder:
        calendar = Path(folder) / "agenda.ics"
        settings = RuntimeSettings(data_dir=Path(folder) / "data")
        with partner(calendar) as port, services(settings) as running:
            mapped = {"openagenda.com": f"http://127.0.0.1:{port}"}
            settings = settings.model_copy(update={"host_map": mapped})
            migrate(running.database_url, settings)
            with connect(running.database_url) as db:
                site = Site(running.database_url, running.broker_url, settings)
                bench = Bench(site, db, calendar, timings)
                for _ in range(rounds):
                    _round(bench, found, written)
    _tell(timings, rounds, found, written)


def _round(bench: Bench, found: Rounds, written: dict[str, Written]) -> None:
    bench.write()
    found.take("icalendar", lambda: icalendar.Calendar.from_ical(bench.calendar.read_bytes()))
    found.take("adapter", lambda: read_with_adapter(bench.calendar))
    link = bench.new_link()
    written["first"] = writing(bench.db, lambda: found.take("first", lambda: bench.run(link)))
    written["unchanged"] = writing(bench.db, lambda: found.take("unchanged", lambda: bench.run(link)))
    bench.write(changed=range(0, bench.timings // PER_EVENT, 100))
    written["changed"] = writing(bench.db, lambda: found.take("changed", lambda: bench.run(link)))


def _tell(timings: int, rounds: int, found: Rounds, written: dict[str, Written]) -> None:
    parse = found.median("icalendar")
    what = {
        "icalendar": "icalendar reads the file",
        "adapter": "the adapter alone: identified and normalised",
        "first": "first import",
        "unchanged": "import, nothing changed",
        "changed": "import, 1 % of the events changed",
    }
    show(
        f"Agenda of {timings:,} timings in {timings // PER_EVENT:,} events, medians of {rounds}",
        ["", "seconds", "spread", "timings/s", "icalendar ÷ this", "WAL", "row versions"],
        [
            [
                words,
                f"{found.median(name):.2f}",
                found.spread(name),
                f"{timings / found.median(name):,.0f}",
                f"{parse / found.median(name):.1f}",
                f"{written[name].wal / 1e6:.2f} MB" if name in written else "",
                ", ".join(f"{table} {number:,}" for table, number in written[name].rows.items())
                if name in written
                else "",
            ]
            for name, words in what.items()
        ],
    )


if __name__ == "__main__":
    main()
