"""A validated structure with a venue, and short words to add offers, dates and bookings."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.database import Connection, session
from tests.workers.conftest import Scene, scene

__all__ = ["scene"]


@dataclass
class Portal:
    """What the portal and the application write."""

    db: Connection
    venue: int
    _tokens: Any = field(default_factory=lambda: (f"TOK{n:03}" for n in itertools.count()))

    def add(self, table: str, **columns: Any) -> int:
        names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
        return self.db.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id", list(columns.values())
        ).fetchone()["id"]

    def offer(self, **columns: Any) -> int:
        return self.add(
            "offer", **{"venue_id": self.venue, "title": "Cyrano", "category": "spectacle_vivant"} | columns
        )

    def stock(self, offer: int, **columns: Any) -> int:
        words = {
            "offer_id": offer,
            "ref": "s",
            "price": 0,
            "counting": "capacity",
            "capacity": 10,
            "quantity": 10,
        }
        starts = self.db.execute("SELECT now() + interval '2 days' AS at").fetchone()["at"]
        return self.add("stock", **words | {"starts_at": starts} | columns)

    def book(self, stock: int, quantity: int = 1) -> int:
        return self.add("booking", stock_id=stock, quantity=quantity, token=next(self._tokens))

    def reasons(self, offer: int) -> list[str]:
        return self.db.execute("SELECT why_not_published(%s) AS why", [offer]).fetchone()["why"]

    def one(self, query: str, *values: Any) -> Any:
        row = self.db.execute(query, list(values)).fetchone()
        return next(iter(row.values())) if row else None


@pytest.fixture
def portal(db: Connection) -> Portal:
    offerer = db.execute(
        "INSERT INTO offerer (siren, name, validated_at) VALUES ('732829320', 'Les Tréteaux', now()) RETURNING id"
    ).fetchone()["id"]
    venue = db.execute(
        "INSERT INTO venue (offerer_id, name) VALUES (%s, 'La Halle') RETURNING id", [offerer]
    ).fetchone()["id"]
    return Portal(db, venue)


@pytest.fixture
def orm(scene: Scene) -> Iterator[Session]:
    """A session of the scene's database; what a test writes in it, it commits."""
    with session(scene.site.database_url) as db:
        yield db
