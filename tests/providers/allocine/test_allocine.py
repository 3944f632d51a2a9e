"""Allociné: what a theater's films become."""

from datetime import UTC, datetime

import pytest

from models.vocabulary import Category, Reason
from providers.allocine import PROVIDER
from providers.base import CheckState, VenueFacts
from providers.errors import ConfigurationError, DataError, RateLimited, TransientError
from providers.records import PRICE_NOT_SAID, UNKNOWN, LeftOut
from tests.providers.allocine.theater import LINK, edge, listing, movie, one_page, showtime, theater
from tests.providers.cinema.site import HTML, REUNION, cut, said

VF, VO = "P0001/20-VF", "P0001/20-VO"


def test_the_versions_of_a_film_are_offers_of_their_own(tmp_path):
    site = one_page(
        edge(
            showtime("2030-02-01T20:30:00", "DUBBED"),
            showtime("2030-02-02T14:00:00", "LOCAL"),
            showtime("2030-02-01T20:30:00", "ORIGINAL"),
        )
    )
    offers = LINK.offers(site, tmp_path)
    assert {ref: (offer.title, len(offer.stocks)) for ref, offer in offers.items()} == {
        VF: ("Les Rameurs – VF", 2),
        VO: ("Les Rameurs – VO", 1),
    }
    offer = offers[VO]
    assert offer.category is Category.CINEMA
    assert offer.description == (
        "Deux sœurs descendent la Saône.\n\nDurée\u00a0: 1\u00a0h\u00a042\nRéalisation\u00a0: Ada Duval"
    )
    assert offer.image_url == "https://images.example/199001.jpg"
    assert offer.url == "https://www.allocine.fr/film/20.html"
    (stock,) = offer.stocks
    assert stock.ref == "20300201T193000Z"
    assert stock.starts_at == stock.booking_limit_at == datetime(2030, 2, 1, 19, 30, tzinfo=UTC)


def test_a_version_that_is_not_said_is_none(tmp_path):
    offers = LINK.offers(one_page(edge(showtime(version=None))), tmp_path)
    assert {ref: offer.title for ref, offer in offers.items()} == {"P0001/20": "Les Rameurs"}


def test_seats_and_prices_are_never_known_and_asked_of_the_link(tmp_path):
    (stock,) = LINK.stocks(one_page(edge(showtime())), tmp_path).values()
    assert (stock.remaining, stock.price) == (UNKNOWN, PRICE_NOT_SAID)
    settings = PROVIDER.Settings.model_validate(LINK.settings)
    assert (settings.capacity, str(settings.price)) == (10, "6.90")
    assert not PROVIDER.traits.knows_remaining
    assert not PROVIDER.traits.keeps_session_ids


def test_all_pages_are_read_by_cursor(tmp_path):
    site = theater(
        listing(edge(showtime()), total=3, more="1"),
        listing(edge(showtime(), number=21), total=3, more="2"),
        listing(edge(showtime(), number=22), total=3, more=""),
    )
    assert LINK.offers(site, tmp_path).keys() == {VF, "P0001/21-VF", "P0001/22-VF"}
    assert [asked.query.get("after") for asked in site.asked] == [None, "1", "2"]


def test_a_film_on_two_pages_is_one(tmp_path):
    site = theater(
        listing(edge(showtime("2030-02-01T20:30:00")), total=2, more="1"),
        listing(edge(showtime("2030-02-02T20:30:00")), total=2, more=""),
    )
    assert len(LINK.offers(site, tmp_path)[VF].stocks) == 2


@pytest.mark.parametrize(
    "pages",
    [
        [listing(edge(showtime()), total=2)],
        [
            listing(edge(showtime()), total=3, more="1"),
            listing(edge(showtime(), number=21), total=3, more=""),
        ],
    ],
)
def test_fewer_films_than_announced_are_not_the_whole(tmp_path, pages):
    with pytest.raises(TransientError) as raised:
        LINK.pages(theater(*pages), tmp_path)
    assert raised.value.code == "listing_moved"


@pytest.mark.parametrize("said", [{}, {"pageInfo": {"hasNextPage": "true"}}, {"pageInfo": "1"}])
def test_a_page_that_does_not_say_whether_it_is_the_last_is_not(tmp_path, said):
    page = listing(edge(showtime()))
    page["movieShowtimeList"].pop("totalCount")
    page["movieShowtimeList"] |= said
    with pytest.raises(DataError):
        LINK.pages(theater(page), tmp_path)


@pytest.mark.parametrize("more", [[("1", 3)] * 2, [(" ", 3)]])
def test_a_cursor_that_leads_nowhere_ends_the_run(tmp_path, more):
    pages = [listing(edge(showtime()), total=total, more=cursor) for cursor, total in more]
    site = theater(*pages)
    if more[0][0] == " ":
        pages[0]["movieShowtimeList"]["pageInfo"]["endCursor"] = None
    with pytest.raises(DataError):
        LINK.pages(site, tmp_path)


@pytest.mark.parametrize(
    ("written", "zone", "ref"),
    [
        ("2030-07-14T20:30:00", "Europe/Paris", "20300714T183000Z"),
        ("2030-02-01T20:30:00", REUNION.timezone, "20300201T163000Z"),
        ("2030-03-31T02:30:00", "Europe/Paris", "20300331T013000Z"),
        ("2030-10-27T02:30:00", "Europe/Paris", "20301027T003000Z"),
        ("2030-02-01T20:30:00+04:00", "Europe/Paris", "20300201T163000Z"),
    ],
)
def test_naive_times_are_the_venues(tmp_path, written, zone, ref):
    stocks = LINK.stocks(one_page(edge(showtime(written))), tmp_path, venue=VenueFacts("Cinéma", zone))
    assert stocks.keys() == {ref}


def test_two_rooms_at_one_time_are_one_showing(tmp_path):
    stocks = LINK.stocks(one_page(edge(showtime(), showtime(version="LOCAL"))), tmp_path)
    assert len(stocks) == 1


def test_a_showing_that_vanished_is_no_longer_given(tmp_path):
    both = one_page(edge(showtime("2030-02-01T20:30:00"), showtime("2030-02-02T20:30:00")))
    assert len(LINK.stocks(both, tmp_path)) == 2
    assert LINK.stocks(one_page(edge(showtime("2030-02-02T20:30:00"))), tmp_path).keys() == {
        "20300202T193000Z"
    }


@pytest.mark.parametrize(
    "special",
    [
        {"projection": ["IMAX"]},
        {"projection": ["DIGITAL", "F_3D"]},
        {"experience": "E_4DX"},
        {"experience": [None, "DOLBY_CINEMA"]},
    ],
)
def test_a_showing_with_a_supplement_is_imported_only_where_asked_for(tmp_path, special):
    site = one_page(edge(showtime("2030-02-01T20:30:00"), showtime("2030-02-02T20:30:00", **special)))
    assert LINK.stocks(site, tmp_path).keys() == {"20300201T193000Z"}
    assert len(LINK.stocks(site, tmp_path, settings={"supplements": True})) == 2


@pytest.mark.parametrize(
    "ordinary",
    [
        {"projection": None},
        {"projection": "DIGITAL"},
        {"experience": [None]},
        {"experience": "TRADITIONAL_AUDITORIUM"},
    ],
)
def test_an_ordinary_room_is_no_supplement(tmp_path, ordinary):
    assert len(LINK.stocks(one_page(edge(showtime(**ordinary))), tmp_path)) == 1


def test_a_film_with_supplements_only_says_why_it_is_left_out(tmp_path):
    site = one_page(edge(showtime(projection=["IMAX"])), edge(showtime(), number=21, type="SPECIAL_EVENT"))
    assert LINK.records(site, tmp_path) == {
        ref: LeftOut(ref, Reason.SPECIAL_SCREENING) for ref in (VF, "P0001/21-VF")
    }


def test_what_is_over_is_over(tmp_path):
    records = LINK.records(one_page(edge(showtime("2030-01-14T20:30:00"))), tmp_path)
    assert records == {VF: LeftOut(VF, Reason.OVER)}


@pytest.mark.parametrize("showtimes", [None, [None], [showtime(), "20:30"]])
def test_while_a_showing_names_no_version_neither_version_is_taken_for_gone(tmp_path, showtimes):
    (page,) = LINK.pages(one_page({"node": {"movie": movie(), "showtimes": showtimes}}), tmp_path)
    assert page.unidentified


def test_while_a_film_has_no_name_nothing_is_taken_for_gone(tmp_path):
    nameless = {"node": {"movie": None, "showtimes": [showtime()]}}
    (page,) = LINK.pages(one_page(edge(showtime()), nameless, {"node": None}), tmp_path)
    assert page.unidentified
    assert [item.ref for item in page.items] == [VF]


@pytest.mark.parametrize(
    "change",
    [
        edge(showtime("2030-02-01T20:45:00")),
        edge(showtime(), title="Les Rameuses"),
        edge(showtime(projection=["IMAX"])),
    ],
)
def test_what_matters_changes_the_fingerprint(tmp_path, change):
    before = LINK.fingerprints(one_page(edge(showtime())), tmp_path)
    assert LINK.fingerprints(one_page(change), tmp_path) != before


def test_the_order_of_an_answer_and_what_is_not_read_do_not(tmp_path):
    times = [showtime("2030-02-01T20:30:00"), showtime("2030-02-02T20:30:00")]
    before = LINK.fingerprints(one_page(edge(*times)), tmp_path)
    after = one_page(edge(*reversed(times), data={"eidr": "x"}, genres=[]))
    assert LINK.fingerprints(after, tmp_path) == before


@pytest.mark.parametrize(
    "broken",
    [
        edge(showtime("bientôt")),
        edge(showtime(None)),
        edge(showtime("2030-02-01")),
        edge(showtime(), title=""),
        edge(showtime(), {"diffusionVersion": "DUBBED"}),
    ],
)
def test_a_broken_film_costs_itself(tmp_path, broken):
    with LINK.visiting(one_page(broken, edge(showtime(), number=21)), tmp_path) as visit:
        items = {item.ref: item for page in LINK.provider.fetch(visit) for item in page.items}
        with pytest.raises(DataError):
            LINK.provider.normalise(items[VF], visit)
        assert LINK.provider.normalise(items["P0001/21-VF"], visit)[0].ref == "P0001/21-VF"


def test_a_film_that_is_described_oddly_is_imported_all_the_same(tmp_path):
    odd = {"runtime": "1h42", "poster": "x", "synopsis": None, "credits": [], "backlink": None}
    offer = LINK.offers(one_page(edge(showtime(), **odd)), tmp_path)[VF]
    assert (offer.description, offer.image_url, offer.url) == ("", "", "")


def refused(message, code=None):
    return said({"errors": [{"message": message, "extensions": {"code": code}}], "data": None})


@pytest.mark.parametrize(
    ("reply", "error", "code"),
    [
        (said({}, 401), ConfigurationError, "key_refused"),
        (said({}, 404), ConfigurationError, "cinema_not_found"),
        (said({}, 429), RateLimited, "rate_limited"),
        (said({}, 500), TransientError, "server_error"),
        (refused("Context creation failed", "UNAUTHENTICATED"), ConfigurationError, "key_refused"),
        (refused("Invalid token"), ConfigurationError, "key_refused"),
        (refused("Timeout of a resolver"), TransientError, "partner_error"),
        (said({"errors": "oups", **listing(edge(showtime()))}), TransientError, "partner_error"),
        (said({"data": {}}), DataError, "unreadable"),
        (said({"movieShowtimeList": {"edges": None}}), DataError, "unreadable"),
        (said([]), DataError, "unreadable"),
        (HTML, DataError, "not_json"),
        (cut(said(listing(*[edge(showtime())] * 9))), TransientError, "cut"),
    ],
)
def test_what_is_answered_decides(tmp_path, reply, error, code):
    site = one_page(edge(showtime()))
    site.refuse = lambda _: reply
    with pytest.raises(error) as raised:
        LINK.pages(site, tmp_path)
    assert raised.value.code == code


def test_an_answer_wrapped_as_graphql_does_is_read(tmp_path):
    site = one_page()
    site.refuse = lambda _: said({"data": listing(edge(showtime()))})
    assert LINK.offers(site, tmp_path).keys() == {VF}


def test_a_theater_is_described(tmp_path):
    found = LINK.checks(one_page(edge(showtime(), showtime(version="ORIGINAL"))), tmp_path)
    assert {check.state for check in found.values()} == {CheckState.OK}
    assert found["films"].sentence == "2 films à l’affiche, 2 séances à venir."


def test_a_refused_key_has_its_sentence(tmp_path):
    found = LINK.checks(one_page(), tmp_path, settings={"key": "autre"})
    assert found["key"].sentence.startswith("Clé refusée par Allociné.")


@pytest.mark.parametrize(
    "pasted",
    [
        "P0001",
        " p0001 ",
        "VGhlYXRlcjpQMDAwMQ==",
        "https://www.allocine.fr/seance/salle_gen_csalle=P0001.html",
        "https://www.allocine.fr/seance/salle_affich-salle=P0001.html",
    ],
)
def test_a_theater_is_read(pasted):
    assert PROVIDER.read_identifier(pasted) == "P0001"


@pytest.mark.parametrize("pasted", ["", "Cinéma La Lune", "https://www.allocine.fr/film/", "12", "bm9u"])
def test_what_names_no_theater_is_refused(pasted):
    with pytest.raises(ConfigurationError, match="salle"):
        PROVIDER.read_identifier(pasted)
