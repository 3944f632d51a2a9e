"""Which book an entry is, what the public pays for it, and what it is as a thing."""

from decimal import Decimal

import pytest

from models.vocabulary import Certainty, Form
from providers.errors import DataError
from providers.opds.notice import said_ean
from providers.records import PRICE_NOT_SAID, Price
from tests.providers.opds.catalogue import BUY, buy, entry, feed, feed2, link, price, publication, read


def euros(amount: str) -> Price:
    return Price(Decimal(amount), Certainty.CERTAIN)


def open_access(kind: str = "application/epub+zip", within: str = "") -> str:
    return link("http://opds-spec.org/acquisition/open-access", "/libre", kind, within)


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
