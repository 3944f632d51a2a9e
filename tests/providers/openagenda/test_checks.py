"""What a person is told before linking an agenda."""

import pytest

from providers.base import CheckState, VenueFacts
from providers.errors import ConfigurationError, TransientError
from providers.openagenda import PROVIDER
from providers.openagenda.settings import OpenAgendaSettings
from tests.providers.openagenda.agenda import OpenAgenda, calendar, fixture, two_pages, vevent, visit


def said(checks) -> dict[str, str]:
    return {check.name: check.sentence.replace("\u00a0", " ") for check in checks}


def test_it_says_what_the_agenda_holds_and_shows_three_offers(tmp_path):
    agenda = OpenAgenda(fixture("shape_a.ics"), two_pages())
    checks = list(PROVIDER.check(visit(agenda, tmp_path, places="all")))
    assert said(checks) == {
        "agenda": "L’agenda « Vaubréal, la saison » contient 3 évènements et 6 dates.",
        "places": "Lieux importés : « Halle aux Grains », « Le Moulin d’Écume ».",
        "samples": "Voici 3 offres, telles que les jeunes les verraient.",
    }
    assert {check.state for check in checks} == {CheckState.OK}
    assert checks[0].facts == {"title": "Vaubréal, la saison", "events": 3, "dates": 6}
    assert checks[1].facts["places"] == [
        {"name": "Halle aux Grains", "events": 2, "kept": True},
        {"name": "Le Moulin d’Écume", "events": 1, "kept": True},
    ]
    assert [record.ref for record in checks[2].samples][:2] == ["70010001", "70010002"]
    assert checks[2].samples[0].image_url
    assert agenda.conditional == [False]


def test_it_says_which_places_are_left_aside(tmp_path):
    checks = list(PROVIDER.check(visit(OpenAgenda(fixture("shape_a.ics"), two_pages()), tmp_path)))
    assert said(checks)["places"] == (
        "Lieux importés : « Halle aux Grains ». Laissés de côté : « Le Moulin d’Écume »."
    )
    assert said(checks)["samples"].startswith("Voici 2 offres")


def test_when_nothing_is_at_the_venue_the_places_are_told_before_it_fails(tmp_path):
    checks = PROVIDER.check(visit(OpenAgenda(fixture("shape_a.ics")), tmp_path, venue=VenueFacts("Ailleurs")))
    next(checks)
    places = next(checks)
    assert places.state is CheckState.FAILED
    assert len(places.facts["places"]) == 2
    with pytest.raises(ConfigurationError, match="none of 3 events"):
        next(checks)


def test_an_empty_agenda_is_a_warning(tmp_path):
    (check,) = PROVIDER.check(visit(OpenAgenda(calendar()), tmp_path))
    assert check.state is CheckState.WARNING
    assert said([check])["agenda"] == "L’agenda ne contient aucun évènement."


def test_an_agenda_that_is_over_is_a_warning(tmp_path):
    checks = list(PROVIDER.check(visit(OpenAgenda(calendar(vevent(start="20290101T180000Z"))), tmp_path)))
    assert checks[-1].state is CheckState.WARNING
    assert said(checks)["agenda"] == "L’agenda contient 1 évènement et 1 date."
    assert said(checks)["samples"] == "Aucune date à venir dans cet agenda pour vos lieux."


def test_details_that_do_not_come_are_a_warning(tmp_path):
    agenda = OpenAgenda(calendar(vevent()), TransientError("timeout", "…"))
    samples = list(PROVIDER.check(visit(agenda, tmp_path)))[-1]
    assert samples.state is CheckState.WARNING
    assert "Voici 1 offre, telle que les jeunes la verraient." in samples.sentence
    assert "n’ont pas été reçus" in samples.sentence


def test_an_event_that_cannot_be_read_is_no_sample(tmp_path):
    agenda = OpenAgenda(calendar(vevent("1", SUMMARY=""), vevent("2")), two_pages())
    assert [record.ref for record in list(PROVIDER.check(visit(agenda, tmp_path)))[-1].samples] == ["2"]


def test_the_settings_survive_being_kept_as_json():
    settings = OpenAgendaSettings(
        places="Salle A, Salle B", since="2020-01-31", capacity="sans limite", price="gratuit"
    )
    assert OpenAgendaSettings.model_validate(settings.model_dump(mode="json")) == settings
    assert settings.places == ("Salle A", "Salle B")
    assert OpenAgendaSettings().since == "today"


def test_the_form_is_in_french():
    for field in OpenAgendaSettings.model_json_schema()["properties"].values():
        assert field["title"]
        assert field["description"]


@pytest.mark.parametrize("wrong", [{"places": 3}, {"places": "[1]"}, {"places": "[x"}, {"since": "demain"}])
def test_settings_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match="validation error"):
        OpenAgendaSettings(**wrong)
