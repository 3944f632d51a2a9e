"""The search API day by day: partly filled pages, totals that lie, days that are too large, tokens that end."""

import json
from dataclasses import replace

import pytest

from providers.errors import ConfigurationError, DataError, TransientError
from providers.titelive import PROVIDER, search
from tests.providers.titelive.epagine import (
    Epagine,
    ean,
    items_of,
    pages_of,
    refs_of,
    said,
    visiting,
    work,
)

YESTERDAY, TODAY = "22/11/2026", "23/11/2026"


def works(*numbers, **changes):
    return [work(number, **changes) for number in numbers]


def test_each_day_is_read_to_its_end_whatever_the_total_says(tmp_path):
    for announced in (50_000, 1, 0, None, "beaucoup"):
        epagine = Epagine({YESTERDAY: works(1, 2, 3, 4, 5), TODAY: works(6)}, announced=announced)
        assert refs_of(pages_of(epagine, tmp_path)) == [ean(number) for number in range(1, 7)]


def test_a_partly_filled_page_ends_nothing(tmp_path):
    epagine = Epagine({YESTERDAY: works(*range(1, 7))}, gaps={1: 1, 2: 1})
    assert refs_of(pages_of(epagine, tmp_path)) == [ean(number) for number in (2, 4, 5, 6)]


def test_an_empty_page_before_others_ends_nothing_while_titelive_claims_more(tmp_path):
    epagine = Epagine({YESTERDAY: works(*range(1, 7))}, gaps={2: 2}, announced=6)
    assert refs_of(pages_of(epagine, tmp_path)) == [ean(number) for number in (1, 2, 5, 6)]


def test_one_day_is_asked_at_a_time(tmp_path):
    epagine = Epagine({YESTERDAY: works(1)}, announced=1)
    pages_of(epagine, tmp_path)
    asked = [(each["dateminm"], each["datemaxm"], each["page"]) for each in epagine.asked]
    assert asked[:2] == [(YESTERDAY, TODAY, "1"), (YESTERDAY, TODAY, "2")]
    assert {each["base"] for each in epagine.asked} == {"paper"}
    assert [each["dateminm"] for each in epagine.asked].count(TODAY) <= 2


def test_a_traversal_goes_on_after_any_of_its_pages(tmp_path):
    epagine = Epagine({YESTERDAY: works(1, 2, 3), TODAY: works(4, 5, 6)})
    with visiting(epagine, tmp_path) as visit:
        pages = list(PROVIDER.fetch(visit))
        for number, page in enumerate(pages[:-1]):
            rest = list(PROVIDER.fetch(replace(visit, cursor=json.loads(json.dumps(page.cursor)))))
            assert refs_of(rest) == refs_of(pages[number + 1 :])
            assert rest[-1].last


def test_the_next_run_begins_with_the_last_day_that_was_over(tmp_path):
    epagine = Epagine({YESTERDAY: works(1), TODAY: works(2)})
    pages = pages_of(epagine, tmp_path)
    assert [page.last for page in pages].count(True) == 1
    assert pages[-1].last
    assert pages[-1].cursor == {"day": "2026-11-22"}
    epagine.days[TODAY] += works(3)
    again = pages_of(epagine, tmp_path, cursor=pages[-1].cursor, since="2020-01-01")
    assert refs_of(again) == [ean(1), ean(2), ean(3)]


def test_what_is_not_listed_is_never_taken_for_gone(tmp_path):
    assert all(page.unidentified for page in pages_of(Epagine({TODAY: works(1)}), tmp_path))
    assert all(page.unidentified for page in pages_of(Epagine(), tmp_path))


def test_a_first_run_begins_thirty_days_ago_and_ten_years_ago_at_most(tmp_path):
    epagine = Epagine(announced=0)
    pages_of(epagine, tmp_path, since=None)
    assert (epagine.asked[0]["dateminm"], len(epagine.asked)) == ("24/10/2026", 31)
    with visiting(Epagine(announced=0), tmp_path, since="2001-01-01") as visit:
        first = next(iter(PROVIDER.fetch(visit)))
    assert first.cursor == {"day": "2016-11-23"}


def test_a_day_to_come_is_today(tmp_path):
    assert refs_of(pages_of(Epagine({TODAY: works(1)}), tmp_path, since="2030-01-01")) == [ean(1)]


def test_a_work_gives_an_item_for_each_of_its_articles_as_object_or_list(tmp_path):
    several = work(1)
    several["article"] = {"8": several["article"]["1"], "9": work(2)["article"]["1"]}
    listed = work(3)
    listed["article"] = [listed["article"]["1"]]
    none = work(4) | {"article": []}
    pages = pages_of(Epagine({TODAY: [several, listed, none]}, size=50), tmp_path)
    assert refs_of(pages) == [ean(1), ean(2), ean(3)]


def test_a_result_as_object_is_a_list_too(tmp_path):
    answers = [said(200, {"result": {"0": work(1), "1": work(2)}})]
    epagine = Epagine(announced=0)
    epagine.instead = lambda target: answers.pop() if "search" in target and answers else None
    assert refs_of(pages_of(epagine, tmp_path, since="2026-11-23")) == [ean(1), ean(2)]


def test_what_is_no_article_costs_itself_only(tmp_path):
    broken = work(1) | {"article": ["?", None]}
    pages = pages_of(Epagine({TODAY: [broken, work(2), "?", work(3) | {"article": 4}]}, size=50), tmp_path)
    outcomes = []
    for item in items_of(pages):
        try:
            PROVIDER.normalise(item, None)
            outcomes.append(item.ref)
        except DataError as error:
            outcomes.append(error.code)
    assert outcomes == ["not_an_article", "not_an_article", ean(2), "not_an_article", "not_an_article"]


def test_only_what_matters_makes_a_fingerprint(tmp_path):
    def fingerprint(**changes):
        (item,) = items_of(pages_of(Epagine({TODAY: [work(1, **changes)]}), tmp_path))
        return item.fingerprint

    assert fingerprint() == fingerprint(datemodification="23/11/2026", stock=4, poids="311")
    assert len({fingerprint(), fingerprint(prix=19), fingerprint(dispo=4), fingerprint(resume="")}) == 4


class TestADayThatIsTooLarge:
    @pytest.fixture(autouse=True)
    def small(self, monkeypatch):
        monkeypatch.setattr(search, "MOST_FOUND", 8)
        monkeypatch.setattr(search, "A_PAGE", 2)

    def test_is_read_in_shares(self, tmp_path):
        held = works(*range(1, 6), dispo=1) + works(*range(6, 9), dispo=2) + works(9, dispo=9)
        epagine = Epagine({TODAY: held})
        pages = pages_of(epagine, tmp_path, since="2026-11-23")
        assert set(refs_of(pages)) == {ean(number) for number in range(1, 10)}
        assert pages[-1].last
        assert {each.get("dispo") for each in epagine.asked} == {None, *"0123456789"}

    def test_goes_on_in_the_share_where_it_stopped(self, tmp_path):
        held = works(*range(1, 6), dispo=1) + works(*range(6, 9), dispo=2)
        with visiting(Epagine({TODAY: held}), tmp_path, since="2026-11-23") as visit:
            pages = list(PROVIDER.fetch(visit))
            for number, page in list(enumerate(pages[:-1]))[::4]:
                rest = list(PROVIDER.fetch(replace(visit, cursor=page.cursor)))
                assert refs_of(rest) == refs_of(pages[number + 1 :])

    def test_is_told_by_the_articles_too_where_works_have_several(self, tmp_path):
        both = work(1)
        both["article"] = {
            str(number): work(number, dispo=number, datemodification=TODAY)["article"]["1"]
            for number in range(1, 9)
        }
        epagine = Epagine({TODAY: [both]}, size=1)
        pages = pages_of(epagine, tmp_path, since="2026-11-23")
        assert "0" in {each.get("dispo") for each in epagine.asked}
        assert pages[-1].last

    def test_is_not_told_by_editions_that_were_not_modified(self, tmp_path):
        both = work(1, datemodification="01/02/2024")
        both["article"] = {
            str(number): both["article"]["1"] | {"gencod": ean(number)} for number in range(1, 9)
        }
        epagine = Epagine({TODAY: [both]}, size=1)
        assert len(refs_of(pages_of(epagine, tmp_path, since="2026-11-23"))) == 8
        assert {each.get("dispo") for each in epagine.asked} == {None}

    def test_is_an_error_that_says_what_to_do_when_a_share_is_too_large(self, tmp_path):
        epagine = Epagine({TODAY: works(*range(1, 9))})
        with pytest.raises(ConfigurationError) as refusal:
            pages_of(epagine, tmp_path, since="2026-11-23")
        assert refusal.value.code == "day_too_large"
        assert "23/11/2026" in refusal.value.sentence


def test_a_partner_that_ignores_the_page_is_no_endless_run(tmp_path):
    epagine = Epagine()
    epagine.instead = lambda target: said(200, {"result": [work(1)]}) if "search" in target else None
    with pytest.raises(DataError) as refusal:
        pages_of(epagine, tmp_path)
    assert refusal.value.code == "paging_ignored"


def test_a_token_that_ends_in_the_middle_is_replaced(tmp_path):
    epagine = Epagine({TODAY: works(*range(1, 9))}, lasts=2)
    assert len(refs_of(pages_of(epagine, tmp_path))) == 8
    assert epagine.signed_in > 3


@pytest.mark.parametrize("changes", [{"password": "fausse"}, {"identifier": "inconnue"}])
def test_refused_credentials_are_said_in_french_and_never_quoted(tmp_path, changes):
    with visiting(Epagine(), tmp_path, **changes) as visit, pytest.raises(ConfigurationError) as refusal:
        list(PROVIDER.fetch(visit))
    assert refusal.value.code == "credentials_refused"
    assert refusal.value.sentence.startswith("Identifiants refusés par TiteLive")
    assert "fausse" not in str(refusal.value) + refusal.value.sentence + repr(visit)


def test_a_token_that_is_refused_as_soon_as_given_is_refused_credentials(tmp_path):
    epagine = Epagine({TODAY: works(1)}, lasts=0)
    with pytest.raises(ConfigurationError) as refusal:
        pages_of(epagine, tmp_path)
    assert (refusal.value.code, epagine.signed_in, len(epagine.asked)) == ("credentials_refused", 2, 2)


def test_no_password_says_which_one_is_missing(tmp_path):
    with pytest.raises(ConfigurationError) as refusal:
        pages_of(Epagine(), tmp_path, password="  ")
    assert refusal.value.code == "password_missing"


HTML = (200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html><body>Maintenance</body></html>")


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (HTML, DataError, "not_json"),
        ((200, {}, b""), TransientError, "cut_body"),
        ((204, {}, b""), TransientError, "cut_body"),
        ((200, {}, b'{"type": 1, "result": [{"id": 12, "ti'), TransientError, "cut_body"),
        ((200, {"Content-Length": "400"}, b'{"type": 1'), TransientError, "cut"),
        ((200, {}, b"[]"), DataError, "not_titelive"),
        ((200, {}, b'{"type": 1}'), DataError, "not_titelive"),
        ((200, {}, b'{"result": "rien"}'), DataError, "not_titelive"),
        ((500, {}, b""), TransientError, "server_error"),
        ((403, {}, b""), ConfigurationError, "credentials_refused"),
    ],
)
def test_what_is_not_the_answer_hoped_for_has_its_class(tmp_path, answer, error, code):
    epagine = Epagine()
    epagine.instead = lambda target: answer if "search" in target else None
    with pytest.raises(error) as refusal:
        pages_of(epagine, tmp_path)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HTML, DataError),
        (said(200, {"message": "ok"}), DataError),
        (said(200, {"token": "a b"}), DataError),
        ((503, {}, b""), TransientError),
    ],
)
def test_a_sign_in_that_gives_no_token_is_not_refused_credentials(tmp_path, answer, error):
    epagine = Epagine()
    epagine.instead = lambda target: answer if "login" in target else None
    with pytest.raises(error):
        pages_of(epagine, tmp_path)
