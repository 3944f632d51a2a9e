"""The `.tit` files: a folder's by day, or a single one; their layouts, their encodings, files that are cut."""

import json
from base64 import b64encode
from dataclasses import replace

import pytest

from models.vocabulary import Shortfall
from providers.errors import ConfigurationError, DataError, TransientError
from providers.titelive import PROVIDER, tit
from tests.providers.titelive.epagine import (
    FOLDER,
    Epagine,
    became,
    ean,
    items_of,
    line,
    pages_of,
    product,
    refs_of,
    visiting,
)
from tests.providers.titelive.epagine import tit as written

FILE = "https://fichiers.example/Quotidien30.tit"


def book(number, layout="62", /, **changes):
    return line(layout, **{"c0": ean(number), **changes})


def read(body, tmp_path, **changes):
    epagine = Epagine(files={"Quotidien30.tit": body})
    return items_of(pages_of(epagine, tmp_path, identifier=FILE, **changes))


def test_a_folder_is_read_day_by_day_until_today(tmp_path):
    epagine = Epagine(
        files={"Quotidien22.tit": written(book(1), book(2)), "Quotidien23.tit": written(book(3))}
    )
    pages = pages_of(epagine, tmp_path, identifier=FOLDER)
    assert refs_of(pages) == [ean(1), ean(2), ean(3)]
    assert epagine.fetched == ["/livre3_19/Quotidien22.tit", "/livre3_19/Quotidien23.tit"]
    assert (pages[-1].last, pages[-1].cursor) == (True, {"day": "2026-11-22"})
    assert all(page.unidentified for page in pages)


def test_a_folder_may_name_its_files_otherwise(tmp_path):
    epagine = Epagine(files={"Livres-23.tit": written(book(1))})
    pages = pages_of(epagine, tmp_path, identifier="https://fichiers.example/livre3_19/Livres-JJ.tit")
    assert refs_of(pages) == [ean(1)]


def test_a_day_without_a_file_is_a_day_without_news(tmp_path):
    epagine = Epagine(files={"Quotidien20.tit": written(book(1)), "Quotidien23.tit": written(book(2))})
    assert refs_of(pages_of(epagine, tmp_path, identifier=FOLDER, since="2026-11-20")) == [ean(1), ean(2)]


def test_a_week_without_any_file_is_a_wrong_address(tmp_path):
    with pytest.raises(ConfigurationError) as refusal:
        pages_of(Epagine(), tmp_path, identifier=FOLDER, since="2026-11-01")
    assert refusal.value.code == "no_files"
    assert "Quotidien23.tit" in refusal.value.sentence


def test_a_folder_that_keeps_fewer_days_is_read_all_the_same(tmp_path):
    epagine = Epagine(files={"Quotidien22.tit": written(book(1))})
    assert refs_of(pages_of(epagine, tmp_path, identifier=FOLDER, since=None)) == [ean(1)]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b"<html></html>", "not_tit"),
        (b"9782000000013~Le H\xe9ron~02", "cut_body"),
        (b"9782000000013~x\n", "tit_columns"),
    ],
)
def test_a_bad_file_keeps_no_other_from_being_read_and_ends_the_run(tmp_path, bad, code):
    epagine = Epagine(files={"Quotidien21.tit": bad, "Quotidien22.tit": written(book(1))})
    with visiting(epagine, tmp_path, identifier=FOLDER, since="2026-11-21") as visit:
        with pytest.raises((DataError, TransientError)) as refusal:
            list(PROVIDER.fetch(visit))
        given = []
        traversal = PROVIDER.fetch(visit)
        while len(refs_of(given)) < 1:
            given.append(next(traversal))
        with pytest.raises((DataError, TransientError)) as later:
            list(PROVIDER.fetch(replace(visit, cursor=given[-1].cursor)))
    assert (refs_of(given), refusal.value.code, later.value.code) == ([ean(1)], code, code)


def test_files_are_there_for_26_days_and_older_ones_are_said_to_be_missing(tmp_path):
    epagine = Epagine(files={f"Quotidien{day:02}.tit": written(book(day)) for day in range(1, 32)})
    pages = pages_of(epagine, tmp_path, identifier=FOLDER, cursor={"day": "2026-10-12"})
    assert len(epagine.fetched) == 26
    assert epagine.fetched[0].endswith("Quotidien29.tit")
    assert pages[-1].shortfall is Shortfall.DAYS_NO_LONGER_THERE
    assert pages[-1].shortfall.sentence
    usual = pages_of(epagine, tmp_path, identifier=FOLDER, since=None)
    assert usual[-1].shortfall is None


def test_a_file_goes_on_after_any_of_its_pages(tmp_path, monkeypatch):
    monkeypatch.setattr(PROVIDER.__class__, "limits", replace(PROVIDER.limits, page_items=2))
    lines = [book(number) for number in range(1, 6)]
    epagine = Epagine(
        files={"Quotidien22.tit": written(*lines), "Quotidien23.tit": written(book(8), book(9))}
    )
    with visiting(epagine, tmp_path, identifier=FOLDER) as visit:
        pages = list(PROVIDER.fetch(visit))
        assert [len(page.items) for page in pages] == [2, 2, 1, 0, 2, 0]
        for number, page in enumerate(pages[:-1]):
            rest = list(PROVIDER.fetch(replace(visit, cursor=json.loads(json.dumps(page.cursor)))))
            assert refs_of(rest) == refs_of(pages[number + 1 :])
            assert not any(each.restarted for each in rest)


def test_a_file_that_changed_meanwhile_is_read_from_its_top(tmp_path, monkeypatch):
    monkeypatch.setattr(PROVIDER.__class__, "limits", replace(PROVIDER.limits, page_items=2))
    epagine = Epagine(files={"Quotidien23.tit": written(book(1), book(2), book(3))})
    with visiting(epagine, tmp_path, identifier=FOLDER, since="2026-11-23") as visit:
        first = next(iter(PROVIDER.fetch(visit)))
        epagine.files["Quotidien23.tit"] = written(book(4), book(1), book(2))
        rest = list(PROVIDER.fetch(replace(visit, cursor=first.cursor)))
    assert refs_of(rest) == [ean(4), ean(1), ean(2)]
    assert [page.restarted for page in rest] == [True, False, False]


def test_a_single_file_is_read_again_only_when_it_changed(tmp_path):
    epagine = Epagine(files={"Quotidien30.tit": written(book(1))})
    with visiting(epagine, tmp_path, identifier=FILE) as visit:
        pages = list(PROVIDER.fetch(visit))
        assert refs_of(pages) == [ean(1)]
        later = replace(visit, cursor=json.loads(json.dumps(pages[-1].cursor)))
        assert refs_of(list(PROVIDER.fetch(later))) == []
        epagine.files["Quotidien30.tit"] = written(book(2))
        again = list(PROVIDER.fetch(later))
    assert refs_of(again) == [ean(2)]
    assert (again[-1].last, [page.restarted for page in again]) == (True, [False, False])


@pytest.mark.parametrize(
    "ends", ["\r\n", "\n", "~\r\n", ""], ids=["as it is", "unix", "one more ~", "no end of line"]
)
@pytest.mark.parametrize("layout", ["45", "62"])
def test_a_line_ends_as_it_may(tmp_path, layout, ends):
    body = (line(layout, c0=ean(1)).removesuffix("~") + ("" if layout == "45" else "~") + ends).encode(
        "cp1252"
    )
    assert product(read(body, tmp_path)[0]).ean == ean(1)


def test_the_57_columns_that_were_there_at_first_are_known(tmp_path):
    (item,) = read(written("~".join(book(1).split("~")[:57])), tmp_path)
    assert (product(item).title, product(item).subjects[0].scheme) == (
        "La Vanne et le Héron",
        "titelive_shelf",
    )


@pytest.mark.parametrize("encoding", ["iso-8859-1", "cp1252", "utf-8", "utf-8-sig"])
def test_accents_are_read_in_any_of_the_encodings(tmp_path, encoding):
    (item,) = read(
        (book(1, c1="L’Été à Noël" if encoding != "iso-8859-1" else "L'Été à Noël") + "\n").encode(encoding),
        tmp_path,
    )
    assert product(item).title.endswith("Été à Noël")
    assert product(item).ean == ean(1)


def test_a_line_with_other_columns_costs_itself_only(tmp_path):
    shifted = book(2, c1="Le Héron ~ et la Vanne")
    short = "~".join(book(3).split("~")[:30])
    first, second, third, last = read(written(book(1), shifted, short, book(4)), tmp_path)
    assert [first.ref, second.ref, third.ref, last.ref] == [ean(1), ean(2), ean(3), ean(4)]
    for each in (second, third):
        with pytest.raises(DataError) as refusal:
            became(each)
        assert refusal.value.code == "tit_columns"


def test_a_tilde_in_a_line_that_then_fits_is_seen_by_what_lies_in_its_columns(tmp_path):
    fields = line("45", c2="Le Héron ~ la Vanne").split("~")
    _, shifted = read(written(book(1), "~".join(fields[:-1])), tmp_path)
    with pytest.raises(DataError):
        became(shifted)


def test_a_file_whose_lines_all_have_other_columns_costs_the_run(tmp_path):
    with pytest.raises(DataError) as refusal:
        read(written(*("~".join(book(number).split("~")[:50]) for number in (1, 2))), tmp_path)
    assert refusal.value.code == "tit_columns"


@pytest.mark.parametrize("body", [b"<!DOCTYPE html>\n<html>~</html>\n", b"PK\x03\x04\x00", b"{}"])
def test_what_is_no_tit_file_costs_the_run(tmp_path, body):
    with pytest.raises(DataError) as refusal:
        read(body, tmp_path)
    assert (refusal.value.code, refusal.value.head != b"") == ("not_tit", True)


def test_a_cut_file_is_an_error_after_its_whole_lines(tmp_path):
    epagine = Epagine(files={"Quotidien30.tit": written(book(1), book(2))[:-150]})
    with visiting(epagine, tmp_path, identifier=FILE) as visit:
        traversal = PROVIDER.fetch(visit)
        assert refs_of([next(traversal)]) == [ean(1)]
        with pytest.raises(TransientError) as refusal:
            next(traversal)
    assert refusal.value.code == "cut_body"


def test_a_file_cut_in_its_first_line_is_cut_and_not_something_else(tmp_path):
    with pytest.raises(TransientError):
        read(written(book(1))[:60], tmp_path)


def test_an_empty_single_file_is_no_file_and_an_empty_day_is_one_without_news(tmp_path):
    with pytest.raises(TransientError):
        read(b"", tmp_path)
    epagine = Epagine(files={"Quotidien22.tit": b"", "Quotidien23.tit": written(book(1))})
    assert refs_of(pages_of(epagine, tmp_path, identifier=FOLDER)) == [ean(1)]


def test_an_endless_line_is_held_by_its_beginning_only(tmp_path, monkeypatch):
    monkeypatch.setattr(tit, "LONGEST_LINE", 512)
    first, endless, last = read(written(book(1), book(2, c23="x" * 5000), book(3)), tmp_path)
    assert [first.ref, endless.ref, last.ref] == [ean(1), ean(2), ean(3)]
    assert len(endless.payload["line"]) <= 500


def test_blank_lines_and_lines_without_an_ean_are_no_trouble(tmp_path):
    blank, book_ = read(b"\r\n" + written(book(1, c0="")) + b"\r\n \r\n" + written(book(2)), tmp_path)
    assert (blank.ref.startswith("sans-ean-"), book_.ref) == (True, ean(2))


def test_an_older_line_is_ranked_before_a_newer_one(tmp_path):
    stamps = ["22/11/2026 04:12:09", "22/11/2026", "02/12/2025 23:59:59", "", "hier"]
    orders = [item.order for item in read(written(*(book(1, c19=each) for each in stamps)), tmp_path)]
    assert orders == ["2026-11-22T04:12:09", "2026-11-22T00:00:00", "2025-12-02T23:59:59", None, None]


def test_the_folders_password_goes_with_each_request(tmp_path):
    key = "Basic " + b64encode(b"librairie:vanne-bleue-7").decode()
    epagine = Epagine(files={"Quotidien23.tit": written(book(1))}, folder_key=key)
    assert refs_of(pages_of(epagine, tmp_path, identifier=FOLDER, user="librairie")) == [ean(1)]
    with pytest.raises(ConfigurationError) as refusal:
        pages_of(epagine, tmp_path, identifier=FOLDER, user="librairie", password="fausse")
    assert refusal.value.code == "credentials_refused"
    assert "fausse" not in str(refusal.value) + refusal.value.sentence


def test_a_single_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(ConfigurationError) as refusal:
        pages_of(Epagine(), tmp_path, identifier=FILE)
    assert refusal.value.code == "file_not_found"
