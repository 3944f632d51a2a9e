"""A stand-in for Open Agenda on loopback: serves agendas at the paths and in the types of the real one."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit


class Agenda(Protocol):
    """What the partner serves of one agenda."""

    def calendar(self) -> bytes:
        """Give `events.v2.ics`."""
        ...

    def page(self, after: Sequence[str]) -> bytes | None:
        """Give the page of `events.v2.json` that follows a cursor; None: there is none."""
        ...


class RecordedAgenda:
    """An agenda from files: its calendar, and its pages in their order, which lead to each other."""

    def __init__(self, calendar: Path, pages: Sequence[Path] = ()) -> None:
        self._calendar = calendar.read_bytes()
        self._pages: dict[tuple[str, ...], bytes] = {}
        after: tuple[str, ...] = ()
        for page in pages:
            self._pages[after] = page.read_bytes()
            after = tuple(str(value) for value in json.loads(self._pages[after])["after"] or ())

    def calendar(self) -> bytes:
        return self._calendar

    def page(self, after: Sequence[str]) -> bytes | None:
        return self._pages.get(tuple(after))


@contextmanager
def sample_partner(agendas: Mapping[str, Agenda]) -> Iterator[str]:
    """Serve agendas, number → agenda, for the length of the block; gives the base address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body, kind = _answer(agendas, self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: Any) -> None:
            """Keep the terminal for the demonstration."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _answer(agendas: Mapping[str, Agenda], path: str) -> tuple[bytes | None, str]:
    parts = urlsplit(path)
    words = parts.path.strip("/").split("/")
    agenda = agendas.get(words[1]) if len(words) == 3 and words[0] == "agendas" else None
    if agenda is None:
        return None, "text/html"
    if words[2] == "events.v2.ics":
        return agenda.calendar(), "text/calendar"
    if words[2] == "events.v2.json":
        after = [value for name, value in parse_qsl(parts.query) if name == "after[]"]
        return agenda.page(after), "application/json; charset=utf-8"
    return None, "text/html"
