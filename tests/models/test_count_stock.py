"""What a partner's count leaves us of a stock: the SQL function against the design's sentence in Python."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.database import Connection

ASKED_AT = datetime(2026, 3, 12, 14, tzinfo=UTC)
ANSWERED = 2


@dataclass(frozen=True)
class Booking:
    """Minutes are from the instant when the partner was asked, two before its answer; None: it did not happen."""

    quantity: int
    created: int
    cancelled: int | None
    used: int | None

    @property
    def counts(self) -> bool:
        return self.cancelled is None


@dataclass(frozen=True)
class Stock:
    counting: str
    remaining: int
    capacity: int
    active: bool


minutes = st.integers(-3, 3)
bookings = st.lists(st.builds(Booking, st.integers(1, 3), minutes, st.none() | minutes, st.none() | minutes))
stocks = st.builds(
    Stock,
    st.sampled_from(["deducts", "deducts", "shelf", "shelf", "capacity", "unlimited", "unknown"]),
    st.integers(-3, 4),
    st.integers(0, 9),
    st.booleans() | st.just(True),
)


def expected(stock: Stock, history: list[Booking]) -> int | None:
    booked = sum(booking.quantity for booking in history if booking.counts)
    if not stock.active or stock.counting == "unknown":
        return booked
    if stock.counting == "unlimited":
        return None
    if stock.counting == "capacity":
        return max(booked, stock.capacity)
    if stock.counting == "deducts":
        out = [b for b in history if b.created < 0 and (b.cancelled is None or b.cancelled >= ANSWERED)]
    else:
        out = [b for b in history if b.used is not None and b.used < 0 and b.counts]
    return max(booked, stock.remaining + sum(booking.quantity for booking in out))


def moment(minute: int | None) -> datetime | None:
    return None if minute is None else ASKED_AT + timedelta(minutes=minute)


@pytest.fixture
def offer(db: Connection) -> int:
    return db.execute(
        """WITH structure AS (INSERT INTO offerer (siren, name) VALUES ('732829320', 'Ici') RETURNING id),
           hall AS (INSERT INTO venue (offerer_id, name) SELECT id, 'La Halle' FROM structure RETURNING id)
           INSERT INTO offer (venue_id, title) SELECT id, 'Cyrano' FROM hall RETURNING id"""
    ).fetchone()["id"]


def count(db: Connection, offer: int, stock: Stock, history: list[Booking]) -> int | None:
    with db.transaction(force_rollback=True):
        number = db.execute(
            """INSERT INTO stock (offer_id, ref, counting, remaining_at_provider, capacity, snapshot_at,
                   answered_at, active) VALUES (%s, 'x', %s, %s, %s, %s, %s, %s) RETURNING id""",
            [
                offer,
                stock.counting,
                stock.remaining,
                stock.capacity,
                ASKED_AT,
                moment(ANSWERED),
                stock.active,
            ],
        ).fetchone()["id"]
        for token, booking in enumerate(history):
            db.execute(
                """INSERT INTO booking (stock_id, token, quantity, created_at, cancelled_at, used_at)
                   VALUES (%s, %s, %s, %s, %s, %s)""",
                [
                    number,
                    f"{token:06}",
                    booking.quantity,
                    moment(booking.created),
                    moment(booking.cancelled),
                    moment(booking.used),
                ],
            )
        return db.execute("SELECT places FROM count_stock(ARRAY[%s]::bigint[])", [number]).fetchone()[
            "places"
        ]


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(stock=stocks, history=bookings)
def test_places_follow_from_the_partners_count_and_the_bookings_it_already_knows(
    db: Connection, offer: int, stock: Stock, history: list[Booking]
):
    assert count(db, offer, stock, history) == expected(stock, history)


def test_a_booking_made_at_the_very_instant_of_the_request_is_not_yet_counted_by_the_partner(
    db: Connection, offer: int
):
    deducts = Stock("deducts", 10, 0, active=True)
    assert count(db, offer, deducts, [Booking(2, -1, None, None)]) == 12
    assert count(db, offer, deducts, [Booking(2, 0, None, None)]) == 10


@pytest.mark.parametrize(("cancelled", "places"), [(-1, 10), (0, 10), (1, 10), (2, 12), (3, 12)])
def test_a_booking_cancelled_while_the_partner_counted_is_not_given_back_twice(
    db: Connection, offer: int, cancelled: int, places: int
):
    """The partner, asked at 0, says 10 at 2: that may already be with the two places that came back."""
    deducts = Stock("deducts", 10, 0, active=True)
    assert count(db, offer, deducts, [Booking(2, -2, cancelled, None)]) == places


def test_what_was_fetched_and_then_cancelled_is_not_known_to_be_back_on_the_shelf(db: Connection, offer: int):
    shelf = Stock("shelf", 4, 0, active=True)
    assert count(db, offer, shelf, [Booking(1, -3, None, -2)]) == 5
    assert count(db, offer, shelf, [Booking(1, -3, 1, -2)]) == 4
