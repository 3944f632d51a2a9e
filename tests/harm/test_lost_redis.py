"""Redis wiped, restarted, frozen or away: it only carries run ids, and workers live through it."""

import os
import signal
import time
from collections.abc import Iterator

import psutil
import pytest
import redis

import workers.publish
from runtime.valkey import EmbeddedValkey
from tests.conftest import ServicesForTests
from tests.harm.conftest import Installation, installation, own_database
from tests.harm.harness import publisher, wait_until
from tests.harm.partner import LoopbackAgenda, programme

FAST = 10
"""Seconds; a socket that is waited for without bounds says nothing for minutes."""


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """A Redis of these tests' own, to be killed and frozen."""
    server = EmbeddedValkey(tmp_path_factory.mktemp("redis"), durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def fragile(
    own_redis: EmbeddedValkey,
    services_for_tests: ServicesForTests,
    migrated: str,
    loopback_agenda: LoopbackAgenda,
) -> Iterator[Installation]:
    """An installation on that Redis: beat, the worker of the ticks, and one of people's runs."""
    with (
        own_database(services_for_tests, migrated) as url,
        installation(url, own_redis.url, loopback_agenda) as alone,
    ):
        alone.crew.beat()
        alone.crew.worker("ticks")
        alone.crew.worker()
        yield alone
        assert all(process.is_alive for process in alone.crew.processes)


def kill(server: EmbeddedValkey) -> None:
    process = psutil.Process(server.pid())
    process.kill()
    wait_until(lambda: not server.alive())


def test_runs_that_were_queued_when_redis_was_wiped_are_done(harm: Installation):
    runs = [harm.ask(harm.linked(programme(2))) for _ in range(3)]
    wait_until(lambda: all(harm.run(run)["published_at"] for run in runs))
    with redis.Redis.from_url(harm.site.broker_url) as client:
        client.flushall()
    harm.crew.worker()
    assert [harm.ended(run)["status"] for run in runs] == ["succeeded"] * 3


def test_a_run_in_flight_outlives_a_restart_of_redis_and_its_worker_takes_the_next_one(
    own_redis: EmbeddedValkey, fragile: Installation
):
    source, next_source = (fragile.linked(programme(150, detailed=150)) for _ in range(2))
    with fragile.partner.holding(source.number, "after") as gate:
        run = fragile.ask(source)
        assert gate.reached.wait(90)
        kill(own_redis)
        own_redis.start()
    row = fragile.ended(run)
    assert (row["status"], row["takeovers"]) == ("succeeded", 0)
    assert fragile.ended(fragile.ask(next_source))["status"] == "succeeded"


def test_idle_workers_and_beat_outlive_some_seconds_without_redis(
    own_redis: EmbeddedValkey, fragile: Installation
):
    def failures() -> list[int]:
        return [process.log.count("Cannot connect to redis") for process in fragile.crew.processes[1:]]

    before = failures()
    kill(own_redis)
    wait_until(lambda: all(now > then + 1 for now, then in zip(failures(), before, strict=True)))
    own_redis.start()
    assert fragile.ended(fragile.ask(fragile.linked(programme(2))))["status"] == "succeeded"


def test_publishing_fails_fast_when_redis_is_frozen_or_away(
    own_redis: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
):
    app = publisher(own_redis.url)
    monkeypatch.setattr(workers.publish, "app", app)
    assert workers.publish.send(1, "manual")

    def seconds_to_fail() -> float:
        began = time.monotonic()
        assert not workers.publish.send(1, "manual")
        return time.monotonic() - began

    os.kill(own_redis.pid(), signal.SIGSTOP)
    try:
        assert seconds_to_fail() < FAST
        assert seconds_to_fail() < FAST, "with a connection to make"
    finally:
        os.kill(own_redis.pid(), signal.SIGCONT)
    kill(own_redis)
    assert seconds_to_fail() < FAST
    assert seconds_to_fail() < FAST
    own_redis.start()
    assert workers.publish.send(1, "manual")
    app.close()
