"""A run as it goes: by a plain GET, and as server-sent events."""

import asyncio
import json
import threading
import time
from types import SimpleNamespace

import pytest
from psycopg.types.json import Jsonb

import web.progress
from models.database import connect


def events(text):
    for block in text.replace("\r\n", "\n").strip().split("\n\n"):
        lines = [line.partition(": ") for line in block.split("\n") if line and not line.startswith(":")]
        if lines:
            yield {name: value for name, _, value in lines}


@pytest.fixture
def going(town):
    link = town.new_link(town.venue, "2")
    return town.new_run(link, status="running")


def test_a_run_that_is_over_is_told_at_once_and_once(town):
    answer = town.call("GET", f"/runs/{town.run}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    (event,) = events(answer.text)
    assert event["event"] == "end"
    assert json.loads(event["data"]) == town.call("GET", f"/runs/{town.run}").json()
    again = town.call("GET", f"/runs/{town.run}/events", last_event_id=event["id"])
    assert (again.status_code, again.content) == (204, b"")
    assert town.call("GET", f"/runs/{town.run}/events", last_event_id="of another state").status_code == 200


def wait_until(true):
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_run_is_followed_to_its_end(town, going, monkeypatch):
    looked, look = [], web.progress._look
    monkeypatch.setattr("web.progress.LOOK_EVERY", 0.05)
    monkeypatch.setattr("web.progress._look", lambda *asked: looked.append(look(*asked)) or looked[-1])

    def go_on():
        with connect(town.site.database_url) as db:
            wait_until(lambda: [state.read for state in looked].count(0) > 1)  # the first look tells nothing
            counters = Jsonb({"items": {"read": 40}})
            db.execute("UPDATE sync_run SET counters = %s, estimate = 80 WHERE id = %s", [counters, going])
            wait_until(lambda: looked[-1].read == 40)
            db.execute("UPDATE sync_run SET status = 'succeeded', finished_at = now() WHERE id = %s", [going])

    worker = threading.Thread(target=go_on)
    worker.start()
    told = list(events(town.call("GET", f"/runs/{going}/events").text))
    worker.join()
    states = [json.loads(event["data"]) for event in told]
    assert [event["event"] for event in told] == ["run", "run", "end"]
    assert [(state["read"], state["estimate"], state["final"]) for state in states] == [
        (0, None, False),
        (40, 80, False),
        (40, 80, True),
    ]
    assert len({event["id"] for event in told}) == 3


def test_who_comes_back_hears_of_what_is_new(town, going, monkeypatch):
    monkeypatch.setattr("web.progress.LONGEST", 0.6)
    (first,) = events(town.call("GET", f"/runs/{going}/events").text)
    assert list(events(town.call("GET", f"/runs/{going}/events", last_event_id=first["id"]).text)) == []


def test_a_silent_stream_is_kept_alive(town, going, monkeypatch):
    monkeypatch.setattr("web.progress.HEARTBEAT", 1)
    monkeypatch.setattr("web.progress.LONGEST", 1.6)
    assert ": ping" in town.call("GET", f"/runs/{going}/events").text


def test_streams_hold_no_connection(town, going, monkeypatch):
    between_looks, over = [], threading.Event()

    async def until_over(_):
        between_looks.append(1)
        while not over.is_set():  # noqa: ASYNC110  # it is set in another thread
            await asyncio.sleep(0.05)

    monkeypatch.setattr("web.progress.LONGEST", 0.1)
    monkeypatch.setattr("web.progress.asyncio", SimpleNamespace(sleep=until_over))
    threads = [threading.Thread(target=town.call, args=("GET", f"/runs/{going}/events")) for _ in range(40)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: len(between_looks) == 40)
        assert town.app.state.hook.engine.pool.checkedout() == 0
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert town.call("GET", f"/runs/{going}").status_code == 200


@pytest.mark.parametrize(
    ("columns", "items", "label"),
    [
        ({"status": "partial"}, {"quarantined": 3}, "terminée, 3\u00a0éléments à corriger"),
        ({"status": "partial"}, {"quarantined": 1}, "terminée, 1\u00a0élément à corriger"),
        ({"status": "partial", "shortfall": "details_not_received"}, {}, "terminée, détails non reçus"),
        ({"status": "review"}, {}, "terminée, retraits à confirmer"),
        ({"status": "failed", "error_code": "not_found", "message": "Introuvable."}, {}, "n’a pas abouti"),
        ({"status": "dead"}, {}, "interrompue, notre équipe est prévenue"),
    ],
)
def test_a_run_in_words(quiet_town, columns, items, label):
    run = quiet_town.new_run(quiet_town.link, counters=Jsonb({"items": items}), **columns)
    state = quiet_town.call("GET", f"/runs/{run}").json()
    assert state["label"] == label
    code = columns.get("error_code")
    assert state["error"] == ({"code": code, "message": "Introuvable."} if code else None)
