"""Boost: what a cinema's showings become."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.vocabulary import Category, Certainty, Reason
from providers.errors import DataError, TransientError
from providers.records import PRICE_NOT_SAID, UNKNOWN, LeftOut
from tests.providers.boost.box_office import FULL, LINK, PASS, film, office, showing
from tests.providers.cinema.site import REUNION, said

REF = "lune.boost.example/20"


def stock_of(tmp_path, **changes):
    stocks = LINK.stocks(office(showing(31, **changes), showing(99)), tmp_path)
    return stocks["31"]


def test_a_film_is_an_offer_and_its_showings_are_stocks(tmp_path):
    site = office(showing(31), showing(32, showDate="2030-02-02T14:00:00+01:00", showEndDate="0000-00-00"))
    offers = LINK.offers(site, tmp_path)

    assert list(offers) == [REF]
    offer = offers[REF]
    assert (offer.title, offer.category, offer.is_online) == ("LES RAMEURS", Category.CINEMA, False)
    assert offer.description == "Durée\u00a0: 1\u00a0h\u00a042"
    assert offer.image_url == "https://images.example/199001.jpg"
    first, second = offer.stocks
    assert (first.ref, first.label, first.remaining) == ("31", "VO", 96)
    assert (first.price.amount, first.price.certainty) == (Decimal("6.90"), Certainty.CERTAIN)
    assert first.starts_at == first.booking_limit_at == datetime(2030, 2, 1, 19, 30, tzinfo=UTC)
    assert first.ends_at == datetime(2030, 2, 1, 21, 22, tzinfo=UTC)
    assert (second.starts_at, second.ends_at) == (datetime(2030, 2, 2, 13, tzinfo=UTC), None)


def test_sixty_days_are_asked_for_with_the_token_of_the_login(tmp_path):
    site = office(showing())
    LINK.records(site, tmp_path)
    login, listing = site.asked
    assert json.loads(login.body) == {
        "username": "passculture",
        "password": "brouette",
        "stationName": "Passerelle",
    }
    assert login.query == {"ignore_device": "True"}
    assert listing.path == "/api/showtimes/between/2030-01-15/2030-03-16"
    assert listing.query == {"page": "1", "per_page": "100", "paymentMethod": "external:credit:passculture"}


def test_what_is_full_is_asked_for_too(tmp_path):
    site = office(showing())
    LINK.records(site, tmp_path)
    assert "hideFullReservation" not in site.asked[-1].query


def test_pages_of_showings_are_put_together_by_film(tmp_path):
    showings = [showing(each, film=film(20 + each % 3)) for each in range(31, 41)]
    site = office(*showings, most=2)
    offers = LINK.offers(site, tmp_path)
    assert {ref: len(offer.stocks) for ref, offer in offers.items()} == {
        "lune.boost.example/20": 3,
        "lune.boost.example/21": 4,
        "lune.boost.example/22": 3,
    }
    assert sum(path.startswith("/api/showtimes") for path in site.paths()) == 5


def test_nothing_is_given_before_the_last_page_is_read(tmp_path):
    site = office(*(showing(each) for each in range(31, 36)), most=2)
    site.refuse = lambda asked: said({}, 500) if asked.query.get("page") == "3" else None
    with LINK.visiting(site, tmp_path) as visit, pytest.raises(TransientError):
        next(iter(LINK.provider.fetch(visit)))


@pytest.mark.parametrize(
    ("seats", "remaining"),
    [
        ({"numberSeatsRemaining": 12}, 12),
        ({"numberSeatsRemaining": 0}, 0),
        ({"numberSeatsRemaining": 5, "soldOut": True}, 0),
        ({"numberSeatsRemaining": -2}, -2),
        ({"numberSeatsRemaining": None}, UNKNOWN),
        ({"numberSeatsRemaining": "7"}, 7),
    ],
)
def test_sold_out_negative_and_unknown_differ(tmp_path, seats, remaining):
    assert stock_of(tmp_path, **seats).remaining == remaining


def test_a_showing_that_vanished_is_no_longer_among_the_stocks(tmp_path):
    assert set(LINK.stocks(office(showing(31), showing(32)), tmp_path)) == {"31", "32"}
    assert set(LINK.stocks(office(showing(32)), tmp_path)) == {"32"}


@pytest.mark.parametrize("hidden", ["hidden", "draftMode"])
def test_a_draft_is_not_shown(tmp_path, hidden):
    assert set(LINK.stocks(office(showing(31, **{hidden: True}), showing(32)), tmp_path)) == {"32"}


def test_a_showing_that_moved_keeps_its_ref(tmp_path):
    moved = stock_of(tmp_path, showDate="2030-02-03T18:00:00+01:00")
    assert moved.starts_at == moved.booking_limit_at == datetime(2030, 2, 3, 17, tzinfo=UTC)


@pytest.mark.parametrize("film", [film(20), film(21)])
def test_a_showing_that_is_listed_twice_is_as_it_was_listed_last(tmp_path, film):
    site = office(showing(31), showing(31, numberSeatsRemaining=3, film=film))
    (offer,) = LINK.offers(site, tmp_path).values()
    assert offer.ref.endswith(f"/{film['id']}")
    assert [stock.remaining for stock in offer.stocks] == [3]


@pytest.mark.parametrize(
    ("pricings", "price"),
    [
        ([PASS | {"pricingCode": "PC2", "amountTaxesIncluded": 18}, PASS], "6.90"),
        ([FULL, PASS | {"pricingCode": "PC3", "amountTaxesIncluded": 8.05}], "8.05"),
        ([PASS | {"amountTaxesIncluded": 0}], "0.00"),
        ([PASS | {"amountTaxesIncluded": None}, PASS | {"pricingCode": "PC2"}], "6.90"),
    ],
)
def test_the_price_is_the_pass_tariff(tmp_path, pricings, price):
    assert stock_of(tmp_path, showtimePricing=pricings).price.amount == Decimal(price)


@pytest.mark.parametrize("pricings", [[], [FULL], None])
def test_a_showing_without_pass_tariff_has_an_unknown_price(tmp_path, pricings):
    stock = stock_of(tmp_path, showtimePricing=pricings)
    assert (stock.price, stock.remaining) == (PRICE_NOT_SAID, 96)


def test_a_film_without_any_pass_tariff_is_not_on_sale(tmp_path):
    records = LINK.records(office(showing(showtimePricing=[FULL])), tmp_path)
    assert records == {REF: LeftOut(REF, Reason.NOT_ON_SALE)}


def test_a_premium_room_and_a_format_are_in_the_label(tmp_path):
    site = office(showing(31, idAttributPremium=24, format={"id": 2, "title": "3D"}))
    assert LINK.stocks(site, tmp_path)["31"].label == "VO – 3D – ICE Immersive"


def test_yesterday_is_over_and_this_morning_is_listed(tmp_path):
    site = office(
        showing(31, showDate="2030-01-14T20:30:00+01:00"), showing(32, showDate="2030-01-15T09:00:00+01:00")
    )
    assert set(LINK.stocks(site, tmp_path)) == {"32"}
    past = office(showing(31, showDate="2030-01-14T20:30:00+01:00"))
    assert LINK.records(past, tmp_path) == {REF: LeftOut(REF, Reason.OVER)}


def test_a_time_without_offset_is_the_venues(tmp_path):
    site = office(showing(31, showDate="2030-02-01T20:30:00"))
    stocks = LINK.stocks(site, tmp_path, venue=REUNION)
    assert stocks["31"].starts_at == datetime(2030, 2, 1, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "change",
    [
        {"numberSeatsRemaining": 95},
        {"soldOut": True},
        {"showDate": "2030-02-01T21:00:00+01:00"},
        {"showtimePricing": [PASS | {"amountTaxesIncluded": 7}]},
        {"film": film(titleCnc="LES RAMEUSES")},
    ],
)
def test_what_matters_changes_the_fingerprint(tmp_path, change):
    before = LINK.fingerprints(office(showing()), tmp_path)
    assert LINK.fingerprints(office(showing(**change)), tmp_path) != before


def test_another_export_does_not(tmp_path):
    before = LINK.fingerprints(office(showing(31), showing(32)), tmp_path)
    stamps = {
        "lastModification": "2030-01-15T11:00:00+01:00",
        "userLastModification": "caisse",
        "attributs": [24],
    }
    after = LINK.fingerprints(office(showing(32, **stamps), showing(31, **stamps)), tmp_path)
    assert after == before


@pytest.mark.parametrize(
    "broken",
    [
        {"showDate": "demain"},
        {"showDate": None},
        {"showDate": "2030-02-01"},
        {"numberSeatsRemaining": "beaucoup"},
        {"numberSeatsRemaining": True},
        {"film": film(titleCnc=" ")},
        {"showtimePricing": [PASS | {"amountTaxesIncluded": -1}]},
        {"showtimePricing": [PASS | {"amountTaxesIncluded": "gratuit"}]},
        {"id": None},
    ],
)
def test_a_broken_showing_costs_its_film(tmp_path, broken):
    site = office(showing(31, **broken), showing(41, film=film(21)))
    with LINK.visiting(site, tmp_path) as visit:
        items = {item.ref: item for page in LINK.provider.fetch(visit) for item in page.items}
        with pytest.raises(DataError):
            LINK.provider.normalise(items[REF], visit)
        (record,) = LINK.provider.normalise(items["lune.boost.example/21"], visit)
    assert [stock.ref for stock in record.stocks] == ["41"]
