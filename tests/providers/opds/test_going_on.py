"""Where an interrupted traversal goes on, what is asked anew, and who may read it."""

import json

import pytest

from providers.errors import ConfigurationError, DataError
from providers.opds import PROVIDER, Opds
from tests.providers.opds.catalogue import (
    ADDRESS,
    Site,
    entry,
    feed,
    gone,
    is_whole,
    page,
    pages,
    refs,
    sections,
    three,
    total,
    visit,
)


class Narrow(Opds):
    limits = Opds.limits.__class__(page_items=2)


def long(number: int, title: str = "Un titre") -> bytes:
    return feed(*(entry(f"urn:x:{index}", title=title) for index in range(number)))


def test_a_long_document_makes_several_pages(tmp_path):
    found = pages(visit(long(5), tmp_path), Narrow())
    assert [len(each.items) for each in found] == [2, 2, 1]
    assert is_whole(found)


@pytest.mark.parametrize("after", [1, 2, 3, 4, 5])
def test_it_goes_on_after_any_page(tmp_path, after):
    catalogue = sections(**{"/opds/romans.xml": long(5), "/opds/manga.xml": page(9)})
    found = pages(visit(catalogue, tmp_path), Narrow())
    cursor = json.loads(json.dumps(found[after - 1].cursor))
    rest = pages(visit(catalogue, tmp_path, cursor=cursor), Narrow())
    assert [each.items for each in rest] == [each.items for each in found[after:]]
    assert is_whole(rest)
    assert not any(each.restarted for each in rest)


def test_it_ends_again_when_it_was_interrupted_at_its_end(tmp_path):
    for body in (long(2), page(1, head=total(9))):
        end = pages(visit(body, tmp_path))[-1]
        assert end.cursor
        site = Site({})
        (again,) = pages(visit(site, tmp_path, cursor=end.cursor))
        assert (list(again.items), again.last, again.unidentified) == ([], True, end.unidentified)
        assert site.asked == []


def test_stamps_that_are_rewritten_do_not_start_it_anew(tmp_path):
    cursor = pages(visit(long(5), tmp_path), Narrow())[0].cursor
    stamped = long(5).replace(b"<title>Larive", b"<updated>2030-01-15T12:00:01Z</updated><title>Larive")
    rest = pages(visit(stamped, tmp_path, cursor=cursor), Narrow())
    assert [refs(each)[0] for each in rest] == ["urn:x:2", "urn:x:4"]


def test_a_first_document_that_says_something_else_is_read_from_the_top(tmp_path):
    cursor = pages(visit(long(5), tmp_path), Narrow())[0].cursor
    rest = pages(visit(long(5, "Un autre"), tmp_path, cursor=cursor), Narrow())
    assert [each.restarted for each in rest] == [True, False, False]
    assert is_whole(rest)


def test_a_later_document_that_says_something_else_is_read_again_and_nothing_is_gone(tmp_path):
    catalogue = three(**{"/opds/page/2.xml": long(5)})
    cursor = pages(visit(catalogue, tmp_path), Narrow())[1].cursor
    site = Site(three(**{"/opds/page/2.xml": long(4, "Un autre")}))
    rest = pages(visit(site, tmp_path, cursor=cursor), Narrow())
    assert site.asked == ["/opds/page/2.xml"]
    assert [len(each.items) for each in rest] == [2, 2]
    assert not any(each.restarted for each in rest)
    assert not is_whole(rest)


def test_a_loop_is_seen_across_an_interruption(tmp_path):
    site = Site(three(**{"/opds/page/3.xml": page(9, onward="../tous.xml")}))
    cursor = next(PROVIDER.fetch(visit(site, tmp_path))).cursor
    with pytest.raises(DataError) as raised:
        pages(visit(site, tmp_path, cursor=cursor))
    assert raised.value.code == "loop"


# --- what did not change, who may read it ---


def test_a_catalogue_in_one_document_that_did_not_change_is_not_read(tmp_path):
    (found,) = pages(visit({ADDRESS: None}, tmp_path))
    assert (found.unmodified, found.last, list(found.items)) == (True, True, [])


@pytest.mark.parametrize(
    ("catalogue", "kept"),
    [({ADDRESS: page(1)}, True), (three(), False), (sections(), False)],
    ids=["alone", "next", "sections"],
)
def test_a_document_that_leads_to_others_is_read_each_time(tmp_path, catalogue, kept):
    """Its own 304 would hide what changed in theirs."""
    site = Site(catalogue)
    pages(visit(site, tmp_path))
    assert (ADDRESS in site.fresh_validators) is kept
    assert site.conditional == [True] + [False] * (len(site.asked) - 1)


def test_it_is_not_conditional_when_it_goes_on(tmp_path):
    site = Site({ADDRESS: long(5)})
    cursor = next(Narrow().fetch(visit(site, tmp_path))).cursor
    pages(visit(site, tmp_path, cursor=cursor), Narrow())
    assert site.conditional == [True, False]


def test_the_password_goes_to_the_catalogues_host_only(tmp_path):
    site = Site(
        {
            ADDRESS: page(1, onward="https://cdn.larive.example/2.xml"),
            "https://cdn.larive.example/2.xml": page(2),
        }
    )
    pages(visit(site, tmp_path, username="larive", password="pont"))
    assert [each.get("Authorization") for each in site.headers] == ["Basic bGFyaXZlOnBvbnQ=", None]


@pytest.mark.parametrize(
    ("status", "username", "code"),
    [
        (401, "", "credentials_needed"),
        (403, "larive", "credentials_refused"),
        (404, "", "catalogue_not_found"),
        (410, "larive", "catalogue_not_found"),
        (400, "", "not_found"),
    ],
)
def test_a_refusal_says_what_to_do_about_it(tmp_path, status, username, code):
    with pytest.raises(ConfigurationError) as raised:
        pages(visit(gone(status), tmp_path, username=username))
    assert (raised.value.code, raised.value.status) == (code, status)
