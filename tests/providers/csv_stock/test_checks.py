"""What `check` says of a file, by name and in French."""

import pytest

from providers.base import CheckState
from providers.csv_stock import PROVIDER
from providers.errors import ConfigurationError, TransientError
from tests.providers.csv_stock.shop import E1, E2, FIXTURES, Site, visit


def checked(body, tmp_path, **settings):
    return {check.name: check for check in PROVIDER.check(visit(body, tmp_path, **settings))}


def said(check) -> str:
    return check.sentence.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_file_is_described_with_its_columns_and_first_levels(tmp_path):
    body = f"Titre;EAN;Qté;Prix TTC\nx;{E1};3;12,90\ny;{E2};0;8\n".encode("cp1252")
    found = checked(body, tmp_path)
    assert list(found) == ["file", "columns", "levels", "prices"]
    assert {check.state for check in found.values()} == {CheckState.OK}
    assert (
        said(found["file"])
        == "Fichier « stock.csv » : 3 lignes, caractères Windows, séparateur point-virgule."
    )
    assert said(found["columns"]) == (
        "Colonnes lues : EAN « EAN » ; exemplaires « Qté » ; prix « Prix TTC »."
    )
    assert found["columns"].facts == {
        "columns": ["Titre", "EAN", "Qté", "Prix TTC"],
        "ean": 2,
        "available": 3,
        "price": 4,
    }
    assert said(found["levels"]) == f"2 lignes de stock. Par exemple : {E1}, 3 exemplaires à 12,90 €."


def test_columns_of_a_file_without_titles_are_to_be_verified(tmp_path):
    found = checked(f"{E1};3\n".encode(), tmp_path)
    assert found["columns"].state is CheckState.WARNING
    assert said(found["columns"]) == (
        "Colonnes lues : EAN n° 1 ; exemplaires n° 2 ; prix aucune. "
        "Le fichier n’a pas de ligne de titres : vérifiez-les."
    )


def test_rounded_eans_are_explained(tmp_path):
    body = (FIXTURES / "export_caisse.csv").read_bytes()
    found = checked(body, tmp_path)
    assert found["levels"].facts["wrong"] == {"level_negative": 1, "ean_scientific": 1}
    assert found["levels"].facts["left_out"] == 2
    assert "« Texte »" in said(found["rounded"])
    assert "ne sont pas retirés" in said(found["rounded"])
    assert "retirés" not in said(checked(body, tmp_path, contents="changes")["rounded"])


def test_a_file_that_would_bring_nothing_fails(tmp_path):
    found = checked(b"EAN;Stock\n9,78E+12;3\n9,78E+12;4\n", tmp_path)
    assert found["levels"].state is CheckState.FAILED
    assert "arrondi" in found["levels"].sentence


def test_an_empty_list_is_a_warning(tmp_path):
    assert checked(b"EAN;Stock\n", tmp_path)["levels"].state is CheckState.WARNING


@pytest.mark.parametrize(
    ("body", "name", "words"),
    [
        (f"EAN;Casier\n{E1};3\n".encode(), "columns", "«\u00a0Casier\u00a0»"),
        (b"<html>Bienvenue</html>", "file", "pas un fichier CSV"),
        (b"PK\x03\x04", "file", "exportez-le au format CSV"),
        (ConfigurationError("not_found", "…"), "file", "Aucun fichier à cette adresse"),
    ],
)
def test_a_refusal_ends_the_checks(tmp_path, body, name, words):
    found = checked(body, tmp_path)
    assert list(found) == [name]
    assert found[name].state is CheckState.FAILED
    assert words in found[name].sentence


def test_a_site_that_is_away_is_no_result(tmp_path):
    with pytest.raises(TransientError):
        checked(TransientError("timeout", "…"), tmp_path)


def test_a_check_is_never_conditional(tmp_path):
    site = Site(f"EAN;Stock\n{E1};3\n".encode())
    checked(site, tmp_path)
    assert [conditional for _, conditional in site.asked] == [False]


def test_the_form_is_in_french_and_its_bounds_hold():
    for field in PROVIDER.Settings.model_json_schema()["properties"].values():
        assert field["title"]
        assert field["description"]
    settings = PROVIDER.Settings(contents="Tout le stock", prices="euros", ean_column=3)
    assert PROVIDER.Settings.model_validate(settings.model_dump(mode="json")) == settings
    assert settings.ean_column == "3"
    for wrong in ({"contents": "un peu"}, {"ean_column": ""}, {"price_column": "x" * 201}):
        with pytest.raises(ValueError, match="validation error"):
            PROVIDER.Settings(**wrong)
