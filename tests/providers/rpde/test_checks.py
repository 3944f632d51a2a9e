"""What `check` says of a feed, by name and in French."""

import pytest

from providers.base import CheckState
from providers.errors import ConfigurationError
from providers.rpde import PROVIDER
from tests.providers.rpde.open_feed import (
    HOME,
    SERIES,
    Feed,
    Site,
    deleted,
    series,
    session,
    updated,
    visiting,
)


def checked(site, tmp_path, **changes):
    return {check.name: check for check in PROVIDER.check(visiting(site, tmp_path, **changes))}


def test_a_feed_is_described_with_three_offers(tmp_path):
    entries = [updated(str(n), session(), n) for n in range(4)]
    found = checked(Site(*entries, deleted("9", 9)), tmp_path)
    assert list(found) == ["feed", "samples"]
    assert {check.state for check in found.values()} == {CheckState.OK}
    assert found["feed"].sentence == "Le flux contient 5 éléments."
    assert found["feed"].facts["kinds"] == {"ScheduledSession": 5}
    assert [sample.ref for sample in found["samples"].samples] == [f"ScheduledSession/{n}" for n in (1, 2, 3)]
    assert found["samples"].facts == {"left_out": {"deleted": 1}}


def test_a_long_feed_is_tried_by_its_first_pages(tmp_path):
    site = Site(*(updated(f"{n:03}", session(), n) for n in range(50)))
    found = checked(site, tmp_path)
    assert found["feed"].sentence == "Le flux contient plus de 10 éléments."
    assert len(site.asked) == 5


def test_the_places_of_a_feed_are_named(tmp_path):
    other = session(location={"@type": "Place", "name": "Musée du Papier"})
    found = checked(Site(updated("1", session()), updated("2", other)), tmp_path)
    assert (
        found["places"].sentence
        == "Lieux trouvés\u00a0: «\u00a0Annexe du Moulin\u00a0», «\u00a0Musée du Papier\u00a0»."
    )
    none = checked(Site(updated("1", session())), tmp_path, places="Ailleurs")
    assert none["places"].state is CheckState.WARNING


def test_sessions_without_names_ask_for_the_series(tmp_path):
    site = Site(updated("1", session(superEvent="https://data.filature.example/rpde/session-series/41")))
    found = checked(site, tmp_path)
    assert found["samples"].state is CheckState.FAILED
    assert "Adresse du flux des séries" in found["samples"].sentence
    site.feeds[SERIES] = Feed([updated("41", series(), kind="SessionSeries")])
    assert checked(site, tmp_path, series=SERIES)["samples"].state is CheckState.OK


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"<html>", "format attendu"),
        ({"items": []}, "flux RPDE"),
        ({"items": [1], "next": HOME}, "tourne en rond"),
    ],
)
def test_what_is_no_feed_says_so(tmp_path, said, words):
    site = Site()
    site.pages[HOME] = said
    found = checked(site, tmp_path)
    assert list(found) == ["feed"]
    assert found["feed"].state is CheckState.FAILED
    assert words in found["feed"].sentence


def test_a_feed_that_would_bring_nothing_says_so(tmp_path):
    assert checked(Site(), tmp_path)["feed"].state is CheckState.WARNING
    found = checked(Site(updated("1", series(), kind="SessionSeries")), tmp_path)
    assert found["samples"].state is CheckState.WARNING


def test_a_feed_that_is_not_there_is_told_by_its_address(tmp_path):
    site = Site()
    site.pages[HOME] = ConfigurationError(
        "not_found", "« data.filature.example » ne connaît pas cette adresse."
    )
    with pytest.raises(ConfigurationError):
        checked(site, tmp_path)
