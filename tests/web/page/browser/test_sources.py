"""What a manager does with a source, and the questions that its importations ask."""

import re

from playwright.sync_api import expect

from tests.web.page.browser.conftest import follow
from tests.web.page.partner import Event, soon


def season(number: int = 12) -> list[Event]:
    return [Event(index, f"Spectacle n° {index}", [soon(index + 1)]) for index in range(1, number + 1)]


def test_pausing_and_resuming(stage):
    stage.imported(*season(2))
    page = stage.browser()
    page.get_by_role("button", name="Mettre en pause").click()
    page.get_by_text("La source est en pause").wait_for()
    stage.shot(page, "11-en-pause")
    assert stage.venue.rows("link")[0]["state"] == "paused"
    page.get_by_role("button", name="Réactiver").click()
    page.get_by_text("La source est réactivée").wait_for()
    assert [row["action"] for row in stage.venue.rows("link_event")] == ["paused", "resumed"]


def test_disconnecting_and_connecting_again(stage):
    link = stage.imported(*season(2))
    stock = stage.venue.rows("stock")[0]
    stage.venue.book(stock["id"], 7)
    page = stage.browser()
    follow(page.get_by_role("link", name="Déconnecter cette source"))
    page.get_by_text("Les 7 réservations à venir restent valables.").wait_for()
    stage.shot(page, "12-deconnecter")
    page.get_by_label("Les retirer de l’application").check()
    page.get_by_role("button", name="Déconnecter cette source").click()
    page.get_by_role("heading", name="Sources déconnectées").wait_for()
    stage.shot(page, "13-deconnectee")
    assert [row["active"] for row in stage.venue.rows("offer")] == [False, False]
    page.get_by_role("button", name="Reconnecter").click()
    page.get_by_text("mises à jour").first.wait_for()
    assert [row["active"] for row in stage.venue.rows("offer")] == [True, True]
    assert stage.venue.rows("link")[0]["id"] == link


def test_a_review_is_decided_with_its_list(stage):
    link = stage.imported(*season(12))
    stage.venue.book(stage.venue.rows("stock")[11]["id"], 2)
    stage.agenda.events = season(3)
    stage.venue.run(link)
    page = stage.browser()
    page.get_by_text(
        "9 offres sur 12 ne figurent plus dans votre agenda Open Agenda. Rien n’a été retiré."
    ).wait_for()
    stage.shot(page, "14-revue-accueil")
    follow(page.get_by_role("link", name="Voir la liste et décider"))
    page.get_by_role("link", name="Spectacle n° 9").wait_for()
    stage.shot(page, "15-revue")
    page.get_by_role("button", name="Retirer ces 9 offres").click()
    page.get_by_text("9 offres ont été retirées.").wait_for()
    assert sum(row["active"] for row in stage.venue.rows("offer")) == 3
    page.get_by_role("button", name=re.compile("Oui, la date est annulée")).wait_for()


def test_a_booked_date_that_moved(stage):
    link = stage.imported(Event(1, "Cyrano", [soon(10), soon(17)]), Event(2, "Le Cid", [soon(20)]))
    stock = stage.venue.rows("stock")[0]
    stage.venue.book(stock["id"], 3)
    stage.agenda.events = [Event(1, "Cyrano", [soon(11, 18), soon(17)]), Event(2, "Le Cid", [soon(20)])]
    stage.venue.run(link)
    page = stage.browser()
    page.get_by_text("3 réservations la concernent").wait_for()
    stage.shot(page, "16-date-deplacee")
    page.get_by_role("button", name="Oui, déplacer les réservations").click()
    page.get_by_text("Les réservations ont été déplacées").wait_for()
    moved = stage.venue.rows("stock", id=stock["id"])[0]
    assert (moved["starts_at"], moved["booked_quantity"], moved["active"]) == (soon(11, 18), 3, True)
    assert page.get_by_text("À traiter").count() == 0


def test_prices_are_completed_in_groups(stage):
    events = [
        Event(index, f"Soirée {index}", [soon(index)], "Plein 26€ | Réduit 20€") for index in range(1, 6)
    ]
    stage.imported(
        *events,
        Event(10, "Bal", [soon(3)], "Prix libre"),
        Event(11, "Visite", [soon(3)], ""),
        Event(12, "Rendez-vous surprise", [soon(4)], keywords=[]),
        Event(
            14, "Le grand soir : une très longue soirée dont le titre ne finit pas", [soon(9)], keywords=[]
        ),
        Event(13, "COMPLET : Soirée cabaret", [soon(8)]),
    )
    page = stage.browser()
    follow(page.get_by_role("link", name="Compléter ces offres"))
    stage.shot(page, "17-a-completer")
    page.get_by_label("Rendez-vous surprise").check()
    page.get_by_label("Catégorie", exact=True).select_option("Musique")
    page.get_by_role("button", name="Enregistrer pour les offres cochées").click()
    page.get_by_text("Catégorie « Musique » enregistrée pour 1 offre").wait_for()
    page.get_by_role("button", name="26 € : valider pour les 5").click()
    page.get_by_text("Prix enregistré pour 5 offres : 26 €.").wait_for()
    bal = page.locator(".group", has_text="Prix libre")
    bal.get_by_label("Prix plein").fill("huit")
    bal.get_by_role("button", name="Valider").click()
    page.get_by_text("Indiquez un montant en euros").wait_for()
    bal.get_by_label("Prix plein").fill("8,50")
    bal.get_by_role("button", name="Valider").click()
    page.get_by_text("Prix enregistré pour 1 offre : 8,50 €.").wait_for()
    visible = {row["title"] for row in stage.venue.rows("published_offer")}
    assert visible >= {"Bal", *(event.title for event in events)}
    page.get_by_role("button", name="L’offre a bien lieu").click()
    page.get_by_text("C’est noté").wait_for()


def test_an_offer_edited_by_hand(stage):
    stage.imported(Event(1, "Cyrano", [soon(10)], "12 €"))
    page = stage.browser()
    follow(page.get_by_role("link", name="Offres", exact=True))
    follow(page.get_by_role("link", name="Cyrano"))
    page.get_by_label("Titre").fill("Cyrano de Bergerac")
    page.get_by_label("Prix plein, pour toutes les dates").fill("gratuit")
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("Les importations ne les écraseront pas").wait_for()
    stage.shot(page, "18-offre-modifiee")
    page.get_by_role("button", name="Suivre à nouveau la source").click()
    page.get_by_text("L’offre suit à nouveau sa source").wait_for()
    stage.venue.run(stage.venue.rows("link")[0]["id"])
    assert stage.venue.rows("offer")[0]["title"] == "Cyrano"


def test_narrower_settings_show_what_they_take_away(stage):
    stage.imported(*season(2), Event(9, "Marché", [soon(9)], place="Place du Vigan"))
    page = stage.browser()
    follow(page.get_by_role("link", name="Modifier"))
    stage.shot(page, "19-modifier-source")
    page.get_by_label("Lieux à importer").fill("Théâtre des Tréteaux")
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("1 offre serait retirée de l’application").wait_for()
    stage.shot(page, "20-retrecir")
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("Les réglages sont enregistrés").wait_for()
    assert stage.venue.rows("link")[0]["settings"]["places"] == ["Théâtre des Tréteaux"]


def test_every_other_question_and_long_words(stage):
    venue = stage.venue
    venue.db.execute("UPDATE offerer SET validated_at = NULL, name = %s", ["Fédération " * 12])
    venue.db.execute("UPDATE venue SET name = %s", ["Salle polyvalente intercommunale " * 5])
    hand = venue.one(
        "INSERT INTO offer (venue_id, title, category) VALUES (%s, 'Bal de l’an', 'musique') RETURNING id",
        venue.id,
    )
    venue.db.execute(
        "INSERT INTO stock (offer_id, ref, starts_at, price, counting) VALUES (%s, 'h', %s, 9, 'unlimited')",
        [hand, soon(12)],
    )
    long = "Anticonstitutionnellement" * 6
    link = stage.imported(
        Event(1, "Bal de l’an", [soon(12)], image="https://images.invalid/absent.jpg"),
        Event(2, f"{long} et {long}", [soon(3), soon(4)], "Prix : " + "selon les places, " * 30),
        Event(3, "", [soon(5)]),
        capacity="",
    )
    venue.db.execute("UPDATE link SET title = %s", [f"Agenda {long}"])
    page = stage.browser()
    stage.shot(page, "24-longs-mots")
    page.goto(f"{stage.address}{venue.home}/a-completer")
    stage.shot(page, "25-ressemblance")
    page.goto(f"{stage.address}{venue.home}/offres")
    expect(page.locator("img")).to_have_count(0)  # the picture that is nowhere leaves its place
    stage.shot(page, "26-offres-longues")
    page.goto(f"{stage.address}{venue.home}/sources/{link}")
    stage.shot(page, "27-source")
    page.goto(f"{stage.address}{venue.home}/importer")
    page.get_by_text("Mon prestataire n’est pas dans la liste").click()
    stage.shot(page, "28-demande")
    page.goto(f"{stage.address}{venue.home}/a-completer")
    page.get_by_label("Nombre de places pour chaque date").fill("30")
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("Nombre de places enregistré").wait_for()
    page.get_by_role("button", name="C’est la même : la tenir à jour").click()
    page.get_by_text("désormais tenue à jour par la source").wait_for()
    page.goto(f"{stage.address}/lieux/{venue.id + 1}")
    stage.shot(page, "29-fermee")


def test_a_run_that_failed_says_whose_turn_it_is(stage):
    link = stage.imported(*season(1))
    stage.agenda.number = "1"
    run = stage.venue.run(link)
    page = stage.browser()
    stage.shot(page, "21-a-verifier")
    page.goto(f"{stage.address}{stage.venue.home}/importations/{run}")
    page.get_by_role("heading", name="À vous de jouer").wait_for()
    page.get_by_text("passculture@tarn.example").wait_for()
    page.get_by_text(f"Référence : importation n° {run}").wait_for()
    stage.shot(page, "22-echec")


def test_who_may_only_look_sees_no_button(stage):
    stage.imported(*season(1), Event(2, "Bal", [soon(3)], "Prix libre"))
    page = stage.browser("read")
    for path in ("", "/a-completer", "/offres"):
        page.goto(f"{stage.address}{stage.venue.home}{path}")
        assert page.locator("main button:visible, main form[method=post]").count() == (path == "/offres")
    stage.shot(page, "23-lecture")
