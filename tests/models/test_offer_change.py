"""What a reader sees changed: one row an offer a transaction, in an order that is safe to read."""

from models.database import connect


def changes(portal):
    return [row["offer_id"] for row in portal.db.execute("SELECT offer_id FROM readable_offer_change")]


def forget(portal):
    portal.db.execute("TRUNCATE offer_change")


def test_a_new_offer_and_its_dates_are_one_change_a_transaction(portal):
    with portal.db.transaction():
        offer = portal.offer()
        portal.stock(offer, ref="1")
        portal.stock(offer, ref="2")
    assert changes(portal) == [offer]


def test_what_a_reader_does_not_see_is_no_change(portal):
    offer = portal.offer()
    stock = portal.stock(offer)
    forget(portal)
    portal.db.execute("UPDATE offer SET last_run_id = 7")
    portal.db.execute("UPDATE stock SET snapshot_at = now(), last_run_id = 7")
    portal.book(stock)
    assert changes(portal) == []


def test_sold_out_and_back_are_changes_although_only_bookings_moved(portal):
    offer = portal.offer()
    stock = portal.stock(offer, quantity=1)
    forget(portal)
    booking = portal.book(stock)
    assert changes(portal) == [offer]
    forget(portal)
    portal.db.execute("UPDATE booking SET cancelled_at = now() WHERE id = %s", [booking])
    assert changes(portal) == [offer]


def test_a_change_is_not_read_before_those_that_may_still_precede_it(portal, database_url):
    first = portal.offer()
    forget(portal)
    with connect(database_url) as slow, slow.transaction():
        slow.execute("UPDATE offer SET title = 'Lent' WHERE id = %s", [first])
        second = portal.offer(title="Rapide")
        assert changes(portal) == []
    assert changes(portal) == [first, second]


def test_listeners_are_woken_once_a_transaction(portal, database_url):
    with connect(database_url) as ear:
        ear.execute("LISTEN offer_change")
        with portal.db.transaction():
            offer = portal.offer()
            portal.stock(offer)
        portal.db.execute("UPDATE offer SET last_run_id = 1")
        heard = list(ear.notifies(timeout=60, stop_after=1)) + list(ear.notifies(timeout=0.2))
    assert len(heard) == 1
