"""EMS: what a cinema's part of the schedule becomes."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.vocabulary import Category, Reason
from providers.base import CheckState, Traversal, VenueFacts
from providers.ems import PROVIDER
from providers.errors import ConfigurationError, DataError, RateLimited, TransientError
from providers.records import PRICE_NOT_SAID, UNKNOWN, LeftOut
from providers.settings import OfferDefaults
from tests.providers.cinema.site import HTML, REUNION, cut, said
from tests.providers.ems.planning import LINK, OTHER, cinema, event, planning, session

REF = "0063/RAMEU"
FIRST = "006300000031"


def stock_of(tmp_path, **changes):
    return LINK.stocks(planning(cinema(event(session(31, **changes)))), tmp_path)[changes.get("id", FIRST)]


def versions(site):
    return [asked.query["version"] for asked in site.asked]


def test_a_film_is_an_offer_and_its_sessions_are_stocks(tmp_path):
    offers = LINK.offers(planning(cinema(event(session(31), session(32, date="203002021400")))), tmp_path)
    assert list(offers) == [REF]
    offer = offers[REF]
    assert (offer.title, offer.category) == ("Les Rameurs", Category.CINEMA)
    assert offer.description == (
        "Deux sœurs descendent la Saône.\n\n"
        "Durée\u00a0: 1\u00a0h\u00a042\nRéalisation\u00a0: Ada Duval, Luc Perrin"
    )
    assert offer.image_url == "https://images.example/FR/poster/5F98/600/RAMEU.jpg"
    first, second = offer.stocks
    assert (first.ref, first.label, first.price.amount) == (FIRST, "VO – 4K", Decimal("7.15"))
    assert first.starts_at == first.booking_limit_at == datetime(2030, 2, 1, 19, 30, tzinfo=UTC)
    assert second.starts_at == datetime(2030, 2, 2, 13, tzinfo=UTC)


def test_seats_are_never_known_and_asked_of_the_link(tmp_path):
    assert stock_of(tmp_path).remaining is UNKNOWN
    assert not PROVIDER.traits.knows_remaining
    settings = PROVIDER.Settings.model_validate(LINK.settings | {"capacity": "sans limite"})
    assert isinstance(settings, OfferDefaults)
    assert settings.capacity == "unlimited"


@pytest.mark.parametrize(("price", "amount"), [(7, "7.00"), ("5,15", "5.15"), (0, "0.00")])
def test_the_price_is_the_pass_cultures(tmp_path, price, amount):
    assert stock_of(tmp_path, pass_culture_price=price).price.amount == Decimal(amount)


def test_a_price_that_is_not_said_is_unknown(tmp_path):
    assert stock_of(tmp_path, pass_culture_price=None).price == PRICE_NOT_SAID


@pytest.mark.parametrize(
    ("written", "zone", "instant"),
    [
        ("203007142030", "Europe/Paris", datetime(2030, 7, 14, 18, 30, tzinfo=UTC)),
        ("203002012030", REUNION.timezone, datetime(2030, 2, 1, 16, 30, tzinfo=UTC)),
        ("203003310230", "Europe/Paris", datetime(2030, 3, 31, 1, 30, tzinfo=UTC)),
        ("203010270230", "Europe/Paris", datetime(2030, 10, 27, 0, 30, tzinfo=UTC)),
    ],
)
def test_times_are_the_venues(tmp_path, written, zone, instant):
    site = planning(cinema(event(session(31, date=written))))
    assert LINK.stocks(site, tmp_path, venue=VenueFacts("Cinéma", zone))[FIRST].starts_at == instant


def test_a_session_that_moved_keeps_its_ref(tmp_path):
    moved = stock_of(tmp_path, date="203002031800")
    assert moved.starts_at == moved.booking_limit_at == datetime(2030, 2, 3, 17, tzinfo=UTC)


def test_a_session_or_a_film_that_vanished_is_no_longer_given(tmp_path):
    both = planning(cinema(event(session(31), session(32)), event(session(41), name="LUNE")))
    assert LINK.offers(both, tmp_path).keys() == {REF, "0063/LUNE"}
    fewer = planning(cinema(event(session(32)), event(name="LUNE")))
    assert LINK.offers(fewer, tmp_path).keys() == {REF}
    assert LINK.stocks(fewer, tmp_path).keys() == {"006300000032"}


def test_what_is_over_is_over(tmp_path):
    records = LINK.records(planning(cinema(event(session(31, date="203001142030")))), tmp_path)
    assert records == {REF: LeftOut(REF, Reason.OVER)}


@pytest.mark.parametrize(
    "cinemas",
    [
        [cinema(event(session(31)), event(session(32)))],
        [cinema(event(session(31))), cinema(event(session(32)))],
        [cinema(event(session(31)), event(session(31), session(32), name="AUTRE"))],
    ],
)
def test_what_is_listed_twice_is_there_once(tmp_path, cinemas):
    offers = LINK.offers(planning(*cinemas), tmp_path).values()
    assert sorted(stock.ref[-2:] for each in offers for stock in each.stocks) == ["31", "32"]


def test_only_our_cinema_is_read(tmp_path):
    site = planning(cinema(event(session(31))))
    assert LINK.items(site, tmp_path).keys() == {REF}
    assert LINK.items(site, tmp_path, identifier="9997").keys() == {"9997/AUTRE"}


def test_the_cursor_is_the_version_of_the_schedule(tmp_path):
    (page,) = LINK.pages(planning(cinema(event(session(31))), version=172800), tmp_path)
    assert (page.cursor, page.last) == ({"version": 172800}, True)
    assert PROVIDER.traits.traversal is Traversal.CHANGES


def test_without_news_of_our_cinema_nothing_more_is_read(tmp_path):
    site = planning(changes={86400: {"sites": [OTHER], "version": 172800}})
    (page,) = LINK.pages(site, tmp_path, cursor={"version": 86400})
    assert (page.items, page.cursor, page.last) == ([], {"version": 172800}, True)
    assert versions(site) == ["86400"]


def test_news_of_our_cinema_have_it_read_whole(tmp_path):
    # a changed film may be listed with its new session only: it would lose the others
    news = {"sites": [cinema(event(session(32)))], "version": 172800}
    site = planning(cinema(event(session(31), session(32))), version=172800, changes={86400: news})
    (page,) = LINK.pages(site, tmp_path, cursor={"version": 86400})
    assert versions(site) == ["86400", "0"]
    assert [each["id"] for each in page.items[0].payload["sessions"]] == [FIRST, "006300000032"]
    assert page.cursor == {"version": 172800}


def test_a_version_that_went_back_is_not_believed(tmp_path):
    site = planning(cinema(event(session(31))), version=10, changes={86400: {"sites": [], "version": 10}})
    (page,) = LINK.pages(site, tmp_path, cursor={"version": 86400})
    assert versions(site) == ["86400", "0"]
    assert ([item.ref for item in page.items], page.cursor) == ([REF], {"version": 10})


@pytest.mark.parametrize("version", [None, "86400", True])
def test_without_a_version_the_whole_is_read_each_time(tmp_path, version):
    (page,) = LINK.pages(planning(cinema(event(session(31))), version=version), tmp_path)
    assert page.cursor == {}
    (page,) = LINK.pages(planning(cinema(event(session(31)))), tmp_path, cursor={})
    assert [item.ref for item in page.items] == [REF]


def test_a_cinema_that_is_not_in_the_schedule_has_no_film(tmp_path):
    (page,) = LINK.pages(planning(), tmp_path)
    assert (page.items, page.last) == ([], True)


@pytest.mark.parametrize(
    "change", [{"date": "203002012045"}, {"pass_culture_price": 7.2}, {"features": ["vf"]}]
)
def test_what_matters_changes_the_fingerprint(tmp_path, change):
    before = LINK.fingerprints(planning(cinema(event(session()))), tmp_path)
    assert LINK.fingerprints(planning(cinema(event(session(**change)))), tmp_path) != before


def test_another_version_of_the_schedule_does_not(tmp_path):
    before = LINK.fingerprints(planning(cinema(event(session(31), session(32)))), tmp_path)
    after = planning(cinema(event(session(32, hall_name="Grande salle"), session(31))), version=99999)
    assert LINK.fingerprints(after, tmp_path) == before


@pytest.mark.parametrize(
    "broken",
    [
        event(session(date="2030-02-30")),
        event(session(date="20300230")),
        event(session(date=203002012030)),
        event(session(id=None)),
        event(session(pass_culture_price="cher")),
        event(session(), title=None),
        event("séance"),
    ],
)
def test_a_broken_film_costs_itself(tmp_path, broken):
    with LINK.visiting(planning(cinema(broken, event(session(41), name="LUNE"))), tmp_path) as visit:
        items = {item.ref: item for page in LINK.provider.fetch(visit) for item in page.items}
        with pytest.raises(DataError):
            LINK.provider.normalise(items[REF], visit)
        assert LINK.provider.normalise(items["0063/LUNE"], visit)[0].ref == "0063/LUNE"


def test_while_something_listed_names_no_film_nothing_is_taken_for_gone(tmp_path):
    (page,) = LINK.pages(planning(cinema(event(session()), event(session(), id=""))), tmp_path)
    assert page.unidentified
    assert len(page.items) == 1


@pytest.mark.parametrize(
    ("reply", "error", "code"),
    [
        (said({}, 401), ConfigurationError, "key_refused"),
        (said({}, 404), ConfigurationError, "cinema_not_found"),
        (said({}, 429), RateLimited, "rate_limited"),
        (said({}, 503), TransientError, "unavailable"),
        (said({"message": "?"}), DataError, "unreadable"),
        (said([]), DataError, "unreadable"),
        (said({"sites": [{"id": "0063"}]}), DataError, "unreadable"),
        ((200, {}, b'{"sites": [{"id": "0063"}'), TransientError, "cut"),
        (cut(said({"sites": [OTHER] * 30})), TransientError, "cut"),
        (HTML, DataError, "not_json"),
    ],
)
def test_what_is_answered_decides(tmp_path, reply, error, code):
    site = planning(cinema(event(session())))
    site.refuse = lambda _: reply
    with pytest.raises(error) as raised:
        LINK.pages(site, tmp_path)
    assert raised.value.code == code


def test_a_cinema_is_described(tmp_path):
    found = LINK.checks(planning(cinema(event(session(31), session(32)))), tmp_path)
    assert {check.state for check in found.values()} == {CheckState.OK}
    assert found["key"].sentence == "Clé acceptée par EMS."


def test_a_refused_key_has_its_sentence(tmp_path):
    found = LINK.checks(planning(), tmp_path, settings={"password": "autre"})
    assert found["key"].sentence.startswith("Clé refusée par EMS.")


def test_a_number_that_is_not_in_the_schedule_is_doubted(tmp_path):
    found = LINK.checks(planning(), tmp_path)
    assert found["films"].state is CheckState.WARNING
    assert "Numéro de votre cinéma chez EMS" in found["films"].sentence


def test_a_number_is_read():
    assert PROVIDER.read_identifier(" « 0063 » ") == "0063"
    for pasted in ("", "La Lune !", "https://ems.example/"):
        with pytest.raises(ConfigurationError):
            PROVIDER.read_identifier(pasted)


def test_the_address_of_the_schedule_is_one():
    with pytest.raises(ValueError, match="l’adresse du planning"):
        PROVIDER.Settings.model_validate(LINK.settings | {"address": "planning"})
