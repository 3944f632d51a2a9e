"""A venue linked to a scripted partner, and its runs done in this process."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from models.database import Connection
from runtime.settings import RuntimeSettings
from tests.workers.scripted import Partner, Scripted, ScriptedApart, ScriptedStream, ScriptedWithSessions
from tests.workers.shop import ScriptedCatalogue, ScriptedList, ScriptedListOfChanges, Shelf, Shop, book
from workers.sync import Ended, synchronise
from workers.visits import Site


@dataclass
class Scene:
    """A venue, its link, and the words of a test: list, import, look."""

    db: Connection
    site: Site
    partner: Partner
    venue: int
    link: int
    shop: Shop = field(default_factory=Shop)
    shelf: Shelf = field(default_factory=Shelf)
    own_shelf: Shelf = field(default_factory=Shelf)
    catalogue: int = 0

    def new_link(self, provider: str = "scripted", identifier: str = "1", **settings: Any) -> int:
        return self.db.execute(
            """INSERT INTO link (venue_id, provider, identifier, settings, "interval", next_run_at)
               VALUES (%s, %s, %s, %s, '1 hour', now()) RETURNING id""",
            [self.venue, provider, identifier, Jsonb(settings)],
        ).fetchone()["id"]

    def new_catalogue(self) -> int:
        """An operator's catalogue: a link without venue."""
        return self.db.execute(
            """INSERT INTO link (provider, identifier, "interval", next_run_at)
               VALUES ('scripted-catalogue', '1', '1 hour', now()) RETURNING id"""
        ).fetchone()["id"]

    def copies(self) -> dict[str, tuple[Any, ...]]:
        """What is on sale: title → (quantity, price, active)."""
        rows = self.db.execute(
            """SELECT title, quantity, stock.price, offer.active FROM stock JOIN offer ON offer.id = offer_id
               WHERE product_id IS NOT NULL ORDER BY title"""
        )
        return {row["title"]: (row["quantity"], row["price"], row["active"]) for row in rows}

    def ask(self, link: int | None = None, **columns: Any) -> int:
        columns = {"queue": "manual", "trigger": "person", "link_id": link or self.link} | columns
        names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
        return self.db.execute(
            f"INSERT INTO sync_run ({names}) VALUES ({marks}) RETURNING id", list(columns.values())
        ).fetchone()["id"]

    def run(self, link: int | None = None, site: Site | None = None, **columns: Any) -> Mapping[str, Any]:
        """Import and give the run's row."""
        run = self.ask(link, **columns)
        while synchronise(run, site or self.site) is Ended.GAVE_WAY:
            pass
        return self.row("sync_run", id=run)

    def row(self, table: str, **where: Any) -> Mapping[str, Any]:
        rows = self.rows(table, **where)
        assert len(rows) == 1, rows
        return rows[0]

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        clauses = "".join(f" AND {name} = %s" for name in where)
        return self.db.execute(
            f"SELECT * FROM {table} WHERE true{clauses} ORDER BY 1", list(where.values())
        ).fetchall()

    def counts(self, run: Mapping[str, Any], *words: str) -> list[int]:
        return [run["counters"]["items"].get(word, 0) for word in words]

    def book(self, stock: int, quantity: int = 1, token: str = "ABC234") -> int:
        return self.db.execute(
            "INSERT INTO booking (stock_id, token, quantity) VALUES (%s, %s, %s) RETURNING id",
            [stock, token, quantity],
        ).fetchone()["id"]

    def reasons(self, offer: int) -> list[str]:
        return self.db.execute("SELECT why_not_published(%s) AS why", [offer]).fetchone()["why"]

    def with_settings(self, **settings: Any) -> Site:
        return replace(self.site, settings=self.site.settings.model_copy(update=settings))


@pytest.fixture
def scene(
    db: Connection,
    database_url: str,
    services_for_tests: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Scene:
    partner, shop, shelf, own_shelf = Partner(), Shop(), Shelf(), Shelf()
    adapters = {
        "scripted-list": ScriptedList(shop),
        "scripted-list-of-changes": ScriptedListOfChanges(shop),
        "scripted-catalogue": ScriptedCatalogue(shelf),
        "scripted-own-catalogue": ScriptedCatalogue(own_shelf),
        "scripted": Scripted(partner),
        "scripted-sessions": ScriptedWithSessions(partner),
        "scripted-apart": ScriptedApart(partner),
        "scripted-stream": ScriptedStream(partner),
    }
    for where in ("providers.registry", "schedules.tick"):
        monkeypatch.setattr(f"{where}.provider_modules", lambda: MappingProxyType(dict.fromkeys(adapters)))
    for module in ("workers.visits", "workers.endings", "workers.decisions", "schedules.tick"):
        monkeypatch.setattr(f"{module}.provider", adapters.__getitem__)
    offerer = db.execute(
        "INSERT INTO offerer (siren, name, validated_at) VALUES ('732829320', 'Les Tréteaux', now()) RETURNING id"
    ).fetchone()["id"]
    venue = db.execute(
        "INSERT INTO venue (offerer_id, name) VALUES (%s, 'La Halle') RETURNING id", [offerer]
    ).fetchone()["id"]
    site = Site(database_url, services_for_tests.broker_url, RuntimeSettings(data_dir=tmp_path))
    scene = Scene(db, site, partner, venue, 0, shop, shelf, own_shelf)
    scene.link = scene.new_link(capacity=20)
    return scene


@pytest.fixture
def shop(scene: Scene) -> Scene:
    """A bookshop with a list, and an operator's catalogue that knows twelve books."""
    scene.link = scene.new_link("scripted-list")
    scene.catalogue = scene.new_catalogue()
    scene.shelf.books = [book(number) for number in range(1, 13)]
    scene.run(scene.catalogue)
    return scene
