"""A shop's list makes offers of the books that catalogues know, and keeps their copies."""

from datetime import timedelta
from decimal import Decimal

import pytest

from models.database import session
from models.link import Link, unlink
from tests.workers.shop import book, ean
from workers.decisions import keep_review
from workers.preview import preview


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


def test_a_list_that_shrinks_all_along_is_not_read_anew(shop, monkeypatch):
    monkeypatch.setattr("workers.listing.AHEAD", 2)
    monkeypatch.setattr("workers.listing.PAGES", 8)
    numbers = list(range(1, 241))
    shop.shelf.books = [book(number) for number in numbers]
    shop.run(shop.row("link", provider="scripted-catalogue")["id"])
    shop.shop.page_lines = 10
    shop.shop.has(*((number, 5) for number in numbers))
    shop.run()
    shop.shop.normalised.clear()
    shop.shop.has(*((number, 5) for number in numbers if number % 3))  # the last pages are eight further back
    run = shop.run()
    assert shop.counts(run, "read") == [160]
    assert len(shop.shop.normalised) < 10, shop.shop.normalised


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


def test_a_book_that_came_with_the_changes_and_left_before_the_next_whole_reading_is_withdrawn(shop):
    shop.link = shop.new_link("scripted-list-of-changes")
    shop.shop.has((1, 3), (2, 3), (3, 3))
    shop.run()
    shop.shop.changed = [(ean(4), 5)]
    shop.run()
    assert shop.copies()["Livre 4"][0] == 5
    shop.run(mode="full")  # in the very bytes of last time
    assert not shop.row("offer", title="Livre 4")["active"]


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


def test_a_long_reading_gives_way_and_goes_on_where_it_was(shop):
    shop.shop.has(*((number, 5) for number in range(1, 13)))
    hasty = shop.with_settings(slice=timedelta(0))
    run = shop.run(site=hasty)
    assert (run["status"], run["slices"], shop.counts(run, "read", "new")) == ("succeeded", 2, [12, 12])
    shop.shop.has(*((number, 6 if number == 7 else 5) for number in range(2, 13)))
    run = shop.run(site=hasty)
    assert shop.counts(run, "read", "changed", "withdrawn") == [11, 1, 1]
    assert (shop.copies()["Livre 7"][0], shop.copies()["Livre 1"][2]) == (6, False)


def test_a_long_whole_reading_that_is_due_reads_only_what_changed(shop):
    shop.link = shop.new_link("scripted-list-of-changes")
    shop.shop.has(*((number, 5) for number in range(1, 25)))
    shop.run()
    shop.db.execute("UPDATE link SET full_at = now() - interval '2 days' WHERE id = %s", [shop.link])
    shop.shop.normalised.clear()
    shop.shop.has(*((number, 6 if number == 23 else 5) for number in range(1, 25)))
    run = shop.run(site=shop.with_settings(slice=timedelta(0)), queue="stocks", trigger="schedule")
    assert (run["mode"], run["slices"] > 1) == ("full", True)
    assert shop.shop.normalised == [ean(23)]
    assert shop.run(mode="full")["status"] == "succeeded"  # a person has all of it read anew
    assert len(shop.shop.normalised) == 25


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


def test_a_book_that_left_while_its_list_was_unlinked_is_withdrawn_when_the_list_is_back(shop):
    shop.shop.has((1, 3), (2, 3), (3, 3))
    shop.run()
    with session(shop.site.database_url) as db:
        unlink(db, db.get_one(Link, shop.link), keep_offers=True, actor="test")
        db.commit()
    shop.db.execute("UPDATE link SET state = 'active' WHERE id = %s", [shop.link])
    shop.shop.has((1, 3), (2, 3))
    shop.run()
    assert [active for _, _, active in shop.copies().values()] == [True, True, False]


def test_replayed_lines_are_read_again(shop):
    shop.shop.has((1, "beaucoup"))
    shop.run()
    shop.db.execute("UPDATE quarantine SET payload = convert_to(%s, 'UTF8')", [f'["{ean(1)}", 4]'])
    run = shop.run(mode="replay")
    assert run["status"] == "succeeded", run["detail"]
    assert shop.copies()["Livre 1"][0] == 4
    assert shop.rows("quarantine") == []
