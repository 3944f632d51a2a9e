"""A stock file chosen on the page: looked at before anything is imported, replaced by the next one."""

import re

import pytest

from models.uploaded import LARGEST, file_name
from tests.web.page.shop import FORM, csv, token, told
from tests.workers.shop import ean


def test_the_columns_are_shown_before_anything_is_imported(shop):
    shop.catalogue_tells(told(1))
    screen = shop.uploads(csv((1, 3), (2, 1)), name="stock de mars.csv").text
    assert "Colonnes lues" in screen
    assert "stock de mars.csv" in screen
    assert re.search(r"Livre 1.*Ana Vaubréal.*3\xa0exemplaires.*12,50", screen, re.DOTALL)
    assert "Aucun catalogue ne connaît encore cet EAN" in screen
    assert shop.venue.rows("link") == []
    assert shop.venue.rows("offer") == []


def test_the_file_is_imported_and_its_source_bears_its_name(shop):
    shop.catalogue_tells(told(1), told(2))
    run = shop.imports((1, 3), (2, 1, "11,90"), (3, 5))
    assert shop.venue.rows("sync_run", id=run)[0]["status"] == "succeeded"
    assert {row["title"] for row in shop.venue.rows("published_offer")} == {"Livre 1", "Livre 2"}
    home = shop.see()
    assert "Fichier de stock (CSV) — stock.csv" in home
    assert "2\xa0livres en vente, 4\xa0exemplaires" in home
    assert "Déposer un nouveau fichier" in home
    assert "par Camille Roux" in home


def test_the_next_file_replaces_it_in_the_same_source(shop):
    shop.catalogue_tells(told(1), told(2))
    shop.imports((1, 3), (2, 1))
    assert "Il remplacera «\xa0stock.csv\xa0»" in shop.see(FORM)
    shop.imports((1, 8), (2, 1), name="avril.csv")
    (link,) = shop.venue.rows("link")
    assert link["title"] == "avril.csv"
    assert [row["quantity"] for row in shop.venue.rows("stock")] == [8, 1]
    assert [row["action"] for row in shop.venue.rows("link_event")] == ["linked", "file_replaced"]
    shop.imports((1, 3), (2, 1))  # the first file again is not the source as it once was
    assert [row["quantity"] for row in shop.venue.rows("stock")] == [3, 1]
    assert len(shop.venue.rows("link")) == 1


def test_what_replaces_keeps_the_answers_that_were_given(shop):
    shop.catalogue_tells(told(1))
    browser = shop.venue.opened()
    trial = shop.uploads(csv((1, 3, "1250")), browser=browser, prices="cents")
    shop.presses_import(browser, trial.text)
    assert re.search(r'<option value="cents" selected>', shop.see(FORM))


def test_a_file_that_the_run_before_still_reads_is_not_replaced(shop):
    shop.imports((1, 3))
    shop.venue.db.execute("UPDATE sync_run SET status = 'running', finished_at = NULL")
    browser = shop.venue.opened()
    trial = shop.uploads(csv((1, 4)), browser=browser).text
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', trial)
    answer = browser.post(shop.venue.home + FORM, data=dict(fields) | {"etape": "importer"})
    assert answer.status_code == 422
    assert "en cours d’importation" in answer.text


def test_correcting_does_not_ask_for_the_file_again(shop):
    browser = shop.venue.opened()
    wrong = shop.uploads(csv((1, 3)), browser=browser, ean_column="Référence")
    assert "Référence" in wrong.text
    kept = re.search(r'name="depose" value="([0-9a-f]{64})"', wrong.text)
    again = kept or re.search(r'name="identifiant" value="upload:([0-9a-f]{64})"', wrong.text)
    page = f"{shop.venue.home}{FORM}"
    data = {"jeton": token(wrong.text), "etape": "verifier", "depose": again[1]}
    answer = browser.post(f"{page}/fichier", data=data, files={"fichier": ("", b"")})
    assert "Colonnes lues" in answer.text


def test_an_address_is_given_instead_of_a_file(shop):
    browser = shop.venue.opened()
    page = f"{shop.venue.home}{FORM}"
    data = {
        "jeton": token(browser.get(page).text),
        "etape": "verifier",
        "identifiant": "sftp://ecluse.example",
    }
    answer = browser.post(f"{page}/fichier", data=data, files={"fichier": ("", b"")})
    assert answer.status_code == 422
    assert "https://" in answer.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Ce fichier est vide"),
        (b"a" * (LARGEST + 1), "dépasse 16\xa0Mo"),
        (b"%PDF-1.7\n\0\0\0", "À corriger"),
        (b"EAN;Stock\n9,78E+12;3\n9,78E+12;1\n", "arrondi"),
        (b"titre;auteur\nun;deux\n", "À corriger"),
    ],
    ids=["empty", "large", "pdf", "rounded", "columns"],
)
def test_what_is_no_stock_file_is_said_and_not_imported(shop, content, words):
    answer = shop.uploads(content)
    assert words in answer.text
    assert shop.venue.rows("link") == []


def test_nothing_chosen_and_nothing_typed_is_asked_for(shop):
    browser = shop.venue.opened()
    page = f"{shop.venue.home}{FORM}"
    data = {"jeton": token(browser.get(page).text), "etape": "verifier"}
    answer = browser.post(f"{page}/fichier", data=data, files={"fichier": ("", b"")})
    assert answer.status_code == 422
    assert "Déposez un fichier, ou indiquez son adresse." in answer.text


def test_a_body_beyond_what_a_file_may_be_is_refused_before_it_is_read(shop):
    answer = shop.uploads(b"a" * (LARGEST + 128 * 1024))
    assert answer.status_code == 413
    browser = shop.venue.opened()
    elsewhere = browser.post(f"{shop.venue.home}{FORM}", content=b"a" * (2 * 1024 * 1024))
    assert elsewhere.status_code == 413


def test_another_venues_file_is_nobody_elses(shop):
    shop.imports((1, 3))
    digest = shop.venue.rows("uploaded_file")[0]["sha256"]
    other = shop.venue.one(
        "INSERT INTO venue (offerer_id, name) SELECT id, 'Ailleurs' FROM offerer LIMIT 1 RETURNING id"
    )
    theirs = type(shop)(
        type(shop.venue)(shop.venue.db, shop.venue.site, other, shop.venue.app, shop.venue.partner)
    )
    browser = theirs.venue.opened()
    page = f"{theirs.venue.home}{FORM}"
    data = {"jeton": token(browser.get(page).text), "etape": "importer", "identifiant": f"upload:{digest}"}
    answer = browser.post(page, data=data)
    assert answer.status_code == 422
    assert "n’est plus là" in answer.text
    assert theirs.venue.rows("link", venue_id=other) == []


def test_only_a_partner_that_takes_files_is_sent_one(shop):
    browser = shop.venue.opened()
    page = f"{shop.venue.home}{FORM}"
    data = {"jeton": token(browser.get(page).text)}
    answer = browser.post(
        f"{shop.venue.home}/importer/onix/fichier", data=data, files={"fichier": ("a.csv", b"EAN;Stock")}
    )
    assert answer.status_code == 404


def test_files_that_were_only_looked_at_do_not_pile_up(shop):
    shop.imports((1, 3))
    for copies in range(4, 12):
        shop.uploads(csv((1, copies)))
    assert len(shop.venue.rows("uploaded_file")) == 4  # the one in use, and the three latest
    assert shop.venue.run(shop.link)


def test_a_disconnected_source_is_connected_again_with_its_file(shop):
    shop.catalogue_tells(told(1))
    shop.imports((1, 3))
    browser = shop.venue.opened()
    form = {"jeton": token(browser.get(shop.venue.home + FORM).text)}
    at = f"{shop.venue.home}/sources/{shop.link}"
    browser.post(f"{at}/deconnecter", data=form | {"offres": "retirer"})
    assert shop.venue.rows("offer")[0]["active"] is False
    browser.post(f"{at}/reconnecter", data=form)
    assert shop.venue.rows("offer")[0]["active"] is True


def test_editing_shows_the_files_name_and_not_its_digest(shop):
    shop.imports((1, 3))
    browser = shop.venue.opened()
    screen = browser.get(f"{shop.venue.home}/sources/{shop.link}/modifier").text
    assert "<strong>stock.csv</strong>" in screen
    (hidden,) = re.findall(r'name="identifiant" value="([^"]*)"', screen)
    data = {"jeton": token(screen), "identifiant": hidden, "prices": "cents", "contents": "snapshot"}
    answer = browser.post(f"{shop.venue.home}/sources/{shop.link}/modifier", data=data)
    assert "Les réglages sont enregistrés" in answer.text
    assert shop.venue.rows("link")[0]["settings"] == {"prices": "cents", "contents": "snapshot"}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("stock.csv", "stock.csv"),
        (r"C:\Users\Camille\stock.csv", "stock.csv"),
        ("../../etc/passwd", "passwd"),
        ("...", "stock.csv"),
        ("a\0b\n.csv", "ab.csv"),
        ("", "stock.csv"),
        ("é" * 300 + ".csv", "é" * 96 + ".csv"),
    ],
)
def test_a_files_name_leads_nowhere(written, kept):
    assert file_name(written) == kept


def test_the_eans_of_the_file_are_those_that_wait(shop):
    shop.imports((7, 2))
    assert ean(7) in shop.see(f"/sources/{shop.link}/lignes")
