"""Before linking: what a catalogue would bring, or what to paste instead; and the form."""

import pytest
from pydantic import SecretStr

from providers.errors import ConfigurationError, TransientError
from providers.opds import PROVIDER
from tests.providers.opds.catalogue import (
    FIXTURES,
    Site,
    buy,
    entry,
    feed,
    gone,
    link,
    price,
    section,
    visit,
)


def found(pages, tmp_path, **changes):
    return {check.name: check for check in PROVIDER.check(visit(pages, tmp_path, **changes))}


def said(checks) -> dict[str, str]:
    return {name: check.sentence.replace("\u00a0", " ") for name, check in checks.items()}


@pytest.mark.parametrize(("name", "version"), [("catalogue_1.xml", "OPDS 1"), ("catalogue_2.json", "OPDS 2")])
def test_a_check_says_what_the_catalogue_brings(tmp_path, name, version):
    checks = found((FIXTURES / name).read_bytes(), tmp_path)
    assert {name: check.state for name, check in checks.items()} == {
        "catalogue": "ok",
        "books": "ok",
        "isbn": "warning",
        "prices": "ok",
    }
    assert version in said(checks)["catalogue"]
    assert said(checks)["books"] == "3 livres sur la première page."
    assert (
        said(checks)["isbn"]
        == "2 livres avec un ISBN, sur les 3 premiers. Sans ISBN, un livre ne sera pas importé."
    )
    assert said(checks)["prices"] == "2 livres avec un prix en euros."
    first = checks["isbn"].facts["samples"][0]
    assert (first["ean"], first["price"], first["form"]) == ("9782000000013", "12.99", "digital")


def test_a_check_follows_sections_until_one_lists_books(tmp_path):
    books = feed(entry(ways=buy(price("5"))), head=link("next", "2.xml") + TOTAL)
    site = Site(
        {
            "/opds/tous.xml": feed(section("ferme.xml"), section("genres.xml"), section("autre.xml")),
            "/opds/ferme.xml": gone(403),
            "/opds/genres.xml": feed(section("romans.xml")),
            "/opds/romans.xml": books,
        }
    )
    checks = found(site, tmp_path)
    assert site.asked == ["/opds/tous.xml", "/opds/ferme.xml", "/opds/genres.xml", "/opds/romans.xml"]
    assert "rubriques (3), qui seront lues" in said(checks)["catalogue"]
    assert said(checks)["books"] == (
        "1 livre sur la première page, 1\u202f500 livres annoncés. Les pages suivantes seront lues aussi."
    )


TOTAL = "<opensearch:totalResults>1500</opensearch:totalResults>"


def test_a_check_asks_for_a_few_documents_only(tmp_path):
    site = Site(
        {f"/opds/{depth}": feed(section(f"{depth + 1}")) for depth in range(20)}
        | {"/opds/tous.xml": feed(section("0"))}
    )
    checks = found(site, tmp_path)
    assert len(site.asked) == 6
    assert checks["books"].state == "warning"
    assert "Collez l’adresse du flux qui liste tous les livres" in said(checks)["books"]


@pytest.mark.parametrize(
    ("body", "name", "state", "sentence"),
    [
        (feed(), "books", "warning", "Aucun livre n’a été trouvé"),
        (feed(entry(), head=link("previous", "0.xml")), "books", "warning", "Ce n’est pas le début de la liste"),
        (feed(entry(isbn="")), "isbn", "failed", "Aucun des premiers livres n’a d’ISBN"),
        (feed(entry(isbn="urn:isbn:9782000000014")), "isbn", "failed", "sa clé de contrôle est fausse"),
        (feed(entry("urn:x:1"), entry("urn:x:2", title="")), "isbn", "warning", "À corriger dans le catalogue : 1 notice."),
        (feed(entry("urn:x:1"), entry("urn:x:2", isbn=""), entry("urn:x:3", isbn="")), "isbn", "warning", "2 livres ne seront pas importés"),
        (feed(entry(ways=buy(price("5", "USD")))), "prices", "warning", "Aucun prix public en euros"),
        (b"<html><body>Bienvenue", "catalogue", "failed", "page web"),
        (gone(401), "catalogue", "failed", "n’est pas public"),
        (gone(404), "catalogue", "failed", "Aucun catalogue à cette adresse"),
    ],
)  # fmt: skip
def test_a_check_says_what_is_amiss_and_what_to_do(tmp_path, body, name, state, sentence):
    check = found(body, tmp_path)[name]
    assert check.state == state
    assert sentence in check.sentence.replace("\u00a0", " ")


def test_a_site_that_is_away_is_not_the_links_fault(tmp_path):
    with pytest.raises(TransientError):
        found(TransientError("server_error", "…"), tmp_path)


def test_sections_that_are_not_wanted_are_said_so(tmp_path):
    checks = found(feed(entry(), section("romans.xml")), tmp_path, this_feed_only=True)
    assert "ne seront pas lues, comme vous l’avez choisi" in said(checks)["catalogue"]


# --- the form ---


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("https://larive.example/opds", "https://larive.example/opds"),
        (" « larive.example/opds » ", "https://larive.example/opds"),
        ("opds://Larive.example:443/opds?page=1#haut", "https://larive.example/opds?page=1"),
        ("http://larive.example", "https://larive.example/"),
        ("https://larive.example/opds/été", "https://larive.example/opds/%C3%A9t%C3%A9"),
    ],
)
def test_an_address_is_stored_in_one_form(written, address):
    assert PROVIDER.read_identifier(written) == address
    assert PROVIDER.read_identifier(address) == address


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (" ", "identifier_empty"),
        ("<feed>", "identifier_content"),
        ('{"metadata": {}}', "identifier_content"),
        ("C:\\livres.xml", "identifier_file"),
        ("catalogue@larive.example", "identifier_email"),
        ("le catalogue", "identifier_unreadable"),
        ("ftp://larive.example/", "identifier_unreadable"),
        ("https://larive.example:port/", "identifier_unreadable"),
        (f"https://larive.example/{'x' * 3_000}", "identifier_unreadable"),
        ("https://larive:pont@larive.example/opds", "identifier_credentials"),
    ],
)
def test_what_is_no_address_is_refused_with_what_to_paste(written, code):
    with pytest.raises(ConfigurationError) as raised:
        PROVIDER.read_identifier(written)
    assert raised.value.code == code
    assert "pont" not in raised.value.sentence or code != "identifier_credentials"


def test_the_form_is_in_french_and_hides_the_password():
    for field in PROVIDER.Settings.model_json_schema()["properties"].values():
        assert field["title"]
        assert field["description"]
    settings = PROVIDER.Settings(username="larive", password="pont", this_feed_only="true")
    assert settings.password == SecretStr("pont")
    assert settings.this_feed_only is True
    assert "pont" not in repr(settings)
