"""The adapter over the real client and a loopback server: what reaches the wire, and what comes back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import pytest

from providers.errors import ConfigurationError
from providers.http import PoliteClient
from providers.openagenda import PROVIDER
from tests.loopback import Asked, Reply, serving
from tests.providers.openagenda.agenda import fixture, records, visit


@dataclass
class Server:
    """Open Agenda's site with one agenda of two pages; `asked` holds each query, key and value."""

    base: str = ""
    asked: list[list[tuple[str, str]]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        query = parse_qsl(urlsplit(asked.target).query)
        self.asked.append(query)
        number = 2 if any(key == "after[]" for key, _ in query) else 1
        found = {
            "/agendas/90000001/events.v2.ics": ("text/calendar", fixture("shape_b.ics")),
            "/agendas/90000001/events.v2.json": ("application/json", fixture(f"details_{number}.json")),
            "/vaubreal": ("text/html; charset=utf-8", b'<html>{"uid":90000001,"slug":"vaubreal"}</html>'),
        }.get(asked.path)
        return (200, {"Content-Type": found[0], "ETag": '"1"'}, found[1]) if found else (404, {}, b"")


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    with serving(server.answer) as server.base:
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[PoliteClient]:
    with PoliteClient(host_map={"openagenda.com": server.base}) as client:
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
