"""Bulkheads: what one partner's outage costs the others (nothing), how it is noticed, how it ends."""

import queue
import threading
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from models.database import connect
from providers.errors import DataError, TransientError
from schedules import breaker
from schedules import tick as ticks
from tests.schedules.test_tick import AWAY, Sender, tick
from tests.workers.scripted import Partner, event
from workers import visits
from workers.sync import synchronise

DOWN = TransientError("timeout", "Le partenaire ne répond pas.")


@pytest.fixture
def two_partners(scene):
    """Six links of « scripted » and six of « scripted-sessions », each with a partner of its own."""
    scene.partner.lists(event("a"))
    other = visits.provider("scripted-sessions")
    other.partner = Partner()
    other.partner.lists(event("b"))
    scene.mine = [scene.link, *(scene.new_link(identifier=f"a{number}", capacity=2) for number in range(5))]
    scene.others = [scene.new_link("scripted-sessions", f"b{number}") for number in range(6)]
    return scene


def run_all(scene):
    """Tick, and do what was published, until nothing more is."""
    while True:
        sender = Sender()
        tick(scene, sender)
        if not sender.sent:
            return
        for run, _ in sender.sent:
            synchronise(run, scene.site)


def all_due(scene):
    scene.db.execute("UPDATE link SET next_run_at = now(), failures = 0")


def later(scene):
    """As if the wait before the next probe were over."""
    scene.db.execute("UPDATE provider_state SET retry_at = now()")


def outcomes(scene, links):
    rows = scene.db.execute(
        "SELECT status, count(*) AS n FROM sync_run WHERE link_id = ANY (%s) GROUP BY 1", [links]
    )
    return {row["status"]: row["n"] for row in rows}


def test_an_outage_is_said_once_probed_once_at_a_time_and_its_end_is_said_once(two_partners):
    scene = two_partners
    scene.partner.fails_before_page = (0, DOWN)
    with capture_logs() as logs:
        run_all(scene)
        assert outcomes(scene, scene.mine) == {"failed": 6}
        assert outcomes(scene, scene.others) == {"succeeded": 6}
        state = scene.row("provider_state")
        assert (state["provider"], state["breaker"]) == ("scripted", "open")
        first_failure = scene.db.execute(
            "SELECT min(finished_at) AS at FROM sync_run WHERE status = 'failed'"
        )
        assert state["since"] == first_failure.fetchone()["at"]

        all_due(scene)
        run_all(scene)
        assert outcomes(scene, scene.mine) == {"failed": 6}  # left alone
        assert outcomes(scene, scene.others) == {"succeeded": 12}

        for probes in (1, 2):
            later(scene)
            run_all(scene)
            assert outcomes(scene, scene.mine) == {"failed": 6 + probes}
            all_due(scene)
        wait = scene.db.execute("SELECT retry_at - changed_at AS wait FROM provider_state").fetchone()["wait"]
        assert wait > 3 * breaker.FIRST_PROBE

        scene.partner.fails_before_page = None
        later(scene)
        run_all(scene)
        assert scene.row("provider_state")["breaker"] == "closed"
        assert outcomes(scene, scene.mine)["succeeded"] == 6  # the probe, then all the others
    said = [line["event"] for line in logs if line["event"].startswith("breaker")]
    assert said == ["breaker_opened", "breaker_closed"]


def test_a_persons_run_is_not_held_back_and_its_success_ends_the_outage(two_partners):
    scene = two_partners
    scene.partner.fails_before_page = (0, DOWN)
    run_all(scene)
    assert scene.run()["status"] == "failed"
    tick(scene, Sender())
    assert scene.row("provider_state")["breaker"] == "open"
    scene.partner.fails_before_page = None
    assert scene.run()["status"] == "succeeded"
    tick(scene, Sender())
    assert scene.row("provider_state")["breaker"] == "closed"


def test_failures_that_are_answers_open_nothing(two_partners):
    scene = two_partners
    scene.partner.lists()
    scene.partner.fails_before_page = (0, DataError("not_ics", "Ce n’est pas un agenda."))
    run_all(scene)
    assert outcomes(scene, scene.mine) == {"failed": 6}
    assert scene.rows("provider_state") == []


def test_a_few_silent_links_among_many_that_answer_open_nothing(two_partners):
    scene = two_partners
    run_all(scene)
    scene.partner.fails_before_page = (0, DOWN)
    for link in scene.mine[:5]:
        assert scene.run(link)["status"] == "failed"
    tick(scene, Sender())
    assert scene.rows("provider_state") == []


def test_a_partner_that_hangs_on_every_request_keeps_nobody_elses_links_waiting(two_partners, database_url):
    """Four hands: the hanging partner's runs take two of them and hold them; the others' go on."""
    scene = two_partners
    hang, waiting = threading.Event(), queue.SimpleQueue()
    scene.partner.on_page = lambda _: hang.wait(150)

    def hand():
        with connect(database_url) as own:
            while (run := waiting.get()) is not None:
                synchronise(run, scene.site)
                ticks.publish_waiting(own, scene.site.settings, send, most=1)

    def send(run, _):
        waiting.put(run)
        return True

    hands = [threading.Thread(target=hand) for _ in range(4)]
    for each in hands:
        each.start()
    try:
        ticks.tick(scene.db, scene.site.settings, AWAY, send)
        visited = "SELECT count(*) AS n FROM link WHERE id = ANY (%s) AND visited_at IS NOT NULL"
        scene.db.execute("SET statement_timeout = '20s'")
        while scene.db.execute(visited, [scene.others]).fetchone()["n"] < 6:
            scene.db.execute("SELECT pg_sleep(0.02)")
        assert outcomes(scene, scene.others) == {"succeeded": 6}
        assert outcomes(scene, scene.mine) == {"running": 2, "queued": 4}
        slowest = scene.db.execute(
            "SELECT max(visited_at - created_at) AS wait FROM link WHERE id = ANY (%s)", [scene.others]
        ).fetchone()["wait"]
        assert slowest < timedelta(seconds=100)
    finally:
        hang.set()
        while scene.db.execute("SELECT FROM sync_run WHERE status = 'running'").fetchone():
            scene.db.execute("SELECT pg_sleep(0.02)")
        for _ in hands:
            waiting.put(None)
        for each in hands:
            each.join()
