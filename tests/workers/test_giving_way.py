"""A run that gave way has one message in its queue: the one that its worker publishes."""

from datetime import timedelta

import pytest

import workers.publish
from schedules.tick import publish_waiting
from tests.workers.scripted import event
from workers.publish import publish
from workers.sync import Ended, synchronise


@pytest.fixture
def run(scene):
    """A run that gave way and was not published yet."""
    scene.partner.lists(*(event(f"e{number}") for number in range(6)))
    run = scene.ask()
    assert synchronise(run, scene.with_settings(slice=timedelta(0))) is Ended.GAVE_WAY
    return run


def published_by_the_tick(scene):
    sent = []
    publish_waiting(scene.db, scene.site.settings, lambda run, queue: sent.append(run) or True)
    return sent


def test_the_tick_leaves_it_to_its_worker(scene, run):
    assert published_by_the_tick(scene) == []


def test_the_tick_publishes_it_when_its_worker_could_not(scene, run, monkeypatch):
    monkeypatch.setattr(workers.publish, "send", lambda run, queue: False)
    assert not publish(scene.db, run, "manual")
    assert published_by_the_tick(scene) == [run]


def test_the_tick_publishes_it_when_its_worker_died_before_it_did(scene, run):
    scene.db.execute("UPDATE sync_run SET published_at = published_at - interval '11 minutes'")
    assert published_by_the_tick(scene) == [run]
