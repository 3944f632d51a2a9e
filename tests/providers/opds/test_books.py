"""What an entry becomes: its EAN, the public's price, its form, and the rest of what is said of it."""

import json
from decimal import Decimal

import pytest

from models.vocabulary import Certainty, Form, Reason
from providers.opds import book
from providers.records import Contributor, LeftOut, Price, ProductRecord, Subject
from tests.providers.opds.catalogue import (
    FIXTURES,
    entry,
    feed,
    feed2,
    items,
    link,
    publication,
    read,
    records,
    visit,
)

TALE = {
    "ean": "9782000000013",
    "title": "L’Âne et la Rivière",
    "subtitle": "Conte des trois musiciennes",
    "contributors": (
        Contributor("Camille Vaubréal", "author"),
        Contributor("Noé Larive", "translator"),
        Contributor("Ada Fontaine", "other"),
    ),
    "publisher": "Éditions du Pont",
    "collection": "Les Contes du pont",
    "published": "2029-11-03",
    "language": "fre",
    "pages": 312,
    "form": Form.DIGITAL,
    "cover_url": "https://larive.example/couvertures/1.jpg",
    "available": True,
    "price": Price(Decimal("12.99"), Certainty.CERTAIN),
}


def euros(amount: str) -> Price:
    return Price(Decimal(amount), Certainty.CERTAIN)


def test_an_atom_catalogue_becomes_books(tmp_path):
    found = records(visit((FIXTURES / "catalogue_1.xml").read_bytes(), tmp_path))
    tale, voices, loan = found.values()
    assert tale == ProductRecord(
        ref="urn:uuid:11111111-aaaa-4bbb-8ccc-000000000001",
        subjects=(
            Subject("thema", "FBA", "Fiction : générale et littéraire"),
            Subject("bisac", "FIC010000", "FICTION / Fairy Tales"),
        ),
        description="Un conte d’été.\n\nÉcrire à ….",
        **TALE,
    )
    assert (voices.title, voices.ean, voices.form) == ("Le Pont des voix", "9782000000020", Form.AUDIO)
    assert (voices.published, voices.language) == ("2028", "fre")
    assert voices.contributors == (Contributor("Noé Larive"),)
    assert voices.description == "Lu par l’autrice.\n\nSix heures."
    assert (voices.price, voices.available) == (euros("0"), True)
    assert loan == LeftOut("urn:uuid:11111111-aaaa-4bbb-8ccc-000000000003", Reason.NO_EAN)


def test_a_json_catalogue_becomes_the_same_books(tmp_path):
    found = records(visit((FIXTURES / "catalogue_2.json").read_bytes(), tmp_path))
    tale, voices, loan = found.values()
    assert tale == ProductRecord(
        ref="urn:isbn:9782000000013",
        subjects=(Subject("thema", "FBA", "Fiction : générale et littéraire"),),
        description="Un conte d’été.",
        **TALE,
    )
    assert (voices.title, voices.ean, voices.form) == ("Le Pont des voix", "9782000000020", Form.AUDIO)
    assert voices.contributors == (Contributor("Noé Larive"), Contributor("Camille Vaubréal", "narrator"))
    assert voices.cover_url == "https://larive.example/couvertures/2.png"
    assert (voices.price, voices.available) == (euros("9.50"), False)
    assert loan == LeftOut("urn:uuid:11111111-aaaa-4bbb-8ccc-000000000003", Reason.NO_EAN)


# --- the rest ---


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2029-11-03", "2029-11-03"),
        ("2029-11", "2029-11"),
        ("2029", "2029"),
        ("20291103", "2029-11-03"),
        ("2029-11-03T23:30:00-05:00", "2029-11-03"),
        ("0001-01-01T00:00:00Z", ""),
        ("2020-01-010T01:00:00Z", ""),
        ("2029-13-01", ""),
        ("novembre 2029", ""),
        ("٢٠٢٩", ""),
    ],
)
def test_a_publication_date_is_as_precise_as_it_is_written(written, day):
    assert book.published(written) == day


def test_the_date_of_the_entry_is_not_that_of_the_book(tmp_path):
    assert (
        read(tmp_path, feed(entry("urn:x:1", "<published>2029-11-03T00:00:00Z</published>"))).published == ""
    )


@pytest.mark.parametrize(
    ("extent", "pages"),
    [("312 pages", 312), ("312 p.", 312), ("xii, 312 p.", 312), ("312", 312), ("120,697 words", None),
     ("1,312 pages", None), ("2 h 30", None), ("96 p. + 12 p.", None), ("0 pages", None)],
)  # fmt: skip
def test_pages_are_counted_where_it_is_pages(tmp_path, extent, pages):
    assert read(tmp_path, feed(entry("urn:x:1", f"<dcterms:extent>{extent}</dcterms:extent>"))).pages == pages


@pytest.mark.parametrize(
    ("written", "code"),
    [("fr", "fre"), ("FR_ca", "fre"), ("fra", "fre"), ("fre", "fre"), ("de-DE", "ger"), ("br", "bre"), ("gsw", "gsw"),
     ("und", ""), ("qx", ""), ("enzz", ""), ("français", "")],
)  # fmt: skip
def test_languages_are_told_as_iso_639_2_b(tmp_path, written, code):
    assert read(tmp_path, feed2(publication(language=["zxx", written]))).language == code


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ("<content type='text'>Un &lt;em&gt;grand&lt;/em&gt; jour</content>", "Un grand jour"),
        ("<content type='html'>&amp;lt;p&amp;gt;Deux fois &amp;amp;eacute;chapp&amp;amp;eacute;&amp;lt;/p&amp;gt;</content>", "Deux fois échappé"),
        ("<content type='html'><![CDATA[<p>En <em>CDATA</em></p>]]></content>", "En CDATA"),
        ("<content type='application/pdf' src='/resume.pdf'/><summary>Le résumé</summary>", "Le résumé"),
        ("<summary>Court</summary><content>Long</content>", "Long"),
        ("<content type='html'>&lt;img src=x onerror=alert(1)&gt;Bonjour</content>", "Bonjour"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_description_is_clean_however_it_was_written(tmp_path, element, text):
    assert read(tmp_path, feed(entry("urn:x:1", element))).description == text


def test_the_largest_image_is_the_cover(tmp_path):
    small = {"href": "/petite.jpg", "type": "image/jpeg"}
    large = {"href": "/grande.jpg", "type": "image/jpeg", "width": 400, "height": 600}
    data = {"href": "data:image/png;base64,AAAA", "type": "image/png", "width": 9000, "height": 9000}
    record = read(tmp_path, feed2(publication(images=[small, large, data])))
    assert record.cover_url == "https://larive.example/grande.jpg"


@pytest.mark.parametrize(
    "href", ["http:// pas valable", "data:image/png;base64,AA", "ftp://larive.example/a.jpg", "", None]
)
def test_an_image_whose_address_is_none_is_no_cover(tmp_path, href):
    image = link("http://opds-spec.org/image", href, "image/jpeg")
    assert read(tmp_path, feed(entry("urn:x:1", image))).cover_url == ""


def test_addresses_are_told_from_the_feeds_own_address_and_its_base(tmp_path):
    image = link("http://opds-spec.org/image", "c.jpg", "image/jpeg", more=' xml:base="images/"')
    body = feed(entry("urn:x:1", image), root=' xml:base="/livres/"')
    assert read(tmp_path, body).cover_url == "https://larive.example/livres/images/c.jpg"


def test_school_books_are_refused_with_their_reason(tmp_path):
    subjects = '<category scheme="https://clil.org/themes" term="3001"/><category scheme="https://ns.editeur.org/thema/" term="FBA"/>'
    record = read(tmp_path, feed(entry("urn:x:1", subjects)))
    assert record.refused is Reason.SCHOOL_BOOK
    assert [(each.scheme, each.code) for each in record.subjects] == [("clil", "3001"), ("thema", "FBA")]


def test_shapes_that_are_not_the_formats_are_passed_over(tmp_path):
    odd = publication(
        author=["Camille", {"name": ["x"]}, 5, {"bad": "shape"}],
        editor=7,
        publisher=[],
        language={"fr": 1},
        numberOfPages="beaucoup",
        subject=[{"scheme": 4, "code": []}],
        belongsTo=["série"],
        images=[{"href": 4}, "x"],
        links=[{"rel": 4, "href": "/a"}, {"rel": "buy", "href": "/a", "properties": []}, None],
        altIdentifier=[4, {"value": []}],
    )
    record = read(tmp_path, feed2(odd))
    assert record.contributors == (Contributor("Camille"),)
    assert (record.publisher, record.language, record.pages, record.collection) == ("", "", None, "")


def test_a_notice_is_json_that_is_kept_and_read_again(tmp_path):
    to = visit((FIXTURES / "catalogue_2.json").read_bytes(), tmp_path)
    for item in items(to).values():
        assert json.loads(item.payload)["title"]
        assert "jeton" not in item.payload
