"""What is asked of Boost, page by page, what it answers, and what a person is told of it."""

from datetime import UTC, datetime

import pytest

from providers.base import CheckState
from providers.errors import ConfigurationError, DataError, RateLimited, TransientError
from tests.providers.boost.box_office import FULL, LINK, film, office, showing
from tests.providers.cinema.site import HTML, cut, said

REF = "lune.boost.example/20"


def test_while_a_showing_names_no_film_nothing_is_taken_for_gone(tmp_path):
    (page,) = LINK.pages(office(showing(31), showing(32, film=None)), tmp_path)
    assert page.last
    assert page.unidentified
    (page,) = LINK.pages(office(showing(31)), tmp_path)
    assert not page.unidentified


def test_fifty_films_are_a_page_and_a_traversal_goes_on_after_it(tmp_path):
    site = office(*(showing(each, film=film(each)) for each in range(100, 220)), most=100)
    pages = LINK.pages(site, tmp_path)
    assert [len(page.items) for page in pages] == [50, 50, 20]
    assert [page.last for page in pages] == [False, False, True]
    rest = LINK.pages(site, tmp_path, cursor=pages[0].cursor)
    assert [[item.ref for item in page.items] for page in rest] == [
        [item.ref for item in page.items] for page in pages[1:]
    ]


def test_an_empty_programme_is_a_complete_one(tmp_path):
    (page,) = LINK.pages(office(), tmp_path)
    assert (page.items, page.last, page.requested_at) == ([], True, datetime(2030, 1, 15, 12, tzinfo=UTC))


def test_a_listing_that_moves_while_it_is_read_is_read_again_later(tmp_path):
    site = office(showing(31), showing(32), showing(33), most=2)
    fewer = {"data": [], "page": 2, "totalPages": 2, "totalCount": 2}
    site.refuse = lambda asked: said(fewer) if asked.query.get("page") == "2" else None
    with pytest.raises(TransientError) as raised:
        LINK.pages(site, tmp_path)
    assert raised.value.code == "listing_moved"


def test_a_token_that_ran_out_is_asked_for_again(tmp_path):
    site = office(showing(31), showing(32), showing(33), most=2)
    expired = iter([said({"code": 401, "message": "Expired JWT Token"}, 401)])
    site.refuse = lambda asked: next(expired, None) if asked.query.get("page") == "2" else None
    assert set(LINK.stocks(site, tmp_path)) == {"31", "32", "33"}
    assert site.paths().count("/api/vendors/login") == 2


def test_a_token_that_is_never_taken_ends_in_a_refusal(tmp_path):
    site = office(showing())
    site.refuse = lambda asked: said({"message": "Invalid JWT Token"}, 401) if asked.method == "GET" else None
    with pytest.raises(ConfigurationError) as raised:
        LINK.pages(site, tmp_path)
    assert raised.value.code == "key_refused"
    assert len(site.asked) == 2


@pytest.mark.parametrize(
    ("reply", "error", "code"),
    [
        (said({"message": "no"}, 403), ConfigurationError, "key_refused"),
        (said({"message": "no"}, 400), ConfigurationError, "key_refused"),
        (said({"code": 200, "message": "Compte bloqué", "token": None}), ConfigurationError, "key_refused"),
        (said({"message": "no"}, 404), ConfigurationError, "cinema_not_found"),
        (said({}, 429), RateLimited, "rate_limited"),
        (said({}, 502), TransientError, "server_error"),
        (said([]), DataError, "unreadable"),
        (HTML, DataError, "not_json"),
        (cut(said({"token": "x" * 5000})), TransientError, "cut"),
    ],
)
def test_what_the_login_answers_decides(tmp_path, reply, error, code):
    site = office(showing())
    site.refuse = lambda asked: reply if asked.method == "POST" else None
    with pytest.raises(error) as raised:
        LINK.pages(site, tmp_path)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("reply", "error", "code"),
    [
        (HTML, DataError, "not_json"),
        (said({"message": "OK"}), DataError, "unreadable"),
        (cut(said({"data": ["x" * 5000]})), TransientError, "cut"),
    ],
)
def test_what_the_listing_answers_decides(tmp_path, reply, error, code):
    site = office(showing())
    site.refuse = lambda asked: reply if asked.method == "GET" else None
    with pytest.raises(error) as raised:
        LINK.pages(site, tmp_path)
    assert raised.value.code == code


def test_names_of_premiums_that_are_not_given_cost_nothing(tmp_path):
    site = office(showing(31, idAttributPremium=24))
    site.refuse = lambda asked: said({}, 404) if asked.path.endswith("attributs") else None
    assert LINK.stocks(site, tmp_path)["31"].label == "VO"


def test_a_cinema_is_described(tmp_path):
    found = LINK.checks(office(showing(31), showing(41, film=film(21))), tmp_path)
    assert list(found) == ["key", "films", "samples"]
    assert {check.state for check in found.values()} == {CheckState.OK}
    assert found["key"].sentence == "Clé acceptée par Boost."
    assert found["films"].sentence == "2 films à l’affiche, 2 séances à venir."
    assert {sample.ref for sample in found["samples"].samples} == {REF, "lune.boost.example/21"}


def test_a_refused_key_has_its_sentence(tmp_path):
    found = LINK.checks(office(), tmp_path, settings={"password": "autre"})
    assert list(found) == ["key"]
    assert found["key"].state is CheckState.FAILED
    assert found["key"].sentence.startswith("Clé refusée par Boost. Vérifiez l’identifiant")


def test_a_cinema_without_pass_tariff_is_told_to_ask_for_it(tmp_path):
    found = LINK.checks(office(showing(showtimePricing=[FULL])), tmp_path)
    assert found["tariff"].state is CheckState.WARNING
    assert "«\u00a0PCU\u00a0»" in found["tariff"].sentence


def test_another_site_is_not_boost(tmp_path):
    site = office()
    site.refuse = lambda _: HTML
    found = LINK.checks(site, tmp_path)
    assert found["cinema"].state is CheckState.FAILED
    assert "n’est pas celle de Boost" in found["cinema"].sentence


def test_a_film_to_correct_is_counted(tmp_path):
    found = LINK.checks(office(showing(showDate="?"), showing(41, film=film(21))), tmp_path)
    assert found["films"].state is CheckState.WARNING
    assert found["films"].sentence == "1 film à l’affiche, 1 séance à venir. 1 film à corriger."


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("lune.boost.example", "https://lune.boost.example/"),
        (" https://Lune.boost.example/ ", "https://lune.boost.example/"),
        ("http://lune.boost.example/caisse?x=1", "https://lune.boost.example/caisse/"),
    ],
)
def test_an_address_is_read(pasted, kept):
    assert LINK.provider.read_identifier(pasted) == kept


@pytest.mark.parametrize("pasted", ["", "lune", "contact@lune.example", "ftp://lune.example/", "https://[::"])
def test_what_is_no_address_is_refused(pasted):
    with pytest.raises(ConfigurationError, match="adresse"):
        LINK.provider.read_identifier(pasted)
