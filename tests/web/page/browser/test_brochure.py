"""What the brochure promises: from the empty page to the offers."""

from tests.web.page.partner import Event, soon


def season() -> list[Event]:
    return [
        Event(1, "Cyrano de Bergerac", [soon(12), soon(13), soon(14)], "Gratuit", image="https://images.example/c.jpg"),
        Event(2, "Le Malade imaginaire", [soon(20)], "Plein 26€ | Réduit 20€", description="Molière. " * 30),
        Event(3, "Concert de fin d’année : les élèves du conservatoire et leurs professeurs", [soon(30)], "12 €"),
        Event(4, "Marché de Noël", [soon(31)], "", place="Place du Vigan", keywords=[]),
        Event(5, "Atelier masques", [soon(5), soon(6)], "Prix libre", keywords=["atelier"]),
    ]


def test_from_the_empty_page_to_the_offers(stage):
    stage.agenda.events = season()
    page = stage.browser()
    stage.shot(page, "01-empty")
    page.get_by_role("link", name="+ Importer des offres").click()
    stage.shot(page, "02-partners")
    page.get_by_role("link", name="Open Agenda").click()
    stage.shot(page, "03-form")
    page.get_by_label("Numéro ou adresse de l’agenda").fill(
        "https://openagenda.com/agendas/47826291/events.v2.ics"
    )
    page.get_by_label("Nombre de places pour chaque date").fill("20")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("heading", name="Saison des Tréteaux").wait_for()
    stage.shot(page, "04-trial")
    stage.agenda.held.clear()
    page.get_by_role("button", name="Importer").click()
    page.get_by_role("progressbar").wait_for()
    stage.shot(page, "05-running")
    stage.agenda.held.set()
    page.get_by_text("offres créées").wait_for()
    stage.shot(page, "06-done")
    page.get_by_role("link", name="Importation d’offres").first.click()
    stage.shot(page, "07-home")
    page.get_by_role("link", name="Déconnecter cette source").click()
    stage.shot(page, "08-disconnect")
