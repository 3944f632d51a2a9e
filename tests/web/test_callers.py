"""Every route, for every caller who should not get through."""

import json
import re
from dataclasses import replace
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


def test_the_tables_of_this_file_name_every_route(quiet_town):
    described = quiet_town.client.get("/openapi.json").json()["paths"]
    named = {re.sub(r"\?.*", "", path) for _, path, _ in (*READS, *WRITES)} | OF_NO_VENUE | OPEN
    assert set(described) == named


@pytest.mark.parametrize(("method", "path", "body"), [*READS, *WRITES, ("GET", "/providers", None)])
def test_who_is_not_known_is_not_let_in(quiet_town, method, path, body):
    path = address(quiet_town, path)
    stranger = Portal(new_key())
    old = datetime.now(UTC) - timedelta(minutes=6)
    content = b"" if body is None else json.dumps(body).encode()
    signed = quiet_town.portal.headers(method, path, content)
    callers = {
        "nobody": None,
        "unknown token": {"authorization": "Bearer passerelle_nothing"},
        "no bearer": {"authorization": "Basic Y2FtaWxsZTpvdWk="},
        "wrong key": stranger.headers(method, path, content),
        "stale": quiet_town.portal.headers(method, path, content, at=old),
        "from the future": quiet_town.portal.headers(method, path, content, at=old + timedelta(minutes=12)),
        "another body": quiet_town.portal.headers(method, path, content + b" "),
        "another address": quiet_town.portal.headers(method, path + "x", content),
        "another method": quiet_town.portal.headers("PUT", path, content),
        "another user": signed | {"passerelle-user": "somebody@else.example"},
        "another role": quiet_town.portal.headers(method, path, content, role="read")
        | {"passerelle-role": "manage"},
        "no role": quiet_town.portal.headers(method, path, content, role=""),
        "unknown role": quiet_town.portal.headers(method, path, content, role="owner"),
        "no user": quiet_town.portal.headers(method, path, content, user=""),
        "no comma": signed | {"webhook-signature": "v1"},
        "no base64": signed | {"webhook-signature": "v1,é"},
        "no time": signed | {"webhook-timestamp": "nan"},
    }
    before = quiet_town.rows("link_event"), quiet_town.rows("sync_run")
    for name, caller in callers.items():
        encoded = {key: value.encode() for key, value in caller.items()} if caller else None
        response = quiet_town.call(method, path, body, caller=encoded)
        assert outcome(response)[0] == 401, (name, response.text)
        assert response.headers["www-authenticate"].startswith("Bearer")
    assert (quiet_town.rows("link_event"), quiet_town.rows("sync_run")) == before


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_who_may_only_read_does_not_write(quiet_town, method, path, body):
    path = address(quiet_town, path)
    before = quiet_town.rows("link_event"), quiet_town.rows("sync_run")
    reader = replace(quiet_town.portal, role="read")
    for caller in (reader, quiet_town.bearer(role="read")):
        assert outcome(quiet_town.call(method, path, body, caller=caller)) == (403, "role_read_only")
    assert (quiet_town.rows("link_event"), quiet_town.rows("sync_run")) == before


@pytest.mark.parametrize(("method", "path", "body"), READS)
def test_who_may_read_reads(quiet_town, method, path, body):
    reader = replace(quiet_town.portal, role="read")
    for caller in (reader, quiet_town.bearer(role="read"), quiet_town.bearer()):
        assert quiet_town.call(method, address(quiet_town, path), body, caller=caller).status_code == 200


@pytest.mark.parametrize(("method", "path", "body"), [*READS, *WRITES])
def test_a_token_learns_nothing_of_another_venue(quiet_town, method, path, body):
    there = address(quiet_town, path)
    nowhere = address(quiet_town, path, venue=999999, link=999999, run=999999, notice=999999)
    theirs = quiet_town.bearer(quiet_town.other)
    answers = [
        quiet_town.call(method, there, body, caller=theirs),
        quiet_town.call(method, nowhere, body, caller=theirs),
        quiet_town.call(method, nowhere, body),
    ]
    assert {outcome(answer) for answer in answers} == {(404, "not_found")}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize(
    ("method", "path", "body"), [route for route in (*READS, *WRITES) if "venue" not in route[1]]
)
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


def test_keys_of_the_portal_rotate(quiet_town):
    path = f"/venues/{quiet_town.venue}/links"
    for key in quiet_town.site.settings.portal_keys:
        signed = Portal(key.get_secret_value()).headers("GET", path)
        assert quiet_town.call("GET", path, caller=signed).status_code == 200
    two = Portal(new_key()).headers("GET", path, message="msg_1")
    good = quiet_town.portal.headers("GET", path, message="msg_1")
    good["webhook-signature"] = f"{two['webhook-signature']} {good['webhook-signature']}"
    assert quiet_town.call("GET", path, caller=good).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [("GET", "/nothing", (404, "not_found")), ("DELETE", "/providers", (405, "method_not_allowed"))],
)
def test_an_address_or_a_method_that_is_none_is_a_problem_too(quiet_town, method, path, expected):
    assert outcome(quiet_town.call(method, path)) == expected


def test_what_is_too_long_is_not_read(quiet_town):
    response = quiet_town.client.post("/hooks/openagenda/x", content=b"x" * (1024 * 1024 + 1))
    assert outcome(response) == (413, "too_long")

    def pieces():
        for _ in range(20):
            yield b"x" * 65536

    assert outcome(quiet_town.client.post("/hooks/openagenda/x", content=pieces())) == (413, "too_long")
