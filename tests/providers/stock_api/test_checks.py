"""What `check` says of a service, by name and in French."""

import pytest

from providers.base import CheckState
from providers.errors import ConfigurationError, TransientError
from providers.stock_api import PROVIDER
from tests.providers.stock_api.service import E1, E2, E3, EMPTY, Service, answer, row, visit


def checked(*answers, **settings):
    found = {check.name: check for check in PROVIDER.check(visit(Service(*answers), **settings))}
    for check in found.values():
        assert " :" not in check.sentence
    return found


def said(check) -> str:
    return check.sentence.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_service_is_described_with_its_first_levels():
    body = answer(row(E1, 0, price=5), row(E2, 1, price=12.9), row(E3, 4), total=12_345)
    found = checked(body)
    assert list(found) == ["connection", "levels", "prices"]
    assert {check.state for check in found.values()} == {CheckState.OK}
    assert said(found["connection"]) == "« stocks.example » répond et connaît le SIRET 12345678900011."
    assert found["connection"].facts["title"] == "stocks.example"
    assert said(found["levels"]) == (
        f"12 345 lignes de stock. Par exemple : {E2}, 1 exemplaire à 12,90 € ; {E3}, 4 exemplaires."
    )
    assert found["levels"].facts["samples"][0] == {"ean": E2, "available": 1, "price": "12.90"}
    assert said(found["prices"]) == "Les prix sont plausibles : la moitié dépassent 8,95 €."


def test_prices_that_look_like_cents_are_a_warning_and_stay_as_they_are():
    found = checked(answer(row(E1, 1, price=4500), row(E2, 1, price=1290)))
    assert found["prices"].state is CheckState.WARNING
    assert said(found["prices"]) == (
        f"Les prix semblent être en centimes ({E1}, 1 exemplaire à 4500,00 €) : "
        "choisissez « centimes » dans les réglages."
    )
    assert found["prices"].facts["plausible"] == "cents"
    assert checked(answer(row(E1, 1, price=4500)), prices="centimes")["prices"].state is CheckState.OK


def test_prices_that_look_like_euros_are_a_warning():
    found = checked(answer(row(E1, 1, price=12.9)), prices="cents")
    assert found["prices"].state is CheckState.WARNING
    assert "choisissez «\u00a0euros\u00a0»" in found["prices"].sentence


def test_a_list_without_prices_says_which_one_holds():
    assert "prix fixé par l’éditeur" in checked(answer(row(E1)))["prices"].sentence


def test_rows_to_correct_are_counted_with_their_reasons():
    body = answer(row(E1), row(E2, -3), row("9782000000007"), {"available": 1})
    found = checked(body)
    assert found["levels"].state is CheckState.WARNING
    assert "parmi 4 lignes : 3 lignes" in said(found["levels"])
    assert found["levels"].facts["wrong"] == {"level_negative": 1, "ean_check_digit": 1, "ref_missing": 1}
    assert "ne sont pas retirés" in found["references"].sentence


@pytest.mark.parametrize(
    ("body", "words"),
    [(EMPTY, "vide"), (b"", "vide"), (answer(row("42")), "EAN"), (answer(row(E1, -1)), "négatif")],
)
def test_a_list_that_would_bring_nothing_is_a_warning(body, words):
    found = checked(body)
    assert found["levels"].state is CheckState.WARNING
    assert words in found["levels"].sentence


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (ConfigurationError("rejected", "« stocks.example » n’accepte pas notre demande."), "n’accepte pas"),
        (b"<html>Bienvenue</html>", "n’est pas dans le format attendu"),
        (b'{"error": 1}', "pas par une liste de stocks"),
    ],
)
def test_a_refusal_ends_the_checks(refusal, words):
    found = checked(refusal)
    assert list(found) == ["connection"]
    assert found["connection"].state is CheckState.FAILED
    assert words in found["connection"].sentence


def test_a_service_that_is_away_is_no_result():
    with pytest.raises(TransientError):
        checked(TransientError("server_error", "…"))


def test_the_form_is_in_french_and_its_bounds_hold():
    for field in PROVIDER.Settings.model_json_schema()["properties"].values():
        assert field["title"]
        assert field["description"]
    settings = PROVIDER.Settings(prices="Centimes", siret="123 456 789 00011", user="a", password="b")
    assert settings.model_dump(mode="json", exclude={"password"}) == {
        "user": "a",
        "prices": "cents",
        "siret": "12345678900011",
    }
    assert "b" not in repr(settings.password)
    for wrong in ({"prices": "francs"}, {"siret": "123"}, {"user": "a:b"}, {"password": "a\nb"}):
        with pytest.raises(ValueError, match="validation error"):
            PROVIDER.Settings(**wrong)
