"""Bookings count on their stock, and nothing is ever sold twice."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from models.database import connect


def stock_row(portal, stock):
    return portal.db.execute("SELECT * FROM stock WHERE id = %s", [stock]).fetchone()


def test_bookings_count_and_cancelled_ones_no_longer_do(portal):
    stock = portal.stock(portal.offer())
    booking = portal.book(stock, 3)
    portal.book(stock, 2)
    assert stock_row(portal, stock)["booked_quantity"] == 5
    portal.db.execute("UPDATE booking SET cancelled_at = now() WHERE id = %s", [booking])
    assert stock_row(portal, stock)["booked_quantity"] == 2
    portal.db.execute("DELETE FROM booking")
    assert stock_row(portal, stock)["booked_quantity"] == 0


def test_a_booking_that_changes_stock_counts_on_the_other(portal):
    offer = portal.offer()
    one, other = portal.stock(offer, ref="1"), portal.stock(offer, ref="2")
    portal.book(one, 4)
    portal.db.execute("UPDATE booking SET stock_id = %s", [other])
    assert [stock_row(portal, stock)["booked_quantity"] for stock in (one, other)] == [0, 4]


def test_the_last_place_is_sold_once(portal):
    stock = portal.stock(portal.offer(), quantity=1)
    portal.book(stock)
    with pytest.raises(psycopg.errors.CheckViolation, match="stock_never_oversold"):
        portal.book(stock)


def test_unlimited_has_no_last_place(portal):
    stock = portal.stock(portal.offer(), quantity=None, counting="unlimited")
    portal.book(stock, 100_000)


def test_a_pool_is_bounded_over_its_stocks(portal):
    offer = portal.offer()
    one = portal.stock(offer, ref="1", pool="salle", quantity=4)
    other = portal.stock(offer, ref="2", pool="salle", quantity=3)
    portal.book(one, 2)
    portal.book(other, 2)
    with pytest.raises(psycopg.errors.CheckViolation, match="no place left"):
        portal.book(one)


def test_the_last_place_of_a_room_is_sold_once_though_two_ask_at_once(portal, database_url):
    offer = portal.offer()
    one, other = (portal.stock(offer, ref=ref, pool="salle", quantity=1) for ref in "12")
    with connect(database_url) as second:
        book = "INSERT INTO booking (stock_id, token) VALUES (%s, 'BBBBBB')"
        second.execute("SET lock_timeout = '50 ms'")
        with portal.db.transaction():
            portal.book(one)
            with pytest.raises(psycopg.errors.LockNotAvailable):  # it waits to see what the first does
                second.execute(book, [other])
        with pytest.raises(psycopg.errors.CheckViolation, match="no place left"):
            second.execute(book, [other])


def test_a_room_that_gets_another_name_while_somebody_books_is_bounded_all_the_same(portal, database_url):
    offer = portal.offer()
    one, other = (portal.stock(offer, ref=ref, pool="salle", quantity=1) for ref in "12")
    portal.book(one)
    with connect(database_url) as second, ThreadPoolExecutor(1) as booking:
        asked = second.execute("SELECT pg_backend_pid() AS pid").fetchone()["pid"]
        book = "INSERT INTO booking (stock_id, token) VALUES (%s, 'BBBBBB')"
        with portal.db.transaction():
            portal.db.execute("UPDATE stock SET pool = 'parterre'")
            refused = booking.submit(second.execute, book, [other])
            while not portal.one("SELECT cardinality(pg_blocking_pids(%s)) AS waits", asked):
                pass
        with pytest.raises(psycopg.errors.CheckViolation, match="no place left"):
            refused.result()


def counted(portal, stock):
    return portal.one("SELECT places FROM count_stock(ARRAY[%s::bigint])", stock)


def test_a_partner_that_deducts_our_bookings_has_them_given_back(portal):
    stock = portal.stock(portal.offer(), counting="deducts", remaining_at_provider=7, quantity=10)
    portal.book(stock, 3)
    portal.db.execute("UPDATE stock SET snapshot_at = clock_timestamp()")
    assert counted(portal, stock) == 10
    portal.book(stock, 2)  # the partner does not know of it yet
    assert counted(portal, stock) == 10


def test_a_booking_cancelled_before_the_snapshot_is_back_at_the_partner(portal):
    stock = portal.stock(portal.offer(), counting="deducts", remaining_at_provider=7, quantity=10)
    booking = portal.book(stock, 3)
    portal.db.execute("UPDATE booking SET cancelled_at = clock_timestamp() WHERE id = %s", [booking])
    portal.db.execute("UPDATE stock SET snapshot_at = clock_timestamp()")
    assert counted(portal, stock) == 7


def test_a_booking_cancelled_after_the_snapshot_was_out_of_the_partners_count(portal):
    stock = portal.stock(portal.offer(), counting="deducts", remaining_at_provider=7, quantity=10)
    booking = portal.book(stock, 3)
    portal.db.execute("UPDATE stock SET snapshot_at = clock_timestamp()")
    portal.db.execute("UPDATE booking SET cancelled_at = clock_timestamp() WHERE id = %s", [booking])
    assert counted(portal, stock) == 10


def test_a_shelf_only_misses_what_was_fetched(portal):
    stock = portal.stock(portal.offer(), counting="shelf", remaining_at_provider=5, quantity=8)
    fetched, _ = portal.book(stock, 2), portal.book(stock, 1)
    portal.db.execute("UPDATE booking SET used_at = clock_timestamp() WHERE id = %s", [fetched])
    portal.db.execute("UPDATE stock SET snapshot_at = clock_timestamp()")
    assert counted(portal, stock) == 7


def test_quantity_is_never_below_what_is_booked(portal):
    stock = portal.stock(portal.offer(), counting="shelf", remaining_at_provider=-4, quantity=8)
    portal.book(stock, 6)
    portal.db.execute("UPDATE stock SET snapshot_at = clock_timestamp()")
    assert counted(portal, stock) == 6


def test_what_is_withdrawn_sells_nothing_more(portal):
    stock = portal.stock(portal.offer(), counting="unlimited", quantity=None)
    portal.book(stock, 2)
    portal.db.execute("UPDATE stock SET active = false")
    assert counted(portal, stock) == 2
