"""What an entry becomes: its EAN, the public's price, its form, and the rest of what is said of it."""

import json
from decimal import Decimal

import pytest

from models.vocabulary import Certainty, Form, Reason
from providers.errors import DataError
from providers.opds import book
from providers.opds.notice import said_ean
from providers.records import PRICE_NOT_SAID, Contributor, LeftOut, Price, ProductRecord, Subject
from tests.providers.opds.catalogue import (
    BUY,
    FIXTURES,
    buy,
    entry,
    feed,
    feed2,
    items,
    link,
    price,
    publication,
    read,
    records,
    visit,
)

TALE = dict(
    ean="9782000000013",
    title="L’Âne et la Rivière",
    subtitle="Conte des trois musiciennes",
    contributors=(
        Contributor("Camille Vaubréal", "author"),
        Contributor("Noé Larive", "translator"),
        Contributor("Ada Fontaine", "other"),
    ),
    publisher="Éditions du Pont",
    collection="Les Contes du pont",
    published="2029-11-03",
    language="fre",
    pages=312,
    form=Form.DIGITAL,
    cover_url="https://larive.example/couvertures/1.jpg",
    available=True,
    price=Price(Decimal("12.99"), Certainty.CERTAIN),
)


def euros(amount: str) -> Price:
    return Price(Decimal(amount), Certainty.CERTAIN)


def open_access(kind: str = "application/epub+zip", within: str = "") -> str:
    return link("http://opds-spec.org/acquisition/open-access", "/libre", kind, within)


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


# --- the EAN ---


@pytest.mark.parametrize(
    ("identifier", "scheme", "said"),
    [
        ("urn:isbn:9782000000013", "", "9782000000013"),
        ("URN:ISBN:978-2-00-000001-3", "", "978-2-00-000001-3"),
        ("isbn: 2-00-000001-9", "", "2-00-000001-9"),
        ("ISBN-13 9782000000013", "", "9782000000013"),
        ("urn:ean:9782000000013", "", "9782000000013"),
        ("9782000000013", "", "9782000000013"),
        ("978 2 00 000001 3", "", "978 2 00 000001 3"),
        ("2000000019", "dcterms:ISBN", "2000000019"),
        ("12", "http://purl.org/dc/terms/ISBN", "12"),
        ("2000000019", "", ""),
        ("3010000108126", "", ""),
        ("urn:uuid:9782000000013", "", ""),
        ("https://livres.example/isbn/9782000000013", "", ""),
        ("ocean:12", "", ""),
    ],
)
def test_an_identifier_says_that_it_is_an_isbn(identifier, scheme, said):
    assert said_ean(identifier, scheme) == said


def test_the_entrys_own_identifier_comes_before_the_others(tmp_path):
    record = read(tmp_path, feed(entry("urn:isbn:9782000000013", isbn="urn:isbn:9782000000020")))
    assert (record.ref, record.ean) == ("urn:isbn:9782000000013", "9782000000013")


def test_an_isbn_10_is_the_same_book(tmp_path):
    record = read(
        tmp_path,
        feed(entry(isbn="urn:isbn:2-00-000001-9", ways=buy() + "<schema:isbn>9782000000013</schema:isbn>")),
    )
    assert record.ean == "9782000000013"


@pytest.mark.parametrize(
    ("isbn", "code"),
    [
        ("urn:isbn:9782000000014", "ean_check_digit"),
        ("urn:isbn:978200000001X", "ean_malformed"),
        ("urn:isbn:9,78E+12", "ean_scientific"),
    ],
)
def test_a_wrong_isbn_costs_its_entry(tmp_path, isbn, code):
    with pytest.raises(DataError) as raised:
        read(tmp_path, feed(entry(isbn=isbn)))
    assert raised.value.code == code


def test_a_wrong_isbn_beside_a_right_one_is_passed_over(tmp_path):
    more = "<dcterms:identifier>urn:isbn:9782000000014</dcterms:identifier>"
    assert read(tmp_path, feed(entry("urn:x:1", more))).ean == "9782000000013"


def test_nobody_guesses_which_of_several_isbns_is_the_books(tmp_path):
    more = "<dcterms:identifier>urn:isbn:9782000000020</dcterms:identifier>"
    with pytest.raises(DataError) as raised:
        read(tmp_path, feed(entry("urn:x:1", more)))
    assert raised.value.code == "several_eans"
    assert "2 ISBN" in raised.value.sentence


@pytest.mark.parametrize("title", ["", "http://larive.example/sans-titre", "&lt;p&gt;&lt;/p&gt;"])
def test_a_book_without_a_title_is_put_aside(tmp_path, title):
    with pytest.raises(DataError) as raised:
        read(tmp_path, feed(entry(title=title)))
    assert raised.value.code == "no_title"


# --- the price ---


@pytest.mark.parametrize(
    ("ways", "expected"),
    [
        (buy(price("12.99")), euros("12.99")),
        (buy(price("12,9")), euros("12.90")),
        (buy(price("012.9900")), euros("12.99")),
        (buy(price("12.99", "eur")), euros("12.99")),
        (buy(price("14.99", "USD"), price("12.99")), euros("12.99")),
        (buy(price("12.99")) + buy(price("12.99"), kind="application/pdf"), euros("12.99")),
        (buy(price("0")), euros("0")),
        (link("http://opds-spec.org/acquisition", "/a", "application/epub+zip", price("5")), euros("5")),
        (open_access(), euros("0")),
        (buy(price("12.99")) + buy(price("9.99"), kind="application/pdf"), PRICE_NOT_SAID),
        (buy(price("12.99")) + open_access(), PRICE_NOT_SAID),
        (buy(price("12.99")) + buy(price("douze")), PRICE_NOT_SAID),
        (buy(price("14.99", "USD")), PRICE_NOT_SAID),
        (buy(price("12.99", "")), PRICE_NOT_SAID),
        (buy(price("12.999")), PRICE_NOT_SAID),
        (buy(price("-1")), PRICE_NOT_SAID),
        (buy(price("12.99 €")), PRICE_NOT_SAID),
        (buy(), PRICE_NOT_SAID),
        (link("http://opds-spec.org/acquisition", "/a", "application/epub+zip"), PRICE_NOT_SAID),
        *(
            (
                link(f"http://opds-spec.org/acquisition/{way}", "/a", "application/epub+zip", price("1")),
                PRICE_NOT_SAID,
            )
            for way in ("borrow", "subscribe", "sample", "preview", "rental")
        ),
    ],
)
def test_the_price_is_what_the_public_pays_in_euros_or_unknown(tmp_path, ways, expected):
    assert read(tmp_path, feed(entry(ways=ways))).price == expected


def test_a_library_licence_has_no_public_price(tmp_path):
    licence = {"metadata": {"price": {"currency": "EUR", "value": 40}, "format": ["application/epub+zip"]}}
    record = read(tmp_path, feed2(publication(links=[], licenses=[licence])))
    assert (record.price, record.available, record.form) == (PRICE_NOT_SAID, None, Form.DIGITAL)


def test_a_price_in_json_keeps_its_cents(tmp_path):
    body = feed2(
        publication(
            links=[{"rel": ["buy"], "href": "/a", "properties": {"price": {"currency": "EUR", "value": 0}}}]
        )
    )
    body = body.replace(b'"value": 0', b'"value": 1999.10')
    assert read(tmp_path, body).price == euros("1999.10")


@pytest.mark.parametrize(
    ("ways", "expected"),
    [
        (buy(), True),
        (open_access(), True),
        (buy('<opds:availability status="available"/>'), True),
        (buy('<opds:availability status="unavailable"/>'), False),
        (buy('<opds:unavailable date="2030-02-01"/>'), False),
        (buy('<opds:availability status="unavailable"/>') + open_access(), True),
        (link("http://opds-spec.org/acquisition/borrow", "/a", "application/epub+zip"), None),
        ("", None),
    ],
)
def test_a_book_can_be_had_where_it_is_sold_or_free(tmp_path, ways, expected):
    assert read(tmp_path, feed(entry(ways=ways))).available is expected


def test_a_way_without_address_is_none(tmp_path):
    record = read(tmp_path, feed(entry(ways=link(BUY, None, "application/epub+zip", price("5")))))
    assert (record.price, record.available) == (PRICE_NOT_SAID, None)


# --- the form ---


def steps(*kinds: str) -> str:
    """Write indirect acquisitions, one within the other."""
    within = ""
    for kind in reversed(kinds):
        within = f'<opds:indirectAcquisition type="{kind}">{within}</opds:indirectAcquisition>'
    return within


@pytest.mark.parametrize(
    ("ways", "form"),
    [
        (buy(kind="application/epub+zip"), Form.DIGITAL),
        (buy(kind="application/pdf"), Form.DIGITAL),
        (buy(kind="application/vnd.comicbook+zip"), Form.DIGITAL),
        (buy(kind="audio/mpeg"), Form.AUDIO),
        (buy(kind="application/audiobook+lcp"), Form.AUDIO),
        (
            buy(steps("application/vnd.adobe.adept+xml", "application/epub+zip"), kind="text/html"),
            Form.DIGITAL,
        ),
        (buy(steps("application/zip", "audio/mpeg"), kind="text/html"), Form.AUDIO),
        (buy(kind="text/html"), Form.OTHER),
        (buy(kind="audio/mpeg") + buy(kind="application/pdf"), Form.OTHER),
        (link("http://opds-spec.org/acquisition/sample", "/e", "audio/mpeg") + buy(), Form.DIGITAL),
        ("<dcterms:format>audio/mpeg</dcterms:format>", Form.AUDIO),
        ("<schema:bookFormat>http://schema.org/Paperback</schema:bookFormat>" + buy(), Form.PAPER),
    ],
)
def test_the_form_is_what_one_receives(tmp_path, ways, form):
    assert read(tmp_path, feed(entry(ways=ways))).form is form


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("http://schema.org/EBook", Form.DIGITAL),
        ("https://schema.org/Ebook", Form.DIGITAL),
        ("http://bib.schema.org/Audiobook", Form.AUDIO),
        ("http://schema.org/Book", Form.OTHER),
    ],
)
def test_the_declared_type_comes_first(tmp_path, kind, form):
    body = feed(entry(ways=buy(kind="text/html")).replace("<entry", f'<entry schema:additionalType="{kind}"'))
    assert read(tmp_path, body).form is form
    assert read(tmp_path, feed2(publication(links=[], **{"@type": kind}))).form is form


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
