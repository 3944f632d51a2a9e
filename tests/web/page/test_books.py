"""A bookshop's page: books as a person expects them, the lines that make none, and long lists by pages."""

import re
from datetime import UTC, datetime

import pytest

from tests.web.page.shop import token, told
from tests.workers.shop import ean
from web.page.books import made_by


def said(screen: str) -> str:
    """A screen's words, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", screen)).replace("\xa0", " ").replace("\u202f", " ")


def wrong_ean(number: int) -> str:
    """An EAN whose check digit is another one."""
    right = ean(number)
    return right[:-1] + str((int(right[-1]) + 1) % 10)


def test_a_book_is_shown_with_its_cover_author_price_and_copies(shop):
    shop.catalogue_tells(told(1, "Le dernier bac"), told(2, "Épuisé", collection="Rivages"))
    shop.imports((1, 3), (2, 1))
    shop.venue.book(shop.venue.rows("stock")[1]["id"])
    screen = shop.see("/offres")
    assert f'src="{shop.venue.home}/couvertures/{ean(1)}"' in screen
    assert "couvertures.example" not in screen
    words = said(screen)
    assert re.search(r"Le dernier bac Ana Vaubréal Livre · Éditions du Bac, 2029 · EAN 978", words)
    assert "12,50 € 3 exemplaires" in words
    assert re.search(r"12,50 € Épuisé .*Tous les exemplaires sont vendus ou réservés", words)
    assert "Complète à" not in words
    assert "Paul Rive" not in words


def test_what_a_venues_own_catalogue_tells_shows_there_alone(shop):
    own = shop.venue.link("opds", "https://catalogue.example/")
    shop.venue.db.execute("INSERT INTO product (ean, record) VALUES (%s, '{}')", [ean(9)])
    shop.venue.db.execute(
        """INSERT INTO product_source (product_id, link_id, ref, record)
           SELECT id, %s, 'a', '{"title": "Tirage de la maison", "contributors": [{"name": "Luc Serre"}],
               "price": {"amount": "8.00"}}' FROM product""",
        [own],
    )
    shop.imports((9, 2))
    words = said(shop.see("/offres"))
    assert "Tirage de la maison Luc Serre" in words
    assert "8 € 2 exemplaires" in words
    assert "1 livre décrit" in said(shop.see())


def test_a_books_own_screen_says_copies_where_events_have_dates(shop):
    shop.catalogue_tells(told(1, "Le dernier bac", subtitle="Roman"))
    shop.imports((1, 3))
    shop.venue.book(shop.venue.rows("stock")[0]["id"], 2)
    offer = shop.venue.rows("offer")[0]["id"]
    words = said(shop.see(f"/offres/{offer}"))
    assert "Roman Ana Vaubréal Livre · Éditions du Bac, 2029" in words
    assert (
        "En vente au pass Culture 1 exemplaire Prix 12,50 € (prix de l’éditeur) Réservés 2 exemplaires"
        in words
    )
    assert "3 exemplaires en rayon, le" in words
    assert "Places restantes" not in words
    assert "entrée libre" not in words
    assert "changez-le dans votre logiciel" in words


def test_a_title_and_a_price_set_by_hand_stay_and_copies_follow_the_list(shop):
    shop.catalogue_tells(told(1))
    shop.imports((1, 3))
    offer = shop.venue.rows("offer")[0]["id"]
    browser = shop.venue.opened()
    path = f"{shop.venue.home}/offres/{offer}"
    form = {"titre": "Titre de la maison", "categorie": "livre", "prix": "9,90"}
    answer = browser.post(path, data={"jeton": token(browser.get(path).text)} | form)
    assert "Modifié à la main : titre et prix" in said(answer.text)
    shop.imports((1, 9, "11,00"))
    assert "Titre de la maison" in said(shop.see("/offres"))
    assert "9,90 € 9 exemplaires" in said(shop.see("/offres"))


def test_a_run_is_told_in_lines_and_books(shop):
    shop.catalogue_tells(told(1), told(2), told(4, refused="school_book"))
    shop.imports((1, 3), (2, 1), (3, 5), (4, 1), (wrong_ean(5), 1))
    run = shop.venue.rows("sync_run")[0]["id"]
    words = said(shop.see(f"/importations/{run}"))
    assert "2 livres mis en vente" in words
    assert "2 lignes laissées de côté" in words
    assert "1 ligne à corriger" in words
    assert "1 : Aucun catalogue ne connaît encore cet EAN" in words
    assert "1 : Les livres scolaires et parascolaires" in words
    assert "sa clé de contrôle est fausse" in words
    assert "évènement" not in words
    assert "date" not in words.lower().replace("mise à jour", "")
    state = shop.venue.opened().get(f"{shop.venue.home}/importations/{run}/etat").json()
    assert state["sentence"].startswith("83\xa0%\xa0: 5 lignes lues sur environ")
    shop.imports((1, 4), (2, 1), (3, 5))
    words = said(shop.see(f"/sources/{shop.link}"))
    assert "1 stock mis à jour" in words
    assert "2 livres mis en vente" in words
    assert "1 ligne : Aucun catalogue ne connaît encore cet EAN" in words


def test_the_lines_that_make_no_offer_are_listed_by_pages_with_why(shop):
    shop.catalogue_tells(told(200, "Manuel de sixième", refused="school_book"))
    rows = [(number, 2, "7,50") for number in range(1, 121)] + [(200, 4)]
    shop.imports(*rows, *((wrong_ean(number), 1) for number in range(300, 360)))
    at = f"/sources/{shop.link}/lignes"
    first = shop.see(at)
    assert "121\xa0lignes, page 1 sur 3" in first
    assert first.count('class="row wide"') == 50
    assert "2 exemplaires à 7,50 €" in said(first)
    school = said(shop.see(f"{at}?quoi=school_book"))
    assert "Manuel de sixième , Ana Vaubréal EAN" in school
    assert "1 ligne" in school
    assert said(shop.see(f"{at}?q={ean(7)}")).count("EAN 978") == 1
    wrong = said(shop.see(f"{at}?quoi=a-corriger"))
    assert "lignes, page 1 sur 2" in wrong
    assert "sa clé de contrôle est fausse" in wrong
    assert "Aucune ligne." in shop.see(f"{at}?page=9999")
    assert "laissées de côté" in shop.see(f"{at}?quoi=' OR 1=1&q=%25&page=1")


def test_another_venues_lines_are_not_shown(shop):
    shop.imports((1, 2))
    other = shop.venue.one(
        "INSERT INTO venue (offerer_id, name) SELECT id, 'Ailleurs' FROM offerer LIMIT 1 RETURNING id"
    )
    theirs = type(shop.venue)(shop.venue.db, shop.venue.site, other, shop.venue.app, shop.venue.partner)
    answer = theirs.opened().get(f"{theirs.home}/sources/{shop.link}/lignes")
    assert answer.status_code == 404


def test_a_price_that_astonishes_is_asked_beside_the_publishers(shop):
    shop.catalogue_tells(told(1), told(2, price=None), told(3, price=None))
    shop.imports((1, 3, "1250"), (2, 1), (3, 1))
    words = said(shop.see("/a-completer"))
    assert "Votre liste donne le prix de 1 250 € , l’éditeur 12,50 €" in words.replace("€,", "€ ,")
    assert "12,50 € : valider" in words
    assert "Ni votre liste ni le catalogue ne donnent de prix 2 livres" in words
    assert "Indiquer le prix de chaque livre" in words
    assert "gratuit" not in words
    browser = shop.venue.opened()
    path = f"{shop.venue.home}/a-completer"
    screen = browser.get(path).text
    form = re.search(r'<form method="post" action="[^"]+/prix".*?</form>', screen, re.DOTALL)[0]
    browser.post(f"{path}/prix", data=dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form)))
    assert {row["title"] for row in shop.venue.rows("published_offer")} == {"Livre 1"}


def test_a_book_that_leaves_the_list_with_bookings_is_asked_about_as_a_book(shop):
    shop.catalogue_tells(told(1), told(2))
    shop.imports((1, 3), (2, 3))
    shop.venue.book(shop.venue.rows("stock")[0]["id"])
    shop.imports((2, 3))
    words = said(shop.see())
    assert "Le livre « Livre 1 » n’est plus dans votre liste de stock" in words
    assert "1 réservation le concerne." in words
    assert "Oui, il n’est plus en vente" in words
    assert "garder la date" not in words


def test_a_list_that_shrinks_is_reviewed_by_its_numbers(shop):
    shop.catalogue_tells(*(told(number) for number in range(1, 13)))
    shop.imports(*((number, 2) for number in range(1, 13)))
    shop.imports((1, 2))
    words = said(shop.see(f"/sources/{shop.link}/retraits"))
    assert "11 offres sur 12 ne figurent plus dans votre liste de stock" in words
    assert "Retirer ces 11 offres" in words
    assert "Livre 2 , 2 exemplaires" in words


def test_partners_are_grouped_and_a_venues_own_catalogue_is_set_aside(shop):
    words = said(shop.see("/importer"))
    stocks = words.index("Librairies Vos livres en rayon et leurs exemplaires.")
    own = words.index("Votre propre catalogue de livres")
    assert stocks < words.index("Stocks de librairie (protocole pass Culture)") < own < words.index("ONIX")
    assert "déjà lus pour tous" in words


@pytest.mark.parametrize("slug", ["stock-api", "csv-stock", "onix", "opds"])
def test_the_forms_of_the_books_partners_ask_what_they_need(shop, slug):
    screen = shop.see(f"/importer/{slug}")
    assert "PriceUnit" not in screen
    assert "Contents." not in screen
    if slug in {"stock-api", "csv-stock"}:
        assert '<option value="euros" selected>Euros (12,90)</option>' in screen
        assert "Pas de réponse" not in screen


@pytest.mark.parametrize("slug", ["stock-api", "onix", "opds"])
def test_every_screen_of_such_a_source_is_there_before_its_first_importation(shop, slug):
    link = shop.venue.link(slug, f"https://{slug}.example/livres")
    for path in ("", f"/sources/{link}", f"/sources/{link}/modifier", f"/sources/{link}/lignes"):
        assert "Erreur" not in shop.see(path)
    assert ("0\xa0livre en vente" if slug == "stock-api" else "0\xa0livre décrit") in shop.see()


def test_twenty_thousand_books_are_paged_searched_and_counted(shop):
    link = shop.venue.link("csv-stock", "https://ecluse.example/stock.csv")
    db = shop.venue.db
    db.execute(
        """INSERT INTO product (ean, record)
           SELECT (9780000000000 + n)::text, jsonb_build_object('title', 'Livre ' || n, 'contributors',
               '[{"name": "Ana Vaubréal"}]'::jsonb, 'description', repeat(md5(n::text), 40))
           FROM generate_series(1, 20000) AS n"""
    )
    db.execute(
        """INSERT INTO offer (venue_id, link_id, provider, product_id, category, title, description)
           SELECT %s, %s, 'csv-stock', id, 'livre', record ->> 'title', record ->> 'description' FROM product""",
        [shop.venue.id, link],
    )
    db.execute(
        """INSERT INTO stock (offer_id, ref, price, counting, quantity, remaining_at_provider)
           SELECT id, 'copies', 12.5, 'shelf', mod(id, 5), mod(id, 5) FROM offer"""
    )
    db.execute("ANALYZE")
    one = ean(900_000)  # its check digit is right, so that it is read as an EAN
    db.execute("UPDATE product SET ean = %s WHERE id = (SELECT min(id) FROM product)", [one])
    browser = shop.venue.opened()
    told_in = {}
    for path in (
        "",
        "/offres",
        "/offres?page=400",
        "/offres?etat=visibles",
        "/offres?q=livre+19999",
        "/a-completer",
    ):
        asked = datetime.now(UTC)
        answer = browser.get(shop.venue.home + path)
        told_in[path] = (datetime.now(UTC) - asked).total_seconds()
        assert answer.status_code == 200, path
        assert answer.text.count('class="offer"') <= 50
    assert max(told_in.values()) < 3, told_in
    assert "20\u202f000\xa0livres en vente, 40\u202f000\xa0exemplaires" in browser.get(shop.venue.home).text
    assert "page 1 sur 400" in browser.get(f"{shop.venue.home}/offres").text
    found = said(browser.get(f"{shop.venue.home}/offres?q={one}").text)
    assert "1 offre" in found
    assert one in found


@pytest.mark.parametrize(
    ("contributors", "words"),
    [
        ([], ""),
        ([{"name": "Ana"}], "Ana"),
        ([{"name": "Ana"}, {"name": "Luc"}], "Ana et Luc"),
        ([{"name": name} for name in "ABCD"], "A, B, C et d’autres"),
        (
            [{"name": "Zoé", "role": "editor"}, {"name": "Ida", "role": "illustrator"}],
            "Sous la direction de Zoé",
        ),
        ([{"name": "Ida", "role": "illustrator"}], "Illustré par Ida"),
        ([{"name": "Paul", "role": "translator"}], ""),
    ],
)
def test_who_made_a_book(contributors, words):
    assert made_by(contributors) == words
