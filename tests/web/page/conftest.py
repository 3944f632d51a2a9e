"""A venue and its page, served in this process; its partner is scripted, and runs are done at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb
from starlette.concurrency import run_in_threadpool

import providers.registry
import web.page.partners
from models.access import opening_link
from models.database import Connection
from runtime.settings import RuntimeSettings
from tests.web.page import partners
from tests.workers.scripted import Partner
from web.app import create_app
from workers.sync import Ended, synchronise
from workers.visits import Site


def do_run(site: Site, run_id: int) -> None:
    """Do a run in this process, to its end."""
    while synchronise(run_id, site) is Ended.GAVE_WAY:
        pass


class AtOnce:
    """Tells the workers by doing their work, before the next request is answered."""

    def __init__(self, site: Site, publish: Callable[[Site, int], None] = do_run) -> None:
        self._site, self._publish = site, publish

    async def tell_afterwards(self, run_id: int, queue: str) -> None:
        del queue
        await run_in_threadpool(self._publish, self._site, run_id)


def application(site: Site, publish: Callable[[Site, int], None] = do_run) -> FastAPI:
    """The application, whose runs are published so."""
    app = create_app(site)
    app.state.hook = replace(app.state.hook, publisher=AtOnce(site, publish))
    return app


@dataclass
class Venue:
    """A venue of the tests: its database, its page, and what is asked of them."""

    db: Connection
    site: Site
    id: int
    app: FastAPI
    partner: Partner

    @property
    def home(self) -> str:
        return f"/lieux/{self.id}"

    def opened(self, role: str = "manage", user: str = "Camille Roux") -> TestClient:
        """A browser of somebody who came from the portal."""
        browser = TestClient(self.app)
        answer = browser.get(opening_link(self.id, user, role, configured=self.site.settings))
        assert answer.status_code == 200, answer.text
        return browser

    def link(self, provider: str = "scripted", identifier: str = "1", **settings: Any) -> int:
        return self.one(
            """INSERT INTO link (venue_id, provider, identifier, settings, "interval", next_run_at)
               VALUES (%s, %s, %s, %s, '1 hour', now() + interval '1 hour') RETURNING id""",
            self.id,
            provider,
            identifier,
            Jsonb(settings),
        )

    def run(self, link: int) -> int:
        """Import a source and give the run."""
        run = self.one(
            "INSERT INTO sync_run (link_id, queue, trigger) VALUES (%s, 'manual', 'person') RETURNING id",
            link,
        )
        do_run(self.site, run)
        return run

    def imported(self, *events: Any, **settings: Any) -> int:
        """A source that brought these events."""
        self.partner.lists(*events)
        link = self.link(**({"capacity": 20} | settings))
        self.run(link)
        return link

    def one(self, statement: str, *values: Any) -> Any:
        row = self.db.execute(statement, values).fetchone()
        return next(iter(row.values())) if row else None

    def rows(self, table: str, **where: Any) -> list[Mapping[str, Any]]:
        clauses = "".join(f" AND {name} = %s" for name in where)
        return self.db.execute(
            f"SELECT * FROM {table} WHERE true{clauses} ORDER BY 1", list(where.values())
        ).fetchall()

    def book(self, stock: int, quantity: int = 1, token: str = "ABC234") -> None:
        self.db.execute(
            "INSERT INTO booking (stock_id, token, quantity) VALUES (%s, %s, %s)", [stock, token, quantity]
        )


@pytest.fixture
def site(database_url: str, services_for_tests: Any, tmp_path: Path) -> Site:
    configured = RuntimeSettings(data_dir=tmp_path, contacts={"81": "passculture@tarn.example"})
    return Site(database_url, services_for_tests.broker_url, configured)


@pytest.fixture
def scripted_partners(monkeypatch: pytest.MonkeyPatch) -> Iterator[Partner]:
    known = MappingProxyType({"scripted": "tests.web.page.partners:PROVIDER"})
    monkeypatch.setattr(providers.registry, "provider_modules", lambda: known)
    monkeypatch.setattr(web.page.partners, "provider_modules", lambda: known)
    providers.registry.provider.cache_clear()
    partners.PARTNER.__init__(page_items=50)
    yield partners.PARTNER
    providers.registry.provider.cache_clear()


@pytest.fixture
def venue(db: Connection, site: Site, scripted_partners: Partner) -> Iterator[Venue]:
    app = application(site)
    yield Venue(db, site, new_venue(db), app, scripted_partners)
    app.state.hook.engine.dispose()


def new_venue(db: Connection, name: str = "Théâtre des Tréteaux", *, validated: bool = True) -> int:
    offerer = db.execute(
        "INSERT INTO offerer (siren, name, validated_at) VALUES ('732829320', 'Association Les Tréteaux d’Albi', %s)"
        " ON CONFLICT (siren) DO UPDATE SET name = excluded.name RETURNING id",
        ["2026-01-01" if validated else None],
    ).fetchone()["id"]
    return db.execute(
        "INSERT INTO venue (offerer_id, name, postal_code, city, address)"
        " VALUES (%s, %s, '81000', 'Albi', '2 place du Marché') RETURNING id",
        [offerer, name],
    ).fetchone()["id"]


@pytest.fixture
def shop(db: Connection, site: Site) -> Iterator[Any]:
    """A bookshop, whose partners are the real adapters."""
    from tests.web.page.shop import Bookshop  # noqa: PLC0415 - it is made of this module's venue

    app = application(site)
    yield Bookshop(Venue(db, site, new_venue(db, "Librairie de l’Écluse"), app, Partner()))
    app.state.hook.engine.dispose()
