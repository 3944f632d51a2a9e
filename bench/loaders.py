"""Other ways to load a stock list, from rows already in memory: what ours is measured beside."""

from collections.abc import Callable, Sequence
from typing import Protocol

from models.database import connect

Row = tuple[str, int, str | None]


class Loader(Protocol):
    """A way to bring a venue's copies to what a list says."""

    name: str

    def load(self, rows: Sequence[Row]) -> None: ...

    def forget(self) -> None: ...


class Floor:
    """COPY and anti-joins, into the very tables that ours fills; no fingerprints, no ledger, no guard."""

    name = "floor"

    def __init__(self, database_url: str) -> None:
        self._db = connect(database_url)
        row = self._db.execute(
            """WITH structure AS (INSERT INTO offerer (siren, name)
                   SELECT lpad((900000000 + count(*))::text, 9, '0'), 'Plancher' FROM offerer RETURNING id),
               place AS (INSERT INTO venue (offerer_id, name) SELECT id, 'Plancher' FROM structure RETURNING id)
               INSERT INTO link (venue_id, provider, identifier, "interval")
               SELECT id, 'stock-api', 'floor', '1 hour' FROM place RETURNING id, venue_id"""
        ).fetchone()
        self._names = {"link": row["id"], "venue": row["venue_id"]}
        self._db.execute("CREATE TEMP TABLE said (ref text, available integer, price numeric(10, 2))")

    def load(self, rows: Sequence[Row]) -> None:
        with self._db.transaction():
            self._db.execute("TRUNCATE said")
            with self._db.cursor() as cursor, cursor.copy("COPY said FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            self._db.execute("ANALYZE said")
            for statement in FLOOR:
                self._db.execute(statement, self._names)

    def forget(self) -> None:
        self._db.close()


FLOOR = (
    """UPDATE stock SET remaining_at_provider = said.available, price = coalesce(said.price, product.price),
           quantity = greatest(booked_quantity, said.available), snapshot_at = now(), active = true
       FROM said JOIN product ON product.ean = said.ref
       JOIN offer ON offer.venue_id = %(venue)s AND offer.product_id = product.id
       WHERE stock.offer_id = offer.id AND stock.ref = 'copies' AND
           (stock.remaining_at_provider, stock.price) IS DISTINCT FROM
           (said.available, coalesce(said.price, product.price))""",
    """WITH made AS (
           INSERT INTO offer (venue_id, link_id, provider, product_id, category, title, description, image_url)
           SELECT %(venue)s, %(link)s, 'stock-api', product.id, 'livre', product.title, product.description,
               product.image_url
           FROM said JOIN product ON product.ean = said.ref
           WHERE said.available > 0 AND NOT EXISTS (
               SELECT FROM offer WHERE offer.venue_id = %(venue)s AND offer.product_id = product.id)
           RETURNING id, product_id)
       INSERT INTO stock (offer_id, ref, price, counting, remaining_at_provider, snapshot_at, quantity)
       SELECT made.id, 'copies', coalesce(said.price, product.price), 'shelf', said.available, now(), said.available
       FROM made JOIN product ON product.id = made.product_id JOIN said ON said.ref = product.ean""",
    """UPDATE offer SET active = false FROM product
       WHERE offer.link_id = %(link)s AND offer.active AND product.id = offer.product_id
         AND NOT EXISTS (SELECT FROM said WHERE said.ref = product.ean)""",
)

LOADERS: list[Callable[[str], Loader]] = [Floor]
