"""The hook over a real database, called by the portal and by venues' scripts."""

import base64
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb
from standardwebhooks import Webhook

from models.access import digest_of
from models.database import Connection, connect
from runtime.settings import RuntimeSettings
from tests.conftest import ServicesForTests, own_database
from web.app import create_app
from workers.visits import Site

AGENDA = {"provider": "openagenda", "identifier": "47826291", "settings": {"capacity": "unlimited"}}
NOWHERE = "openagenda.com=http://127.0.0.1:9"
"""No partner is asked; a test that wants one says where it is."""


def new_key() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


@dataclass
class Portal:
    """Signs as docs/hook.md says, with what a test wants wrong."""

    key: str
    user: str = "camille@la-halle.example"
    role: str = "manage"

    def headers(self, method: str, target: str, body: bytes = b"", **wrong: Any) -> dict[str, str]:
        message = wrong.get("message") or f"msg_{secrets.token_hex(8)}"
        at = wrong.get("at") or datetime.now(UTC)
        user, role = wrong.get("user", self.user), wrong.get("role", self.role)
        text = f"{method} {target}\n{user}\n{role}\n{body.decode()}"
        return {
            "webhook-id": message,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(self.key).sign(message, at, text),
            "passerelle-user": user,
            "passerelle-role": role,
        }


@dataclass
class Town:
    """A venue with a link and an ended run, another venue, and who may call."""

    db: Connection
    site: Site
    app: FastAPI
    client: TestClient
    portal: Portal
    venue: int = 0
    other: int = 0
    link: int = 0
    run: int = 0
    notice: int = 0
    tokens: dict[tuple[int, str], str] = field(default_factory=dict)

    def call(
        self, method: str, path: str, body: Any = None, *, caller: Any = "portal", **headers: str
    ) -> Any:
        """Call as the portal, as somebody by their headers, or as nobody (None)."""
        content = b"" if body is None else json.dumps(body).encode()
        if caller == "portal":
            caller = self.portal
        if isinstance(caller, Portal):
            caller = caller.headers(method, path, content)
        kind = {"content-type": "application/json"} if content else {}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, path, content=content, headers=kind | (caller or {}) | given)

    def bearer(self, venue: int | None = None, role: str = "manage") -> dict[str, str]:
        """Give the headers of a token of a venue, made when first asked for."""
        venue = venue or self.venue
        if (venue, role) not in self.tokens:
            self.tokens[venue, role] = secrets.token_urlsafe(32)
            self.db.execute(
                "INSERT INTO access_token (venue_id, name, role, digest) VALUES (%s, %s, %s, %s)",
                [venue, f"script {role}", role, digest_of(self.tokens[venue, role])],
            )
        return {"authorization": f"Bearer {self.tokens[venue, role]}"}

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        clauses = "".join(f" AND {name} = %s" for name in where)
        return self.db.execute(
            f"SELECT * FROM {table} WHERE true{clauses} ORDER BY 1", list(where.values())
        ).fetchall()

    def row(self, table: str, **where: Any) -> dict[str, Any]:
        rows = self.rows(table, **where)
        assert len(rows) == 1, rows
        return rows[0]

    def end_runs(self, status: str = "succeeded") -> None:
        """Say that the open runs are over."""
        self.db.execute(
            "UPDATE sync_run SET status = %s, finished_at = now() WHERE status IN ('queued', 'running')",
            [status],
        )

    def new_link(self, venue: int, identifier: str = "1", **settings: Any) -> int:
        return self.db.execute(
            """INSERT INTO link (venue_id, provider, identifier, settings, "interval", next_run_at)
               VALUES (%s, 'openagenda', %s, %s, '1 hour', now() + interval '1 hour') RETURNING id""",
            [venue, identifier, Jsonb(settings)],
        ).fetchone()["id"]

    def new_run(self, link: int, **columns: Any) -> int:
        columns = {"queue": "agendas", "trigger": "schedule", "link_id": link} | columns
        names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
        return self.db.execute(
            f"INSERT INTO sync_run ({names}) VALUES ({marks}) RETURNING id", list(columns.values())
        ).fetchone()["id"]

    def new_notice(self, venue: int, link: int, kind: str = "booked_date_moved", **columns: Any) -> int:
        columns = {"kind": kind, "venue_id": venue, "link_id": link, "question": "Déplacée ?"} | columns
        names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
        return self.db.execute(
            f"INSERT INTO notice ({names}) VALUES ({marks}) RETURNING id", list(columns.values())
        ).fetchone()["id"]


@pytest.fixture
def settings(tmp_path: Path) -> RuntimeSettings:
    return RuntimeSettings(data_dir=tmp_path, portal_keys=f"{new_key()},{new_key()}", host_map=NOWHERE)


@pytest.fixture
def town(
    database_url: str, services_for_tests: ServicesForTests, settings: RuntimeSettings
) -> Iterator[Town]:
    """A town of this test's own."""
    with build_town(Site(database_url, services_for_tests.broker_url, settings)) as town:
        yield town


@pytest.fixture(scope="module")
def quiet_town(
    services_for_tests: ServicesForTests, migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """A town that the tests of a module share, since they change nothing in it."""
    settings = RuntimeSettings(
        data_dir=tmp_path_factory.mktemp("quiet"), portal_keys=f"{new_key()},{new_key()}", host_map=NOWHERE
    )
    with (
        own_database(services_for_tests, migrated) as url,
        build_town(Site(url, services_for_tests.broker_url, settings)) as town,
    ):
        yield town


@contextmanager
def build_town(site: Site) -> Iterator[Town]:
    app = create_app(site)
    with connect(site.database_url) as db, TestClient(app, raise_server_exceptions=False) as client:
        offerer = db.execute(
            """INSERT INTO offerer (siren, name, validated_at)
               VALUES ('732829320', 'Les Tréteaux', now()) RETURNING id"""
        ).fetchone()["id"]
        venues = [
            db.execute(
                "INSERT INTO venue (offerer_id, name) VALUES (%s, %s) RETURNING id", [offerer, name]
            ).fetchone()["id"]
            for name in ("La Halle", "Le Phare")
        ]
        portal = Portal(site.settings.portal_keys[0].get_secret_value())
        town = Town(db, site, app, client, portal, *venues)
        town.link = town.new_link(town.venue)
        town.run = town.new_run(town.link, status="succeeded", finished_at=datetime.now(UTC))
        town.notice = town.new_notice(town.venue, town.link)
        yield town
