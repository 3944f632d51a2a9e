"""A process that books, uses and cancels whatever happens: `python -m tests.soak.people DATABASE_URL SEED`.

It goes on through restarts of PostgreSQL until its stdin ends, then writes as JSON what it did: for
each booking the state in which it must be found. One whose statement got no answer is not sure.
"""

import json
import random
import select
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg

from models.database import Connection, connect

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass
class Booked:
    """One booking; `state` is booked, cancelled or used."""

    quantity: int
    state: str = "booked"
    sure: bool = True


@dataclass
class Ledger:
    """All that was done."""

    bookings: dict[str, Booked] = field(default_factory=dict)
    made: int = 0
    refused: int = 0
    interrupted: int = 0
    longest: float = 0.0
    """Seconds that the slowest statement took that was answered."""


class Public:
    """Those who book."""

    def __init__(self, seed: str) -> None:
        self.ledger = Ledger()
        self._chance = random.Random(seed)

    def act(self, db: Connection) -> None:
        """Book, or cancel or use a booking of ours."""
        live = [token for token, one in self.ledger.bookings.items() if one.state == "booked" and one.sure]
        if self._chance.random() < 0.5 or not live:
            self._book(db)
        else:
            self._end(db, self._chance.choice(live), "cancelled" if self._chance.random() < 0.8 else "used")

    def _book(self, db: Connection) -> None:
        number = len(self.ledger.bookings)
        token = "".join(LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(6))
        booked = Booked(self._chance.randint(1, 2), sure=False)
        self.ledger.bookings[token] = booked
        try:
            row = self._timed(
                db,
                """INSERT INTO booking (stock_id, token, quantity)
                   SELECT stock.id, %s, %s FROM stock JOIN offer ON offer.id = offer_id
                   WHERE stock.active AND offer.active ORDER BY random() LIMIT 1 RETURNING id""",
                [token, booked.quantity],
            )
        except psycopg.IntegrityError:  # sold out, or withdrawn at this moment
            row = None
        if row is None:
            del self.ledger.bookings[token]
            self.ledger.refused += 1
        else:
            booked.sure = True
            self.ledger.made += 1

    def _end(self, db: Connection, token: str, state: str) -> None:
        booked = self.ledger.bookings[token]
        booked.sure = False
        self._timed(
            db,
            f"UPDATE booking SET {state}_at = clock_timestamp() WHERE token = %s RETURNING id",
            [token],
        )
        booked.state, booked.sure = state, True

    def _timed(self, db: Connection, statement: str, values: list[Any]) -> dict[str, Any] | None:
        began = time.monotonic()
        row = db.execute(statement, values).fetchone()
        self.ledger.longest = max(self.ledger.longest, time.monotonic() - began)
        return row


def main(database_url: str, seed: str) -> None:
    people = Public(seed)
    db: Connection | None = None

    def is_over(seconds: float = 0.02) -> bool:
        return bool(select.select([sys.stdin], [], [], seconds)[0])

    while not is_over():
        try:
            db = db or connect(database_url)
            people.act(db)
        except psycopg.OperationalError:
            people.ledger.interrupted += 1
            if db is not None:
                db.close()
            db = None
            is_over(0.2)
    sys.stdout.write(json.dumps(asdict(people.ledger)))


if __name__ == "__main__":
    main(*sys.argv[1:])
