"""A bookshop's page in a browser: from the file that is chosen to the books, on a wide screen and on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.loopback import Asked, Reply, serving
from tests.web.page.browser.conftest import follow
from tests.web.page.shop import Bookshop, csv, picture, told

LONG = "De la nature des choses et de quelques autres, ou les tribulations d’un bac au long cours "


def cover(asked: Asked) -> Reply:
    return (404, {}, b"") if asked.path == "/absente.jpg" else (200, {}, picture())


@pytest.fixture
def bookshop(stage):
    shop = Bookshop(stage.venue)
    stage.venue.db.execute("UPDATE venue SET name = 'Librairie de l’Écluse'")
    shop.catalogue_tells(
        told(1, "Le dernier bac", subtitle="Roman", collection="Rivages"),
        told(2, LONG * 2, contributors=[{"name": f"Auteur très prolixe n° {each}"} for each in range(6)]),
        told(3, "Sans couverture", cover_url="", contributors=[]),
        told(4, "Couverture absente", cover_url="https://couvertures.example/absente.jpg"),
        told(5, "La Rivière en bandes", contributors=[{"name": "Ida Merle", "role": "illustrator"}]),
        told(6, "Manuel de sixième", refused="school_book"),
        told(7, "L’écluse sans fin", form="digital"),
        told(8, "Sans prix nulle part", price=None),
        *(told(number, f"Livre de fonds n° {number}") for number in range(20, 80)),
    )
    with serving(cover) as base:
        stage.venue.site.settings.host_map["couvertures.example"] = base
        yield shop


def rows():
    listed = [
        (1, 3),
        (2, 12),
        (3, 1),
        (4, 1),
        (5, 2, "1450"),
        (6, 4),
        (7, 40),
        (8, 1),
        (9, 2),
        (10, 1, "7,50"),
    ]
    return [*listed, ("9782000000001", 3), ("CARTE-CADEAU", 5), *((number, 2) for number in range(20, 80))]


def offer(page, title):
    return page.locator("li.offer").filter(has=page.get_by_role("link", name=title, exact=True))


def test_from_the_file_to_the_books(stage, bookshop, tmp_path: Path):
    file = tmp_path / "stock de mars.csv"
    file.write_bytes(csv(*rows()))
    page = stage.browser()
    follow(page.get_by_role("link", name="+ Importer des offres"))
    stage.shot(page, "40-prestataires-librairie")
    page.get_by_label("Chercher un prestataire").fill("csv")
    expect(page.get_by_role("heading", name="Agendas")).to_be_hidden()
    follow(page.get_by_role("link", name="Fichier de stock (CSV)"))
    stage.shot(page, "41-depot")
    page.get_by_label("Fichier de votre ordinateur").set_input_files(file)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_text("Colonnes lues").wait_for()
    page.get_by_role("heading", name="Le dernier bac").wait_for()
    stage.shot(page, "42-essai")
    page.get_by_role("button", name="Importer", exact=True).click()
    page.get_by_text("livres mis en vente").wait_for()
    stage.shot(page, "43-resultat")
    stage.venue.book(stage.venue.one("SELECT id FROM stock WHERE quantity = 1 ORDER BY id OFFSET 1 LIMIT 1"))
    follow(page.get_by_role("link", name="Voir toutes les offres"))
    page.get_by_role("link", name="Le dernier bac").wait_for()
    expect(page.get_by_text("Page suivante")).to_be_visible()
    seen = offer(page, "Le dernier bac").locator("img.cover")
    page.wait_for_function("cover => cover.naturalWidth === 80", arg=seen.element_handle())
    offer(page, "Couverture absente").scroll_into_view_if_needed()
    expect(offer(page, "Couverture absente").locator("span.cover")).to_be_visible()
    stage.shot(page, "44-offres-librairie")
    page.get_by_label("Chercher un titre ou un EAN").fill("dernier")
    follow(page.get_by_role("button", name="Chercher"))
    follow(page.get_by_role("link", name="Le dernier bac"))
    stage.shot(page, "45-livre")
    follow(page.get_by_role("link", name="Importation", exact=True))
    page.get_by_text("livres en vente").wait_for()
    stage.shot(page, "46-accueil-librairie")
    follow(page.get_by_role("link", name="1 ligne", exact=True).first)
    stage.shot(page, "47-lignes")
    follow(page.get_by_role("link", name="Fichier de stock (CSV)"))
    page.get_by_role("heading", name="Lignes laissées de côté").wait_for()
    stage.shot(page, "48-source-librairie")
    follow(page.get_by_role("link", name="Modifier"))
    page.get_by_text("stock de mars.csv", exact=True).wait_for()
    stage.shot(page, "49-modifier-librairie")
    page.goto(f"{stage.address}{stage.venue.home}/a-completer")
    stage.shot(page, "50-prix-a-confirmer")


def test_a_file_is_uploaded_without_javascript(stage, bookshop, tmp_path: Path):
    file = tmp_path / "stock.csv"
    file.write_bytes(csv((1, 3), (20, 1)))
    page = stage.browser(java_script_enabled=False)
    page.goto(f"{stage.address}{stage.venue.home}/importer/csv-stock")
    page.get_by_label("Fichier de votre ordinateur").set_input_files(file)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("button", name="Importer", exact=True).click()
    page.get_by_text("livres mis en vente").wait_for()
    page.goto(f"{stage.address}{stage.venue.home}/importer/csv-stock")
    page.get_by_text("Il remplacera « stock.csv »").wait_for()
