"""The public's fixed price in France today, and nothing that only looks like it."""

from datetime import UTC, datetime

import pytest

from providers.records import PRICE_NOT_SAID
from tests.providers.onix.messages import NOW, book, descriptive, product, supply


def price(amount="10.95", *, kind="04", currency="EUR", countries="", more="") -> str:
    territory = f"<Territory>{countries}</Territory>" if countries else ""
    return (
        f"<Price>{f'<PriceType>{kind}</PriceType>' if kind else ''}<PriceAmount>{amount}</PriceAmount>"
        f"{f'<CurrencyCode>{currency}</CurrencyCode>' if currency else ''}{territory}{more}</Price>"
    )


def included(codes: str) -> str:
    return f"<CountriesIncluded>{codes}</CountriesIncluded>"


def dated(*bounds: tuple[str, str]) -> str:
    return "".join(
        f"<PriceDate><PriceDateRole>{role}</PriceDateRole><Date>{day}</Date></PriceDate>"
        for role, day in bounds
    )


def market(codes: str) -> str:
    return f"<Market><Territory>{codes}</Territory></Market>"


WORLD = "<RegionsIncluded>WORLD</RegionsIncluded>"


def told(*supplies: str, wrapping: str = "<message>", clock=lambda: NOW) -> str | None:
    found = book(product(blocks=descriptive() + "".join(supplies)), wrapping=wrapping, clock=clock).price
    assert found.amount is None or found.amount.as_tuple().exponent == -2
    return None if found == PRICE_NOT_SAID else str(found.amount)


@pytest.mark.parametrize(
    ("prices", "amount"),
    [
        ([price()], "10.95"),
        ([price("12")], "12.00"),
        ([price("12,5")], "12.50"),
        ([price("10.9500")], "10.95"),
        ([price(kind="02")], None),  # recommended, not fixed
        ([price(kind="03")], None),  # without tax
        ([price(kind="42")], None),
        ([price(currency="CHF")], None),
        ([price("10.955")], None),
        ([price("0.00")], None),
        ([price("-3")], None),
        ([price("gratuit")], None),
        ([price("1" * 12)], None),
        ([], None),
        ([price(countries=included("BE FR"))], "10.95"),
        ([price(countries=included("BE CH"))], None),
        ([price(countries=WORLD)], "10.95"),
        ([price(countries=WORLD + "<CountriesExcluded>CA FR</CountriesExcluded>")], None),
        ([price(countries="<RegionsIncluded>ECZ</RegionsIncluded>")], "10.95"),
        ([price(countries="<RegionsIncluded>ROW</RegionsIncluded>")], None),
        ([price(countries="<CountriesExcluded>CA</CountriesExcluded>")], "10.95"),
        ([price("9.90", countries=WORLD), price("10.95", countries=included("FR"))], "10.95"),
        ([price("9.90"), price("10.95")], None),  # two that count alike: neither is believed
        ([price("10.95"), price("10.95")], "10.95"),
        ([price("9.90", more="<PriceStatus>01</PriceStatus>"), price("10.95")], "10.95"),
        ([price("99.00", more="<PriceQualifier>06</PriceQualifier>")], None),  # for companies
        ([price(more="<PriceQualifier>05</PriceQualifier>")], "10.95"),
        ([price(more="<MinimumOrderQuantity>10</MinimumOrderQuantity>")], None),
        ([price(more="<BatchBonus><BatchQuantity>10</BatchQuantity></BatchBonus>")], None),
        ([price(more="<ComparisonProductPrice><PriceType>04</PriceType><PriceAmount>7.10</PriceAmount></ComparisonProductPrice>")], "10.95"),
    ],
)  # fmt: skip
def test_the_price_is_the_fixed_one_of_france_in_euros_or_it_is_not_said(prices, amount):
    assert told(supply(*prices)) == amount


@pytest.mark.parametrize(
    ("bounds", "amount"),
    [
        ([("14", "20300315")], "10.95"),
        ([("14", "20300316")], None),
        ([("15", "20300315")], "10.95"),  # the last day counts
        ([("15", "20300314")], None),
        ([("14", "20300301"), ("15", "20300331")], "10.95"),
        ([("15", "20300315T120000+0000")], None),  # NOW is that very moment
        ([("15", "20300315T120001Z")], "10.95"),
        ([("14", "20300315T130000")], "10.95"),  # in Paris
        ([("14", "20300315T130001")], None),
        ([("24", "2030031420300316")], "10.95"),
        ([("24", "2030031620300320")], None),
        ([("14", "bientôt")], None),
    ],
)
def test_a_price_counts_from_its_first_day_to_its_last(bounds, amount):
    assert told(supply(price(more=dated(*bounds)))) == amount


def test_of_two_in_force_the_one_that_began_last_counts_and_a_promotion_while_it_lasts():
    old, new = price("9.90", more=dated(("14", "20290101"))), price("10.95", more=dated(("14", "20300101")))
    offer = price(
        "4.99", more="<PriceQualifier>08</PriceQualifier>" + dated(("14", "20300301"), ("15", "20300331"))
    )
    assert told(supply(old, new)) == "10.95"
    assert told(supply(offer, old, new)) == "4.99"
    assert told(supply(offer, old, new), clock=lambda: datetime(2030, 4, 1, tzinfo=UTC)) == "10.95"


def test_a_supply_counts_where_its_market_holds_france():
    here, there = (
        supply(price("10.95"), market=market(included("FR GP"))),
        supply(price("8.99"), market=market(included("ES"))),
    )
    assert told(there, here) == "10.95"
    assert told(there) is None
    assert told(supply(price("8.99", countries=included("FR")), market=market(included("ES")))) is None


def test_a_product_without_price_in_france_takes_none_of_its_neighbours():
    free = supply(market=market(included("FR")), more="<UnpricedItemType>01</UnpricedItemType>")
    assert told(free, supply(price("10.99"), market=market(included("ES IT PT")))) is None


def test_the_message_says_kind_and_currency_for_prices_that_do_not():
    bare = supply(price(kind="", currency=""))
    assert told(bare) is None
    assert told(bare, wrapping='<message price_type="04" currency="EUR">') == "10.95"
    assert told(bare, wrapping='<message price_type="04" currency="CAD">') is None
    assert told(supply(price(kind="02")), wrapping='<message price_type="04" currency="EUR">') is None
