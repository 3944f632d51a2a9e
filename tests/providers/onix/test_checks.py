"""What `check` says of a source of messages, by name and in French."""

import pytest

from providers.base import CheckState
from providers.errors import DataError
from providers.onix import PROVIDER
from tests.providers.onix.messages import (
    BAC,
    BERGE,
    PRICE,
    descriptive,
    header,
    kept,
    message,
    product,
    supply,
    visiting,
)


def checked(folder):
    return {check.name: check for check in PROVIDER.check(visiting(folder))}


def test_a_folder_is_described_by_its_newest_message(tmp_path):
    kept(tmp_path, message(product(), head=header("20300228")), "a.xml")
    kept(tmp_path, message(product(BAC), product(BERGE, blocks=descriptive())), "b.xml")
    found = checked(tmp_path)
    assert list(found) == ["messages", "message", "products"]
    assert (
        found["messages"].sentence
        == "Le dossier contient 2 messages\u00a0; le dernier est «\u00a0b.xml\u00a0»."
    )
    assert (
        found["message"].sentence
        == "Le message de «\u00a0Distribution du Bac\u00a0», envoyé le 01/03/2030, contient 2 notices."
    )
    assert found["products"].sentence.startswith(
        "2 livres peuvent être proposés, dont 1 avec un prix. Par exemple\u00a0: «\u00a0Le dernier bac, 10,95\u00a0€\u00a0»"
    )
    assert {check.state for check in found.values()} == {CheckState.OK}


def test_what_is_left_out_and_what_is_wrong_is_told(tmp_path):
    calendar = product(BERGE, blocks=descriptive(form="PC") + supply(PRICE))
    kept(tmp_path, message(product(), calendar, product("9782707154298"), product(notification="05")))
    products = checked(tmp_path)["products"]
    assert products.state is CheckState.WARNING
    assert "1 ×" in products.sentence
    assert "pas un livre" in products.sentence
    assert "1 notice à corriger par l’expéditeur" in products.sentence
    assert products.facts["left_out"] == {"not_a_book": 1}
    assert products.facts["wrong"] == {"ean_check_digit": 1}
    assert products.facts["deleted"] == 1


def test_an_empty_message_and_one_without_books_are_warnings(tmp_path):
    assert checked(kept(tmp_path, message()))["message"].state is CheckState.WARNING
    only_bad = checked(kept(tmp_path, message(product("9782707154298"))))
    assert only_bad["products"].state is CheckState.WARNING
    assert only_bad["products"].sentence.startswith("Aucun livre à proposer.")


def test_what_is_no_message_raises_what_an_import_would(tmp_path):
    with pytest.raises(DataError):
        checked(kept(tmp_path, b"<html></html>"))
