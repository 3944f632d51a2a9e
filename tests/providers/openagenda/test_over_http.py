"""The adapter over the real client and a loopback server: what reaches the wire, and what comes back."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from providers.errors import ConfigurationError
from providers.http import PoliteClient
from providers.openagenda import PROVIDER
from tests.providers.openagenda.agenda import fixture, records, visit


class _OpenAgenda(BaseHTTPRequestHandler):
    asked: list[list[tuple[str, str]]]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = parse_qsl(parts.query)
        self.server.asked.append(asked)
        number = 2 if any(key == "after[]" for key, _ in asked) else 1
        body = {
            "/agendas/90000001/events.v2.ics": ("text/calendar", fixture("shape_b.ics")),
            "/agendas/90000001/events.v2.json": ("application/json", fixture(f"details_{number}.json")),
            "/vaubreal": ("text/html; charset=utf-8", b'<html>{"uid":90000001,"slug":"vaubreal"}</html>'),
        }.get(parts.path)
        self.send_response(200 if body else 404)
        if body:
            self.send_header("Content-Type", body[0])
            self.send_header("Content-Length", str(len(body[1])))
            self.send_header("ETag", '"1"')
        else:
            self.send_header("Content-Length", "0")
        self.end_headers()
        self.wfile.write(body[1] if body else b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _OpenAgenda) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def client(server: ThreadingHTTPServer) -> Iterator[PoliteClient]:
    with PoliteClient(host_map={"openagenda.com": f"http://127.0.0.1:{server.server_port}"}) as client:
        yield client


def test_an_agenda_is_imported_complete(tmp_path, server, client):
    found = records(visit(client, tmp_path, places="all"))
    assert sorted(found) == ["70010001", "70010002", "70010003"]
    assert found["70010003"].place.latitude == 44.201
    assert found["70010001"].image_url
    after = [value for key, value in server.asked[1] if key == "after[]"]
    assert after == ["0", "32503680000000", "1896112800000", "70010002"]


def test_the_number_is_asked_of_the_agendas_page(tmp_path, client):
    identifier = PROVIDER.read_identifier("openagenda.com/fr/vaubreal")
    assert PROVIDER.resolve(visit(client, tmp_path, identifier=identifier)) == "90000001"


def test_an_agenda_that_is_not_there_is_said_to_be_so(tmp_path, client):
    with pytest.raises(ConfigurationError) as raised:
        records(visit(client, tmp_path, identifier="12"))
    assert raised.value.code == "agenda_not_found"
