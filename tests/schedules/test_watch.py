"""What is late is said, with what to do; what a partner asked for is not."""

import pytest

from schedules.watch import troubles


def codes(scene):
    return [each.code for each in troubles(scene.db)]


def words(scene):
    return " ".join(each.sentence for each in troubles(scene.db)).replace("\u00a0", " ")


@pytest.fixture
def quiet(scene):
    """Nothing is due, and the tick has just been."""
    scene.db.execute("UPDATE link SET next_run_at = now() + interval '1 hour'")
    scene.db.execute("INSERT INTO last_tick (at) VALUES (now())")
    return scene


def test_nothing_is_late(quiet):
    assert codes(quiet) == []


def test_a_tick_that_stopped_is_said_with_what_to_start(quiet):
    quiet.db.execute("UPDATE last_tick SET at = now() - interval '3 minutes'")
    assert codes(quiet) == ["tick_late"]
    assert "« celery beat »" in words(quiet)


@pytest.mark.parametrize(("queue", "late"), [("manual", "2 minutes"), ("agendas", "31 minutes")])
def test_the_first_run_of_a_queue_may_wait_so_long(quiet, queue, late):
    run = quiet.ask(queue=queue)
    assert codes(quiet) == []
    quiet.db.execute("UPDATE sync_run SET created_at = now() - %s::interval", [late])
    assert codes(quiet) == ["queue_late"]
    assert f"« {queue} », l’importation n° {run} attend" in words(quiet)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("next_run_at = now() - interval '2 hours'", ["provider_late"]),
        ("next_run_at = now() - interval '2 hours', urgent = true", ["provider_late"]),
        ("wanted_at = now() - interval '2 hours', put_off = 'budget'", ["provider_late"]),
        ("wanted_at = now() - interval '2 hours', put_off = 'retry_after'", []),
        ("next_run_at = now() - interval '2 hours', state = 'paused'", []),
        ("next_run_at = now() - interval '50 minutes'", []),
    ],
)
def test_a_provider_whose_links_wait_for_an_hour_is_late(quiet, columns, said):
    quiet.db.execute(f"UPDATE link SET {columns}")
    assert codes(quiet) == said


def test_a_partner_that_does_not_answer_is_its_own_trouble_not_ours(quiet):
    quiet.db.execute("UPDATE link SET next_run_at = now() - interval '2 hours'")
    quiet.db.execute(
        """INSERT INTO provider_state (provider, breaker, since, retry_at)
           VALUES ('scripted', 'open', now() - interval '2 hours', now() + interval '5 minutes')"""
    )
    found = troubles(quiet.db)
    assert [(each.code, each.ours) for each in found] == [("provider_silent", False)]
    assert "scripted ne répond pas depuis" in words(quiet)
