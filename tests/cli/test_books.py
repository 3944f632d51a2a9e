"""A catalogue for every venue has none of its own; books are told by their copies, catalogues and lines."""

from pathlib import Path

import pytest

from bench.catalogue import ean
from runtime.settings import settings
from tests.providers.loopback import Partner, answer
from tests.providers.onix.messages import PRICE, descriptive, message, product, supply

BAC, BERGE, UNKNOWN = ean(1), ean(2), ean(3)
TWO_BOOKS = message(
    product(BAC), product(BERGE, blocks=descriptive() + supply(PRICE.replace("10.95", "8.50")))
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "onix"
    folder.mkdir()
    (folder / "20300301.xml").write_bytes(TWO_BOOKS)
    return folder


@pytest.fixture
def catalogue(passerelle, folder):
    return passerelle("link", "--catalogue", "onix", folder.as_uri())["id"]


@pytest.fixture
def till(passerelle, monkeypatch):
    """A shop's software that puts its stock file on the web."""
    with Partner() as partner:
        monkeypatch.setenv("PASSERELLE_HOST_MAP", f"librairie.example={partner.base}")
        settings.cache_clear()
        yield partner


def lists(till: Partner, *lines: str) -> None:
    till.says(answer("\n".join(("EAN;Stock;Prix", *lines)).encode(), Content_Type="text/csv"))


@pytest.fixture
def shop(passerelle, till):
    lists(till, f"{BAC};3;", f"{BERGE};1;8,50", f"{UNKNOWN};2;12,00", "9782000000001;4;5,00")
    venue = passerelle.venue(name="Librairie de l’Écluse")
    return passerelle("link", venue, "csv-stock", "https://librairie.example/stock.csv")["id"]


def test_a_catalogue_of_the_operator_is_linked_without_a_venue(passerelle, catalogue, folder):
    (link,) = passerelle("links")
    assert (link["venue"], link["provider"], link["identifier"]) == (None, "onix", folder.as_uri())
    assert "tous les lieux" in passerelle.says("links")
    again = passerelle("link", "--catalogue", "onix", folder.as_uri(), "--set", "complete=true")
    assert (again["id"], again["settings"]) == (catalogue, {"complete": True})


def test_a_folder_is_the_operators_alone(passerelle, folder):
    venue = passerelle.venue()
    assert passerelle("link", venue, "onix", folder.as_uri(), code=2)["error"]["code"] == "folder_refused"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--catalogue", "openagenda", "47826291"], "no_catalogue"),
        (["--catalogue", "csv-stock", "https://librairie.example/stock.csv"], "no_catalogue"),
        (["--catalogue", "1", "onix", "https://catalogue.example/onix/"], "usage"),
        (["onix", "https://catalogue.example/onix/"], "usage"),
    ],
)
def test_only_a_catalogue_of_books_goes_without_a_venue(passerelle, words, code):
    assert passerelle("link", *words, code=2)["error"]["code"] == code
    assert passerelle("links") == []


def test_a_catalogue_is_checked_previewed_and_imported_like_any_link(passerelle, catalogue):
    assert all(check["state"] == "ok" for check in passerelle("check", "--link", catalogue)["checks"])
    told = passerelle("preview", catalogue)
    assert told["counts"]["new"] == 2
    assert "2 livres : 2 nouveaux" in passerelle.says("preview", catalogue)
    done = passerelle.import_(catalogue)
    assert (done["provider"], done["status"], done["counts"]["new"]) == ("onix", "succeeded", 2)
    assert [run["link"] for run in passerelle("runs", "--link", catalogue)] == [catalogue]
    assert "2 livres : 2 nouveaux" in passerelle.says("runs", "show", done["run"])
    assert "0 livre : 0 nouveau" in passerelle.says("import", catalogue, "--inline")
    assert passerelle("unlink", catalogue)["state"] == "unlinked"


def test_a_list_is_told_in_lines_and_stocks(passerelle, catalogue, shop):
    passerelle.import_(catalogue)
    said = passerelle.says("preview", shop)
    assert "Le dernier bac" in said
    assert BAC in said
    said = passerelle.says("import", shop, "--inline")
    assert "4 lignes : 3 nouvelles" in said
    assert "2 stocks : 2 en plus, 0 modifié" in said
    assert "1 ligne de côté : Aucun catalogue ne connaît encore cet EAN" in said
    shown = passerelle("runs", "show", 2)
    assert (shown["offers_written_in_all"], shown["stocks_written_in_all"]) == (2, 2)
    assert {offer["ean"] for offer in shown["offers_written"]} == {BAC, BERGE}
    assert "exemplaires" in passerelle.says("runs", "show", 2)


def test_the_history_of_a_book_names_its_copies_and_its_catalogues(passerelle, catalogue, shop):
    passerelle.import_(catalogue)
    passerelle.import_(shop)
    offer = passerelle.db.execute(
        "SELECT offer.id FROM offer JOIN product ON product.id = product_id WHERE ean = %s", [BAC]
    ).fetchone()["id"]
    told = passerelle("history", offer)
    assert (told["ean"], told["stocks"][0]["remaining_at_provider"]) == (BAC, 3)
    assert [(each["link"], each["venue"], each["price"]) for each in told["told_by"]] == [
        (catalogue, None, "10.95")
    ]
    said = passerelle.says("history", offer)
    assert f"(csv-stock, EAN {BAC})" in said
    assert "tous les lieux" in said
    assert "10,95 € (du catalogue)" in said


def test_an_ean_is_told_by_who_knows_it_and_by_the_lines_that_wait(passerelle, catalogue, shop):
    passerelle.import_(shop)
    told = passerelle("history", UNKNOWN)
    assert (told["product"], told["offers"]) == (None, [])
    assert [(line["link"], line["code"], line["available"]) for line in told["waiting_lines"]] == [
        (shop, "unknown_ean", 2)
    ]
    assert "2 exemplaires : Aucun catalogue ne connaît encore cet EAN" in passerelle.says("history", UNKNOWN)
    passerelle.import_(catalogue)
    told = passerelle("history", BAC)
    assert (told["title"], len(told["offers"]), told["waiting_lines"]) == ("Le dernier bac", 1, [])
    assert passerelle("history", ean(99), code=2)["error"]["code"] == "unknown_ean"


def test_a_run_that_wrote_thousands_tells_the_first_and_counts_them_all(passerelle, shop, monkeypatch):
    monkeypatch.setattr("cli.ledger.SHOWN", 1)
    monkeypatch.setattr("cli.ledger.TOLD", 1)
    run = passerelle.import_(shop)["run"]
    passerelle.db.execute(
        """INSERT INTO offer (venue_id, link_id, provider, ref, title, last_run_id)
           SELECT venue_id, id, provider, n, 'Livre ' || n, %s FROM link, generate_series(1, 3) AS n""",
        [run],
    )
    shown = passerelle("runs", "show", run)
    assert (shown["offers_written_in_all"], len(shown["offers_written"])) == (3, 1)
    assert "… et 2 de plus" in passerelle.says("runs", "show", run)
