"""A shop's list makes offers of the books that catalogues know, and keeps their copies."""

from datetime import timedelta
from decimal import Decimal

import pytest

from models.database import session
from models.link import Link, unlink
from models.vocabulary import Reason
from tests.workers.shop import book, ean
from workers.decisions import keep_review
from workers.preview import preview


@pytest.fixture
def shop(scene):
    scene.link = scene.new_link("scripted-list")
    scene.catalogue = scene.new_catalogue()
    scene.shelf.books = [book(number) for number in range(1, 13)]
    scene.run(scene.catalogue)
    return scene


def test_a_list_makes_offers_of_known_books(shop):
    shop.shop.has((1, 3), (2, 1, "11.90"), (3, 0))
    run = shop.run()
    assert run["status"] == "succeeded", run["detail"]
    assert shop.copies() == {
        "Livre 1": (3, Decimal("12.50"), True),
        "Livre 2": (1, Decimal("11.90"), True),
    }
    assert shop.counts(run, "read", "new", "unchanged") == [3, 2, 1]
    assert shop.db.execute("SELECT count(*) AS n FROM published_offer").fetchone()["n"] == 2


def test_the_same_list_again_writes_nothing(shop):
    shop.shop.has(*((number, number) for number in range(1, 11)))
    shop.run()
    versions = "SELECT xmin, ctid FROM {} ORDER BY ctid"
    tables = ("offer", "stock", "list_page", "source_item", "product", "stock_list")
    before = {table: shop.db.execute(versions.format(table)).fetchall() for table in tables}
    shop.shop.read.clear()
    run = shop.run()
    assert shop.shop.read == []
    assert shop.counts(run, "read", "new", "changed", "unchanged") == [10, 0, 0, 10]
    assert before == {table: shop.db.execute(versions.format(table)).fetchall() for table in tables}


def test_only_the_lines_that_changed_are_normalised(shop):
    shop.shop.has(*((number, 5) for number in range(1, 11)))
    shop.run()
    shop.shop.normalised.clear()
    shop.shop.has(*((number, 7 if number == 6 else 5) for number in range(1, 11)))
    run = shop.run()
    assert shop.shop.normalised == [ean(6)]
    assert shop.counts(run, "read", "changed", "unchanged") == [10, 1, 9]
    assert shop.copies()["Livre 6"][0] == 7
    shop.shop.has(*((number, 5) for number in range(1, 11)))  # and back: the patch is no longer right
    shop.run()
    assert shop.copies()["Livre 6"][0] == 5


def test_lines_that_move_to_another_page_are_not_changed_lines(shop):
    shop.shop.has(*((number, 5) for number in range(2, 13)))
    shop.run()
    shop.shop.normalised.clear()
    shop.shop.has(*((number, 5) for number in range(1, 13)))  # one before all: every page shifts
    run = shop.run()
    assert shop.shop.normalised == [ean(1)]
    assert shop.counts(run, "read", "new", "unchanged") == [12, 1, 11]
    shop.shop.normalised.clear()
    shop.shop.has(*((number, 5) for number in range(3, 13)))  # two gone from the front
    run = shop.run()
    assert shop.shop.normalised == []
    assert shop.counts(run, "read", "withdrawn") == [10, 2]
    assert [title for title, (_, _, active) in shop.copies().items() if not active] == ["Livre 1", "Livre 2"]


def test_what_the_list_drops_is_withdrawn_and_comes_back(shop):
    shop.shop.has((1, 3), (2, 2))
    shop.run()
    offer = shop.row("offer", title="Livre 2")["id"]
    shop.shop.has((1, 3))
    run = shop.run()
    assert (shop.counts(run, "withdrawn"), run["status"]) == ([1], "succeeded")
    assert shop.copies()["Livre 2"] == (0, Decimal("12.50"), False)
    shop.shop.has((1, 3), (2, 4))
    shop.run()
    assert shop.copies()["Livre 2"] == (4, Decimal("12.50"), True)
    assert shop.row("offer", title="Livre 2")["id"] == offer


def test_a_list_that_shrinks_too_much_waits_for_a_person(shop):
    shop.shop.has(*((number, 5) for number in range(1, 13)))
    shop.run()
    shop.shop.has((1, 5))
    run = shop.run()
    assert run["status"] == "review"
    assert all(active for _, _, active in shop.copies().values())
    assert shop.run()["status"] == "review"  # nothing changed, and the question stays open
    shop.shop.has(*((number, 5) for number in range(1, 13)))
    assert shop.run()["status"] == "succeeded"
    assert shop.row("withdrawal")["decision"] == "items_back"


def test_a_reading_cut_short_loses_nothing_and_is_made_up_for(shop):
    shop.shop.has(*((number, 5) for number in range(1, 13)))
    shop.run()
    shop.shop.has(*((number, 5) for number in (1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12)))
    shop.shop.fails_at = 2
    assert shop.run()["status"] == "failed"
    assert shop.copies()["Livre 3"][2]
    shop.shop.fails_at = None
    run = shop.run()
    assert shop.counts(run, "withdrawn") == [1]
    assert not shop.copies()["Livre 3"][2]


def test_copies_that_run_out_stay_on_the_list(shop):
    shop.shop.has((1, 3))
    shop.run()
    shop.shop.has((1, 0))
    run = shop.run()
    assert shop.copies() == {"Livre 1": (0, Decimal("12.50"), True)}
    assert shop.counts(run, "withdrawn", "changed") == [0, 1]


def test_a_booked_copy_is_the_shops_until_it_is_fetched(shop):
    shop.shop.has((1, 3))
    shop.run()
    stock = shop.row("stock")["id"]
    booking = shop.book(stock, 2)
    shop.run()
    assert shop.row("stock")["quantity"] == 3
    shop.db.execute("UPDATE booking SET used_at = clock_timestamp() WHERE id = %s", [booking])
    shop.shop.has((1, 1))  # the shop's system has seen two copies go
    shop.run()
    assert shop.row("stock")["quantity"] == 3
    assert shop.row("stock")["booked_quantity"] == 2


def test_an_unchanged_line_is_not_an_unchanged_quantity(shop):
    shop.shop.has((1, 3))
    shop.run()
    booking = shop.book(shop.row("stock")["id"], 1)
    shop.db.execute("UPDATE booking SET used_at = clock_timestamp() WHERE id = %s", [booking])
    shop.run()  # a copy was fetched and another put on the shelf: still 3
    assert shop.row("stock")["quantity"] == 4


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


@pytest.mark.parametrize("said", ["0", "1250", "0.12"])
def test_a_price_of_zero_or_in_cents_is_held_back(shop, said):
    shop.shop.has((1, 3, said))
    run = shop.run()
    offer = shop.row("offer")
    assert shop.row("stock")["price"] is None
    assert (offer["held_reason"], shop.counts(run, "held")) == ("price_to_confirm", [1])
    shop.shop.has((1, 3, "12.50"))
    shop.run()
    assert shop.copies()["Livre 1"] == (3, Decimal("12.50"), True)
    assert shop.row("offer")["held_reason"] is None


def test_a_price_that_readers_see_does_not_follow_a_slip(shop):
    shop.shop.has((1, 3, "12.00"))
    shop.run()
    shop.shop.has((1, 3, "1200"))
    shop.run()
    assert shop.copies()["Livre 1"] == (3, Decimal("12.00"), True)


def test_a_bad_line_costs_that_line(shop):
    shop.shop.has((1, 3), (2, "beaucoup"), (3, "dvd"), (4, 3))
    run = shop.run()
    assert run["status"] == "partial"
    assert list(shop.copies()) == ["Livre 1", "Livre 4"]
    assert shop.counts(run, "read", "quarantined", "filtered") == [4, 1, 1]
    assert shop.row("quarantine")["ref"] == ean(2)
    run = shop.run()  # unchanged, and still to correct
    assert (run["status"], shop.counts(run, "quarantined", "filtered")) == ("partial", [1, 1])
    shop.shop.has((1, 3), (2, 6), (3, "dvd"), (4, 3))
    assert shop.run()["status"] == "succeeded"
    assert shop.rows("quarantine") == []


def test_of_a_line_said_twice_the_last_holds(shop):
    shop.shop.has((1, 3), (2, 1), (1, 5), (3, 1), (4, 1), (1, 7))
    run = shop.run()
    assert shop.copies()["Livre 1"][0] == 7
    assert shop.counts(run, "read", "repeated") == [4, 2]
    shop.shop.has((1, 4), (2, 1), (1, 6), (3, 1), (4, 1), (1, 7))
    shop.run()
    assert shop.copies()["Livre 1"][0] == 7


def test_changes_between_two_whole_readings(shop):
    shop.link = shop.new_link("scripted-list-of-changes")
    shop.shop.has((1, 3), (2, 3), (3, 3))
    assert shop.run()["mode"] == "full"
    shop.shop.changed = [(ean(2), 9)]
    run = shop.run()
    assert shop.counts(run, "read", "changed") == [1, 1]
    assert shop.copies()["Livre 2"][0] == 9
    shop.db.execute("UPDATE link SET full_at = now() - interval '2 days' WHERE id = %s", [shop.link])
    run = shop.run()  # the list says 3 again, in the very bytes of last time
    assert run["mode"] == "full"
    assert shop.copies()["Livre 2"][0] == 3


def test_a_second_list_of_the_venue_takes_over_when_the_first_lets_go(shop):
    shop.shop.has((1, 3))
    shop.run()
    second = shop.new_link("scripted-list-of-changes", "2")
    run = shop.run(second)
    assert run["counters"]["items"]["held_elsewhere"] == 1
    first, shop.link = shop.link, shop.link
    shop.shop.has((2, 1))
    shop.run(first)
    assert shop.row("offer", title="Livre 1")["link_id"] == second
    shop.shop.has((1, 8))
    shop.run(second, mode="full")
    assert shop.copies()["Livre 1"] == (8, Decimal("12.50"), True)


def test_a_preview_says_what_the_import_then_does(shop):
    shop.shop.has((1, 3), (2, 1), (50, 4), (3, "beaucoup"))
    shop.run()
    shop.shop.has((1, 3), (2, 9), (50, 4), (4, 4))
    before = {
        table: shop.rows(table)
        for table in ("offer", "stock", "list_page", "source_item", "stock_list", "quarantine")
    }
    told = preview(shop.link, shop.site)
    assert before == {table: shop.rows(table) for table in before}
    run = shop.run()
    kept = ("items", "filtered", "offers", "stocks")
    assert {word: told.counts.dump()[word] for word in kept} == {word: run["counters"][word] for word in kept}
    assert {change["ref"]: change["action"] for change in told.changes} == {
        ean(2): "update",
        ean(4): "create",
    }


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


def test_a_long_reading_gives_way_and_goes_on_where_it_was(shop):
    shop.shop.has(*((number, 5) for number in range(1, 13)))
    hasty = shop.with_settings(slice=timedelta(0))
    run = shop.run(site=hasty)
    assert (run["status"], run["slices"], shop.counts(run, "read", "new")) == ("succeeded", 2, [12, 12])
    shop.shop.has(*((number, 6 if number == 7 else 5) for number in range(2, 13)))
    run = shop.run(site=hasty)
    assert shop.counts(run, "read", "changed", "withdrawn") == [11, 1, 1]
    assert (shop.copies()["Livre 7"][0], shop.copies()["Livre 1"][2]) == (6, False)


def test_a_kept_copy_stays_until_the_list_has_it_again(shop):
    shop.shop.has(*((number, 5) for number in range(1, 13)))
    shop.run()
    shop.shop.has((1, 5))
    assert shop.run()["status"] == "review"
    keep_review(shop.site, shop.link, "test")
    assert shop.run()["status"] == "succeeded"
    assert all(active for _, _, active in shop.copies().values())
    shop.shop.has((1, 5), (2, 5))
    shop.run()
    shop.shop.has((1, 5))
    run = shop.run()  # it was back, so it can leave again
    assert shop.counts(run, "withdrawn") == [1]
    assert not shop.copies()["Livre 2"][2]


def test_an_offer_that_follows_its_list_again_is_read_anew(shop):
    shop.shop.has((1, 3), (2, 3))
    shop.run()
    stock = shop.row("stock", offer_id=shop.row("offer", title="Livre 1")["id"])
    shop.db.execute("UPDATE stock SET price = 1, fields_edited = '{price}' WHERE id = %s", [stock["id"]])
    shop.db.execute("INSERT INTO line_to_read (link_id, ref) VALUES (%s, %s)", [shop.link, ean(1)])
    shop.run()
    assert shop.copies()["Livre 1"][1] == Decimal("1.00")
    shop.db.execute("UPDATE stock SET fields_edited = '{}'")
    shop.db.execute("INSERT INTO line_to_read (link_id, ref) VALUES (%s, %s)", [shop.link, ean(1)])
    shop.shop.normalised.clear()
    shop.run()
    assert shop.shop.normalised == [ean(1)]
    assert shop.rows("line_to_read") == []


def test_an_unlinked_list_is_forgotten_and_read_whole_when_it_is_back(shop):
    shop.shop.has((1, 3))
    shop.run()
    with session(shop.site.database_url) as db:
        link = db.get(Link, shop.link)
        unlink(db, link, keep_offers=False, actor="test")
        db.commit()
    assert not shop.copies()["Livre 1"][2]
    assert shop.rows("list_page") == []
    shop.db.execute("UPDATE link SET state = 'active' WHERE id = %s", [shop.link])
    shop.run()
    assert shop.copies()["Livre 1"] == (3, Decimal("12.50"), True)


def test_replayed_lines_are_read_again(shop):
    shop.shop.has((1, "beaucoup"))
    shop.run()
    shop.db.execute("UPDATE quarantine SET payload = convert_to(%s, 'UTF8')", [f'["{ean(1)}", 4]'])
    run = shop.run(mode="replay")
    assert run["status"] == "succeeded", run["detail"]
    assert shop.copies()["Livre 1"][0] == 4
    assert shop.rows("quarantine") == []
