"""Documents that are not what they should be: cut, hostile, of another format; and how each is told."""

import json

import pytest

from providers.errors import DataError, TransientError
from tests.providers.opds.catalogue import (
    FIXTURES,
    Site,
    entry,
    feed,
    feed2,
    is_whole,
    items,
    link,
    next_to,
    pages,
    publication,
    visit,
)

ATOM = (FIXTURES / "catalogue_1.xml").read_bytes()
JSON = (FIXTURES / "catalogue_2.json").read_bytes()
ENTITIES = b'<!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("body", [ATOM, JSON], ids=["atom", "json"])
@pytest.mark.parametrize("left", [0, 10, 60, 600, 2_000, -200, -20, -2])
def test_a_document_that_is_cut_is_asked_for_again_and_nothing_is_complete(tmp_path, body, left):
    whole = body.strip()
    with pytest.raises(TransientError) as raised:
        pages(visit(whole[:left] if left else b"", tmp_path))
    assert raised.value.code == "cut_body"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"This is not XML.", "not_a_catalogue"),
        (b"<!doctype html><title>Erreur</title>", "web_page"),
        (b"<html><body>404", "web_page"),
        (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "rss"),
        (b'<?xml version="1.0"?><ONIXMessage release="3.0"/>', "onix"),
        (b"<catalogue/>", "not_a_catalogue"),
        (b'<feed xmlns="urn:x"/>', "not_a_catalogue"),
        (feed(entry()).replace(b"Un titre", b"Un & titre"), "not_xml"),
        (feed(entry()).replace(b"Un titre", b"Un&nbsp;titre"), "not_xml"),
        (feed(entry()) + b"<feed/>", "not_xml"),
        (feed(entry()).replace(b"UTF-8", b"UTF-42"), "not_xml"),
        (b"[1, 2]", "not_a_catalogue"),
        (b'{"error": "no"}', "not_a_catalogue"),
        (b'{"id": "x", "title": "Larive", "authentication": []}', "authentication_document"),
        (json.dumps(publication()).encode(), "no_collection"),
        (feed2(publication()).replace(b'"Un titre"', b"NaN"), "not_json"),
        (feed2(publication()).replace(b'"Un titre"', b"\\o/"), "not_json"),
        (feed2(publication()).replace(b"Un titre", b"\xe9t\xe9"), "undecodable"),
        (b'{"publications": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not_json"),
    ],
)  # fmt: skip
def test_another_document_than_a_catalogue_is_an_error_and_no_page(tmp_path, body, code):
    with pytest.raises(DataError) as raised:
        pages(visit(body, tmp_path))
    assert raised.value.code == code
    assert raised.value.sentence.endswith(".")
    assert raised.value.head


def test_a_web_page_that_announces_a_catalogue_says_which(tmp_path):
    page = (
        b'<html><link rel="alternate" type="application/atom+xml;profile=opds-catalog" href="/opds/tous.xml">'
    )
    with pytest.raises(DataError) as raised:
        pages(visit(page, tmp_path))
    assert "« /opds/tous.xml »" in raised.value.sentence.replace("\u00a0", " ")


@pytest.mark.parametrize(
    "body",
    [
        feed(entry()).replace(b"<feed", ENTITIES + b"<feed").replace(b"Un titre", b"&b;"),
        feed(entry()).replace(b"<feed", b'<!DOCTYPE feed SYSTEM "https://larive.example/a.dtd"><feed'),
        feed(entry()).replace(b"<feed", b"<!--" + b"x" * 70_000 + b"-->" + ENTITIES + b"<feed"),
        feed(entry())
        .decode()
        .replace("UTF-8", "UTF-16")
        .replace("<feed", "<!DOCTYPE feed><feed")
        .encode("utf-16"),
    ],
    ids=["entities", "dtd", "late", "utf-16"],
)
def test_a_document_type_is_refused(tmp_path, body):
    with pytest.raises(DataError) as raised:
        pages(visit(body, tmp_path))
    assert raised.value.code == "doctype"


@pytest.mark.parametrize(
    "body",
    [
        feed(entry("urn:x:1", "<a>" * 1_000 + "</a>" * 1_000)),
        feed(entry("urn:x:1", f"<summary>{'x' * 11_000_000}</summary>")),
    ],
    ids=["deep", "long"],
)
def test_a_document_beyond_reason_is_refused(tmp_path, body):
    with pytest.raises(DataError) as raised:
        pages(visit(body, tmp_path))
    assert raised.value.code == "not_xml"


@pytest.mark.parametrize(
    "body",
    [
        feed(entry(title="Un\x0b titre\x01")),
        feed(entry()).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        feed(entry(title="Été")).decode().replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        b"\xef\xbb\xbf" + feed(entry()),
        feed(entry()).replace(b' xmlns="http://www.w3.org/2005/Atom"', b""),
        b"\xef\xbb\xbf" + feed2(publication()),
        feed2(publication("urn:x:1", title="Un\u0000 titre\ud800", altIdentifier="urn:isbn:9782000000013")),
        feed2(publication(), publications="rien", groups=[{"publications": [publication()]}]),
    ],
    ids=["control", "utf-16", "latin-1", "mark", "no namespace", "json mark", "json control", "json group"],
)
def test_documents_as_programs_write_them_are_read(tmp_path, body):
    (item,) = items(visit(body, tmp_path)).values()
    assert "9782000000013" in item.payload
    assert "\\u0000" not in item.payload


def test_other_prefixes_are_the_same_elements(tmp_path):
    body = feed(entry()).decode().replace("dcterms:", "dc:").replace("xmlns:dcterms", "xmlns:dc")
    body = body.replace('xmlns="http', 'xmlns:atom="http')
    for name in ("feed", "entry", "id", "title", "link"):
        body = body.replace(f"<{name}", f"<atom:{name}").replace(f"</{name}", f"</atom:{name}")
    (item,) = items(visit(body.encode(), tmp_path)).values()
    assert item.payload == next(iter(items(visit(feed(entry()), tmp_path)).values())).payload


def test_an_entry_within_an_entry_is_not_one(tmp_path):
    body = feed(entry("urn:x:1", f"<link rel='related'>{entry('urn:x:2')}</link>"))
    assert list(items(visit(body, tmp_path))) == ["urn:x:1"]


def test_an_entry_alone_is_a_part_of_a_catalogue(tmp_path):
    body = (
        feed(entry()).replace(b"<feed", b"<entry").replace(b"</feed", b"</entry").replace(b"<entry>", b"<x>")
    )
    body = body.replace(b"</entry></entry>", b"</x></entry>").replace(
        b"Larive</title>", b"Larive</title><category/>"
    )
    found = pages(visit(body, tmp_path))
    assert [item.ref for page in found for item in page.items] == ["urn:x-larive:tous"]
    assert not is_whole(found)


# --- entries that cannot be told apart, links that lead nowhere ---


@pytest.mark.parametrize(
    "body",
    [
        feed(entry(), entry("", isbn="")),
        feed2(publication(), publication(None)),
        feed2(publication(), "un livre", {"metadata": []}),
        feed(entry(), "<entry><id>urn:x:9</id><title>Rubrique</title><link/></entry>"),
        feed(entry(), f"<entry><id>urn:x:9</id>{link('subsection', 'http:// pas valable')}</entry>"),
    ],
    ids=["no id", "no identifier", "no object", "link without href", "bad address"],
)
def test_what_names_nothing_lets_nothing_be_taken_for_gone(tmp_path, body):
    found = pages(visit(body, tmp_path))
    assert "9782000000013" in found[0].items[0].payload
    assert not is_whole(found)


@pytest.mark.parametrize(
    "body",
    [
        feed2(publication(None, altIdentifier="urn:isbn:9782000000013")),
        b"\n " + feed(entry("")),
    ],
)
def test_a_publication_without_identifier_is_known_by_its_only_isbn(tmp_path, body):
    found = pages(visit(body, tmp_path))
    assert [item.ref for item in found[0].items] == ["urn:isbn:9782000000013"]
    assert is_whole(found)


@pytest.mark.parametrize(
    "href", [None, "", "http:// pas valable", "http://[::1", "javascript:alert(1)", "https://x:99999999/"]
)
def test_a_next_page_that_cannot_be_found_is_an_error(tmp_path, href):
    with pytest.raises(DataError) as raised:
        pages(visit(feed(entry(), head=link("next", href)), tmp_path))
    assert raised.value.code == "next_unreadable"
    with pytest.raises(DataError) as raised:
        pages(visit(feed2(publication(), links=[next_to(href)]), tmp_path))
    assert raised.value.code == "next_unreadable"


# --- what makes an item another ---


def fingerprints(tmp_path, body: bytes) -> dict[str, bytes]:
    return {ref: item.fingerprint for ref, item in items(visit(body, tmp_path)).items()}


@pytest.mark.parametrize("body", [ATOM, JSON], ids=["atom", "json"])
def test_what_exports_rewrite_changes_nothing(tmp_path, body):
    later = (
        body.replace(b"2030-01-1", b"2030-02-2")
        .replace(b"jeton=aaaa", b"jeton=bbbb")
        .replace(b"/1-petite", b"/1-p")
    )
    assert later != body
    assert fingerprints(tmp_path, later) == fingerprints(tmp_path, body)


def test_the_order_of_the_entries_changes_nothing(tmp_path):
    first, second = entry("urn:x:1"), entry("urn:x:2", title="Un autre")
    assert fingerprints(tmp_path, feed(first, second)) == fingerprints(tmp_path, feed(second, first))


def test_a_signed_cover_is_the_same_cover(tmp_path):
    def body(query: str) -> bytes:
        return feed2(publication(images=[{"href": f"/c.jpg?{query}", "type": "image/jpeg"}]))

    signed = fingerprints(tmp_path, body("t=1&Expires=17&X-Amz-Signature=aa"))
    assert signed == fingerprints(tmp_path, body("t=1&Expires=18&X-Amz-Signature=bb"))
    assert signed != fingerprints(tmp_path, body("t=2&Expires=17&X-Amz-Signature=aa"))


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"12.99", b"12.50"), (b"Camille", b"Nour"), (b"couvertures/1.", b"couvertures/9."), (b"312", b"313")],
)
@pytest.mark.parametrize("body", [ATOM, JSON], ids=["atom", "json"])
def test_what_a_reader_sees_changes_the_item(tmp_path, body, before, after):
    changed = fingerprints(tmp_path, body.replace(before, after))
    same = [ref for ref, fingerprint in fingerprints(tmp_path, body).items() if changed[ref] == fingerprint]
    assert len(same) in {1, 2}


def test_a_document_is_asked_for_in_both_formats(tmp_path):
    site = Site({"/opds/tous.xml": ATOM})
    pages(visit(site, tmp_path))
    assert "application/opds+json" in site.headers[0]["Accept"]
    assert "application/atom+xml" in site.headers[0]["Accept"]
