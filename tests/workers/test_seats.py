"""Sold out, cancelled, vanished, moved, unlimited, unknown, negative: seven things. And what is left meanwhile."""

from types import MappingProxyType

import psycopg
import pytest

import providers.base
from providers.records import UNKNOWN
from tests.workers.box_office import Application, BoxOffice, TicketOffice
from tests.workers.scripted import ScriptedWithSessions, at, date, event

S = "2026-s1"


@pytest.fixture
def hall(scene):
    """A venue whose partner knows what remains, keeps session ids, and counts our bookings."""
    scene.link = scene.new_link("scripted-sessions", "hall")

    def says(*dates, **words):
        scene.partner.lists(event("e", *dates, **words))
        return scene.run()

    scene.says = says
    return scene


def session(remaining, ref=S, day=3, **words):
    return date(at(day), ref=ref, remaining=remaining, **words)


def stock(scene, ref=S):
    return scene.row("stock", ref=ref)


def on_sale(scene):
    """What readers can book: ref → places left."""
    return {row["ref"]: row["places_left"] for row in scene.rows("published_stock")}


def three_booked(scene):
    scene.says(session(9), session(5, "s2", 4))
    scene.book(stock(scene)["id"], 3)


def test_sold_out_keeps_the_date_and_its_bookings_and_comes_back(hall):
    three_booked(hall)
    hall.says(session(0), session(5, "s2", 4))
    row = stock(hall)
    assert (row["active"], row["quantity"], row["booked_quantity"]) == (True, 3, 3)
    assert on_sale(hall) == {"s2": 5}
    assert hall.rows("notice") == []
    hall.says(session(2), session(5, "s2", 4))
    assert on_sale(hall) == {S: 2, "s2": 5}


def test_an_offer_whose_dates_are_all_sold_out_says_so(hall):
    hall.says(session(0))
    assert hall.reasons(hall.row("offer")["id"]) == ["sold_out"]
    assert hall.row("offer")["active"]


def test_cancelled_leaves_at_once_and_its_bookings_are_told_of(hall):
    three_booked(hall)
    hall.says(session(9, cancelled=True), session(5, "s2", 4))
    row = stock(hall)
    assert (row["active"], row["quantity"], row["booked_quantity"]) == (False, 3, 3)
    assert hall.row("notice")["kind"] == "booked_date_gone"
    assert on_sale(hall) == {"s2": 5}


def test_vanished_leaves_after_a_complete_reading_and_its_bookings_are_told_of(hall):
    three_booked(hall)
    hall.says(session(5, "s2", 4))
    row = stock(hall)
    assert (row["active"], row["quantity"], row["booked_quantity"]) == (False, 3, 3)
    assert hall.row("notice")["stock_id"] == row["id"]


def test_moved_keeps_its_row_its_bookings_and_its_places(hall):
    three_booked(hall)
    before = stock(hall)
    hall.says(session(6, day=8), session(5, "s2", 4))
    row = stock(hall)
    assert (row["id"], row["booked_quantity"], row["quantity"]) == (before["id"], 3, 9)
    assert (row["starts_at"] - before["starts_at"]).days == 5
    assert hall.row("notice")["kind"] == "booked_date_moved"


def test_unlimited_has_no_number_and_takes_every_booking(hall):
    hall.says(session(None))
    row = stock(hall)
    assert (row["counting"], row["quantity"]) == ("unlimited", None)
    hall.book(row["id"], 500)
    assert on_sale(hall) == {S: None}


def test_unknown_is_neither_none_nor_all_and_waits_for_an_answer(hall):
    hall.says(session(UNKNOWN))
    assert (stock(hall)["counting"], stock(hall)["quantity"]) == ("unknown", 0)
    assert hall.row("offer")["held_reason"] == "capacity_unknown"
    assert on_sale(hall) == {}


def test_negative_is_kept_as_it_was_said_and_sells_nothing(hall):
    three_booked(hall)
    hall.says(session(-4), session(5, "s2", 4))
    row = stock(hall)
    assert (row["remaining_at_provider"], row["quantity"], row["booked_quantity"]) == (-4, 3, 3)
    hall.db.execute("UPDATE booking SET cancelled_at = clock_timestamp()")  # three come back, and four lack
    assert on_sale(hall) == {"s2": 5}


def test_a_place_that_comes_back_to_a_date_sold_over_our_heads_is_not_sold_again(hall):
    """Nine places of a partner that knows not of our bookings; it sells six over four of ours."""
    hall.db.execute("UPDATE link SET provider = 'scripted-apart' WHERE id = %s", [hall.link])
    hall.says(session(9))
    for number in range(4):
        hall.book(stock(hall)["id"], token=f"AAAAA{number}")
    hall.says(session(3))
    assert (stock(hall)["quantity"], stock(hall)["booked_quantity"]) == (4, 4)
    hall.db.execute("UPDATE booking SET cancelled_at = clock_timestamp() WHERE token = 'AAAAA0'")
    assert on_sale(hall) == {}
    hall.db.execute("UPDATE booking SET cancelled_at = clock_timestamp() WHERE token = 'AAAAA1'")
    assert on_sale(hall) == {S: 1}


def test_a_booking_cancelled_while_the_partner_counts_is_given_back_once(scene, monkeypatch):
    office = BoxOffice(deducts=True)
    monkeypatch.setattr(providers.base, "provider_modules", lambda: MappingProxyType({"deducting": ""}))
    for module in ("workers.visits", "workers.endings"):
        monkeypatch.setattr(f"{module}.provider", lambda _: TicketOffice(office))
    link, app = scene.new_link("deducting", "9"), Application(scene.db, office)
    scene.run(link)
    app.book("s1", 4)
    office.before_counting = lambda: app.give_back(0)

    scene.run(link)
    assert office.remains("s1") == 12
    assert stock(scene, "s1")["quantity"] == 12

    app.book("s1", 4)
    office.before_counting, office.before_answering = lambda: None, lambda: app.give_back(0)
    scene.run(link)
    assert stock(scene, "s1")["quantity"] == 8  # four are uncertain until the next run
    office.before_answering = lambda: None
    scene.run(link)
    assert stock(scene, "s1")["quantity"] == 12


def test_what_is_tried_again_says_what_remained_when_it_was_read(hall, monkeypatch):
    """Read with nine places left and put in quarantine; three are booked before it is tried again."""
    hall.says(session(9))
    hall.partner.events["e"] = "illisible"
    read = hall.run()["first_request_at"]
    hall.book(stock(hall)["id"], 3)
    mended = event("e", session(9))
    monkeypatch.setattr(ScriptedWithSessions, "normalise", lambda self, item, visit: [mended])
    hall.run(mode="replay")
    row = stock(hall)
    assert (row["snapshot_at"], row["quantity"], on_sale(hall)) == (read, 9, {S: 6})


def room(orchestra, balcony):
    """Two kinds of seat in one room."""
    return (
        session(orchestra, "o", label="Orchestre", pool="salle"),
        session(balcony, "b", label="Balcon", pool="salle"),
    )


@pytest.fixture
def theatre(hall):
    """A room of ten, whose partner does not know of our bookings; its orchestra has six."""
    hall.db.execute("UPDATE link SET provider = 'scripted-apart' WHERE id = %s", [hall.link])
    hall.says(*room(6, 10))
    return hall


def test_a_reader_sees_of_each_kind_of_seat_no_more_than_the_room_has_left(theatre):
    theatre.book(stock(theatre, "b")["id"], 7, token="AAAAAA")
    assert on_sale(theatre) == {"o": 3, "b": 3}
    theatre.db.execute("UPDATE booking SET cancelled_at = clock_timestamp()")
    assert on_sale(theatre) == {"o": 6, "b": 10}


def test_a_full_room_takes_both_kinds_of_seat_off_sale_and_says_so_to_the_index(theatre):
    theatre.book(stock(theatre, "o")["id"], 6, token="AAAAAA")
    theatre.db.execute("TRUNCATE offer_change")
    theatre.book(stock(theatre, "b")["id"], 4, token="BBBBBB")
    assert on_sale(theatre) == {}
    assert theatre.reasons(theatre.row("offer")["id"]) == ["sold_out"]
    assert [row["offer_id"] for row in theatre.rows("offer_change")] == [theatre.row("offer")["id"]]


def test_what_the_partner_sells_of_a_room_bounds_both_kinds_of_seat_until_its_next_word(theatre):
    theatre.book(stock(theatre, "o")["id"], 2, token="AAAAAA")
    theatre.book(stock(theatre, "b")["id"], 3, token="BBBBBB")
    theatre.says(*room(6, 7))  # it sold three balconies: seven places are left in the room, five are ours
    assert on_sale(theatre) == {"o": 2, "b": 2}
    theatre.book(stock(theatre, "o")["id"], 2, token="CCCCCC")
    assert on_sale(theatre) == {}
    with pytest.raises(psycopg.errors.CheckViolation, match="no place left"):
        theatre.book(stock(theatre, "b")["id"], token="DDDDDD")


def test_a_room_sold_over_our_heads_gives_no_place_back_before_it_has_one(theatre):
    theatre.book(stock(theatre, "o")["id"], 5, token="AAAAAA")
    theatre.book(stock(theatre, "b")["id"], 4, token="BBBBBB")
    theatre.says(*room(6, 7))  # nine are ours, in seven places
    theatre.db.execute("UPDATE booking SET quantity = 3 WHERE token = 'AAAAAA'")
    assert on_sale(theatre) == {}
    theatre.db.execute("UPDATE booking SET cancelled_at = clock_timestamp() WHERE token = 'BBBBBB'")
    assert on_sale(theatre) == {"o": 3, "b": 4}


def test_of_a_room_whose_partner_counts_our_bookings_they_are_given_back_together(hall):
    hall.says(*room(6, 10))
    hall.book(stock(hall, "o")["id"], 2, token="AAAAAA")
    hall.book(stock(hall, "b")["id"], 3, token="BBBBBB")
    hall.says(*room(4, 5))  # what it still has, without ours
    assert on_sale(hall) == {"o": 4, "b": 5}
    hall.book(stock(hall, "b")["id"], 5, token="CCCCCC")
    assert on_sale(hall) == {}


def test_a_kind_of_seat_that_is_no_longer_sold_keeps_its_places_in_the_room(theatre):
    theatre.book(stock(theatre, "o")["id"], 4, token="AAAAAA")
    theatre.says(room(6, 10)[1])
    assert not stock(theatre, "o")["active"]
    assert on_sale(theatre) == {"b": 6}
