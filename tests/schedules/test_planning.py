"""What a visit leaves for the schedule: habit, stakes, interval, what the partner said; and its words."""

from datetime import UTC, datetime, timedelta

import pytest

from providers.errors import RateLimited, TransientError
from providers.http import PoliteClient
from schedules import upcoming
from schedules.planning import waiting_times
from tests.workers.scripted import at, date, event
from workers import visits

HOUR = timedelta(hours=1)


@pytest.fixture
def told(scene, monkeypatch):
    """What the partner's answers say of when to come back."""
    said = {"mostly_asked": ("partner.example", "agenda:1"), "next_allowed": {}, "fresh_until": None}
    for name in list(said):
        monkeypatch.setattr(PoliteClient, name, property(lambda _, name=name: said[name]))
    return said


def visit_after(scene, hours, **columns):
    """Import as if the last visit had been so many hours ago."""
    scene.db.execute("UPDATE link SET visited_at = now() - make_interval(hours => %s)", [hours])
    run = scene.run(**columns)
    assert run["status"] == "succeeded"
    return scene.row("link")


def wait(link, scene):
    now = scene.db.execute("SELECT now() AS now").fetchone()["now"]
    return link["next_run_at"] - now


def test_the_first_visit_teaches_nothing_of_the_habit_and_the_next_ones_do(scene):
    scene.partner.lists(event("a"))
    scene.run()
    link = scene.row("link")
    assert (link["changes"], link["changed_seconds"], link["unchanged_seconds"]) == (0, 0, 0)
    assert 0.8 * HOUR < wait(link, scene) <= HOUR

    for _ in range(4):
        link = visit_after(scene, 5)
    assert link["changes"] == 0
    assert link["unchanged_seconds"] > 4 * 4 * 3600
    assert link["interval"] > 1.5 * HOUR

    scene.partner.lists(event("a", title="Autrement"))
    before = link["interval"]
    link = visit_after(scene, 5)
    assert link["changes"] == 1
    assert link["interval"] < before


def test_what_a_person_edited_says_nothing_of_the_partner(scene):
    scene.partner.lists(event("a"))
    scene.run()
    scene.db.execute("UPDATE link SET settings = '{\"capacity\": 3}', settings_edited_at = clock_timestamp()")
    link = visit_after(scene, 5)
    assert (link["changes"], link["unchanged_seconds"]) == (0, 0)


def test_a_hinted_run_and_a_replay_leave_the_next_visit_where_it_was(scene):
    scene.partner.lists(event("a"))
    scene.run()
    due = scene.row("link")["next_run_at"]
    for mode in ("hinted", "replay"):
        scene.run(mode=mode, only_refs=["a"])
        assert scene.row("link")["next_run_at"] == due


def test_a_date_that_is_near_and_nearly_full_brings_the_next_visit_nearer(scene):
    soon = datetime.now(UTC) + timedelta(hours=2)
    scene.partner.lists(event("a", date(soon)))
    scene.run()
    for _ in range(4):
        visit_after(scene, 5)
    many = scene.row("link")
    scene.db.execute("UPDATE link SET settings = '{\"capacity\": 2}', settings_edited_at = clock_timestamp()")
    few = visit_after(scene, 5)
    assert few["interval"] < many["interval"]
    assert few["importance"] > many["importance"] > 1


def test_an_answer_that_stays_good_puts_the_next_visit_off_but_not_beyond_the_longest_interval(scene, told):
    scene.partner.lists(event("a"))
    told["fresh_until"] = datetime.now(UTC) + 3 * HOUR
    scene.run()
    link = scene.row("link")
    assert link["next_run_at"] == link["fresh_until"] == told["fresh_until"]
    assert "sa réponse reste bonne" in upcoming.why(upcoming.coming(scene.db, link=link["id"])[0])[0]

    told["fresh_until"] = datetime.now(UTC) + timedelta(days=6)
    scene.run()
    assert wait(scene.row("link"), scene) <= timedelta(days=1)


@pytest.mark.parametrize("fails", [False, True])
def test_a_retry_after_is_kept_for_the_host_whatever_becomes_of_the_run(scene, told, fails):
    scene.partner.lists(event("a"))
    scene.run()
    until = datetime.now(UTC) + timedelta(minutes=40)
    told["next_allowed"] = {"partner.example": until}
    if fails:
        scene.partner.fails_before_page = (0, RateLimited("rate_limited", "Attendez.", retry_at=until))
    scene.run()
    assert scene.row("host_state", host="partner.example")["retry_at"] == until
    assert waiting_times(scene.db, scene.link) == {"partner.example": until}
    if fails:
        assert scene.row("link")["next_run_at"] >= until


def test_the_client_of_another_run_is_told_what_its_host_said(scene, monkeypatch):
    scene.db.execute("UPDATE link SET host = 'partner.example'")
    until = datetime(2100, 1, 1, tzinfo=UTC)
    scene.db.execute("INSERT INTO host_state (host, retry_at) VALUES ('partner.example', %s)", [until])
    opened = []
    monkeypatch.setattr(visits, "PoliteClient", lambda **words: opened.append(words) or PoliteClient(**words))
    scene.partner.lists(event("a"))
    scene.run()
    assert opened[0]["next_allowed"] == {"partner.example": until}


def test_what_was_asked_and_how_much_is_known_for_the_tills(scene, told):
    scene.partner.lists(event("a"))
    scene.run()
    link = scene.row("link")
    assert (link["host"], link["budget_key"], link["requests"]) == ("partner.example", "agenda:1", 1)


def words_of(scene):
    said = upcoming.why(upcoming.coming(scene.db, link=scene.link)[0])
    return " ".join(said).replace("\u00a0", " ")


def test_the_reasons_are_said_in_words(scene, told):
    assert "pas encore été lue" in words_of(scene)
    scene.partner.lists(event("a", date(at(1))))
    scene.run()
    assert "pas encore son rythme" in words_of(scene)
    visit_after(scene, 5)
    assert "change à peu près toutes les" in words_of(scene)

    scene.db.execute("UPDATE host_state SET price = 3, priced_at = now() WHERE host = 'agenda:1'")
    scene.db.execute(
        "INSERT INTO host_state (host, price, priced_at) VALUES ('agenda:1', 3, now()) ON CONFLICT DO NOTHING"
    )
    assert "Les requêtes à « agenda:1 » sont rares (prix 3.0)" in words_of(scene)
    for reason, words in {
        "budget": "attend son tour",
        "retry_after": "« partner.example » a demandé de ne pas revenir",
        "quiet": "heures calmes de « partner.example »",
    }.items():
        scene.db.execute("UPDATE link SET put_off = %s, wanted_at = now()", [reason])
        assert words in words_of(scene)

    scene.partner.fails_before_page = (0, TransientError("timeout", "Le partenaire ne répond pas."))
    scene.run()
    assert "1 importation de suite sans succès" in words_of(scene)
    scene.ask()
    assert "attend son tour" in words_of(scene)
    scene.db.execute("UPDATE link SET state = 'paused'")
    assert words_of(scene) == "La source est en pause : rien n’est prévu."
