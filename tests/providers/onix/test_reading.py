"""Which messages are read, how far, and what a reading that goes on remembers."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
import responses

from providers.base import Limits
from providers.errors import ConfigurationError, DataError
from providers.onix import PROVIDER, reading
from tests.providers.onix.messages import (
    BAC,
    BERGE,
    ECLUSE,
    NOW,
    PRICE,
    descriptive,
    header,
    identifiers,
    items,
    kept,
    message,
    pages,
    product,
    refs,
    supply,
    until_failure,
    visiting,
)

URL = "https://bac.example/onix/catalogue.xml"
THREE = message(product(), product(BERGE), product(reference="none", own=""))


def by_one(visit):
    return list(reading.pages(visit, Limits(page_items=1)))


def answered(tmp_path, body, **changes):
    """The pages of one reading over HTTP, a product a page."""
    with responses.RequestsMock() as web:
        web.get(URL, body=body, status=changes.pop("status", 200))
        return by_one(visiting(tmp_path, identifier=URL, **changes))


def test_a_page_goes_on_after_itself_and_the_last_ends_the_traversal(tmp_path):
    read = answered(tmp_path, THREE)
    assert refs(read) == [BAC, BERGE, "none"]
    assert [page.last for page in read] == [False, False, True]
    assert [page.cursor["now"]["number"] for page in read[:2]] == [1, 2]
    assert "now" not in read[2].cursor
    assert not (tmp_path / ".spool/message.xml").exists()


def test_a_reading_goes_on_where_it_was(tmp_path):
    first = answered(tmp_path, THREE)[0]
    rest = answered(tmp_path, THREE, cursor=first.cursor)
    assert refs(rest) == [BERGE, "none"]
    assert not any(page.restarted for page in rest)


def test_a_message_that_was_replaced_meanwhile_is_read_from_the_top(tmp_path):
    first = answered(tmp_path, THREE)[0]
    rest = answered(tmp_path, message(product(BERGE), product()), cursor=first.cursor)
    assert refs(rest) == [BERGE, BAC]
    assert [page.restarted for page in rest] == [True, False]


def test_a_message_that_was_read_is_not_read_again(tmp_path):
    cursor = answered(tmp_path, THREE)[-1].cursor
    (page,) = answered(tmp_path, THREE, cursor=cursor)
    assert (page.items, page.last, page.unmodified, page.cursor) == ((), True, True, cursor)


def test_the_next_message_at_the_address_is_read(tmp_path):
    cursor = answered(tmp_path, THREE)[-1].cursor
    assert refs(answered(tmp_path, message(product(BERGE)), cursor=cursor)) == [BERGE]


def test_nothing_is_taken_for_gone_unless_each_message_holds_the_whole_catalogue(tmp_path):
    whole = message(product())
    assert all(page.unidentified for page in answered(tmp_path, whole))
    (page,) = answered(tmp_path, whole, settings={"complete": True})
    assert (page.unidentified, page.cursor) == (False, None)  # without a cursor each run lists everything


def test_in_a_whole_catalogue_a_product_without_a_name_keeps_the_others(tmp_path):
    nameless = (
        product().replace(f"<RecordReference>bac.{BAC}</RecordReference>", "").replace(identifiers(BAC), "")
    )
    (_, page) = answered(tmp_path, message(product(), nameless), settings={"complete": True})
    assert page.unidentified


def test_the_same_ean_twice_is_given_twice_and_the_last_counts(tmp_path):
    found = items(visiting(kept(tmp_path, message(product(), product(notification="05")))))
    assert [(item.ref, item.deleted) for item in found] == [(BAC, False), (BAC, True)]


def test_a_partial_notice_never_shares_a_page_with_what_it_completes(tmp_path):
    read = pages(visiting(kept(tmp_path, message(product(), product(notification="04"), product(BERGE)))))
    assert [refs([page]) for page in read] == [[BAC], [BAC, BERGE]]


@pytest.mark.parametrize("kind", ["08", "09", "88", "89"])
def test_a_notice_without_news_does_not_touch_the_product(tmp_path, kind):
    (item,) = items(visiting(kept(tmp_path, message(product(notification=kind)))))
    assert item.ref == f"{BAC}/{kind}"
    assert not item.deleted


def test_each_item_bears_its_message_s_place_in_time(tmp_path):
    kept(tmp_path, message(product(), head=header("20300302")), "a.xml")
    kept(tmp_path, message(product(), head=header("20300301")), "b.xml")
    newer, older = (
        next(item.order for item in items(visiting(tmp_path, identifier=(tmp_path / name).as_uri())))
        for name in ("a.xml", "b.xml")
    )
    assert older < newer


def test_what_an_export_stamps_is_no_change(tmp_path):
    def fingerprints(body: bytes) -> list[bytes]:
        return [item.fingerprint for item in items(visiting(kept(tmp_path, body)))]

    first = fingerprints(message(product()))
    stamped = message(product(), head=header("20300302", "13")).replace(
        b"<Product>", b'<Product datestamp="20300302">'
    )
    assert fingerprints(stamped) == first
    assert fingerprints(message(product(notification="02"))) != first
    assert (
        fingerprints(message(product(), head=header(more="<DefaultPriceType>04</DefaultPriceType>"))) != first
    )


DATED = PRICE.replace(
    "</Price>", "<PriceDate><PriceDateRole>15</PriceDateRole><Date>20300320</Date></PriceDate></Price>"
)


def test_a_dated_price_changes_its_product_on_its_day(tmp_path):
    folder = kept(tmp_path, message(product(blocks=descriptive() + supply(DATED))))

    def fingerprint(days: int) -> bytes:
        return items(visiting(folder, clock=lambda: NOW + timedelta(days=days)))[0].fingerprint

    assert fingerprint(0) == fingerprint(4)
    assert fingerprint(5) == fingerprint(5)
    assert fingerprint(4) != fingerprint(6)
    assert fingerprint(6) == fingerprint(600)


def test_a_message_with_dated_prices_is_read_again_when_one_of_them_ends(tmp_path):
    body = message(product(blocks=descriptive() + supply(DATED)))
    cursor = answered(tmp_path, body)[-1].cursor
    later = {"clock": lambda: NOW + timedelta(days=4), "cursor": cursor}
    assert refs(answered(tmp_path, body, **later)) == []
    later["clock"] = lambda: NOW + timedelta(days=6)
    (page,) = answered(tmp_path, body, **later)
    assert refs([page]) == [BAC]
    later["cursor"] = page.cursor
    assert refs(answered(tmp_path, body, **later)) == []


class TestFolder:
    def test_its_messages_are_read_the_oldest_first_whatever_their_names(self, tmp_path):
        kept(tmp_path, message(product(BERGE), head=header("20300302")), "a.xml")
        kept(tmp_path, message(product(BAC), head=header("20300301")), "b.xml")
        kept(tmp_path, b"no message", "readme.txt")
        read = pages(visiting(tmp_path))
        assert refs(read) == [BAC, BERGE]
        assert [page.last for page in read] == [False, True]

    def test_only_what_came_since_is_read(self, tmp_path):
        kept(tmp_path, message(product(BAC)), "a.xml")
        cursor = pages(visiting(tmp_path))[-1].cursor
        kept(tmp_path, message(product(BERGE), head=header("20300228")), "late.xml")
        read = pages(visiting(tmp_path, cursor=cursor))
        assert refs(read) == [BERGE]
        (page,) = pages(visiting(tmp_path, cursor=read[-1].cursor))
        assert page.unmodified

    def test_a_message_written_anew_under_its_name_is_read(self, tmp_path):
        path = kept(tmp_path, message(product(BAC)), "a.xml") / "a.xml"
        cursor = pages(visiting(tmp_path))[-1].cursor
        path.write_bytes(message(product(BERGE)))
        os.utime(path, ns=(1, 1))
        assert refs(pages(visiting(tmp_path, cursor=cursor))) == [BERGE]

    def test_it_remembers_no_message_that_is_gone(self, tmp_path):
        for name in ("a.xml", "b.xml"):
            kept(tmp_path, message(product(BAC)), name)
        cursor = pages(visiting(tmp_path))[-1].cursor
        (tmp_path / "a.xml").unlink()
        (page,) = pages(visiting(tmp_path, cursor=cursor))
        assert [key.partition(":")[0] for key in page.cursor["read"]] == ["b.xml"]

    def test_a_message_that_is_cut_stops_no_other_but_the_end(self, tmp_path):
        kept(tmp_path, message(product(BAC))[:-30], "a.xml")
        kept(tmp_path, message(product(BERGE), head=header("20300302")), "b.xml")
        read, failure = until_failure(visiting(tmp_path))
        assert refs(read) == [BERGE]  # a.xml is cut within its only product
        assert failure.code == "cut_body"
        assert "a.xml" in failure.sentence
        assert not any(page.last for page in read)

    def test_of_whole_catalogues_only_the_newest_counts(self, tmp_path):
        kept(tmp_path, message(product(BAC), head=header("20300301")), "a.xml")
        kept(tmp_path, message(product(BERGE), head=header("20300302")), "b.xml")
        assert refs(pages(visiting(tmp_path, settings={"complete": True}))) == [BERGE]

    def test_what_a_venue_types_opens_no_file_of_ours(self, tmp_path):
        visit = visiting(kept(tmp_path, message(product())), venue=ECLUSE)
        for use in (PROVIDER.resolve, pages, lambda each: list(PROVIDER.check(each))):
            with pytest.raises(ConfigurationError) as raised:
                use(visit)
            assert raised.value.code == "folder_refused"

    @pytest.mark.parametrize(("name", "code"), [("", "no_message"), ("nowhere", "folder_not_found")])
    def test_a_folder_without_messages_is_told(self, tmp_path, name, code):
        with pytest.raises(ConfigurationError) as raised:
            pages(visiting(tmp_path, identifier=(tmp_path / name).as_uri()))
        assert raised.value.code == code


LISTING = f"""<html><a href="../">Parent</a> <a href='b_20300302.xml'>b</a> <a href="a_20300301.xml">a</a>
<a href="https://elsewhere.example/onix/c.xml">c</a> <a href="notes.txt">notes</a> <a href="/onix/a_20300301.xml">a</a>
<a href="deeper/d.xml">d</a>{"<a href='?C=M'>" * 3}</html>"""


def test_a_folder_on_the_web_is_read_by_its_listing(tmp_path):
    folder = "https://bac.example/onix/"
    with responses.RequestsMock() as web:
        web.get(folder, body=LISTING)
        web.get(folder + "a_20300301.xml", body=message(product(BAC)))
        web.get(folder + "b_20300302.xml", body=message(product(BERGE)))
        read = pages(visiting(tmp_path, identifier=folder, venue=ECLUSE))
    assert refs(read) == [BAC, BERGE]
    with responses.RequestsMock() as web:
        web.get(folder, body=LISTING)
        (page,) = pages(visiting(tmp_path, identifier=folder, cursor=read[-1].cursor))
    assert page.unmodified


def test_an_address_that_is_protected_is_opened_with_the_settings(tmp_path):
    with responses.RequestsMock() as web:
        web.get(URL, body=message(), match=[responses.matchers.header_matcher({"Authorization": "Basic YmFjOmTDqWrDoA=="})])  # fmt: skip
        pages(visiting(tmp_path, identifier=URL, settings={"user": "bac", "password": "déjà"}))


def test_a_message_beyond_the_cap_is_refused(tmp_path):
    kept(tmp_path, message(*[product()] * 50))
    with pytest.raises(DataError) as raised:
        list(reading.pages(visiting(tmp_path), Limits(body=5_000)))
    assert raised.value.code == "too_large"


def test_pages_are_bounded_in_bytes_too(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "BYTES_A_PAGE", 1)
    assert len(pages(visiting(kept(tmp_path, message(product(), product(BERGE)))))) == 2


def test_the_bar_knows_about_how_many_products_there_are(tmp_path):
    folder = kept(tmp_path, message(*[product(reference=str(number)) for number in range(3_000)]))
    read = pages(visiting(Path(folder)))
    assert all(2_900 < page.estimate < 3_100 for page in read)
    assert read[-1].estimate == 3_000
