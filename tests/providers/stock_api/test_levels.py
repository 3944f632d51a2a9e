"""What a row says, however the partner writes it; and what is equal when only its writing differs."""

from decimal import Decimal

import pytest

from models.vocabulary import Reason
from providers.records import LeftOut, StockLevel
from tests.providers.stock_api.service import E1, EMPTY, Service, answer, items, level, row, visit


@pytest.mark.parametrize("written", [3, "3", 3.0, "3.0", " 3 ", "+3"])
def test_a_number_of_copies(written):
    assert level(row(E1, written)) == StockLevel(E1, 3)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"ref": E1}, "level_missing"),
        (row(E1, None), "level_missing"),
        (row(E1, ""), "level_missing"),
        (row(E1, -1), "level_negative"),
        (row(E1, "-2.0"), "level_negative"),
        (row(E1, True), "level_malformed"),
        (row(E1, 2.5), "level_malformed"),
        (row(E1, "beaucoup"), "level_malformed"),
        (row(E1, float("nan")), "level_malformed"),
        (row(E1, float("inf")), "level_malformed"),
        (row(E1, [3]), "level_malformed"),
        (row(E1, {"n": 3}), "level_malformed"),
        (row(E1, 10**30), "level_malformed"),
        (row(E1, 2**31), "level_too_large"),
        (row(E1, 1, price=-1), "price_negative"),
        (row(E1, 1, price="gratuit"), "price_malformed"),
        (row(E1, 1, price=False), "price_malformed"),
        (row(E1, 1, price=[12]), "price_malformed"),
        (row(E1, 1, price=1e20), "price_malformed"),
        (row("9782000000007"), "ean_check_digit"),
        (row("978200000000"), "ean_malformed"),
        (row("9.78E+12"), "ean_scientific"),
        (row(9.78e25), "ean_scientific"),
    ],
)
def test_what_cannot_be_a_level_says_why(said, code):
    assert level(said) == code


@pytest.mark.parametrize(
    ("written", "price"),
    [
        (12.9, "12.90"),
        ("12.90", "12.90"),
        ("12,90", "12.90"),
        (17.905, "17.91"),
        (0.1, "0.10"),
        (0, "0.00"),
        (8, "8.00"),
        (2.675, "2.68"),
        (1e2, "100.00"),
    ],
)
def test_a_price_is_read_from_its_text_to_the_cent(written, price):
    found = level(row(E1, 1, price=written))
    assert isinstance(found, StockLevel)
    assert (found.price, str(found.price)) == (Decimal(price), price)


def test_prices_in_cents():
    assert level(row(E1, 1, price=4500), prices="centimes") == StockLevel(E1, 1, Decimal("45.00"))


@pytest.mark.parametrize("more", [{}, {"price": None}, {"price": ""}])
def test_no_price_is_none_and_the_fixed_price_holds(more):
    assert level(row(E1, 1, **more)) == StockLevel(E1, 1, None)


@pytest.mark.parametrize(
    "ref",
    [E1, int(E1), "978-2-00-000000-6", "2000000002", "2-00-000000-2", " 9782000000006 ", "978 2000000006"],
)
def test_a_book_is_known_by_its_ean_however_it_is_written(ref):
    assert level(row(ref, 2)) == StockLevel(E1, 2)


@pytest.mark.parametrize("ref", ["CARTE-10", "42", "bougie"])
def test_what_has_a_code_of_the_shop_s_own_is_no_book(ref):
    assert level(row(ref)) == LeftOut(ref, Reason.NO_EAN)


def test_the_last_of_two_rows_of_a_book_comes_last():
    found = items(visit(Service(answer(row(E1, 1), row("978-2000000006", 5)), EMPTY)))
    assert [(item.ref, item.payload["available"]) for item in found] == [(E1, "1"), (E1, "5")]


def fingerprints(*bodies: bytes) -> set[bytes]:
    return {item.fingerprint for body in bodies for item in items(visit(Service(body, EMPTY)))}


def test_a_row_that_is_written_otherwise_is_the_same():
    said = row(E1, 3, price=12.5, title="Un titre")
    turned = {key: said[key] for key in reversed(said)} | {"title": "Un autre titre"}
    assert len(fingerprints(answer(said), answer(said, indent=2), answer(turned, separators=(",", ":")))) == 1


@pytest.mark.parametrize("other", [row(E1, 4, price=12.5), row(E1, 3, price=12.6), row(E1, 3), row(E1, True)])
def test_a_row_that_says_something_else_is_another(other):
    assert len(fingerprints(answer(row(E1, 3, price=12.5)), answer(other))) == 2


def test_no_price_is_not_the_word_none():
    assert len(fingerprints(answer(row(E1, 1)), answer(row(E1, 1, price="None")))) == 2
