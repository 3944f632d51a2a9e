"""Which tariff is the public's full price, and what makes several kinds of seat."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.vocabulary import Certainty, Reason
from providers.records import PRICE_NOT_SAID, LeftOut
from tests.providers.billetweb.counter import Sells, avail, date, event, series, sold_by, stocks_of, ticket


def priced(tmp_path, *tariffs):
    """Give label → price of the only session."""
    tickets = [
        ticket(str(30 + n), name, price, category=category)
        for n, (name, price, category) in enumerate(tariffs)
    ]
    stocks = stocks_of(Sells(series(), [date()], tickets), tmp_path)
    return {stock.label: str(stock.price.amount) for stock in stocks.values()}


@pytest.mark.parametrize(
    ("names", "price"),
    [
        ({"Plein tarif": 18, "Tarif réduit": 12}, "18.00"),
        ({"Tarif réduit": 12, "Tarif normal": 18, "Tarif de soutien": 30}, "18.00"),
        ({"Adulte": 10, "Enfant": 5, "Famille (2+2)": 25}, "10.00"),
        ({"Prévente": 15, "Sur place": 18, "Adhérent": 10}, "15.00"),
        ({"Non adhérent": 14, "Adhérent": 9}, "14.00"),
        ({"Tarif A": 20, "Tarif B": 16}, "20.00"),
        ({"Entrée": 8, "Entrée - 26 ans": 4, "Pass 3 jours": 20, "T-shirt": 15}, "8.00"),
        ({"Étudiants, demandeurs d’emploi": 6, "Plein": 9, "Parking": 3}, "9.00"),
        ({"Tarif réduit": 6, "Gratuit - de 12 ans": 0}, "6.00"),
        ({"Entrée libre": 0}, "0.00"),
        ({"Jeune public": 7, "Tarif jeune": 5}, "7.00"),
    ],
)
def test_a_session_is_one_stock_at_the_public_s_full_price(tmp_path, names, price):
    assert priced(tmp_path, *((name, amount, "") for name, amount in names.items())) == {"": price}


def test_categories_are_kinds_of_seat_with_a_label_and_a_shared_room(tmp_path):
    tickets = [
        ticket("31", "Plein tarif", 40.0, category="Orchestre > Or"),
        ticket("32", "Tarif réduit", 30.0, category="Orchestre > Or"),
        ticket("33", "Plein tarif", 25.0, category="Balcon"),
    ]
    stocks = stocks_of(Sells(series(), [date()], tickets), tmp_path)
    assert {ref: (each.label, each.price.amount, each.remaining) for ref, each in stocks.items()} == {
        "910": ("Orchestre – Or", Decimal("40.00"), 88),
        "910-33": ("Balcon", Decimal("25.00"), 88),
    }
    assert {each.pool for each in stocks.values()} == {"910"}


def test_goods_that_names_tell_apart_are_kinds_too(tmp_path):
    assert priced(tmp_path, ("Fosse", 30, ""), ("Balcon", 45, ""), ("Balcon réduit", 35, "")) == {
        "Fosse": "30.00",
        "Balcon": "45.00",
    }
    assert priced(
        tmp_path,
        ("Fosse - plein tarif", 30, ""),
        ("Fosse - tarif réduit", 20, ""),
        ("Balcon - plein tarif", 45, ""),
    ) == {
        "Fosse - plein tarif": "30.00",
        "Balcon - plein tarif": "45.00",
    }
    assert priced(tmp_path, ("Catégorie 1", 30, "Assis"), ("Catégorie 2", 20, "Assis")) == {
        "Assis – Catégorie 1": "30.00",
        "Assis – Catégorie 2": "20.00",
    }


def test_a_category_of_reductions_or_of_extras_is_no_seat(tmp_path):
    assert priced(
        tmp_path,
        ("Plein tarif", 20, "Billets"),
        ("Étudiant", 10, "Tarifs réduits"),
        ("Limonade", 3, "Boissons"),
    ) == {"": "20.00"}


def test_a_date_keeps_its_ref_when_another_kind_is_added_or_its_tariff_hidden(tmp_path):
    orchestra, balcony = ticket("31", category="Orchestre"), ticket("33", category="Balcon")
    assert list(stocks_of(Sells(series(), [date()], [orchestra]), tmp_path)) == ["910"]
    assert list(stocks_of(Sells(series(), [date()], [balcony, orchestra]), tmp_path)) == ["910", "910-33"]
    hidden = orchestra | {"visibility": "1"}
    assert list(stocks_of(Sells(series(), [date()], [balcony, hidden]), tmp_path)) == ["910-33"]


@pytest.mark.parametrize(
    ("sold", "price"),
    [
        ({"31": "1", "32": "1"}, "18.00"),
        ({"32": "1"}, "22.00"),
        ({"31": "1", "32": "0"}, "18.00"),
        ({"31": "0", "32": "0"}, "18.00"),  # all at 0 tells nothing
        ([], "18.00"),
        ("", "18.00"),
        (None, "18.00"),
    ],
)
def test_a_session_may_sell_some_of_the_tariffs(tmp_path, sold, price):
    tickets = [ticket("31", "Plein tarif", 18), ticket("32", "Tarif gala", 22)]
    stocks = stocks_of(Sells(series(), [date(tickets=sold)], tickets), tmp_path)
    assert [str(stock.price.amount) for stock in stocks.values()] == [price]


def test_a_session_that_sells_a_reduction_alone_has_its_price(tmp_path):
    tickets = [ticket("31"), ticket("32", "Scolaires", 5)]
    stocks = stocks_of(Sells(series(), [date(tickets={"32": "1"})], tickets), tmp_path)
    assert [str(stock.price.amount) for stock in stocks.values()] == ["5.00"]


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        (18, "18.00"),
        (18.5, "18.50"),
        ("18.50", "18.50"),
        ("18,5 €", "18.50"),
        (17.990000000000002, "17.99"),
        ("0", "0.00"),
    ],
)
def test_money_is_read_as_it_is_written(tmp_path, written, amount):
    (stock,) = stocks_of(Sells(series(), [date()], [ticket(price=written)]), tmp_path).values()
    assert (str(stock.price.amount), stock.price.certainty) == (amount, Certainty.CERTAIN)


@pytest.mark.parametrize("written", ["", None, "gratuit ?", -3, True, {}, "1e3"])
def test_a_price_that_is_not_told_is_not_guessed(tmp_path, written):
    (stock,) = stocks_of(Sells(series(), [date()], [ticket(price=written)]), tmp_path).values()
    assert stock.price == PRICE_NOT_SAID


def test_a_price_that_the_public_chooses_is_proposed(tmp_path):
    (stock,) = stocks_of(
        Sells(series(), [date()], [ticket(name="Participation libre", price="2.00")]), tmp_path
    ).values()
    assert (stock.price.certainty, stock.price.sentence) == (
        Certainty.PROPOSED,
        "Participation libre, à partir de 2,00\u00a0€",
    )


def test_tariffs_open_and_close(tmp_path):
    early = ticket("31", "Early bird", 10, end_time="2030-01-20 23:59:00")
    late = ticket("32", "Plein tarif", 18, start_time="2030-01-21 00:00:00", end_time="2030-01-31 12:00:00")
    sold = Sells(series(), [date()], [early, late])
    (before,) = stocks_of(sold, tmp_path).values()
    assert (before.price.amount, before.booking_limit_at) == (10, datetime(2030, 1, 20, 22, 59, tzinfo=UTC))
    (then,) = stocks_of(sold, tmp_path, clock=lambda: datetime(2030, 1, 25, tzinfo=UTC)).values()
    assert (then.price.amount, then.booking_limit_at) == (18, datetime(2030, 1, 31, 11, tzinfo=UTC))
    (closed,) = stocks_of(sold, tmp_path, clock=lambda: datetime(2030, 2, 1, tzinfo=UTC)).values()
    assert closed.remaining == 0
    assert before.ref == then.ref == closed.ref


@pytest.mark.parametrize(
    "tickets", [[], [ticket(visibility="1")], [ticket(start_time="2030-01-25 10:00:00")]]
)
def test_without_a_tariff_that_anybody_may_buy_there_is_no_offer(tmp_path, tickets):
    assert sold_by(Sells(series(), [date()], tickets), tmp_path) == LeftOut("48213", Reason.NOT_ON_SALE)


def test_kinds_of_a_single_date_share_what_is_told_of_the_whole_event(tmp_path):
    tickets = [ticket("31", category="Orchestre"), ticket("33", category="Balcon")]
    told = [avail("31", "8"), avail("33", "20"), avail(None, "10", "event")]
    stocks = stocks_of(Sells(event(), [], tickets, told), tmp_path)
    assert {ref: (each.remaining, each.pool) for ref, each in stocks.items()} == {
        "48213": (8, "48213"),
        "48213-33": (10, "48213"),
    }


def test_kinds_of_one_category_share_what_is_told_of_it(tmp_path):
    names = {"31": "Fosse", "33": "Balcon", "35": "Loge"}
    tickets = [ticket(number, name, category="Concert") for number, name in names.items()]
    told = [
        *(avail(number, "9") for number in names),
        avail("7", "5", "category", name="Concert"),
        avail(None, "20", "event"),
    ]
    stocks = stocks_of(Sells(event(), [], tickets, told), tmp_path)
    assert {(each.remaining, each.pool) for each in stocks.values()} == {(5, "48213-7")}
