"""A process that books, uses and cancels without rest: `python -m tests.harm.bookings DATABASE_URL LETTER`.

The tokens of its bookings begin with its letter. What the partners know of them stands in the table
`at_the_partner`: one that deducts our bookings hears of one before it is written here, and of its end after;
a shop's shelf, when it is fetched. It goes on until its stdin ends, then says how many it made and how many
were refused.
"""

import random
import select
import sys

import psycopg

from models.database import Connection, connect

AT_THE_PARTNER = """
    CREATE TABLE at_the_partner (token text PRIMARY KEY, provider text NOT NULL, ref text NOT NULL,
        quantity integer NOT NULL)
"""
TAKE = "INSERT INTO at_the_partner (token, provider, ref, quantity) VALUES (%s, %s, %s, %s)"
PUT_BACK = "DELETE FROM at_the_partner WHERE token = %s"
ANY_STOCK = """
    SELECT stock.id, stock.ref, provider FROM stock JOIN offer ON offer.id = offer_id
    ORDER BY random() * CASE WHEN pool IS NULL THEN 1 ELSE 0.1 END LIMIT 1
"""
"""A room's rather than another's: three of its kinds of seat fill it, so that it is full most of the time."""
ANY_BOOKING = """
    SELECT booking.id, token, booking.quantity, stock.ref, provider
    FROM booking JOIN stock ON stock.id = stock_id JOIN offer ON offer.id = offer_id
    WHERE token LIKE %s AND cancelled_at IS NULL AND used_at IS NULL ORDER BY random() LIMIT 1
"""


def book(db: Connection, letter: str, chance: random.Random) -> bool:
    """Book some places of some date; False when there is none left."""
    stock = db.execute(ANY_STOCK).fetchone()
    token = letter + "".join(chance.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=5))
    places = chance.randint(1, 2)
    try:
        if stock["provider"] == "deducting":
            db.execute(TAKE, [token, stock["provider"], stock["ref"], places])
        db.execute(
            "INSERT INTO booking (stock_id, token, quantity) VALUES (%s, %s, %s)",
            [stock["id"], token, places],
        )
    except psycopg.errors.CheckViolation:
        db.execute(PUT_BACK, [token])
        return False
    except psycopg.errors.UniqueViolation:  # a token drawn twice
        return False
    return True


def cancel(db: Connection, booking: dict[str, object]) -> None:
    db.execute("UPDATE booking SET cancelled_at = clock_timestamp() WHERE id = %s", [booking["id"]])
    db.execute(PUT_BACK, [booking["token"]])


def use(db: Connection, booking: dict[str, object]) -> None:
    if booking["provider"] == "shelf":
        db.execute(TAKE, [booking["token"], booking["provider"], booking["ref"], booking["quantity"]])
    db.execute("UPDATE booking SET used_at = clock_timestamp() WHERE id = %s", [booking["id"]])


def main(database_url: str, letter: str) -> None:
    chance = random.Random(letter)
    made = refused = 0
    with connect(database_url) as db:
        while not select.select([sys.stdin], [], [], 0)[0]:
            what = chance.random()
            if what < 0.6:
                booked = book(db, letter, chance)
                made, refused = made + booked, refused + (not booked)
            elif booking := db.execute(ANY_BOOKING, [f"{letter}%"]).fetchone():
                (cancel if what < 0.95 else use)(db, booking)
    sys.stdout.write(f"{made} {refused}")


if __name__ == "__main__":
    main(*sys.argv[1:])
