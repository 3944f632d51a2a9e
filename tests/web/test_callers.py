"""Every route, for every caller who should not get through."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.web.conftest import AGENDA, Portal, new_key

READS = [
    ("GET", "/venues/{venue}/links", None),
    ("GET", "/venues/{venue}/notices", None),
    ("GET", "/links/{link}", None),
    ("GET", "/runs/{run}", None),
    ("GET", "/runs/{run}/events", None),
]
WRITES = [
    ("POST", "/venues/{venue}/imports", AGENDA),
    ("POST", "/venues/{venue}/checks", AGENDA),
    ("PATCH", "/links/{link}", {"state": "paused"}),
    ("PATCH", "/links/{link}?preview=true", {"settings": {}}),
    ("DELETE", "/links/{link}?keep_offers=true", None),
    ("POST", "/links/{link}/runs", {"mode": "full"}),
    ("POST", "/links/{link}/review", {"decision": "keep"}),
    ("POST", "/notices/{notice}/answers", {"answer": "noted"}),
]
OF_NO_VENUE = {"/providers"}
OPEN = {"/healthz", "/readyz", "/metrics", "/hooks/{provider}/{token}"}


def address(town, path, **others):
    names = {"venue": town.venue, "link": town.link, "run": town.run, "notice": town.notice}
    return path.format(**(names | others))


def outcome(response):
    body = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert body["status"] == response.status_code
    assert body["type"] == f"urn:passerelle:problem:{body['code']}"
    assert body["title"]
    assert body["detail"].endswith(".")
    return response.status_code, body["code"]


def test_the_tables_of_this_file_name_every_route(town):
    described = town.client.get("/openapi.json").json()["paths"]
    named = {re.sub(r"\?.*", "", path) for _, path, _ in (*READS, *WRITES)} | OF_NO_VENUE | OPEN
    assert set(described) == named


@pytest.mark.parametrize(("method", "path", "body"), [*READS, *WRITES, ("GET", "/providers", None)])
def test_who_is_not_known_is_not_let_in(town, method, path, body):
    path = address(town, path)
    stranger = Portal(new_key())
    old = datetime.now(UTC) - timedelta(minutes=6)
    content = b"" if body is None else __import__("json").dumps(body).encode()
    signed = town.portal.headers(method, path, content)
    callers = {
        "nobody": None,
        "unknown token": {"authorization": "Bearer passerelle_nothing"},
        "no bearer": {"authorization": "Basic Y2FtaWxsZTpvdWk="},
        "wrong key": stranger.headers(method, path, content),
        "stale": town.portal.headers(method, path, content, at=old),
        "from the future": town.portal.headers(method, path, content, at=old + timedelta(minutes=12)),
        "another body": town.portal.headers(method, path, content + b" "),
        "another address": town.portal.headers(method, path + "x", content),
        "another method": town.portal.headers("PUT", path, content),
        "another user": signed | {"passerelle-user": "somebody@else.example"},
        "another role": town.portal.headers(method, path, content, role="read") | {"passerelle-role": "manage"},
        "no role": town.portal.headers(method, path, content, role=""),
        "unknown role": town.portal.headers(method, path, content, role="owner"),
        "no user": town.portal.headers(method, path, content, user=""),
        "no comma": signed | {"webhook-signature": "v1"},
        "no base64": signed | {"webhook-signature": "v1,é"},
        "no time": signed | {"webhook-timestamp": "nan"},
    }
    before = town.rows("link_event"), town.rows("sync_run")
    for name, caller in callers.items():
        if caller is not None:
            caller = {key: value.encode() for key, value in caller.items()}
        response = town.call(method, path, body, caller=caller)
        assert outcome(response)[0] == 401, (name, response.text)
        assert response.headers["www-authenticate"].startswith("Bearer")
    assert (town.rows("link_event"), town.rows("sync_run")) == before


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_who_may_only_read_does_not_write(town, method, path, body):
    path = address(town, path)
    before = town.rows("link_event"), town.rows("sync_run")
    town.portal.role = "read"
    for caller in ("portal", town.bearer(role="read")):
        assert outcome(town.call(method, path, body, caller=caller)) == (403, "role_read_only")
    assert (town.rows("link_event"), town.rows("sync_run")) == before


@pytest.mark.parametrize(("method", "path", "body"), READS)
def test_who_may_read_reads(town, method, path, body):
    town.portal.role = "read"
    for caller in ("portal", town.bearer(role="read"), town.bearer()):
        assert town.call(method, address(town, path), body, caller=caller).status_code == 200


@pytest.mark.parametrize(("method", "path", "body"), [*READS, *WRITES])
def test_a_token_learns_nothing_of_another_venue(town, method, path, body):
    there = address(town, path)
    nowhere = address(town, path, venue=999999, link=999999, run=999999, notice=999999)
    theirs = town.bearer(town.other)
    answers = [
        town.call(method, there, body, caller=theirs),
        town.call(method, nowhere, body, caller=theirs),
        town.call(method, nowhere, body),
    ]
    assert {outcome(answer) for answer in answers} == {(404, "not_found")}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize(("method", "path", "body"), [route for route in (*READS, *WRITES) if "venue" not in route[1]])
def test_an_operators_catalogue_is_nobodys(town, method, path, body):
    town.db.execute("UPDATE link SET venue_id = NULL")
    town.db.execute("UPDATE notice SET venue_id = NULL")
    for caller in ("portal", town.bearer()):
        assert outcome(town.call(method, address(town, path), body, caller=caller)) == (404, "not_found")


def test_a_revoked_token_is_good_for_nothing(town):
    caller = town.bearer()
    path = f"/venues/{town.venue}/links"
    assert town.call("GET", path, caller=caller).status_code == 200
    town.db.execute("UPDATE access_token SET revoked_at = now()")
    assert outcome(town.call("GET", path, caller=caller)) == (401, "token_unknown")


def test_the_use_of_a_token_is_noted_once_a_minute(town):
    path, caller = f"/venues/{town.venue}/links", town.bearer()
    town.call("GET", path, caller=caller)
    first = town.row("access_token")["last_used_at"]
    town.call("GET", path, caller=caller)
    assert town.row("access_token")["last_used_at"] == first
    town.db.execute("UPDATE access_token SET last_used_at = now() - interval '61 seconds'")
    town.call("GET", path, caller=caller)
    assert town.row("access_token")["last_used_at"] >= first


def test_keys_of_the_portal_rotate(town, settings):
    path = f"/venues/{town.venue}/links"
    for key in settings.portal_keys:
        signed = Portal(key.get_secret_value()).headers("GET", path)
        assert town.call("GET", path, caller=signed).status_code == 200
    two = Portal(new_key()).headers("GET", path, message="msg_1")
    good = town.portal.headers("GET", path, message="msg_1")
    good["webhook-signature"] = f"{two['webhook-signature']} {good['webhook-signature']}"
    assert town.call("GET", path, caller=good).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [("GET", "/nothing", (404, "not_found")), ("DELETE", "/providers", (405, "method_not_allowed"))],
)
def test_an_address_or_a_method_that_is_none_is_a_problem_too(town, method, path, expected):
    assert outcome(town.call(method, path)) == expected


def test_what_is_too_long_is_not_read(town):
    response = town.client.post("/hooks/openagenda/x", content=b"x" * (1024 * 1024 + 1))
    assert outcome(response) == (413, "too_long")

    def pieces():
        for _ in range(20):
            yield b"x" * 65536

    assert outcome(town.client.post("/hooks/openagenda/x", content=pieces())) == (413, "too_long")
