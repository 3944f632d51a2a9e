"""A process that books, uses and cancels without rest: `python -m tests.harm.bookings DATABASE_URL SEED`.

It goes on until its stdin ends, then says how many bookings it made and how many were refused.
"""

import random
import select
import sys

import psycopg

from models.database import connect


def main(database_url: str, seed: str) -> None:
    chance = random.Random(seed)
    made = refused = 0
    with connect(database_url) as db:
        while not select.select([sys.stdin], [], [], 0)[0]:
            what = chance.random()
            if what < 0.5:
                try:
                    db.execute(
                        """INSERT INTO booking (stock_id, token, quantity)
                           SELECT id, %s, %s FROM stock ORDER BY random() LIMIT 1""",
                        [
                            "".join(chance.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=6)),
                            chance.randint(1, 2),
                        ],
                    )
                    made += 1
                except psycopg.IntegrityError:  # sold out; now and then, a token drawn twice
                    refused += 1
            else:
                column = "cancelled_at" if what < 0.95 else "used_at"
                db.execute(
                    f"""UPDATE booking SET {column} = clock_timestamp()
                        WHERE id = (SELECT id FROM booking WHERE cancelled_at IS NULL AND used_at IS NULL
                                    ORDER BY random() LIMIT 1)"""
                )
    sys.stdout.write(f"{made} {refused}")


if __name__ == "__main__":
    main(*sys.argv[1:])
