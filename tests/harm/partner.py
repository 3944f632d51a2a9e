"""An Open Agenda on the loopback whose answers a test can hold back and change."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlsplit

DETAILS_A_PAGE = 100


@dataclass
class Event:
    """One event of an agenda, with its dates."""

    uid: str
    title: str
    starts: list[datetime]
    detail: dict[str, Any] = field(default_factory=dict)
    description: str = "Une soirée à la halle"

    def lines(self) -> Iterator[str]:
        for start in self.starts:
            yield (
                f"BEGIN:VEVENT\r\nUID:{self.uid}//{start:%Y-%m-%dT%H:%M:%SZ}\r\n"
                f"DTSTART:{start:%Y%m%dT%H%M%SZ}\r\nDTEND:{start + timedelta(hours=2):%Y%m%dT%H%M%SZ}\r\n"
                f"SUMMARY:{self.title}\r\nDESCRIPTION:{self.description}\r\n"
                "LOCATION:Halle aux Grains - 4 place de la Fontaine\r\nGEO:44.1234;2.3456\r\n"
                "STATUS:CONFIRMED\r\nEND:VEVENT\r\n"
            )


def soon(day: int, hour: int = 18) -> datetime:
    """An hour of the day so many days from now."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=day, hours=hour)


def programme(events: int, *, dates: int = 1, detailed: int = 0) -> list[Event]:
    """So many concerts, each on so many days; the first ones have details (three pages and more cost budget)."""
    return [
        Event(
            str(10_000 + number),
            f"Concert n° {number}",
            [soon(1 + number % 28 + 30 * date) for date in range(dates)],
            {"conditions": {"fr": "Gratuit"}, "imageCredits": f"Photo {number}"} if number < detailed else {},
        )
        for number in range(events)
    ]


class Gate:
    """Requests that wait: `reached` once one came, until `open` is called."""

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        self.wanted = wanted
        self.reached = threading.Event()
        self._opened = threading.Event()

    def open(self) -> None:
        self._opened.set()

    def pass_through(self) -> None:
        self.reached.set()
        self._opened.wait(300)


class LoopbackAgenda:
    """Serves any number of agendas, by their numbers."""

    def __init__(self) -> None:
        self.agendas: dict[str, list[Event]] = {}
        self.asked: list[str] = []
        self._gates: list[Gate] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def host_map(self) -> str:
        return f"openagenda.com=http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def holding(self, *words: str) -> Iterator[Gate]:
        """Hold back the requests whose address has all these words; open at the end."""
        gate = Gate(lambda address: all(word in address for word in words))
        self._gates.append(gate)
        try:
            yield gate
        finally:
            self._gates.remove(gate)
            gate.open()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, address: str) -> tuple[str, bytes]:
        """Give the content type and the body of an address; LookupError: there is none."""
        self.asked.append(address)
        for gate in list(self._gates):
            if gate.wanted(address):
                gate.pass_through()
        parts = urlsplit(address)
        _, _, number, document = parts.path.split("/", 3)
        events = self.agendas[number]
        if document == "events.v2.ics":
            head = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Agenda\r\nX-WR-RELCALID:{number}\r\n"
            body = "".join([head, *(line for event in events for line in event.lines()), "END:VCALENDAR\r\n"])
            return "text/calendar", body.encode()
        return "application/json", json.dumps(self._details(events, parse_qs(parts.query))).encode()

    @staticmethod
    def _details(events: list[Event], query: dict[str, list[str]]) -> dict[str, Any]:
        first = int(query.get("after[]", ["0"])[0])
        with_details = (event for event in events if event.detail)
        listed = list(islice(with_details, first, first + DETAILS_A_PAGE + 1))
        page = [{"uid": event.uid, **event.detail} for event in listed[:DETAILS_A_PAGE]]
        after = [str(first + DETAILS_A_PAGE)] if len(listed) > DETAILS_A_PAGE else None
        return {"total": len(events), "events": page, "after": after}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        partner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with suppress(ConnectionError):  # whoever asked may have been killed meanwhile
                    try:
                        kind, body = partner.answer(self.path)
                    except (LookupError, ValueError):
                        self.send_error(404)
                        return
                    self.send_response(200)
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nobody reads it."""

        return Handler
