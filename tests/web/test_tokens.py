"""Tokens as an operator makes them, over the command line, and as a script then uses them."""

import json

import pytest
import typer
from typer.testing import CliRunner

from cli import token
from runtime.settings import settings as read_settings
from tests.web.test_callers import outcome


@pytest.fixture
def passerelle(town, monkeypatch):
    for name, value in {
        "DATABASE_URL": town.site.database_url,
        "BROKER_URL": town.site.broker_url,
        "DATA_DIR": str(town.site.settings.data_dir),
    }.items():
        monkeypatch.setenv(f"PASSERELLE_{name}", value)
    monkeypatch.setattr("cli.answers.configure_logging", lambda **_: None)
    read_settings.cache_clear()
    app = typer.Typer()
    token.add_to(app)

    def run(*words, code=0):
        done = CliRunner().invoke(app, ["token", *map(str, words), "--json"])
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)

    yield run
    read_settings.cache_clear()


def test_a_token_is_made_used_listed_and_revoked(town, passerelle):
    made = passerelle("create", town.venue, "--name", "caisse")
    assert made["token"].startswith("passerelle_")
    caller = {"authorization": f"Bearer {made['token']}"}
    assert town.call("POST", f"/links/{town.link}/runs", caller=caller).status_code == 202
    assert town.row("sync_run", trigger="person")["requested_by"] == "token:caisse"

    listed = passerelle("list", "--venue", "La Halle")["tokens"]
    assert [(each["name"], each["role"], each["revoked_at"]) for each in listed] == [
        ("caisse", "manage", None)
    ]
    assert listed[0]["last_used_at"]
    assert made["token"] not in json.dumps(listed)
    assert made["token"].encode() not in bytes(town.row("access_token")["digest"])

    assert passerelle("revoke", made["id"])["revoked_at"]
    assert outcome(town.call("GET", f"/links/{town.link}", caller=caller)) == (401, "token_unknown")
    assert passerelle("revoke", 999, code=2)["error"]["code"] == "unknown_token"


def test_a_token_to_read_does_not_write(town, passerelle):
    made = passerelle("create", town.venue, "--name", "écran", "--read-only")
    caller = {"authorization": f"Bearer {made['token']}"}
    assert town.call("GET", f"/links/{town.link}", caller=caller).status_code == 200
    assert outcome(town.call("POST", f"/links/{town.link}/runs", caller=caller))[0] == 403
