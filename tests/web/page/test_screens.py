"""The screens, without a browser: hostile words, many offers, none, and what forms answer."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.vocabulary import Certainty, Reason
from providers.errors import ConfigurationError, TransientError
from tests.web.page.partners import PROVIDER
from tests.workers.scripted import at, date, event, price
from web.page import contacts, forms, guessing
from web.page.answering import read_euros
from web.page.screen import partner_label

HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(2)> {{ 7 * 77777 }}"""


def send(browser, path, page=None, **data):
    """Send a form of a screen, with its token."""
    screen = browser.get(page or path).text
    token = re.search(r'name="jeton" value="([^"]+)"', screen)[1]
    return browser.post(path, data={"jeton": token} | data)


def test_hostile_words_are_words(venue):
    venue.imported(
        event(
            "a",
            date(at(2), price=price("5", Certainty.PROPOSED, HOSTILE)),
            title=HOSTILE,
            description=HOSTILE,
        ),
        event("b", category=None, title=f"b {HOSTILE}"),
    )
    venue.db.execute("UPDATE link SET title = %s", [HOSTILE])
    venue.db.execute("UPDATE offer SET image_url = 'javascript:alert(3)' WHERE ref = 'a'")
    browser = venue.opened(user=HOSTILE)
    offer = venue.rows("offer")[0]["id"]
    for path in (
        "",
        "/a-completer",
        "/offres",
        f"/offres/{offer}",
        "/offres?q=%3Cscript%3E",
        "/sources/1/deconnecter",
    ):
        text = browser.get(venue.home + path).text
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
        assert "javascript:" not in text, path
        assert "544439" not in text, path


JUNK = ["", "-1", "9" * 30, "\0", "٣", "' OR 1=1 --", "x" * 5000, "on", "nombre", "unlimited"]


@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: repr(junk[:12]))
def test_a_form_filled_with_junk_breaks_nothing(venue, junk):
    link = venue.imported(
        event("a", category=None), event("b", date(at(2), price=price("5", Certainty.PROPOSED)))
    )
    offer = venue.rows("offer")[0]["id"]
    browser = venue.opened()
    token = re.search(r'name="jeton" value="([^"]+)"', browser.get(f"{venue.home}/a-completer").text)[1]
    fields = (
        *(
            "reponse",
            "offre",
            "source",
            "prix",
            "phrase",
            "places",
            "choix",
            "categorie",
            "titre",
            "description",
        ),
        *("identifiant", "etape", "capacity", "capacity-choix", "price", "category", "nom", "adresse"),
    )
    for path in (
        *("/a-completer/prix", "/a-completer/places", "/a-completer/categorie", "/a-completer/titre"),
        *("/a-completer/ressemblance", "/questions/1", f"/offres/{offer}", f"/offres/{offer}/suivre"),
        *(f"/sources/{link}/modifier", f"/sources/{link}/retraits", f"/sources/{link}/deconnecter"),
        *("/importer/scripted", "/importer/demande", f"/sources/{'9' * 25}/pause", "/importer/inconnu"),
    ):
        answer = browser.post(venue.home + path, data={"jeton": token} | dict.fromkeys(fields, junk))
        assert answer.status_code in {200, 404, 422}, (path, answer.status_code)
        filled = {"jeton": token, "offre": str(offer), "source": str(link)}
        answer = browser.post(venue.home + path, data=dict.fromkeys(fields, junk) | filled)
        assert answer.status_code in {200, 404, 422}, (path, answer.status_code)
    for query in ("q", "etat", "page"):
        answer = browser.get(f"{venue.home}/offres", params={query: junk})
        assert answer.status_code in {200, 404}, (query, answer.status_code)


def test_a_description_written_by_hand_does_no_harm_where_it_is_read(venue):
    venue.imported(event("a"))
    offer = venue.rows("offer")[0]["id"]
    path = f"{venue.home}/offres/{offer}"
    send(
        venue.opened(),
        path,
        titre="Un\u202e titre",
        description="<p>Oui</p><script>alert(1)</script>\r\n3 < 4",
    )
    row = venue.rows("offer")[0]
    assert row["title"] == "Un titre"
    assert "<p>Oui</p>" in row["description"]
    assert "script" not in row["description"]


def test_an_identifier_that_is_hostile_is_shown_as_it_was_written(venue):
    venue.partner.fails_before_page = (0, TransientError("away", "Absent."))
    browser = venue.opened()
    answer = send(
        browser,
        f"{venue.home}/importer/scripted",
        identifiant=HOSTILE,
        capacity="beaucoup",
        **{"capacity-choix": "nombre"},
    )
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert "Indiquez un nombre de places" in answer.text


def test_five_thousand_offers_are_paged_and_searched_without_accents(venue):
    link = venue.link(capacity=5)
    venue.db.execute(
        """INSERT INTO offer (venue_id, link_id, provider, ref, title, category)
           SELECT %s, %s, 'scripted', 'r' || n, CASE WHEN n %% 1000 = 7 THEN 'Fête foraine n° ' ELSE 'Soirée ' END || n,
               'musique'
           FROM generate_series(1, 5000) AS n""",
        [venue.id, link],
    )
    venue.db.execute(
        """INSERT INTO stock (offer_id, ref, starts_at, price, counting, quantity)
           SELECT id, 'd' || d, now() + (id || ' minutes')::interval + (d || ' days')::interval, 0, 'unlimited', NULL
           FROM offer, generate_series(1, 4) AS d"""
    )
    venue.db.execute("ANALYZE")
    browser = venue.opened()

    first = browser.get(f"{venue.home}/offres").text
    assert "5\u202f000\u00a0offres, page 1 sur 100" in first
    assert first.count('class="offer"') == 50
    last = browser.get(f"{venue.home}/offres?page=100").text
    assert "Page suivante" not in last
    assert last.count('class="offer"') == 50
    found = browser.get(f"{venue.home}/offres?q=FETE+foraine").text
    assert found.count('class="offer"') == 5
    asked = datetime.now(UTC)
    assert browser.get(f"{venue.home}/offres?etat=visibles").status_code == 200
    assert (datetime.now(UTC) - asked).total_seconds() < 15
    assert "Aucune offre ne correspond" in browser.get(f"{venue.home}/offres?page=9999999999").text


def test_without_offers_the_screens_say_so(venue):
    browser = venue.opened()
    assert "Aucune source pour l’instant" in browser.get(venue.home).text
    assert "Rien à compléter" in browser.get(f"{venue.home}/a-completer").text
    assert "Aucune offre pour l’instant" in browser.get(f"{venue.home}/offres").text


def test_a_structure_that_waits_for_validation_is_told(venue):
    venue.db.execute("UPDATE offerer SET validated_at = NULL")
    assert "aura validé votre structure" in venue.opened().get(venue.home).text


def test_importing_shows_the_run_and_its_result(venue):
    venue.partner.lists(event("a"), event("b"))
    venue.partner.events["c"] = Reason.OTHER_PLACE
    venue.partner.events["d"] = "illisible"
    browser = venue.opened()
    answer = send(
        browser,
        f"{venue.home}/importer/scripted",
        identifiant="7",
        etape="importer",
        **{"capacity-choix": "unlimited"},
    )
    assert answer.status_code == 200
    text = browser.get(str(answer.url)).text
    assert re.search(r"<strong>2</strong>\s*offres créées", text)
    assert "dans un endroit que vous n’avez pas choisi" in text
    assert "Cet évènement est illisible." in text
    assert "À corriger chez Partenaire d’essai" in text
    assert venue.rows("sync_run")[0]["requested_by"] == "portal:Camille Roux"


def test_six_importations_an_hour_are_enough(venue):
    link = venue.imported(event("a"))
    browser = venue.opened()
    for _ in range(5):
        send(browser, f"{venue.home}/sources/{link}/synchroniser", venue.home)
    answer = send(browser, f"{venue.home}/sources/{link}/synchroniser", venue.home)
    assert "Réessayez dans" in answer.text
    assert len(venue.rows("sync_run")) == 6


def test_nothing_imported_is_said_with_its_reasons(venue):
    venue.partner.events["a"] = Reason.OTHER_PLACE
    link = venue.link(capacity=5)
    venue.run(link)
    text = venue.opened().get(venue.home).text
    assert "Rien n’a été importé de cette source" in text
    assert Reason.OTHER_PLACE.sentence in text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConfigurationError("key_refused", "La clé est refusée."), "À vous de jouer"),
        (TransientError("timeout", "Le partenaire ne répond pas."), "Nous réessaierons"),
        (ZeroDivisionError("a bug"), "Notre équipe s’en occupe"),
    ],
)
def test_a_failed_run_says_whose_turn_it_is_and_whom_to_ask(venue, error, words):
    link = venue.imported(event("a"))
    venue.partner.fails_before_page = (0, error)
    run = venue.run(link)
    text = venue.opened().get(f"{venue.home}/importations/{run}").text
    assert words in text
    assert "passculture@tarn.example" in text
    assert f"importation n°\u00a0{run}" in text


def test_progress_is_told_to_the_script(venue):
    link = venue.imported(event("a"))
    run = venue.one(
        """INSERT INTO sync_run (link_id, queue, trigger, status, seen, estimate)
           VALUES (%s, 'manual', 'person', 'running', 50, 100) RETURNING id""",
        link,
    )
    browser = venue.opened()
    state = browser.get(f"{venue.home}/importations/{run}/etat").json()
    assert state == {
        "final": False,
        "percent": 25,
        "sentence": "25\u00a0%\u00a0: 50 éléments lus sur environ 200.",
    }
    assert '<noscript><meta http-equiv="refresh"' in browser.get(f"{venue.home}/importations/{run}").text


def test_a_partner_that_is_missing_is_asked_for(venue):
    browser = venue.opened()
    page = f"{venue.home}/importer"
    assert send(browser, f"{page}/demande", page, nom="").status_code == 422
    answer = send(browser, f"{page}/demande", page, nom="Mapado", adresse="", contact="camille@example.org")
    assert "votre demande est transmise" in answer.text
    (kept,) = venue.rows("provider_request")
    assert (kept["name"], kept["contact"], kept["requested_by"]) == (
        "Mapado",
        "camille@example.org",
        "portal:Camille Roux",
    )


def test_look_alikes_are_answered_on_the_page(venue):
    hand = venue.one(
        "INSERT INTO offer (venue_id, title, category) VALUES (%s, 'Bal', 'musique') RETURNING id", venue.id
    )
    venue.db.execute(
        "INSERT INTO stock (offer_id, ref, starts_at, price, counting) VALUES (%s, 'h', %s, 9, 'unlimited')",
        [hand, at(2)],
    )
    venue.imported(event("a", date(at(2)), title="BAL"))
    browser = venue.opened()
    page = f"{venue.home}/a-completer"
    assert "Est-ce la même offre" in browser.get(page).text
    offer = venue.rows("offer", ref="a")[0]["id"]
    answer = send(browser, f"{page}/ressemblance", page, offre=str(offer), reponse="meme")
    assert "tenue à jour par la source" in answer.text
    assert [row["id"] for row in venue.rows("offer")] == [hand]


def test_answers_are_for_offers_of_this_venue_only(venue):
    other = venue.one(
        "INSERT INTO venue (offerer_id, name) SELECT id, 'Ailleurs' FROM offerer LIMIT 1 RETURNING id"
    )
    theirs = venue.one("INSERT INTO offer (venue_id, title) VALUES (%s, 'À eux') RETURNING id", other)
    venue.imported(event("a", category=None))
    page = f"{venue.home}/a-completer"
    send(venue.opened(), f"{page}/categorie", page, offre=str(theirs), categorie="musique")
    assert venue.rows("offer", id=theirs)[0]["category"] is None


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("12,50", "12.50"),
        ("12.5 €", "12.5"),
        ("gratuit", "0"),
        ("", None),
        ("-3", None),
        ("1e9", None),
        ("cher", None),
    ],
)
def test_amounts_are_read_as_people_write_them(written, amount):
    assert read_euros(written) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("code", "departement"), [("81000", "81"), ("20000", "2A"), ("20200", "2B"), ("97400", "974"), ("", "")]
)
def test_the_departement_of_a_postal_code(code, departement):
    assert contacts.departement(code) == departement


@pytest.mark.parametrize(
    ("head", "slug"),
    [
        ("BEGIN:VCALENDAR\r\n", "ical"),
        ('<?xml version="1.0"?><rss version="2.0">', "feed"),
        ('<feed xmlns="http://www.w3.org/2005/Atom">', "feed"),
        ("9782070408504;3;7.50\n", "csv-stock"),
        ("<!doctype html><title>a, b</title>", None),
        ("", None),
    ],
)
def test_the_format_of_an_address_is_guessed_by_how_it_opens(head, slug):
    assert guessing.guess_format(head) == slug


def test_a_form_asks_what_the_adapter_s_settings_ask():
    asked = {field.name: field for field in forms.fields(PROVIDER.Settings, {"price": Decimal("12.50")})}
    assert asked["capacity"].kind == "capacity"
    assert asked["category"].kind == "choice"
    assert len(asked["category"].choices) == 10
    assert asked["price"].value == "12,50"
    wrong = forms.problems(PROVIDER.Settings, {"price": "cher", "category": "danse", "capacity": "-1"})
    assert (
        wrong["price"]
        == "Indiquez un montant en euros, par exemple «\u00a012,50\u00a0», ou «\u00a0gratuit\u00a0»."
    )
    assert wrong["category"].startswith("Indiquez une des catégories")
    assert set(wrong) == {"price", "category", "capacity"}


def test_a_partner_that_does_not_answer_is_said_with_since_when(venue):
    venue.imported(event("a"))
    browser = venue.opened()
    page = browser.get(venue.home).text
    assert "ne répond pas" not in page
    assert "Prochaine importation" in page
    venue.db.execute(
        "INSERT INTO provider_state (provider, breaker, since) VALUES (%s, 'open', now())",
        [venue.rows("link")[0]["provider"]],
    )
    page = browser.get(venue.home).text.replace("\u00a0", " ")
    label = partner_label(venue.rows("link")[0]["provider"])
    assert re.search(rf"{label} ne répond pas depuis \d+ h \d\d\. Vous n’avez rien à faire", page)
    assert "Prochaine importation" not in page  # nobody knows when
    venue.db.execute("UPDATE provider_state SET breaker = 'closed'")
    assert "ne répond pas" not in browser.get(venue.home).text
