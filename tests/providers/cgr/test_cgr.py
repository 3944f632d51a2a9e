"""CGR: what a cinema's films become."""

import codecs
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from lxml import etree

from models.vocabulary import Category, Reason
from providers.base import CheckState, VenueFacts
from providers.errors import ConfigurationError, DataError, RateLimited, TransientError
from providers.records import PRICE_NOT_SAID, UNKNOWN, LeftOut
from tests.providers.cgr.service import (
    LINK,
    WHERE,
    document,
    envelope,
    fault,
    film,
    service,
    showing,
    wrapped,
)
from tests.providers.cinema.site import HTML, REUNION, cut, said

REF = "999/20"


def stock_of(tmp_path, **changes):
    return LINK.stocks(service(film(showing(31, **changes), showing(32))), tmp_path)["31"]


def test_a_film_is_an_offer_and_its_showings_are_stocks(tmp_path):
    offers = LINK.offers(
        service(film(showing(31), showing(32, Date="2030-02-02", Heure="14:00:00.000"))), tmp_path
    )
    assert list(offers) == [REF]
    offer = offers[REF]
    assert (offer.title, offer.category) == ("Les Rameurs", Category.CINEMA)
    assert offer.description == "Deux sœurs & une barque.\n\nDurée\u00a0: 1\u00a0h\u00a042"
    first, second = offer.stocks
    assert (first.ref, first.label, first.price.amount, first.remaining) == ("31", "VF", Decimal("6.90"), 99)
    assert first.starts_at == first.booking_limit_at == datetime(2030, 2, 1, 19, 30, tzinfo=UTC)
    assert second.starts_at == datetime(2030, 2, 2, 13, tzinfo=UTC)


def test_the_service_is_asked_in_its_own_words(tmp_path):
    site = service(film(showing()))
    LINK.records(site, tmp_path)
    (asked,) = site.asked
    assert (asked.method, asked.path) == ("POST", WHERE)
    assert asked.headers["soapaction"] == '"urn:GestionCinemaWS/GetSeancesPassCulture"'
    assert asked.headers["content-type"] == "text/xml; charset=utf-8"
    call = etree.fromstring(asked.body)[0][0]
    assert call.tag == "{urn:GestionCinemaWS}GetSeancesPassCulture"
    assert [(each.tag, each.text) for each in call] == [
        ("User", "passculture"),
        ("mdp", "brou<ette>&"),
        ("IDFilmAllocine", "0"),
    ]


@pytest.mark.parametrize(("seats", "remaining"), [(12, 12), (0, 0), (-4, -4), (None, UNKNOWN), ("7", 7)])
def test_sold_out_negative_and_unknown_differ(tmp_path, seats, remaining):
    assert stock_of(tmp_path, NbPlacesRestantes=seats).remaining == remaining


def test_a_showing_that_vanished_is_no_longer_among_the_stocks(tmp_path):
    assert set(LINK.stocks(service(film(showing(31), showing(32))), tmp_path)) == {"31", "32"}
    assert set(LINK.stocks(service(film(showing(32))), tmp_path)) == {"32"}


def test_a_showing_of_two_films_is_the_last_one_s(tmp_path):
    offers = LINK.offers(service(film(showing(31), showing(32)), film(showing(31), number=21)), tmp_path)
    assert {ref: [each.ref for each in offer.stocks] for ref, offer in offers.items()} == {
        "999/20": ["32"],
        "999/21": ["31"],
    }


def test_a_film_listed_twice_has_the_showings_of_both(tmp_path):
    assert set(LINK.stocks(service(film(showing(31)), film(), film(showing(32))), tmp_path)) == {"31", "32"}


@pytest.mark.parametrize(
    "reply",
    [
        wrapped(document(film(showing(31)), code="0")),
        wrapped("\ufeff" + json.dumps(document(film(showing(31))))),
        (200, {}, codecs.BOM_UTF8 + wrapped(document(film(showing(31))))[2]),
    ],
)
def test_an_answer_is_read_however_it_is_dressed(tmp_path, reply):
    site = service()
    site.refuse = lambda _: reply
    assert set(LINK.stocks(site, tmp_path)) == {"31"}


def test_a_film_listed_without_showings_has_vanished_too(tmp_path):
    assert LINK.records(service(film(), film(showing(41), number=21)), tmp_path).keys() == {"999/21"}


def test_a_showing_that_moved_keeps_its_ref(tmp_path):
    moved = stock_of(tmp_path, Date="2030-02-03", Heure="18:00:00.000")
    assert moved.starts_at == moved.booking_limit_at == datetime(2030, 2, 3, 17, tzinfo=UTC)


@pytest.mark.parametrize(("price", "amount"), [(11, "11.00"), (6.905, "6.91"), ("7,20", "7.20"), (0, "0.00")])
def test_the_price_is_exact(tmp_path, price, amount):
    assert stock_of(tmp_path, PrixUnitaire=price).price.amount == Decimal(amount)


def test_a_price_that_is_not_said_is_unknown(tmp_path):
    assert stock_of(tmp_path, PrixUnitaire=None).price == PRICE_NOT_SAID


def test_what_a_showing_is_like_is_its_label(tmp_path):
    assert (
        stock_of(tmp_path, Version="VO", Relief="3D", bICE=True, bAVP=True).label
        == "VO – 3D – ICE – avant-première"
    )


@pytest.mark.parametrize(
    ("day", "hour", "venue", "instant"),
    [
        ("2030-07-14", "20:30:00.000", "Europe/Paris", datetime(2030, 7, 14, 18, 30, tzinfo=UTC)),
        ("2030-02-01", "20:30:00", REUNION.timezone, datetime(2030, 2, 1, 16, 30, tzinfo=UTC)),
        ("2030-02-01", "20:30", "America/Martinique", datetime(2030, 2, 2, 0, 30, tzinfo=UTC)),
        # 2.30 on the last Sunday of March does not exist: it is 3.30
        ("2030-03-31", "02:30:00.000", "Europe/Paris", datetime(2030, 3, 31, 1, 30, tzinfo=UTC)),
        # 2.30 on the last Sunday of October comes twice: it is the first
        ("2030-10-27", "02:30:00.000", "Europe/Paris", datetime(2030, 10, 27, 0, 30, tzinfo=UTC)),
    ],
)
def test_naive_times_are_the_venues(tmp_path, day, hour, venue, instant):
    site = service(film(showing(31, Date=day, Heure=hour)))
    stocks = LINK.stocks(site, tmp_path, venue=VenueFacts("Cinéma", venue))
    assert stocks["31"].starts_at == instant


def test_a_film_whose_showings_are_over_is_over(tmp_path):
    assert LINK.records(service(film(showing(31, Date="2030-01-14"))), tmp_path) == {
        REF: LeftOut(REF, Reason.OVER)
    }


@pytest.mark.parametrize(
    "change",
    [{"NbPlacesRestantes": 98}, {"PrixUnitaire": 7}, {"Heure": "20:45:00.000"}, {"Version": "VO"}],
)
def test_what_matters_changes_the_fingerprint(tmp_path, change):
    before = LINK.fingerprints(service(film(showing())), tmp_path)
    assert LINK.fingerprints(service(film(showing(**change))), tmp_path) != before


def test_the_order_of_an_answer_does_not(tmp_path):
    one = service(film(showing(31), showing(32)), film(showing(41), number=21))
    other = service(film(showing(41), number=21), film(showing(32), showing(31)))
    assert LINK.fingerprints(one, tmp_path) == LINK.fingerprints(other, tmp_path)


@pytest.mark.parametrize(
    "broken",
    [
        film(showing(31, Date="31/02/2030")),
        film(showing(31, Heure=None)),
        film(showing(31, IDSeance=None)),
        film(showing(31, NbPlacesRestantes="plein")),
        film(showing(31, PrixUnitaire=-1)),
        film(showing(31), Titre=""),
        film("séance"),
        film(Seances={"IDSeance": 31}),
    ],
)
def test_a_broken_film_costs_itself(tmp_path, broken):
    with LINK.visiting(service(broken, film(showing(41), number=21)), tmp_path) as visit:
        items = {item.ref: item for page in LINK.provider.fetch(visit) for item in page.items}
        with pytest.raises(DataError):
            LINK.provider.normalise(items[REF], visit)
        assert LINK.provider.normalise(items["999/21"], visit)[0].ref == "999/21"


def test_while_something_listed_names_no_film_nothing_is_taken_for_gone(tmp_path):
    (page,) = LINK.pages(service(film(showing(), IDFilm=None), film(showing())), tmp_path)
    assert page.unidentified


BOMB = b'<!DOCTYPE x [<!ENTITY a "b">]><Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/">&a;</Envelope>'


@pytest.mark.parametrize(
    ("reply", "error", "code"),
    [
        (said({}, 401), ConfigurationError, "key_refused"),
        (said({}, 404), ConfigurationError, "cinema_not_found"),
        (said({}, 429), RateLimited, "rate_limited"),
        (said({}, 500), TransientError, "server_error"),
        (
            wrapped({"CodeErreur": 2, "IntituleErreur": "Mot de passe erroné"}),
            ConfigurationError,
            "key_refused",
        ),
        (wrapped({"CodeErreur": 99, "IntituleErreur": "Base indisponible"}), TransientError, "partner_error"),
        (wrapped({"IntituleErreur": None}), TransientError, "partner_error"),
        (fault("Acces refuse"), ConfigurationError, "key_refused"),
        (fault("Erreur interne"), TransientError, "partner_error"),
        ((500, *fault("Mot de passe incorrect")[1:]), ConfigurationError, "key_refused"),
        ((500, *fault("Erreur interne")[1:]), TransientError, "partner_error"),
        (wrapped(document() | {"ObjetRetour": None}), DataError, "unreadable"),
        (wrapped({"CodeErreur": 0, "ObjetRetour": {"NumCine": 999}}), DataError, "unreadable"),
        (wrapped("[]"), DataError, "unreadable"),
        (wrapped('{"CodeErreur": 0'), DataError, "not_json"),
        (wrapped(""), DataError, "unreadable"),
        (envelope("<autre/>"), DataError, "unreadable"),
        ((200, {}, b"<a><b></a>"), DataError, "unreadable"),
        ((200, {}, BOMB), DataError, "unreadable"),
        ((200, {}, b""), DataError, "unreadable"),
        (HTML, DataError, "unreadable"),
        (cut(wrapped(document(film(*[showing(each) for each in range(99)])))), TransientError, "cut"),
    ],
)
def test_what_is_answered_decides(tmp_path, reply, error, code):
    site = service(film(showing()))
    site.refuse = lambda _: reply
    with pytest.raises(error) as raised:
        LINK.pages(site, tmp_path)
    assert raised.value.code == code


def test_the_partners_words_are_passed_on(tmp_path):
    site = service()
    site.refuse = lambda _: wrapped({"CodeErreur": 99, "IntituleErreur": "Base indisponible"})
    with pytest.raises(TransientError) as raised:
        LINK.pages(site, tmp_path)
    assert raised.value.sentence == "CGR répond\u00a0: «\u00a0Base indisponible\u00a0». Nous réessaierons."


def test_a_cinema_is_described(tmp_path):
    found = LINK.checks(service(film(showing(31), showing(32))), tmp_path)
    assert {check.state for check in found.values()} == {CheckState.OK}
    assert found["films"].sentence == "1 film à l’affiche, 2 séances à venir."
    assert found["samples"].samples[0].stocks[0].remaining == 99


def test_a_refused_key_has_its_sentence(tmp_path):
    found = LINK.checks(service(), tmp_path, settings={"password": "autre"})
    assert list(found) == ["key"]
    assert found["key"].sentence.startswith("Clé refusée par CGR.")


def test_a_cinema_that_announces_nothing_is_told(tmp_path):
    found = LINK.checks(service(), tmp_path)
    assert found["films"].state is CheckState.WARNING
    assert found["films"].sentence.startswith("CGR n’annonce aucune séance")


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("lune.cgr.example", f"https://lune.cgr.example{WHERE}"),
        (f"http://lune.cgr.example{WHERE}?wsdl", f"https://lune.cgr.example{WHERE}"),
        ("https://lune.cgr.example/autre.awws", "https://lune.cgr.example/autre.awws"),
    ],
)
def test_an_address_is_read(pasted, kept):
    assert LINK.provider.read_identifier(pasted) == kept


def test_money_comes_from_the_text_of_the_number(tmp_path):
    text = json.dumps(document(film(showing(31)))).replace(
        '"PrixUnitaire": 6.9', '"PrixUnitaire": 1234567.89'
    )
    site = service()
    site.refuse = lambda _: wrapped(text)
    assert LINK.stocks(site, tmp_path)["31"].price.amount == Decimal("1234567.89")
