"""Venues are added once, by numbers that hold, and found again by any of their names."""

import pytest

SIREN = "732829320"
SIRET = "73282932000074"


def test_the_same_structure_and_name_are_the_same_venue(passerelle):
    first = passerelle("venue", "add", "--siren", "732 829 320", "--name", "La Halle")
    again = passerelle(
        *("venue", "add", "--siren", SIREN, "--name", "La Halle", "--siret", SIRET, "--timezone"),
        *(
            "Indian/Reunion",
            "--lat",
            "-20.9",
            "--lon",
            "55.5",
            "--category",
            "Spectacle vivant",
            "--validated",
        ),
    )
    assert first == again == {"id": first["id"]}
    (venue,) = passerelle("venue", "list")
    assert venue["siret"] == SIRET
    assert venue["timezone"] == "Indian/Reunion"
    assert (venue["latitude"], venue["longitude"]) == (-20.9, 55.5)
    assert venue["category"] == "spectacle_vivant"
    assert venue["validated_at"]


def test_what_is_not_given_again_stays(passerelle):
    passerelle("venue", "add", "--siren", SIREN, "--name", "La Halle", "--timezone", "America/Cayenne")
    passerelle("venue", "add", "--siren", SIREN, "--name", "La Halle", "--validated")
    (venue,) = passerelle("venue", "list")
    assert venue["timezone"] == "America/Cayenne"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--siren", "732829321", "--name", "X"], "siren_invalid", "n’est pas un SIREN"),
        (
            ["--siren", SIREN, "--name", "X", "--siret", "73282932000075"],
            "siret_invalid",
            "n’est pas un SIRET",
        ),
        (
            ["--siren", SIREN, "--name", "X", "--siret", "55208131766522"],
            "siret_of_another",
            "ne commence pas",
        ),
        (["--siren", SIREN, "--name", " "], "name_empty", "nom du lieu"),
        (["--siren", SIREN, "--name", "X", "--timezone", "Mars/Olympus"], "timezone_unknown", "Mars/Olympus"),
        (["--siren", SIREN, "--name", "X", "--lat", "48"], "position_incomplete", "longitude"),
        (["--siren", SIREN, "--name", "X", "--lat", "148", "--lon", "2"], "position_impossible", "148"),
        (["--siren", SIREN, "--name", "X", "--category", "sport"], "category_unknown", "musique"),
    ],
)
def test_what_is_wrong_is_said_in_french_with_exit_code_2(passerelle, words, code, says):
    error = passerelle("venue", "add", *words, code=2)["error"]
    assert error["code"] == code
    assert says in error["message"]
    assert passerelle("venue", "list") == []


def test_a_siret_belongs_to_one_venue(passerelle):
    passerelle("venue", "add", "--siren", SIREN, "--name", "A", "--siret", SIRET)
    error = passerelle("venue", "add", "--siren", SIREN, "--name", "B", "--siret", SIRET, code=2)["error"]
    assert error["code"] == "siret_taken"


def test_a_venue_is_found_by_number_siret_or_folded_name(passerelle):
    venue = passerelle.venue("--siret", SIRET)
    for written in (venue, SIRET, "theatre de l'ecluse"):
        link = passerelle("link", written, "openagenda", "47826291")
        assert link["id"] == 1


def test_two_venues_of_one_name_have_to_be_told_apart(passerelle):
    passerelle("venue", "add", "--siren", SIREN, "--name", "La Halle")
    passerelle("venue", "add", "--siren", "552081317", "--name", "La Halle")
    assert passerelle("link", "La Halle", "openagenda", "1", code=2)["error"]["code"] == "ambiguous_venue"
    assert passerelle("link", "Nulle part", "openagenda", "1", code=2)["error"]["code"] == "unknown_venue"
