"""What a date sells: one stock at the public's full price, several where there are several kinds of seat."""

from decimal import Decimal

import pytest

from models.vocabulary import Certainty, Reason
from providers.records import UNKNOWN, LeftOut
from tests.providers.pretix.box_office import (
    Sells,
    date,
    days,
    event,
    item,
    override,
    quota,
    series,
    sold_by,
    stocks_of,
    variation,
)


def prices(stocks):
    return {ref: stock.price.amount for ref, stock in stocks.items()}


def left(stocks):
    return {ref: stock.remaining for ref, stock in stocks.items()}


def test_a_single_event_is_one_stock_under_its_slug(tmp_path):
    assert left(stocks_of(Sells(event()), tmp_path)) == {"bateliers": 100}


def test_a_reduced_tariff_with_a_quota_of_its_own_is_no_stock(tmp_path):
    sold = Sells(
        event(),
        [item(1, "Plein tarif", "25.00"), item(2, "Tarif réduit", "15.00")],
        [quota(21, 97, 1, 2), quota(22, 9, 2)],
    )
    stocks = stocks_of(sold, tmp_path)
    assert (prices(stocks), left(stocks)) == ({"bateliers": Decimal("25.00")}, {"bateliers": 97})
    assert (stocks["bateliers"].label, stocks["bateliers"].pool) == ("", "")


def test_a_reduced_tariff_that_shares_nothing_is_no_stock_unless_it_is_alone(tmp_path):
    sold = Sells(
        event(), [item(1, "Adulte", "12.00"), item(2, "Enfant", "8.00")], [quota(21, 40, 1), quota(22, 40, 2)]
    )
    assert prices(stocks_of(sold, tmp_path)) == {"bateliers": Decimal("12.00")}
    alone = Sells(event(), [item(2, "Enfant", "8.00")], [quota(22, 40, 2)])
    assert prices(stocks_of(alone, tmp_path)) == {"bateliers": Decimal("8.00")}


@pytest.mark.parametrize("other", ["Tarif de soutien", "Pack famille (4 places)", "Billet suspendu"])
def test_what_costs_more_in_the_same_places_is_not_the_full_price(tmp_path, other):
    sold = Sells(event(), [item(1, "Tarif unique", "12.00"), item(2, other, "40.00")], [quota(21, 30, 1, 2)])
    assert prices(stocks_of(sold, tmp_path)) == {"bateliers": Decimal("12.00")}


def test_the_dearest_neutral_tariff_of_the_same_places_is_the_full_price(tmp_path):
    sold = Sells(event(), [item(1, "Early", "12.00"), item(2, "Late", "18.00")], [quota(21, 30, 1, 2)])
    assert prices(stocks_of(sold, tmp_path)) == {"bateliers": Decimal("18.00")}


def test_two_kinds_of_seat_are_two_stocks_with_labels(tmp_path):
    sold = Sells(
        event(),
        [item(1, "Orchestre", "40.00"), item(2, "Balcon", "25.00"), item(3, "Balcon, tarif réduit", "15.00")],
        [quota(21, 50, 1), quota(22, 80, 2, 3)],
    )
    stocks = stocks_of(sold, tmp_path)
    assert left(stocks) == {"bateliers": 50, "bateliers-2": 80}
    assert [stock.label for stock in stocks.values()] == ["Orchestre", "Balcon"]
    assert prices(stocks)["bateliers-2"] == Decimal("25.00")


def test_a_shared_room_that_holds_less_than_its_seats_is_a_pool(tmp_path):
    sold = Sells(
        event(),
        [item(1, "Orchestre", "40.00"), item(2, "Balcon", "25.00")],
        [quota(20, 100, 1, 2), quota(21, 60, 1), quota(22, 80, 2)],
    )
    stocks = stocks_of(sold, tmp_path)
    assert left(stocks) == {"bateliers": 60, "bateliers-2": 80}
    assert {stock.pool for stock in stocks.values()} == {"20"}


def test_a_shared_room_that_holds_all_its_seats_is_no_pool(tmp_path):
    sold = Sells(
        event(),
        [item(1, "Orchestre", "40.00"), item(2, "Balcon", "25.00")],
        [quota(20, 140, 1, 2), quota(21, 60, 1), quota(22, 80, 2)],
    )
    assert {stock.pool for stock in stocks_of(sold, tmp_path).values()} == {""}


@pytest.mark.parametrize(
    ("quotas", "left"),
    [
        ([quota(20, 8, 1, 2), quota(24, 7, 2, 3)], 7),  # chained by the second
        ([quota(20, 10, 1, 2, 3), quota(24, 7, 2, 3)], 7),  # the balconies within the house
        ([quota(20, 10, 1, 2, 3), quota(24, 20, 2, 3)], 9),  # which holds what they have
        ([quota(20, 9, 4)], 3),  # three drinks come with each
    ],
)
def test_kinds_of_seat_chained_by_several_quotas_are_one_pool_held_to_the_least(tmp_path, quotas, left):
    drinks = {"bundles": [{"bundled_item": 4, "bundled_variation": None, "count": 3}]}
    items = [
        item(number, name, f"{50 - number}.00", **(drinks if len(quotas) == 1 else {}))
        for number, name in enumerate(("Orchestre", "Corbeille", "Balcon"), 1)
    ]
    items.append(item(4, "Boisson", "5.00", require_bundling=True))
    own = [quota(30 + number, 9, number) for number in (1, 2, 3)]
    stocks = stocks_of(Sells(event(), items, [*quotas, *own]), tmp_path)
    assert {(stock.remaining, stock.pool) for stock in stocks.values()} == {(left, "20")}


def test_a_dearer_seat_within_the_room_is_a_kind_of_its_own(tmp_path):
    sold = Sells(
        event(),
        [item(1, "Plein tarif", "25.00"), item(2, "Loge", "80.00")],
        [quota(20, 100, 1, 2), quota(21, 10, 2)],
    )
    stocks = stocks_of(sold, tmp_path)
    assert left(stocks) == {"bateliers": 100, "bateliers-2": 10}
    assert {stock.pool for stock in stocks.values()} == {"20"}


def test_another_kind_of_seat_leaves_the_first_its_ref(tmp_path):
    first = Sells(event(), [item(1, "Plein tarif", "25.00")], [quota(20, 100, 1)])
    then = Sells(
        event(),
        [item(1, "Plein tarif", "25.00"), item(2, "Loge", "80.00")],
        [quota(20, 100, 1), quota(21, 10, 2)],
    )
    without = Sells(
        event(), [item(1, active=False), item(2, "Loge", "80.00")], [quota(20, 100, 1), quota(21, 10, 2)]
    )
    assert list(stocks_of(first, tmp_path)) == ["bateliers"]
    assert list(stocks_of(then, tmp_path)) == ["bateliers", "bateliers-2"]
    assert list(stocks_of(without, tmp_path)) == ["bateliers-2"]


def test_variations_are_kinds_of_seat_or_tariffs_like_items(tmp_path):
    ticket = item(1, "Billet", "25.00", has_variations=True)
    ticket["variations"] = [
        variation(5, "Orchestre", "40.00"),
        variation(6, "Balcon"),
        variation(7, "Réduit", "9.00"),
    ]
    sold = Sells(event(), [ticket], [quota(21, 30, 1, variations=[5]), quota(22, 60, 1, variations=[6, 7])])
    stocks = stocks_of(sold, tmp_path)
    assert left(stocks) == {"bateliers": 30, "bateliers-1-6": 60}
    assert prices(stocks) == {"bateliers": Decimal("40.00"), "bateliers-1-6": Decimal("25.00")}
    assert stocks["bateliers"].label == "Billet – Orchestre"


def test_sold_out_unlimited_closed_and_not_said_are_four_different_things(tmp_path):
    def one(**changes):
        return stocks_of(Sells(event(), quotas=[quota(21, **changes)]), tmp_path)["bateliers"].remaining

    assert one(left=0) == 0
    assert one(left=None) is None
    assert one(left=None, available=False) == 0
    assert one(left=3, available=False) == 0
    assert one(left=-4) == 0
    for missing in ("available", "available_number"):
        said_nothing = quota(21)
        del said_nothing[missing]
        assert stocks_of(Sells(event(), quotas=[said_nothing]), tmp_path)["bateliers"].remaining is UNKNOWN


def test_what_remains_is_the_least_that_the_quotas_leave(tmp_path):
    quotas = [quota(21, None), quota(22, 12), quota(23, 40)]
    assert left(stocks_of(Sells(event(), quotas=quotas), tmp_path)) == {"bateliers": 12}


@pytest.mark.parametrize(
    ("drinks", "count", "left"),
    [
        (10, 2, 5),
        (10, 1, 10),
        (1, 2, 0),
        (500, 1, 100),
        (None, 3, 100),
        ("no quota", 1, 0),
        ("the same", 1, 50),
    ],
)
def test_what_comes_with_a_ticket_bounds_it_too(tmp_path, drinks, count, left):
    bundle = {"bundled_item": 2, "bundled_variation": None, "count": count, "designated_price": "5.00"}
    sold = [item(1, bundles=[bundle]), item(2, "Boisson", "5.00", require_bundling=True)]
    quotas = {"no quota": [quota(21, 100, 1)], "the same": [quota(21, 100, 1, 2)]}
    bounds = quotas.get(drinks) or [quota(21, 100, 1), quota(22, drinks, 2)]
    assert stocks_of(Sells(event(), sold, bounds), tmp_path)["bateliers"].remaining == left


@pytest.mark.parametrize(
    "changes",
    [
        {"active": False},
        {"require_voucher": True},
        {"hide_without_voucher": True},
        {"require_bundling": True},
        {"require_membership": True},
        {"issue_giftcard": True},
        {"all_sales_channels": False, "limit_sales_channels": ["pretixpos"]},
        {"available_from": days(2)},
    ],
)
def test_what_the_public_cannot_buy_is_not_imported(tmp_path, changes):
    assert sold_by(Sells(event(), [item(1, **changes)]), tmp_path) == LeftOut(
        "ecluse/bateliers", Reason.NOT_ON_SALE
    )
    sold = Sells(event(), [item(1, price="90.00", **changes), item(2, price="20.00")], [quota(21, 9, 1, 2)])
    assert prices(stocks_of(sold, tmp_path)) == {"bateliers": Decimal("20.00")}


def test_the_channels_are_read_in_their_old_form_too(tmp_path):
    old = item(1, sales_channels=["pretixpos"])
    del old["all_sales_channels"], old["limit_sales_channels"]
    assert isinstance(sold_by(Sells(event(), [old]), tmp_path), LeftOut)
    old["sales_channels"] = ["web", "pretixpos"]
    assert stocks_of(Sells(event(), [old]), tmp_path)


def test_a_product_without_quota_is_not_sold(tmp_path):
    assert isinstance(sold_by(Sells(event(), quotas=[]), tmp_path), LeftOut)


def test_additions_and_goods_are_no_tickets(tmp_path):
    ticket = item(1, addons=[{"addon_category": 7, "min_count": 0, "max_count": 1}])
    sold = Sells(
        event(),
        [ticket, item(2, "Atelier", "50.00", category=7), item(3, "Affiche", "60.00", admission=False)],
        [quota(21, 100, 1), quota(22, 10, 2), quota(23, 10, 3)],
    )
    assert prices(stocks_of(sold, tmp_path)) == {"bateliers": Decimal("25.00")}


def test_where_nothing_admits_whatever_is_sold_is_the_ticket(tmp_path):
    assert stocks_of(Sells(event(), [item(1, "Atelier vannerie", admission=False)]), tmp_path)


def test_a_tariff_that_has_closed_leaves_its_place_to_the_next(tmp_path):
    early = item(1, "Prévente", "15.00", available_until=days(-1))
    sold = Sells(event(), [early, item(2, "Guichet", "20.00")], [quota(21, 50, 1, 2)])
    assert prices(stocks_of(sold, tmp_path)) == {"bateliers": Decimal("20.00")}
    closed = stocks_of(Sells(event(), [early]), tmp_path)["bateliers"]
    assert (closed.remaining, closed.price.amount) == (0, Decimal("15.00"))


def test_booking_closes_with_the_last_tariff_or_the_presale(tmp_path):
    items = [item(1, available_until=days(3)), item(2, "Réduit", "9.00", available_until=days(5))]
    sold = Sells(event(), items, [quota(21, 50, 1, 2)])
    assert f"{stocks_of(sold, tmp_path)['bateliers'].booking_limit_at:%d}" == "06"
    sold.event["presale_end"] = days(1)
    assert f"{stocks_of(sold, tmp_path)['bateliers'].booking_limit_at:%d}" == "02"


def test_a_product_shown_only_once_another_is_sold_out_waits_for_that(tmp_path):
    late = item(2, "Dernières places", "35.00", hidden_if_item_available=1)
    going = Sells(event(), [item(1), late], [quota(21, 5, 1), quota(22, 10, 2)])
    gone = Sells(event(), [item(1), late], [quota(21, 0, 1), quota(22, 10, 2)])
    assert left(stocks_of(going, tmp_path)) == {"bateliers": 5}
    assert left(stocks_of(gone, tmp_path)) == {"bateliers": 0, "bateliers-2": 10}


def test_a_price_that_the_public_chooses_is_proposed(tmp_path):
    sold = Sells(event(), [item(1, "Entrée", "5.00", free_price=True)])
    price = stocks_of(sold, tmp_path)["bateliers"].price
    assert (price.amount, price.certainty) == (Decimal("5.00"), Certainty.PROPOSED)
    assert price.sentence == "Prix libre, à partir de 5,00\u00a0€"


def test_another_currency_is_no_price(tmp_path):
    price = stocks_of(Sells(event(currency="XPF")), tmp_path)["bateliers"].price
    assert price.certainty is Certainty.UNKNOWN


def test_a_date_has_its_own_price_and_may_lack_a_product(tmp_path):
    dates = [
        date(11, item_price_overrides=[override(1, "30.00")]),
        date(12),
        date(13, item_price_overrides=[override(1, None, disabled=True)]),
        date(14, item_price_overrides=[override(1, None, available_until=days(-1))]),
    ]
    quotas = [quota(20 + number, 10, subevent=number) for number in (11, 12, 13, 14)]
    stocks = stocks_of(Sells(series(), quotas=quotas, dates=dates), tmp_path)
    assert prices(stocks) == {"11": Decimal("30.00"), "12": Decimal("25.00"), "14": Decimal("25.00")}
    assert left(stocks) == {"11": 10, "12": 10, "14": 0}


def test_a_variation_has_its_own_price_at_a_date(tmp_path):
    ticket = item(1, variations=[variation(5, "Plein")])
    dated = date(11, variation_price_overrides=[{"variation": 5, "price": "31.50", "disabled": False}])
    sold = Sells(series(), [ticket], [quota(21, 10, 1, variations=[5], subevent=11)], [dated])
    assert prices(stocks_of(sold, tmp_path)) == {"11": Decimal("31.50")}
