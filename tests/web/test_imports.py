"""« Importer »: what is written down, what is answered, and what the same request again does."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.web.conftest import AGENDA
from tests.web.test_callers import outcome
from web.publishing import Publisher


def wait_until(true, seconds=60.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_an_import_is_written_down_and_answered(town):
    answer = town.call("POST", f"/venues/{town.venue}/imports", AGENDA)

    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert answer.headers["location"] == f"/runs/{body['run']}"
    assert (body["status"], body["label"], body["final"]) == ("queued", "en attente", False)
    link = town.row("link", id=body["link"])
    assert (link["provider"], link["identifier"]) == ("openagenda", "47826291")
    assert link["settings"] == {"capacity": "unlimited"}
    run = town.row("sync_run", id=body["run"])
    assert (run["queue"], run["trigger"], run["requested_by"]) == (
        "manual",
        "person",
        "portal:camille@la-halle.example",
    )
    event = town.row("link_event", link_id=link["id"])
    assert (event["action"], event["actor"], event["role"]) == (
        "linked",
        "portal:camille@la-halle.example",
        "manage",
    )
    wait_until(lambda: town.row("sync_run", id=body["run"])["published_at"])


def test_a_script_is_named_in_the_ledger(town):
    body = town.call("POST", f"/venues/{town.venue}/imports", AGENDA, caller=town.bearer()).json()
    assert town.row("sync_run", id=body["run"])["requested_by"] == "token:script manage"


def test_the_same_link_twice_is_one_run(town):
    path = f"/venues/{town.venue}/imports"
    first = town.call("POST", path, AGENDA).json()
    as_pasted = AGENDA | {"identifier": "https://openagenda.com/agendas/47826291/events.v2.ics"}
    second = town.call("POST", path, as_pasted).json()
    assert (first["run"], first["link"]) == (second["run"], second["link"])
    town.db.execute("UPDATE sync_run SET status = 'running' WHERE id = %s", [first["run"]])
    assert town.call("POST", path, AGENDA).json()["run"] == first["run"]


def test_many_at_once_are_one_link_and_one_run(town):
    path = f"/venues/{town.venue}/imports"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: town.call("POST", path, AGENDA), range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({(answer.json()["run"], answer.json()["link"]) for answer in answers}) == 1


def test_a_queued_background_run_moves_to_the_queue_where_nobody_waits(town):
    waiting = town.new_run(town.link)
    body = town.call("POST", f"/links/{town.link}/runs").json()
    assert body["run"] == waiting
    run = town.row("sync_run", id=waiting)
    assert (run["queue"], run["trigger"]) == ("manual", "person")


def test_an_agendas_page_pasted_again_is_the_same_link_once_its_number_is_known(town):
    path = f"/venues/{town.venue}/imports"
    page = AGENDA | {"identifier": "https://openagenda.com/la-halle"}
    link = town.call("POST", path, page).json()["link"]
    town.end_runs()
    town.db.execute("UPDATE link SET identifier = '47826291' WHERE id = %s", [link])
    assert town.call("POST", path, page).json()["link"] == link
    assert town.call("POST", path, AGENDA).json()["link"] == link


def test_one_key_is_one_run_even_when_it_is_over(town):
    path = f"/venues/{town.venue}/imports"
    first = town.call("POST", path, AGENDA, idempotency_key="k1").json()
    town.end_runs()
    again = town.call("POST", path, AGENDA, idempotency_key="k1")
    assert (again.status_code, again.json()["run"], again.json()["final"]) == (202, first["run"], True)
    assert town.call("POST", path, AGENDA, idempotency_key="k2").json()["run"] != first["run"]


def test_a_key_that_joined_a_run_gives_it_again(town):
    path = f"/venues/{town.venue}/imports"
    first = town.call("POST", path, AGENDA).json()
    town.call("POST", path, AGENDA, idempotency_key="k1")
    town.end_runs()
    assert town.call("POST", path, AGENDA, idempotency_key="k1").json()["run"] == first["run"]


def test_a_key_is_not_for_two_requests(town):
    path = f"/venues/{town.venue}/imports"
    town.call("POST", path, AGENDA, idempotency_key="k1")
    other = AGENDA | {"settings": {"capacity": 5}}
    assert outcome(town.call("POST", path, other, idempotency_key="k1")) == (422, "idempotency_key_reused")
    assert outcome(town.call("POST", path, AGENDA, idempotency_key="a key")) == (
        422,
        "idempotency_key_invalid",
    )


def test_keys_of_two_callers_are_two(town):
    path = f"/venues/{town.venue}/imports"
    town.call("POST", path, AGENDA, idempotency_key="k1")
    other = AGENDA | {"settings": {"capacity": 5}}
    assert town.call("POST", path, other, caller=town.bearer(), idempotency_key="k1").status_code == 202


def test_a_replayed_message_changes_nothing(town):
    path, body = f"/venues/{town.venue}/imports", AGENDA
    heard = town.portal.headers("POST", path, json.dumps(body).encode())
    first = town.call("POST", path, body, caller=heard).json()
    town.end_runs()
    town.call("PATCH", f"/links/{first['link']}", {"settings": {"capacity": 12}})
    replayed = town.call("POST", path, body, caller=heard)
    assert replayed.json()["run"] == first["run"]
    assert town.call("POST", path, body, caller=heard, idempotency_key="new").json()["run"] == first["run"]
    assert town.row("link", id=first["link"])["settings"] == {"capacity": 12}

    path = f"/links/{town.link}"
    heard = town.portal.headers("PATCH", path, b'{"state": "paused"}')
    assert town.call("PATCH", path, {"state": "paused"}, caller=heard).status_code == 200
    town.call("PATCH", path, {"state": "active"})
    assert outcome(town.call("PATCH", path, {"state": "paused"}, caller=heard)) == (409, "already_received")
    assert town.row("link", id=town.link)["state"] == "active"


def test_six_manual_runs_an_hour_and_joining_is_none(town):
    path = f"/links/{town.link}/runs"
    for _ in range(6):
        run = town.call("POST", path).json()["run"]
        assert town.call("POST", path).json()["run"] == run
        town.end_runs()
    answer = town.call("POST", path)
    assert outcome(answer) == (429, "too_many_runs")
    assert 3500 < int(answer.headers["retry-after"]) <= 3600
    assert len(town.rows("sync_run", link_id=town.link, trigger="person")) == 6

    scheduled = town.new_run(town.link)
    assert town.call("POST", path).json()["run"] == scheduled
    town.end_runs()
    town.db.execute("UPDATE sync_run SET created_at = created_at - %s", [timedelta(hours=1)])
    assert town.call("POST", path).status_code == 202


def test_a_refused_import_edits_nothing(town):
    path = f"/venues/{town.venue}/imports"
    for _ in range(6):
        link = town.call("POST", path, AGENDA).json()["link"]
        town.end_runs()
    other = AGENDA | {"settings": {"capacity": 5}}
    assert town.call("POST", path, other, idempotency_key="k1").status_code == 429
    assert town.row("link", id=link)["settings"] == AGENDA["settings"]
    assert "key k1" not in [row["key"] for row in town.rows("heard_request")]


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"provider": "nobody"}, "unknown_provider", "Partenaire inconnu"),
        ({"identifier": " "}, "identifier_empty", "manque"),
        ({"identifier": "https://example.org/agenda"}, "identifier_other_site", "Collez"),
        ({"settings": {"capacity": "beaucoup"}}, "settings_invalid", "capacity"),
        ({"settings": {"colour": "red"}}, "settings_invalid", "réglage inconnu"),
        ({"settings": []}, "invalid", "body.settings"),
        ({"settings": {"places": ["a\u0000b"]}}, "invalid", "n’est pas du texte"),
        ({"identifier": "\ud800"}, "invalid", "n’est pas du texte"),
        ({"identifier": None}, "invalid", "body.identifier"),
        ({"surprise": 1}, "invalid", "n’est pas connu"),
    ],
)
def test_a_form_that_is_wrong_is_refused_in_french(quiet_town, change, code, words):
    before = quiet_town.rows("link")
    answer = quiet_town.call("POST", f"/venues/{quiet_town.venue}/imports", AGENDA | change)
    assert outcome(answer) == (422, code)
    assert words in answer.json()["detail"]
    assert quiet_town.rows("link") == before


@pytest.mark.parametrize("content", [b"{", b"[" * 50_000, b'{"identifier": 1' + b"0" * 5000 + b"}", b"\xff"])
def test_what_is_no_json_is_refused(quiet_town, content):
    path = f"/venues/{quiet_town.venue}/imports"
    headers = quiet_town.bearer() | {"content-type": "application/json"}
    answer = quiet_town.client.post(path, content=content, headers=headers)
    assert outcome(answer)[0] in (400, 422)


def test_a_disconnected_source_is_not_synchronised_but_imported_again(town):
    link = town.call("POST", f"/venues/{town.venue}/imports", AGENDA).json()["link"]
    town.call("DELETE", f"/links/{link}?keep_offers=true")
    assert outcome(town.call("POST", f"/links/{link}/runs")) == (409, "unlinked")
    assert town.call("POST", f"/venues/{town.venue}/imports", AGENDA).json()["link"] == link
    assert town.row("link", id=link)["state"] == "active"
    assert [event["action"] for event in town.rows("link_event")] == ["linked", "unlinked", "revived"]


def test_a_publication_that_hangs_keeps_nobody_waiting(database_url, monkeypatch):
    stuck = threading.Event()
    monkeypatch.setattr("web.publishing.publish", lambda *_: stuck.wait(90))
    publisher = Publisher(database_url)
    publisher.start()
    started = time.monotonic()
    for run in range(3000):
        publisher.tell(run, "manual")
    assert time.monotonic() - started < 30
    stuck.set()
    publisher.stop()
