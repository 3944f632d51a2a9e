"""What catalogues tell of books, and what it makes of a shop's list."""

from decimal import Decimal

from models.database import session
from models.link import Link, unlink
from models.vocabulary import Reason
from tests.workers.shop import book, ean
from workers.preview import preview


def test_a_book_that_no_catalogue_knows_waits_for_one(shop):
    shop.shop.has((1, 3), (50, 2), (51, 0))
    run = shop.run()
    assert run["counters"]["filtered"] == {"unknown_ean": 2}
    assert list(shop.copies()) == ["Livre 1"]
    shop.shelf.books = [book(50, "Enfin connu"), book(51, "Épuisé")]
    shop.run(shop.catalogue)
    assert shop.copies()["Enfin connu"] == (2, Decimal("12.50"), True)
    assert "Épuisé" not in shop.copies()
    run = shop.run()
    assert run["counters"]["filtered"] == {}


def test_a_line_that_just_missed_its_product_is_taken_in_at_the_next_reading(shop):
    shop.shop.has((50, 2))
    shop.run()
    shop.db.execute(
        "INSERT INTO product (ean, record) VALUES (%s, %s::jsonb)", [ean(50), '{"title": "Entre-deux"}']
    )
    run = shop.run()
    assert shop.copies() == {"Entre-deux": (2, None, True)}
    assert run["counters"]["offers"]["created"] == 1


def test_what_a_catalogue_corrects_shows_on_the_offers(shop):
    shop.shop.has((1, 3), (2, 3, "9.00"))
    shop.run()
    shop.db.execute("UPDATE offer SET fields_edited = '{title}', title = 'À la main' WHERE title = 'Livre 2'")
    shop.shelf.books = [book(1, "Titre corrigé", price="13.00", description="Un récit."), book(2, "Corrigé")]
    shop.run(shop.catalogue)
    assert list(shop.copies()) == ["Titre corrigé", "À la main"]
    assert shop.row("offer", title="Titre corrigé")["description"] == "Un récit."
    shop.run()  # a price that readers see waits for the guard of the list's next reading
    assert shop.copies()["Titre corrigé"] == (3, Decimal("13.00"), True)
    assert shop.copies()["À la main"] == (3, Decimal("9.00"), True)


def test_a_partial_record_keeps_what_it_does_not_bring(shop):
    shop.shop.has((1, 3))
    shop.run()
    shop.shelf.books = [book(1, "", price="14.00", only=frozenset({"price"}))]
    shop.run(shop.catalogue)
    shop.run()
    assert shop.copies() == {"Livre 1": (3, Decimal("14.00"), True)}


def test_an_older_message_never_overwrites_a_newer_one(shop):
    shop.shelf.books = [
        book(1, "Nouveau", collection="2026-02"),
        book(2, "Nouveau aussi", collection="2026-02"),
    ]
    shop.run(shop.catalogue)
    shop.shelf.books = [book(1, "Ancien", collection="2026-01"), book(2, "Plus récent", collection="2026-03")]
    run = shop.run(shop.catalogue)
    assert run["counters"]["items"]["outdated"] == 1
    assert [shop.row("product", ean=ean(number))["title"] for number in (1, 2)] == ["Nouveau", "Plus récent"]


def test_the_first_catalogue_of_the_operator_is_believed(shop):
    second = shop.db.execute(
        """INSERT INTO link (provider, identifier, "interval", next_run_at)
           VALUES ('scripted-catalogue', '2', '1 hour', now()) RETURNING id"""
    ).fetchone()["id"]
    shop.shelf.books = [book(1, "Autrement dit")]
    shop.run(second)
    assert shop.row("product", ean=ean(1))["title"] == "Livre 1"
    shop.shelf.books, shop.shelf.deleted = [], ["N1"]
    shop.run(shop.catalogue)
    assert shop.row("product", ean=ean(1))["title"] == "Autrement dit"


def test_an_unlinked_catalogue_hands_its_books_to_the_next(shop):
    second = shop.db.execute(
        """INSERT INTO link (provider, identifier, "interval", next_run_at)
           VALUES ('scripted-catalogue', '2', '1 hour', now()) RETURNING id"""
    ).fetchone()["id"]
    shop.shelf.books = [book(1, "Autrement dit", "9.00")]
    shop.run(second)
    shop.shop.has((1, 3), (2, 4))
    shop.run()
    with session(shop.site.database_url) as db:
        unlink(db, db.get_one(Link, shop.catalogue), keep_offers=True, actor="test")
        db.commit()
    shop.shop.normalised.clear()
    shop.run()
    assert shop.shop.normalised == [ean(1)]  # the one book that another catalogue tells
    assert shop.copies() == {
        "Autrement dit": (3, Decimal("9.00"), True),
        "Livre 2": (4, Decimal("12.50"), True),
    }
    shop.shelf.books = [book(number) for number in range(1, 13)]
    shop.db.execute("UPDATE link SET state = 'active' WHERE id = %s", [shop.catalogue])
    shop.run(shop.catalogue)
    assert sorted(shop.copies()) == ["Livre 1", "Livre 2"]


def test_a_venues_own_catalogue_serves_that_venue_alone(shop):
    own = shop.new_link("scripted-own-catalogue")
    other_venue = shop.db.execute(
        "INSERT INTO venue (offerer_id, name) SELECT offerer_id, 'Ailleurs' FROM venue RETURNING id"
    ).fetchone()["id"]
    other = shop.db.execute(
        """INSERT INTO link (venue_id, provider, identifier, "interval")
           VALUES (%s, 'scripted-list', '9', '1 hour') RETURNING id""",
        [other_venue],
    ).fetchone()["id"]
    shop.shop.has((1, 3), (60, 2))
    shop.run()
    shop.run(other)
    shop.own_shelf.books = [book(60, "Tirage de la maison"), book(1, "Un autre nom")]
    shop.run(own)
    titles = {(row["venue_id"], row["title"]) for row in shop.rows("offer")}
    assert titles == {
        (shop.venue, "Livre 1"),
        (shop.venue, "Tirage de la maison"),
        (other_venue, "Livre 1"),
    }


def test_a_school_book_is_not_offered_and_one_on_sale_leaves(shop):
    shop.shelf.books = [book(20, refused=Reason.SCHOOL_BOOK)]
    shop.run(shop.catalogue)
    shop.shop.has((1, 3), (20, 5))
    run = shop.run()
    assert run["counters"]["filtered"] == {"school_book": 1}
    shop.shelf.books = [book(1, refused=Reason.SCHOOL_BOOK), book(20)]
    shop.run(shop.catalogue)
    assert shop.copies() == {"Livre 1": (0, Decimal("12.50"), False), "Livre 20": (5, Decimal("12.50"), True)}


def test_a_preview_of_a_catalogue_says_what_the_import_then_does(shop):
    shop.shop.has((1, 3), (2, 1), (50, 4))
    shop.run()
    shop.shelf.books = [book(1, "Nouveau titre"), book(2, price="14.00"), book(50), book(4), book(60)]
    shop.shelf.deleted = ["N3"]
    tables = ("product", "product_source", "offer", "stock", "source_item")
    before = {table: shop.rows(table) for table in tables}
    told = preview(shop.catalogue, shop.site)
    assert before == {table: shop.rows(table) for table in tables}
    run = shop.run(shop.catalogue)
    kept = ("items", "filtered", "offers", "stocks")
    assert {word: told.counts.dump()[word] for word in kept} == {word: run["counters"][word] for word in kept}
    assert {change["title"]: change["action"] for change in told.changes} == {
        "Nouveau titre": "update",
        "Livre 50": "create",
    }
