"""The tick: due links get one run each, nobody's run is forgotten, lost workers' runs come back."""

from datetime import timedelta

import pytest
import redis

from schedules import tick as ticks
from tests.workers.scripted import event
from workers.lease import take

AWAY = "redis://127.0.0.1:1/0"


class Sender:
    """Remembers what would go to Redis."""

    def __init__(self, *, works: bool = True):
        self.works = works
        self.sent = []

    def __call__(self, run, queue):
        self.sent.append((run, queue))
        return self.works


@pytest.fixture
def queues():
    return Sender()


def tick(scene, queues, broker_url=AWAY):
    # a lease longer than the tests' PostgreSQL is up would look like one that a restart ended
    short = scene.site.settings.model_copy(update={"lease": timedelta(milliseconds=1)})
    ticks.tick(scene.db, short, broker_url, queues)


def test_a_due_link_gets_one_run_and_is_due_again_later(scene, queues):
    tick(scene, queues)
    tick(scene, queues)
    run = scene.row("sync_run")
    assert (run["status"], run["trigger"], run["link_id"], run["queue"]) == (
        "queued",
        "schedule",
        scene.link,
        "agendas",
    )
    assert queues.sent == [(run["id"], "agendas")]
    wait = scene.row("link")["next_run_at"] - run["created_at"]
    assert timedelta(minutes=59) < wait < timedelta(minutes=67)


def test_links_of_one_interval_do_not_all_come_back_at_once(scene, queues):
    links = [scene.link, *(scene.new_link(identifier=str(number)) for number in range(2, 40))]
    tick(scene, queues)
    due = {link["next_run_at"] for link in scene.rows("link")}
    assert len(scene.rows("sync_run")) == len(links)
    assert len(due) > 20
    assert max(due) - min(due) > timedelta(minutes=2)


@pytest.mark.parametrize("state", ["paused", "to_check", "unlinked"])
def test_a_link_that_is_not_active_is_left_alone(scene, queues, state):
    scene.db.execute("UPDATE link SET state = %s", [state])
    tick(scene, queues)
    assert scene.rows("sync_run") == []


def test_a_link_with_a_run_under_way_gets_no_other(scene, queues):
    scene.ask()
    tick(scene, queues)
    assert len(scene.rows("sync_run")) == 1


def test_a_link_whose_provider_cannot_be_imported_delays_nobody(scene, queues):
    scene.new_link(provider="broken", identifier="7")
    tick(scene, queues)
    assert {queue for _, queue in queues.sent} == {"agendas"}


def test_a_run_that_redis_did_not_take_is_published_by_the_next_tick(scene, queues):
    run = scene.ask()
    tick(scene, Sender(works=False))
    assert scene.row("sync_run")["published_at"] is None
    tick(scene, queues)
    assert queues.sent == [(run, "manual")]
    assert scene.row("sync_run")["publications"] == 1


def test_a_run_that_nobody_took_is_published_again_after_a_while_then_twice_that(scene, queues):
    run = scene.ask()
    second = scene.site.settings.model_copy(update={"republish_after": timedelta(seconds=3)})
    up_for = "SELECT greatest(0, 7 - extract(epoch FROM now() - pg_postmaster_start_time()))"
    scene.db.execute(f"SELECT pg_sleep(({up_for}))")

    def after(seconds):
        scene.db.execute("UPDATE sync_run SET published_at = now() - make_interval(secs => %s)", [seconds])
        queues.sent.clear()
        ticks.publish_waiting(scene.db, second, queues)
        return [number for number, _ in queues.sent]

    ticks.publish_waiting(scene.db, second, queues)
    assert after(0.9) == []
    assert after(3.3) == [run]
    assert after(3.9) == []
    assert after(6.3) == [run]


def test_a_run_whose_message_came_while_postgresql_was_away_is_published_again_once(scene, queues):
    run = scene.ask()
    tick(scene, queues)
    scene.db.execute("UPDATE sync_run SET published_at = pg_postmaster_start_time() - interval '1 s'")
    tick(scene, queues)
    tick(scene, queues)
    assert queues.sent == [(run, "manual")] * 2


def test_people_go_before_the_background(scene, queues):
    tick(scene, Sender(works=False))
    person = scene.ask(scene.new_link(identifier="2"))
    tick(scene, queues)
    assert queues.sent[0] == (person, "manual")


def test_a_wiped_redis_is_told_everything_again(scene, queues):
    # a database of its own: the session's real beat keeps the marker in the usual one
    broker_url = f"{scene.site.broker_url.rpartition('/')[0]}/7"
    run = scene.ask()
    tick(scene, queues, broker_url)
    tick(scene, queues, broker_url)
    assert len(queues.sent) == 1
    with redis.Redis.from_url(broker_url) as client:
        client.flushdb()
    tick(scene, queues, broker_url)
    tick(scene, queues, broker_url)
    assert queues.sent == [(run, "manual")] * 2


def test_a_redis_that_is_away_is_not_taken_for_a_wiped_one(scene, queues):
    scene.ask()
    tick(scene, queues)
    tick(scene, queues)
    assert len(queues.sent) == 1


def expire(scene):
    scene.db.execute("UPDATE sync_run SET lease_until = clock_timestamp() - interval '1 s'")


def test_a_run_whose_lease_ended_is_put_back_and_published(scene, queues):
    run = scene.ask()
    take(scene.db, run, scene.site.settings)
    tick(scene, queues)
    assert scene.row("sync_run")["status"] == "running"
    expire(scene)
    tick(scene, queues)
    row = scene.row("sync_run")
    assert (row["status"], row["losses"], row["takeovers"]) == ("queued", 1, 1)
    assert queues.sent == [(run, "manual")]


def test_a_restart_of_postgresql_is_nobodys_loss(scene, queues):
    take(scene.db, scene.ask(), scene.site.settings)
    scene.db.execute("UPDATE sync_run SET lease_until = pg_postmaster_start_time()")
    tick(scene, queues)
    row = scene.row("sync_run")
    assert (row["status"], row["losses"], row["takeovers"]) == ("queued", 0, 1)


def test_a_parked_link_starts_afresh_when_a_person_asks(scene, queues):
    scene.partner.lists(event("a"))
    run = scene.ask()
    for _ in range(3):
        take(scene.db, run, scene.site.settings)
        expire(scene)
        tick(scene, queues)
    assert scene.row("sync_run")["status"] == "dead"
    tick(scene, queues)
    assert len(scene.rows("sync_run")) == 1
    assert scene.run()["status"] == "succeeded"


def test_what_is_past_its_retention_is_forgotten(scene):
    scene.partner.lists(event("a"))
    runs = [scene.run()["id"] for _ in range(3)]
    scene.db.execute(
        "UPDATE sync_run SET finished_at = now() - CASE id WHEN %s THEN interval '8 days' ELSE interval '6 days' END",
        [runs[1]],
    )
    ticks.purge(scene.db)
    assert [run["id"] for run in scene.rows("sync_run")] == [runs[0], runs[2]]
