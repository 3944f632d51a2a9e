"""Other ways to load a stock list, from rows already in memory: what ours is measured beside.

Each is made in a process of its own. The floor fills the very tables that ours fills; the others fill
one small table, which is less work. A line that is no longer listed stays there with
`listed = false` where its loader can tell.
"""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.stand import Shop
from bench.stock_partner import eans, rows
from models.database import connect, sqlalchemy_url
from workers.visits import Site

Row = tuple[str, int, str | None]
"""A line: its EAN, its copies, its price in euros if it says one."""
A_BATCH = 1_000


def in_memory(lines: int, variant: str) -> list[Row]:
    """Give a variant of the partner's list as Python rows."""
    found = []
    for ref, row in rows(eans(lines), variant):
        said = json.loads(row, parse_float=str)
        found.append((ref, said["available"], said.get("price")))
    return found


def batches(listed: Sequence[Row], size: int = A_BATCH) -> Iterator[Sequence[Row]]:
    for start in range(0, len(listed), size):
        yield listed[start : start + size]


class Loader:
    """A way to bring the copies that we hold to what a list says."""

    name: ClassVar[str]
    most: ClassVar[int | None] = None
    """Lines beyond which it is too slow to wait for: its time is then told in proportion."""

    def __init__(self, site: Site, lines: int, shop: Shop) -> None:
        self.site, self.lines, self.shop = site, lines, shop
        self.listed: list[Row] = []

    def ready(self, variant: str) -> None:
        """Have the rows in memory and a connection open, before the clock starts."""
        self.listed = in_memory(self.lines, variant)
        self.open()

    def open(self) -> None:
        raise NotImplementedError

    def load(self) -> None:
        raise NotImplementedError


class Floor(Loader):
    """COPY and anti-joins into the very tables that ours fills; no fingerprints, no ledger, no guard."""

    name = "floor"

    def open(self) -> None:
        self._db = connect(self.site.database_url, session_settings=FLOOR_SESSION)
        self._db.execute("CREATE TEMP TABLE said (ref text, available integer, price numeric(10, 2))")

    def load(self) -> None:
        with self._db.transaction():
            with self._db.cursor() as cursor, cursor.copy("COPY said FROM STDIN") as copy:
                for batch in batches(self.listed):
                    copy.write(
                        "".join([f"{ref}\t{available}\t{price or NULL}\n" for ref, available, price in batch])
                    )
            self._db.execute("ANALYZE said")
            for statement in FLOOR:
                self._db.execute(statement, {"venue": self.shop.venue, "link": self.shop.link})


NULL = "\\N"
FLOOR_SESSION = {"enable_nestloop": "off", "work_mem": "64MB"}
"""A plan made for the empty table would else scan what it has just inserted once for each line."""
FLOOR = (
    """UPDATE stock SET remaining_at_provider = said.available, price = coalesce(said.price, product.price),
           quantity = greatest(booked_quantity, said.available), snapshot_at = now(), active = true
       FROM said JOIN product ON product.ean = said.ref
       JOIN offer ON offer.venue_id = %(venue)s AND offer.product_id = product.id
       WHERE stock.offer_id = offer.id AND stock.ref = 'copies' AND
           (stock.remaining_at_provider, stock.price) IS DISTINCT FROM
           (said.available, coalesce(said.price, product.price))""",
    """WITH made AS (
           INSERT INTO offer
               (venue_id, link_id, provider, product_id, category, title, description, image_url)
           SELECT %(venue)s, %(link)s, 'stock-api', product.id, 'livre', product.title, product.description,
               product.image_url
           FROM said JOIN product ON product.ean = said.ref
           WHERE said.available > 0 AND NOT EXISTS (
               SELECT FROM offer WHERE offer.venue_id = %(venue)s AND offer.product_id = product.id)
           RETURNING id, product_id)
       INSERT INTO stock (offer_id, ref, price, counting, remaining_at_provider, snapshot_at, quantity)
       SELECT made.id, 'copies', coalesce(said.price, product.price), 'shelf', said.available, now(),
           said.available
       FROM made JOIN product ON product.id = made.product_id JOIN said ON said.ref = product.ean""",
    """UPDATE offer SET active = false FROM product
       WHERE offer.link_id = %(link)s AND offer.active AND product.id = offer.product_id
         AND NOT EXISTS (SELECT FROM said WHERE said.ref = product.ean)""",
)


class Base(DeclarativeBase):
    pass


class Line(Base):
    """The one table that the peers fill."""

    __tablename__ = "line"
    __table_args__ = ({"schema": "peer"},)

    ref: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    available: Mapped[int]
    price: Mapped[Decimal | None] = mapped_column(sa.Numeric(10, 2))
    listed: Mapped[bool] = mapped_column(default=True)


class _IntoOneTable(Loader):
    def open(self) -> None:
        self._engine = sa.create_engine(sqlalchemy_url(self.site.database_url))
        with self._engine.begin() as connection:
            connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS peer")
            Base.metadata.create_all(connection)


class Core(_IntoOneTable):
    """SQLAlchemy Core: `INSERT … ON CONFLICT … WHERE distinct`, a thousand rows an execution."""

    name = "core"

    def load(self) -> None:
        with self._engine.begin() as connection:
            for batch in batches(self.listed):
                connection.execute(
                    UPSERT,
                    [{"ref": ref, "available": available, "price": price} for ref, available, price in batch],
                )
            here = [ref for ref, _, _ in self.listed]
            still = sa.func.unnest(sa.bindparam("here", here, type_=sa.ARRAY(sa.Text))).column_valued("ref")
            gone = ~sa.exists().where(still == Line.ref)
            connection.execute(sa.update(Line).where(Line.listed, gone).values(listed=False))


_MADE = insert(Line)
UPSERT = _MADE.on_conflict_do_update(
    index_elements=[Line.ref],
    set_={"available": _MADE.excluded.available, "price": _MADE.excluded.price, "listed": True},
    where=sa.tuple_(Line.available, Line.price, Line.listed).is_distinct_from(
        sa.tuple_(_MADE.excluded.available, _MADE.excluded.price, sa.true())
    ),
)


class Orm(_IntoOneTable):
    """SQLAlchemy's ORM, row by row, a thousand rows a commit."""

    name = "orm"
    most = 2_000

    def load(self) -> None:
        met = set()
        with Session(self._engine) as session:
            for batch in batches(self.listed):
                for ref, available, price in batch:
                    line = session.get(Line, ref)
                    if line is None:
                        line = Line(ref=ref)
                        session.add(line)
                    line.available, line.listed = available, True
                    money = None if price is None else Decimal(price)
                    if line.price != money:
                        line.price = money
                    met.add(ref)
                session.commit()
                session.expunge_all()
            for line in session.scalars(sa.select(Line).where(Line.listed)):
                line.listed = line.ref in met
            session.commit()
