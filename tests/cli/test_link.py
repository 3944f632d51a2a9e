"""Linking asks the partner first, stores digits, and edits what is linked already."""

from dataclasses import replace

import pytest

from cli.sample_agenda import NUMBER
from providers.base import provider
from providers.errors import TransientError
from tests.cli.conftest import many_events

ICS = f"https://openagenda.com/agendas/{NUMBER}/events.ics?"


def test_an_address_is_stored_as_digits_with_the_agendas_title_and_is_due_at_once(passerelle):
    venue = passerelle.venue()
    made = passerelle("link", venue, "openagenda", ICS, "--set", "capacity=unlimited")
    assert next(iter(made)) == "id"
    (link,) = passerelle("links")
    assert (link["identifier"], link["title"]) == (NUMBER, "Théâtre de l’Écluse")
    assert link["settings"] == {"capacity": "unlimited"}
    assert link["state"] == "active"
    assert link["next_run_at"]
    assert [check["name"] for check in made["checks"]] == ["agenda", "places", "samples"]
    assert len(made["checks"][2]["samples"]) == 3


def test_without_capacity_the_question_and_the_answer_are_printed(passerelle):
    venue = passerelle.venue()
    said = passerelle.says("link", venue, "openagenda", NUMBER)
    assert "Combien de places proposez-vous au pass Culture pour chaque date ?" in said
    assert f"passerelle link {venue} openagenda {NUMBER} --set capacity=50" in said
    assert passerelle("link", venue, "openagenda", NUMBER, "--set", "capacity=50")["warnings"] == []


def test_linking_again_edits_what_is_given_and_keeps_the_rest(passerelle):
    link = passerelle.link(
        "--set", "capacity=40", "--set", "places=Théâtre de l’Écluse, Médiathèque des Mariniers"
    )
    passerelle("link", 1, "openagenda", NUMBER, "--set", "capacity=sans limite")
    (row,) = passerelle("links")
    assert row["id"] == link
    assert row["settings"] == {
        "capacity": "unlimited",
        "places": ["Théâtre de l’Écluse", "Médiathèque des Mariniers"],
    }
    passerelle("link", 1, "openagenda", NUMBER, "--set", "places=")
    assert passerelle("links")[0]["settings"] == {"capacity": "unlimited"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nobody", NUMBER], "unknown_provider"),
        (["openagenda", "venue@example.org"], "identifier_email"),
        (["openagenda", "12"], "agenda_not_found"),
        (["openagenda", NUMBER, "--set", "capacity=beaucoup"], "settings_invalid"),
        (["openagenda", NUMBER, "--set", "capacity=9999999"], "settings_invalid"),
        (["openagenda", NUMBER, "--set", "price=-2"], "settings_invalid"),
        (["openagenda", NUMBER, "--set", "price=12,505"], "settings_invalid"),
        (["openagenda", NUMBER, "--set", "price=1e3"], "settings_invalid"),
        (["openagenda", NUMBER, "--set", "since=hier"], "settings_invalid"),
        (["openagenda", NUMBER, "--set", "category=sport"], "settings_invalid"),
        (["openagenda", NUMBER, "--set", "colour=blue"], "settings_invalid"),
        (["openagenda", NUMBER, "--set", "capacity"], "setting_malformed"),
        (["openagenda", NUMBER, "--set", "places=Le Bout du monde"], "no_place_matches"),
    ],
)
def test_what_cannot_work_is_refused_with_exit_code_2_and_nothing_is_linked(passerelle, words, code):
    venue = passerelle.venue()
    error = passerelle("link", venue, *words, code=2)["error"]
    assert error["code"] == code
    assert "Input should" not in error["message"]
    assert passerelle("links") == []


def test_a_partner_that_is_away_does_not_stand_in_the_way(passerelle, monkeypatch):
    def away(self, visit):
        raise TransientError("timeout", "Open Agenda ne répond pas.")

    monkeypatch.setattr(type(provider("openagenda")), "check", away)
    made = passerelle("link", passerelle.venue(), "openagenda", NUMBER, "--set", "capacity=4")
    assert made["id"] == 1
    assert "Open Agenda ne répond pas." in made["warnings"][0]


def test_no_check_asks_nobody(passerelle):
    made = passerelle("link", passerelle.venue(), "openagenda", "12", "--set", "capacity=4", "--no-check")
    assert made["checks"] == []
    assert made["identifier"] == "12"


def test_check_says_what_a_source_would_bring_and_writes_nothing(passerelle):
    venue = passerelle.venue()
    found = passerelle("check", "openagenda", NUMBER, "--venue", venue)
    assert [check["state"] for check in found["checks"]] == ["ok", "ok", "ok"]
    assert "Médiathèque des Mariniers" in found["checks"][1]["sentence"]
    assert passerelle("links") == []


def test_check_of_a_link_uses_what_it_is_set_to(passerelle):
    link = passerelle.link("--set", "places=all")
    found = passerelle("check", "--link", link)
    assert found["checks"][1]["facts"]["places"][1]["kept"] is True


def test_check_refused_carries_what_was_found_before(passerelle):
    found = passerelle("check", "openagenda", NUMBER, "--set", "places=Le Bout du monde", code=2)
    assert found["checks"][0]["state"] == "ok"
    assert found["error"]["code"] == "no_place_matches"
    assert passerelle("check", code=2)["error"]["code"] == "usage"


def test_pause_resume_and_unlink_say_the_new_state(passerelle):
    link = passerelle.link()
    assert passerelle("pause", link) == {"id": link, "state": "paused"}
    assert passerelle("resume", link) == {"id": link, "state": "active"}
    passerelle.import_(link)
    assert passerelle("unlink", link, "--withdraw-offers") == {"id": link, "state": "unlinked"}
    assert passerelle.db.execute("SELECT count(*) FROM offer WHERE active").fetchone()["count"] == 0
    for words in (["pause", link], ["import", link, "--inline"], ["unlink", link]):
        assert passerelle(*words, code=2)["error"]["code"] == "unlinked"
    assert passerelle("pause", 99, code=2)["error"]["code"] == "unknown_link"


def test_unlinking_keeps_offers_unless_told(passerelle):
    link = passerelle.link()
    passerelle.import_(link)
    passerelle("unlink", link)
    assert passerelle.db.execute("SELECT count(*) FROM offer WHERE active").fetchone()["count"] == 8


def test_samples_are_told_in_the_venues_time_and_with_the_links_price(passerelle):
    passerelle.agenda.events = [replace(many_events(1)[0], conditions="")]
    venue = passerelle.venue("--timezone", "Indian/Reunion")

    in_paris = passerelle.says("check", "openagenda", NUMBER)
    in_reunion = passerelle.says("check", "openagenda", NUMBER, "--venue", venue, "--set", "price=8")

    assert " à 20 h 00 — prix inconnu" in in_paris
    assert " h 00 — 8 €" in in_reunion
    assert " à 20 h 00" not in in_reunion
