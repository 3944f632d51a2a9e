"""What a partner's hint leads to."""

import json

import pytest
import structlog.testing

from models.access import create_hint_token
from models.vocabulary import Queue
from providers.base import provider
from schedules.claims import Terms, claim
from tests.web.test_callers import outcome


@pytest.fixture
def hint(town, monkeypatch):
    """Sends a hint; the partner's shape is a JSON list of refs."""
    with town.app.state.hook.session() as db:
        token = create_hint_token(db, town.link)
        db.commit()

    def read(request):
        refs = json.loads(request.body)
        return frozenset(refs) if isinstance(refs, list) else None

    monkeypatch.setattr(type(provider("openagenda")), "hint", lambda _, request: read(request), raising=False)

    def send(body, slug="openagenda", key=token):
        return town.client.post(f"/hooks/{slug}/{key}", content=body)

    return send


def test_a_hint_makes_a_run_of_what_it_points_at(town, hint):
    assert hint(b'["b", "a"]').status_code == 202
    run = town.row("sync_run", trigger="hint")
    assert (run["mode"], run["only_refs"], run["queue"]) == ("hinted", ["a", "b"], "agendas")
    assert town.row("hint_token")["last_used_at"] is not None
    assert town.row("hint_token")["digest"] != b""


def test_hints_join_the_run_that_waits(town, hint):
    hint(b'["a"]')
    hint(b'["b", "a"]')
    assert town.row("sync_run", trigger="hint")["only_refs"] == ["a", "b"]


def test_a_hint_too_many_brings_the_next_run_nearer(town, hint):
    hint(b'["a"]')
    town.end_runs()
    due = town.row("link", id=town.link)["next_run_at"]
    assert hint(b'["b"]').status_code == 202
    assert len(town.rows("sync_run", trigger="hint")) == 1
    assert town.row("link", id=town.link)["next_run_at"] < due
    assert town.db.execute(
        "SELECT next_run_at <= now() + interval '1 minute' AS soon FROM link WHERE id = %s", [town.link]
    ).fetchone()["soon"]


def test_a_hint_during_another_run_is_not_lost(town, hint):
    town.new_run(town.link, status="running")
    due = town.row("link", id=town.link)["next_run_at"]
    hint(b'["a"]')
    assert town.rows("sync_run", trigger="hint") == []
    assert town.row("link", id=town.link)["next_run_at"] < due


@pytest.mark.parametrize("body", [b"{}", b"<xml/>", b"", b"\xff\x00"])
def test_a_shape_that_nobody_knows_is_accepted_and_logged(town, hint, body):
    due = town.row("link", id=town.link)["next_run_at"]
    with structlog.testing.capture_logs() as lines:
        assert hint(body).status_code == 202
    assert town.rows("sync_run", trigger="hint") == []
    assert town.row("link", id=town.link)["next_run_at"] == due
    (line,) = [line for line in lines if line["event"] in {"hint_unknown", "hint_unreadable"}][-1:]
    assert (line["provider"], line["link"]) == ("openagenda", town.link)


def test_a_flood_of_hints_costs_one_run_a_minute(town, hint):
    """Three minutes of hints, whose runs end at once, and a tick that gives due links their runs."""
    adapter = provider("openagenda")
    terms = {"openagenda": Terms(Queue.AGENDAS, adapter.limits, adapter.cadence)}
    town.end_runs()
    town.db.execute("UPDATE sync_run SET created_at = created_at - interval '1 hour'")
    for _ in range(3):
        for number in range(10):
            assert hint(json.dumps([f"ref{number}"])).status_code == 202
            town.end_runs()
            claim(town.db, terms, {})
            town.end_runs()
        for table, column in (
            ("sync_run", "created_at"),
            ("sync_run", "hinted_at"),
            ("link", "hinted_since"),
            ("link", "next_run_at"),
            ("link", "hastened_at"),
        ):
            town.db.execute(f"UPDATE {table} SET {column} = {column} - interval '1 minute'")
        claim(town.db, terms, {})
        town.end_runs()
    asked = town.db.execute(
        "SELECT count(*) AS runs FROM sync_run WHERE created_at > now() - interval '3 minutes 30 seconds'"
    ).fetchone()["runs"]
    assert asked == 4  # at once, and after each minute
    # and each says since when the first of its hints waited
    waited = town.db.execute(
        "SELECT extract(epoch FROM created_at - hinted_at)::integer AS s FROM sync_run"
        " WHERE hinted_at IS NOT NULL ORDER BY id"
    ).fetchall()
    assert [row["s"] for row in waited] == [0, 60, 60, 60]


def test_after_a_calm_the_next_hint_is_followed_at_once(town, hint):
    hint(b'["a"]')
    town.end_runs()
    hint(b'["b"]')
    town.db.execute("UPDATE sync_run SET created_at = created_at - interval '3 minutes'")
    town.db.execute("UPDATE link SET hastened_at = hastened_at - interval '3 minutes'")
    hint(b'["c"]')
    assert town.rows("sync_run", trigger="hint")[-1]["only_refs"] == ["c"]


def test_a_partner_that_gives_no_hints_is_accepted_too(town, hint, monkeypatch):
    monkeypatch.undo()
    assert hint(b'["a"]').status_code == 202
    assert town.rows("sync_run", trigger="hint") == []


def test_a_paused_source_takes_no_hint(town, hint):
    town.db.execute("UPDATE link SET state = 'paused'")
    assert hint(b'["a"]').status_code == 202
    assert town.rows("sync_run", trigger="hint") == []


def test_an_unknown_address_is_not_there(town, hint):
    assert outcome(hint(b"[]", key="nothing")) == (404, "not_found")
    assert outcome(hint(b"[]", slug="another")) == (404, "not_found")
    town.db.execute("UPDATE hint_token SET revoked_at = now()")
    assert outcome(hint(b"[]")) == (404, "not_found")
