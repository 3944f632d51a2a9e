"""From page to page, and what makes a traversal complete."""

import pytest

from providers.base import provider
from providers.errors import DataError, TransientError
from providers.opds import PROVIDER, trail
from tests.providers.opds.catalogue import (
    ADDRESS,
    NOW,
    Site,
    entry,
    feed,
    feed2,
    gone,
    is_whole,
    link,
    next_to,
    page,
    pages,
    publication,
    refs,
    three,
    total,
    visit,
)


def test_the_provider_is_found_by_its_slug():
    assert provider("opds") is PROVIDER


# --- next pages ---


def test_a_catalogue_is_read_to_the_end_of_its_pages(tmp_path):
    site = Site(three())
    found = pages(visit(site, tmp_path))
    assert [refs(each) for each in found] == [["urn:x:1", "urn:x:2"], ["urn:x:3", "urn:x:4"], ["urn:x:5"]]
    assert is_whole(found)
    assert site.asked == ["/opds/tous.xml", "/opds/page/2.xml", "/opds/page/3.xml"]
    assert {each.requested_at for each in found} == {NOW}


def test_a_json_catalogue_is_read_to_the_end_of_its_pages(tmp_path):
    onward = [{"rel": "self", "href": "?page=1"}, next_to("?page=2")]
    found = pages(
        visit(
            {
                ADDRESS: feed2(publication("urn:x:1"), links=onward, metadata={"numberOfItems": 2}),
                f"{ADDRESS}?page=2": feed2(publication("urn:x:2"), metadata={"numberOfItems": 2}),
            },
            tmp_path,
        )
    )
    assert [refs(each) for each in found] == [["urn:x:1"], ["urn:x:2"]]
    assert [each.estimate for each in found] == [2, 2]
    assert is_whole(found)


def test_a_next_page_is_told_from_the_address_after_redirects_and_from_xml_base(tmp_path):
    site = Site(
        {
            "/opds/tous.xml": page(1, onward="2.xml"),
            "/catalogue/2.xml": page(2, onward="3.xml").replace(b"<feed ", b'<feed xml:base="/autre/" '),
            "/autre/3.xml": page(3),
        },
        redirects={"/opds/tous.xml": "/catalogue/1.xml"},
    )
    pages(visit(site, tmp_path))
    assert site.asked == ["/opds/tous.xml", "/catalogue/2.xml", "/autre/3.xml"]


@pytest.mark.parametrize(
    "back",
    ["/opds/tous.xml", "/opds/page/2.xml", "tous.xml#haut", "HTTPS://larive.example:443/opds/tous.xml"],
)
def test_a_catalogue_that_comes_back_to_a_page_is_an_error(tmp_path, back):
    site = Site(three(**{"/opds/page/2.xml": page(3, onward=back.replace("tous.xml#", "../tous.xml#"))}))
    with pytest.raises(DataError) as raised:
        pages(visit(site, tmp_path))
    assert raised.value.code == "loop"
    assert "tourne en rond" in raised.value.sentence
    assert len(site.asked) == 2


def test_a_site_that_gives_its_first_page_for_every_page_is_an_error(tmp_path):
    class Stubborn(Site):
        def download(self, url, to, **how):
            number = int(url.partition("page=")[2] or 1)
            self.pages[url] = page(1, 2, onward=f"?page={number + 1}")
            return super().download(url, to, **how)

    site = Stubborn({})
    with pytest.raises(DataError) as raised:
        pages(visit(site, tmp_path))
    assert (raised.value.code, len(site.asked)) == ("loop", 2)


@pytest.mark.parametrize(("listed", "code"), [(True, "too_many_documents"), (False, "loop")])
def test_a_catalogue_without_end_is_an_error(tmp_path, monkeypatch, listed, code):
    monkeypatch.setattr(trail, "MOST_DOCUMENTS", 30)

    class Endless(Site):
        def download(self, url, to, **how):
            number = int(url.partition("page=")[2] or 1)
            self.pages[url] = page(*([number] if listed else []), onward=f"?page={number + 1}")
            return super().download(url, to, **how)

    site = Endless({})
    with pytest.raises(DataError) as raised:
        pages(visit(site, tmp_path))
    assert raised.value.code == code
    assert len(site.asked) <= 30


def test_a_page_that_is_gone_when_its_turn_comes_is_read_again_later(tmp_path):
    with pytest.raises(TransientError) as raised:
        pages(visit(three(**{"/opds/page/3.xml": gone(404)}), tmp_path))
    assert raised.value.code == "catalogue_moved"


# --- complete or not ---


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (page(1, 2), True),
        (page(1, 2, head=total(2)), True),
        (page(1, 2, head="<fh:complete/>"), True),
        (page(1, 2, head=total(3)), False),
        (page(1, 2, head=link("previous", "0.xml")), False),
        (page(1, 2, head=link("prev-archive", "2029.xml")), False),
        (page(), False),
        (page(head="<fh:complete/>"), True),
        (page(head=total(0)), True),
        (feed2(metadata={"title": "Larive", "numberOfItems": 0}), True),
        (feed2(metadata={"title": "Larive"}), False),
    ],
)
def test_what_was_not_listed_is_gone_only_where_all_was_listed(tmp_path, body, whole):
    assert is_whole(pages(visit(body, tmp_path))) is whole


@pytest.mark.parametrize(("announced", "whole"), [((5, 5, 5), True), ((5, 6, 6), False), ((9, 9, 9), False)])
def test_a_list_that_moves_while_it_is_read_may_have_lost_some(tmp_path, announced, whole):
    one, two, three_ = announced
    found = pages(
        visit(
            {
                "/opds/tous.xml": page(1, 2, onward="2.xml", head=total(one)),
                "/opds/2.xml": page(3, 4, onward="3.xml", head=total(two)),
                "/opds/3.xml": page(5, head=total(three_)),
            },
            tmp_path,
        )
    )
    assert is_whole(found) is whole


def test_a_deleted_entry_is_withdrawn_at_once(tmp_path):
    body = feed(
        '<at:deleted-entry ref="urn:x:9" when="2030-01-10T00:00:00Z"/>',
        entry("urn:x:1"),
        '<at:deleted-entry ref="urn:x:8" when="2030-01-10T00:00:00Z"><at:by><email>x@larive.example</email></at:by></at:deleted-entry>',
    )
    (found,) = pages(visit(body, tmp_path))
    assert [(item.ref, item.deleted) for item in found.items] == [
        ("urn:x:1", False),
        ("urn:x:9", True),
        ("urn:x:8", True),
    ]
    assert {item.kind for item in found.items} == {"product"}


@pytest.mark.parametrize(
    ("updated", "deleted"), [("2030-01-09T00:00:00Z", True), ("2030-01-11T00:00:00+01:00", False), ("", True)]
)
@pytest.mark.parametrize("first", [True, False])
def test_of_an_entry_and_its_tombstone_the_later_holds(tmp_path, updated, deleted, first):
    parts = [
        '<at:deleted-entry ref="urn:x:1" when="2030-01-10T00:00:00Z"/>',
        entry("urn:x:1", f"<updated>{updated}</updated>"),
    ]
    (found,) = pages(visit(feed(*(parts if first else reversed(parts))), tmp_path))
    assert [(item.ref, item.deleted) for item in found.items] == [("urn:x:1", deleted)]
