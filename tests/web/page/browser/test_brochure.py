"""What the brochure promises: from the empty page to the offers, with and without JavaScript."""

from tests.web.page.browser.conftest import follow
from tests.web.page.partner import Event, soon


def season() -> list[Event]:
    return [
        Event(1, "Cyrano de Bergerac", [soon(12), soon(13)], image="https://images.example/c.jpg"),
        Event(2, "Le Malade imaginaire", [soon(20)], "Plein 26€ | Réduit 20€", description="Molière. " * 30),
        Event(
            3, "Concert de fin d’année : les élèves du conservatoire et leurs professeurs", [soon(30)], "12 €"
        ),
        Event(4, "Marché de Noël", [soon(31)], "", place="Place du Vigan"),
        Event(5, "Atelier masques", [soon(5)], "Prix libre", keywords=["atelier"]),
    ]


def test_from_the_empty_page_to_the_offers(stage):
    stage.agenda.events = season()
    page = stage.browser()
    stage.shot(page, "01-vide")
    follow(page.get_by_role("link", name="+ Importer des offres"))
    page.get_by_label("Chercher un prestataire").fill("zzz")
    page.get_by_text("Aucun prestataire de ce nom").wait_for()
    page.get_by_label("Chercher un prestataire").fill("agénda")
    stage.shot(page, "02-prestataires")
    follow(page.get_by_role("link", name="Open Agenda"))
    page.get_by_text("Autres réglages").click()
    stage.shot(page, "03-formulaire")
    page.get_by_label("Numéro ou adresse de l’agenda").fill(
        f"https://openagenda.com/agendas/{stage.agenda.number}/events.v2.ics"
    )
    page.get_by_label("Nombre de places pour chaque date").fill("20")
    page.get_by_role("button", name="Continuer").click()

    page.get_by_role("heading", name="Saison des Tréteaux").wait_for()
    page.get_by_role("heading", name="Cyrano de Bergerac").wait_for()
    stage.shot(page, "04-exemples")
    stage.agenda.held.clear()
    page.get_by_role("button", name="Importer").click()
    page.get_by_role("progressbar").wait_for()
    stage.shot(page, "05-en-cours")
    stage.agenda.held.set()

    page.get_by_text("offres créées").wait_for()
    stage.shot(page, "06-resultat")
    follow(page.get_by_role("link", name="Voir toutes les offres"))
    page.get_by_role("link", name="Cyrano de Bergerac").wait_for()
    stage.shot(page, "07-offres")
    follow(page.get_by_role("link", name="Cyrano de Bergerac"))
    stage.shot(page, "08-offre")
    follow(page.get_by_role("link", name="Importation", exact=True))
    page.get_by_text("4 offres, 5 dates").wait_for()
    stage.shot(page, "09-accueil")


def test_without_javascript(stage):
    stage.agenda.events = season()
    page = stage.browser(java_script_enabled=False)
    follow(page.get_by_role("link", name="+ Importer des offres"))
    follow(page.get_by_role("link", name="Open Agenda"))
    page.get_by_label("Numéro ou adresse de l’agenda").fill(stage.agenda.number)
    page.get_by_label("Sans limite (entrée libre)").check()
    page.get_by_role("button", name="Continuer").click()
    stage.agenda.held.clear()
    page.get_by_role("button", name="Importer").click()
    page.get_by_role("progressbar").wait_for()
    stage.agenda.held.set()
    page.get_by_text("offres créées").wait_for()  # the page refreshes itself
    follow(page.get_by_role("link", name="Voir toutes les offres"))
    page.get_by_role("link", name="Cyrano de Bergerac").wait_for()


def test_with_the_keyboard_alone(stage):
    page = stage.browser()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "+ Importer des offres"
    page.keyboard.press("Enter")
    page.get_by_label("Chercher un prestataire").wait_for()  # the script shows it
    page.get_by_label("Chercher un prestataire").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_label("Numéro ou adresse de l’agenda").focus()
    page.keyboard.type(stage.agenda.number)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Saison des Tréteaux").wait_for()
    page.wait_for_load_state()
    outline = page.evaluate(
        "(document.querySelector('button').focus(), getComputedStyle(document.activeElement).outlineStyle)"
    )
    assert outline == "solid"


def test_a_wrong_identifier_says_what_to_do(stage):
    page = stage.browser()
    page.goto(f"{stage.address}{stage.venue.home}/importer/openagenda")
    page.get_by_label("Numéro ou adresse de l’agenda").fill("https://www.ville-albi.fr/agenda")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("alert").get_by_text("Ceci n’est pas une adresse d’Open Agenda").wait_for()
    page.get_by_label("Numéro ou adresse de l’agenda").fill("1234")
    page.get_by_label("Nombre de places pour chaque date").fill("beaucoup")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("alert").get_by_text("Indiquez un nombre de places").wait_for()
    page.get_by_label("Nombre de places pour chaque date").fill("10")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("alert").get_by_text("Aucun agenda n° 1234").wait_for()
    assert page.get_by_label("Nombre de places pour chaque date").input_value() == "10"
    stage.shot(page, "10-mauvais-identifiant")
    assert stage.venue.rows("link") == []
