"""A real pretix on loopback, asked by its staff through its API; and `passerelle` linked to it."""

import json
import logging
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import requests
import structlog

from models.database import Connection
from runtime.settings import settings
from tests.cli.conftest import Passerelle
from tests.peers.pretix.install import FRESH, INSIDE, PYTHON, READY, environment


@dataclass
class RealPretix:
    """The organiser `ecluse`; `staff` may do everything, `reader` may only look."""

    url: str
    staff: str
    reader: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask as the staff, below the organiser."""
        answer = requests.request(
            method,
            f"{self.url}/api/v1/organizers/ecluse/{path}",
            json=body,
            headers={"Authorization": f"Token {self.staff}"},
            timeout=60,
        )
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer.json() if answer.content else None

    def opens(self, slug: str, **changes: Any) -> "Event":
        """Make an event whose shop is open as soon as it sells something."""
        said = {
            "name": {"fr": f"Les Bateliers, {slug}"},
            "slug": slug,
            "currency": "EUR",
            "date_from": day(30),
            "is_public": True,
            "has_subevents": False,
            "location": {"fr": "Théâtre de l’Écluse"},
            "plugins": ["pretix.plugins.banktransfer"],
            **changes,
        }
        self.ask("POST", "events/", said)
        return Event(self, slug)


@dataclass
class Event:
    """One event of the shop."""

    pretix: RealPretix
    slug: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        return self.pretix.ask(method, f"events/{self.slug}/{path}", body)

    def item(self, name: str, price: str, **changes: Any) -> int:
        said = {"name": {"fr": name}, "default_price": price, "admission": True, **changes}
        return self.ask("POST", "items/", said)["id"]

    def date(self, number: int, **changes: Any) -> int:
        said = {
            "name": {"fr": self.slug},
            "date_from": day(number),
            "active": True,
            "is_public": True,
            "item_price_overrides": [],
            "variation_price_overrides": [],
            "meta_data": {},
            **changes,
        }
        return self.ask("POST", "subevents/", said)["id"]

    def quota(self, size: int | None, items: list[int], date: int | None = None) -> int:
        said = {"name": "salle", "size": size, "items": items, "variations": [], "subevent": date}
        return self.ask("POST", "quotas/", said)["id"]

    def goes_live(self) -> None:
        self.ask("PATCH", "", {"live": True})

    def sells(self, item: int, date: int | None = None, number: int = 1) -> str:
        """Sell some tickets; gives the order's code."""
        position = {"item": item, "variation": None, "price": None, "subevent": date, "answers": []}
        order = {
            "email": "acheteuse@example.org",
            "locale": "en",
            "sales_channel": "web",
            "status": "p",
            "payment_provider": "manual",
            "positions": [position] * number,
        }
        return self.ask("POST", "orders/", order)["code"]

    def cancels(self, order: str) -> None:
        self.ask("POST", f"orders/{order}/mark_canceled/", {"send_email": False})


def day(number: int) -> str:
    """Eight in the evening, so many days from now."""
    evening = datetime.now(UTC).replace(hour=19, minute=0, second=0, microsecond=0)
    return (evening + timedelta(days=number)).isoformat()


@pytest.fixture(scope="session")
def pretix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealPretix]:
    if not READY.exists():
        pytest.skip("no real pretix here: make test-pretix sets one up")
    data = tmp_path_factory.mktemp("pretix")
    shutil.copy(FRESH / "db.sqlite3", data)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    given = dict(environment(data, url))
    founded = subprocess.run(
        [PYTHON, INSIDE, "found"], env=given, cwd=data, check=True, capture_output=True, text=True
    )
    keys = json.loads(founded.stdout.splitlines()[-1])
    with _served(port, given, data):
        yield RealPretix(url, keys["staff"], keys["reader"])


@contextmanager
def _served(port: int, given: dict[str, str], data: Path) -> Iterator[None]:
    with (data / "serve.log").open("wb") as log:
        server = subprocess.Popen(
            [PYTHON, INSIDE, "serve", str(port)], env=given, cwd=data, stdout=subprocess.PIPE, stderr=log
        )
        try:
            assert server.stdout is not None
            said = server.stdout.readline()
            assert said == b"ready\n", (data / "serve.log").read_text()[-2000:]
            yield
        finally:
            server.terminate()
            server.wait(20)
            server.stdout.close()


@pytest.fixture
def passerelle(
    pretix: RealPretix,
    database_url: str,
    db: Connection,
    services_for_tests: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Passerelle]:
    """The command line, for which pretix.eu is the real pretix on loopback."""
    for name, value in {
        "DATABASE_URL": database_url,
        "BROKER_URL": services_for_tests.broker_url,
        "DATA_DIR": str(tmp_path),
        "HOST_MAP": f"pretix.eu={pretix.url}",
    }.items():
        monkeypatch.setenv(f"PASSERELLE_{name}", value)
    settings.cache_clear()
    with redis.Redis.from_url(services_for_tests.broker_url) as client:
        client.flushdb()
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    yield Passerelle(None, db)  # type: ignore[arg-type] - no agenda here
    root.handlers, root.level = before
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    settings.cache_clear()
