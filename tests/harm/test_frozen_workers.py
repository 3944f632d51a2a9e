"""Workers that freeze past their lease and wake up later: bookings and successors do not wait for them."""

import time

import pytest

from tests.harm.conftest import Installation, Source
from tests.harm.harness import wait_until
from tests.harm.partner import Event, programme


def shown(harm: Installation, source: Source) -> list[Event]:
    """Import the agenda, then change what it says of its events."""
    events = harm.partner.agendas[source.number]
    harm.undisturbed_here(source)
    for event in events:
        event.title += " et son orchestre"
    return events


def stock_of(harm: Installation, source: Source, event: Event) -> int:
    return harm.db.execute(
        "SELECT stock.id FROM stock JOIN offer ON offer.id = offer_id WHERE venue_id = %s AND offer.ref = %s",
        [source.venue, event.uid],
    ).fetchone()["id"]


def book(harm: Installation, stock: int, token: str) -> float:
    """Book a place; gives the seconds that this took."""
    began = time.monotonic()
    harm.db.execute("INSERT INTO booking (stock_id, token) VALUES (%s, %s)", [stock, token])
    return time.monotonic() - began


@pytest.mark.parametrize("statement", ["still runs", "is over"])
def test_bookings_and_a_successor_go_on_while_a_worker_is_frozen_in_a_transaction(
    harm: Installation, statement: str
):
    source = harm.linked(programme(3))
    events = shown(harm, source)
    expected = harm.undisturbed(source)
    frozen = harm.crew.worker()
    with harm.held_at(events[1].uid):
        run = harm.ask(source)
        wait_until(harm.somebody_waits, what="the page of the second event")
        frozen.freeze()
        if statement == "still runs":
            seconds = book(harm, stock_of(harm, source, events[0]), "FROZEN")
    if statement == "is over":
        seconds = book(harm, stock_of(harm, source, events[0]), "FROZE2")
    assert seconds < 30, "its lease of 2 s ends; PostgreSQL itself would wait 40 s"
    harm.crew.worker()
    row = harm.ended(run)
    assert (row["status"], row["takeovers"]) == ("succeeded", 1)
    written = harm.versions(source)
    frozen.thaw()
    wait_until(lambda: "lease_lost" in frozen.log, what="the frozen worker sees that it lost")
    assert harm.versions(source) == written
    assert harm.run(run) == row
    for stock in expected["stocks"]:
        stock["booked_quantity"] = int(stock["offer"] == events[0].uid)
    assert harm.dump(source) == expected


def test_a_worker_frozen_while_it_reads_the_partner_writes_nothing_after_its_successor(harm: Installation):
    source = harm.linked(programme(250, detailed=250))
    expected = harm.undisturbed(source)
    frozen = harm.crew.worker()
    with harm.partner.holding(source.number, "after", "200") as gate:
        run = harm.ask(source)
        assert gate.reached.wait(90)
        frozen.freeze()
    harm.crew.worker()
    row = harm.ended(run)
    assert (row["status"], row["takeovers"]) == ("succeeded", 1)
    written = harm.versions(source)
    frozen.thaw()
    wait_until(lambda: "lease_lost" in frozen.log, what="the frozen worker sees that it lost")
    assert harm.versions(source) == written
    assert harm.run(run) == row
    assert harm.dump(source) == expected


def test_a_worker_frozen_in_a_transaction_under_its_lease_lets_bookings_go_on_and_then_finishes(
    harm: Installation,
):
    source = harm.linked(programme(3))
    events = shown(harm, source)
    worker = harm.crew.worker(lease="60", idle_in_transaction_timeout="1")
    with harm.held_at(events[1].uid):
        run = harm.ask(source)
        wait_until(harm.somebody_waits, what="the page of the second event")
        worker.freeze()
    assert book(harm, stock_of(harm, source, events[0]), "SECOND") < 30  # its lease lasts 60 s
    worker.thaw()
    row = harm.ended(run)
    assert (row["status"], row["takeovers"]) == ("succeeded", 0)
    assert {offer["title"] for offer in harm.dump(source)["offers"]} == {event.title for event in events}
