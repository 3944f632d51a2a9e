"""Sections of a catalogue: which are read, how deep, and what that makes complete."""

import pytest

from providers.errors import ConfigurationError
from providers.opds import trail
from tests.providers.opds.catalogue import (
    NAVIGATION,
    Site,
    entry,
    feed,
    feed2,
    gone,
    is_whole,
    link,
    page,
    pages,
    publication,
    refs,
    section,
    sections,
    visit,
)


def test_the_sections_of_a_catalogue_are_read_with_their_pages(tmp_path):
    site = Site(sections())
    found = pages(visit(site, tmp_path))
    assert [refs(each) for each in found] == [[], ["urn:x:1", "urn:x:2"], ["urn:x:3"], [], ["urn:x:4"]]
    assert is_whole(found)


def test_the_sections_of_a_json_catalogue_are_read(tmp_path):
    kind = "application/opds+json"
    root = feed2(
        navigation=[{"href": "/a.json", "title": "A", "type": kind}, {"href": "/aide", "type": "text/html"}],
        groups=[
            {"metadata": {"title": "B"}, "navigation": [{"href": "/b.json", "title": "B"}]},
            {
                "metadata": {"title": "C", "numberOfItems": 9},
                "links": [{"rel": "self", "href": "/c.json", "type": kind}],
                "publications": [publication("urn:x:1")],
            },
            {
                "metadata": {"title": "D", "numberOfItems": 1},
                "links": [{"rel": "self", "href": "/d.json", "type": kind}],
                "publications": [publication("urn:x:2")],
            },
        ],
    )
    lists = {f"/{name}.json": feed2(publication(f"urn:x:{name}")) for name in "abc"}
    site = Site({"/opds/tous.xml": root, **lists})
    found = pages(visit(site, tmp_path))
    assert site.asked == ["/opds/tous.xml", "/a.json", "/b.json", "/c.json"]
    assert {ref for each in found for ref in refs(each)} == {
        f"urn:x:{name}" for name in (1, 2, "a", "b", "c")
    }
    assert is_whole(found)


def test_a_book_of_several_sections_is_given_once(tmp_path):
    other = feed(entry("urn:x:1", title="Un autre titre"), entry("urn:x:9"))
    found = pages(visit(sections(**{"/opds/manga.xml": other}), tmp_path))
    assert [ref for each in found for ref in refs(each)] == ["urn:x:1", "urn:x:2", "urn:x:3", "urn:x:9"]


def test_sections_that_lead_back_or_to_each_other_are_read_once(tmp_path):
    site = Site(
        sections(**{"/opds/bd.xml": feed(section("tous.xml"), section("romans-2.xml"), section("bd.xml"))})
    )
    assert is_whole(pages(visit(site, tmp_path)))
    assert sorted(site.asked) == ["/opds/bd.xml", "/opds/romans-2.xml", "/opds/romans.xml", "/opds/tous.xml"]


@pytest.mark.parametrize(
    ("rel", "href", "kind"),
    [
        ("http://opds-spec.org/shelf", "pret.xml", NAVIGATION),
        ("start", "racine.xml", NAVIGATION),
        ("search", "chercher.xml", NAVIGATION),
        ("subsection", "aide.html", "text/html"),
        ("alternate", "livre.xml", "application/atom+xml;type=entry;profile=opds-catalog"),
        ("subsection", "https://ailleurs.example/opds", NAVIGATION),
    ],
)
def test_what_is_no_section_of_the_catalogue_is_not_asked_for(tmp_path, rel, href, kind):
    site = Site(sections(**{"/opds/tous.xml": feed(section("romans.xml"), section(href, rel, kind))}))
    found = pages(visit(site, tmp_path))
    assert site.asked == ["/opds/tous.xml", "/opds/romans.xml", "/opds/romans-2.xml"]
    assert is_whole(found)


def test_a_catalogue_that_moved_to_another_host_is_read_there(tmp_path):
    moved = "https://catalogue.pont.example"
    site = Site(
        {"/opds/tous.xml": feed(section("romans.xml")), f"{moved}/romans.xml": page(1)},
        redirects={"/opds/tous.xml": f"{moved}/racine.xml"},
    )
    assert is_whole(pages(visit(site, tmp_path)))
    assert site.asked == ["/opds/tous.xml", f"{moved}/romans.xml"]


def test_a_catalogue_that_offers_itself_whole_is_read_so(tmp_path):
    root = feed(section("romans.xml"), head=link("http://opds-spec.org/crawlable", "/tout.xml"))
    site = Site({"/opds/tous.xml": root, "/tout.xml": page(1, 2, head="<fh:complete/>")})
    assert is_whole(pages(visit(site, tmp_path)))
    assert site.asked == ["/opds/tous.xml", "/tout.xml"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_section_that_is_closed_is_passed_and_nothing_is_gone(tmp_path, status):
    found = pages(visit(sections(**{"/opds/romans.xml": gone(status)}), tmp_path))
    assert [ref for each in found for ref in refs(each)] == ["urn:x:4"]
    assert not is_whole(found)


def test_sections_are_read_so_deep_and_no_deeper(tmp_path):
    site = Site(
        {f"/opds/{depth}": feed(section(f"{depth + 1}")) for depth in range(20)}
        | {"/opds/tous.xml": feed(section("0"))}
    )
    found = pages(visit(site, tmp_path))
    assert len(site.asked) == trail.DEEPEST + 1
    assert not is_whole(found)


def test_so_many_sections_are_read_and_no_more(tmp_path, monkeypatch):
    monkeypatch.setattr(trail, "MOST_FEEDS", 3)
    many = {f"/opds/{number}": page(number) for number in range(9)}
    site = Site({"/opds/tous.xml": feed(*(section(str(number)) for number in range(9))), **many})
    found = pages(visit(site, tmp_path))
    assert len(site.asked) == 4
    assert not is_whole(found)


def test_a_catalogue_of_empty_sections_lets_nothing_be_gone(tmp_path):
    empty = {"/opds/romans.xml": feed(), "/opds/bd.xml": feed()}
    assert not is_whole(pages(visit(sections(**empty), tmp_path)))


def test_a_person_may_want_one_feed_only(tmp_path):
    mixed = feed(entry("urn:x:1"), section("romans.xml"), head=link("next", "2.xml"))
    site = Site({"/opds/tous.xml": mixed, "/opds/2.xml": page(2)})
    assert is_whole(pages(visit(site, tmp_path, this_feed_only=True)))
    assert site.asked == ["/opds/tous.xml", "/opds/2.xml"]


def test_one_feed_only_of_nothing_but_sections_says_what_to_do(tmp_path):
    with pytest.raises(ConfigurationError) as raised:
        pages(visit(sections(), tmp_path, this_feed_only=True))
    assert raised.value.code == "sections_only"
