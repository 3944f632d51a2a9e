"""CDS: what a cinema's shows become."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.vocabulary import Category, Reason
from providers.base import CheckState
from providers.errors import ConfigurationError, DataError, RateLimited, TransientError
from providers.records import PRICE_NOT_SAID, UNKNOWN, LeftOut
from tests.providers.cds.account import LINK, account, cinema, media, show, voucher
from tests.providers.cinema.site import HTML, REUNION, cut, said

REF = "lune.cds.example/vad/20"


def stock_of(tmp_path, settings=None, lists=None, **changes):
    site = account(show(31, **changes), show(32), **(lists or {}))
    return LINK.stocks(site, tmp_path, settings=settings or {})["31"]


def test_a_film_is_an_offer_and_its_shows_are_stocks(tmp_path):
    offers = LINK.offers(account(show(31), show(32, showtime="2030-02-02T14:00:00.000+0100")), tmp_path)
    assert list(offers) == [REF]
    offer = offers[REF]
    assert (offer.title, offer.category) == ("Les Rameurs", Category.CINEMA)
    assert offer.description == "Deux sœurs descendent la Saône.\n\nDurée\u00a0: 1\u00a0h\u00a042"
    assert offer.image_url == "https://images.example/199001.png"
    first, second = offer.stocks
    assert (first.ref, first.label, first.price.amount) == ("31", "VO", Decimal("6.50"))
    assert first.starts_at == first.booking_limit_at == datetime(2030, 2, 1, 19, 30, tzinfo=UTC)
    assert second.starts_at == datetime(2030, 2, 2, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("online", "gauge", "remaining"),
    [
        (True, "auto", 10),
        (False, "auto", 77),
        (True, "salle", 77),
        (False, "internet", 10),
        ("true", "auto", 10),
        (None, "internet", 10),
    ],
)
def test_the_gauge_that_counts_is_the_cinemas_or_the_links(tmp_path, online, gauge, remaining):
    lists = {"cinemas": [cinema(online=online)]}
    assert stock_of(tmp_path, settings={"gauge": gauge}, lists=lists).remaining == remaining


def test_a_cinema_that_does_not_say_which_seats_count_is_asked(tmp_path):
    with pytest.raises(ConfigurationError, match="gauge"):
        LINK.pages(account(show(), cinemas=[cinema(online=None)]), tmp_path)


def test_a_gauge_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="salle"):
        LINK.provider.Settings(token="x", gauge="balcon")


@pytest.mark.parametrize(
    ("seats", "remaining"), [(10, 10), (0, 0), (-3, -3), (None, UNKNOWN), ("12", 12), (4.0, 4)]
)
def test_sold_out_negative_and_unknown_differ(tmp_path, seats, remaining):
    assert stock_of(tmp_path, internetremainingplace=seats).remaining == remaining


def test_a_cancelled_show_says_so_and_keeps_its_seats(tmp_path):
    stock = stock_of(tmp_path, canceled=True)
    assert (stock.cancelled, stock.remaining) == (True, 10)


def test_a_deleted_show_is_gone_as_one_that_is_not_listed(tmp_path):
    assert set(LINK.stocks(account(show(31, deleted=True), show(32)), tmp_path)) == {"32"}
    assert set(LINK.stocks(account(show(32)), tmp_path)) == {"32"}


def test_a_show_that_moved_keeps_its_ref(tmp_path):
    moved = stock_of(tmp_path, showtime="2030-02-03T18:00:00.000+0100")
    assert moved.starts_at == moved.booking_limit_at == datetime(2030, 2, 3, 17, tzinfo=UTC)


def test_of_several_pass_vouchers_the_lowest_counts(tmp_path):
    lists = {"vouchertype": [voucher(4, 6.5), voucher(3, "5,20")]}
    assert stock_of(tmp_path, lists=lists).price.amount == Decimal("5.20")


def test_a_show_without_pass_voucher_has_an_unknown_price(tmp_path):
    assert stock_of(tmp_path, showsTariffPostypeCollection=[{"tariffid": {"id": 3}}]).price == PRICE_NOT_SAID


def test_a_film_without_any_pass_voucher_is_not_on_sale(tmp_path):
    records = LINK.records(account(show(), vouchertype=[]), tmp_path)
    assert records == {REF: LeftOut(REF, Reason.NOT_ON_SALE)}


def test_a_cancelled_film_is_cancelled_even_without_tariff(tmp_path):
    stocks = LINK.stocks(account(show(31, canceled=True), vouchertype=[]), tmp_path)
    assert stocks["31"].cancelled


def test_a_film_that_is_not_listed_costs_its_own_shows(tmp_path):
    site = account(show(31), show(41, mediaid={"id": 21}))
    with LINK.visiting(site, tmp_path) as visit:
        items = {item.ref: item for page in LINK.provider.fetch(visit) for item in page.items}
        with pytest.raises(DataError) as raised:
            LINK.provider.normalise(items["lune.cds.example/vad/21"], visit)
        assert "does not list" in str(raised.value)
        assert LINK.provider.normalise(items[REF], visit)[0].title == "Les Rameurs"


def test_while_a_show_names_no_film_nothing_is_taken_for_gone(tmp_path):
    (page,) = LINK.pages(account(show(31), show(32, mediaid=None)), tmp_path)
    assert page.unidentified
    assert [item.ref for item in page.items] == [REF]


def test_a_naive_time_is_the_venues(tmp_path):
    stocks = LINK.stocks(account(show(31, showtime="2030-02-01T20:30:00.000")), tmp_path, venue=REUNION)
    assert stocks["31"].starts_at == datetime(2030, 2, 1, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "change",
    [{"internetremainingplace": 9}, {"canceled": True}, {"showtime": "2030-02-01T20:45:00.000+0100"}],
)
def test_what_matters_changes_the_fingerprint(tmp_path, change):
    before = LINK.fingerprints(account(show()), tmp_path)
    assert LINK.fingerprints(account(show(**change)), tmp_path) != before


def test_prices_titles_and_the_gauge_change_it_too(tmp_path):
    before = LINK.fingerprints(account(show()), tmp_path)
    assert LINK.fingerprints(account(show(), vouchertype=[voucher(4, 7)]), tmp_path) != before
    assert LINK.fingerprints(account(show(), media=[media(title="Les Rameuses")]), tmp_path) != before
    assert LINK.fingerprints(account(show(), cinemas=[cinema(online=False)]), tmp_path) != before


def test_another_export_does_not(tmp_path):
    before = LINK.fingerprints(account(show(31), show(32)), tmp_path)
    stamp = {"lastmodified": "2030-01-15T10:00:00.000+0100"}
    after = LINK.fingerprints(
        account(show(32, **stamp), show(31, **stamp), vouchertype=[voucher(), voucher(9)]), tmp_path
    )
    assert after == before


@pytest.mark.parametrize(
    "broken",
    [
        {"showtime": "bientôt"},
        {"id": None},
        {"canceled": "peut-être"},
        {"internetremainingplace": "?"},
        {"showsTariffPostypeCollection": [{"tariffid": None}]},
    ],
)
def test_a_broken_show_costs_its_film(tmp_path, broken):
    site = account(show(31, **broken), show(41, mediaid={"id": 99}))
    with LINK.visiting(site, tmp_path) as visit:
        items = {item.ref: item for page in LINK.provider.fetch(visit) for item in page.items}
        with pytest.raises(DataError):
            LINK.provider.normalise(items[REF], visit)
        assert LINK.provider.normalise(items["lune.cds.example/vad/99"], visit)[0].title == "Sans séance"


def test_a_cinema_among_several_is_named_in_the_address(tmp_path):
    cinemas = [cinema("12"), cinema("13", online=False)]
    there = {"identifier": "https://lune.cds.example/vad/#13"}
    assert LINK.stocks(account(show(), cinemas=cinemas), tmp_path, **there)["31"].remaining == 77
    with pytest.raises(ConfigurationError) as raised:
        LINK.pages(account(show(), cinemas=cinemas), tmp_path)
    assert (
        "après un dièse. Cinémas du compte\u00a0: «\u00a012\u00a0», «\u00a013\u00a0»" in raised.value.sentence
    )
    with pytest.raises(ConfigurationError) as raised:
        LINK.pages(account(show()), tmp_path, **there)
    assert raised.value.code == "cinema_not_found"


@pytest.mark.parametrize(
    ("reply", "error", "code"),
    [
        (said({}, 401), ConfigurationError, "key_refused"),
        (said({}, 403), ConfigurationError, "key_refused"),
        (said({}, 404), ConfigurationError, "cinema_not_found"),
        (said({}, 429), RateLimited, "rate_limited"),
        (said({}, 500), TransientError, "server_error"),
        (said({"error": "maintenance"}), DataError, "unreadable"),
        (said([1, 2]), DataError, "unreadable"),
        ((200, {}, b""), DataError, "not_json"),
        ((200, {}, b'[{"id": 1}, {"id": '), TransientError, "cut"),
        (cut(said([show(each) for each in range(50)])), TransientError, "cut"),
        (HTML, DataError, "not_json"),
    ],
)
@pytest.mark.parametrize("where", ["cinemas", "shows"])
def test_what_is_answered_decides(tmp_path, where, reply, error, code):
    site = account(show())
    site.refuse = lambda asked: reply if asked.path.endswith(where) else None
    with pytest.raises(error) as raised:
        LINK.pages(site, tmp_path)
    assert raised.value.code == code


def test_the_key_is_in_no_message(tmp_path):
    with pytest.raises(ConfigurationError) as raised:
        LINK.pages(account(show()), tmp_path, settings={"token": "secret-a-garder"})
    assert "secret-a-garder" not in f"{raised.value} {raised.value.sentence}"


def test_an_account_is_described(tmp_path):
    found = LINK.checks(account(show(31), show(32)), tmp_path)
    assert {name: check.state for name, check in found.items()} == {
        "key": CheckState.OK,
        "films": CheckState.OK,
        "samples": CheckState.OK,
    }
    assert found["films"].facts["showings"] == 2


def test_a_refused_key_has_its_sentence(tmp_path):
    found = LINK.checks(account(), tmp_path, settings={"token": "autre"})
    assert list(found) == ["key"]
    assert found["key"].sentence.startswith("Clé refusée par CDS.")


def test_a_missing_tariff_is_asked_for(tmp_path):
    found = LINK.checks(account(show(), vouchertype=[]), tmp_path)
    assert "PSCULTURE" in found["tariff"].sentence


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("lune.cds.example/vad", "https://lune.cds.example/vad/"),
        ("https://lune.cds.example/vad/#12", "https://lune.cds.example/vad/#12"),
        ("https://lune.cds.example/vad/?api_token=x", "https://lune.cds.example/vad/"),
    ],
)
def test_an_address_is_read(pasted, kept):
    assert LINK.provider.read_identifier(pasted) == kept
