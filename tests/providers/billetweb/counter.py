"""A stand-in for Billetweb on loopback: its answers in the real API's shape, its refusals inside a 200 body."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from providers.base import Item, VenueFacts, Visit
from providers.billetweb import PROVIDER
from providers.billetweb.settings import BilletwebSettings
from providers.http import PoliteClient
from providers.records import OfferRecord, Record, StockRecord
from tests.providers.pretix.box_office import on_loopback

FIXTURES = Path(__file__).parent / "fixtures"
USER, KEY = "16254", "k9" * 16
NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)
ECLUSE = VenueFacts("Théâtre de l’Écluse", "Europe/Paris", 47.32, 5.04)
REUNION = VenueFacts("Théâtre des Filaos", "Indian/Reunion", -21.1, 55.3)
TOO_FAST = {
    "error": "rate_limiting",
    "description": "You exceed the global rate limiter : 100 hits per minute",
}
CHALLENGE = (
    b"<!DOCTYPE html><title>Just a moment...</title><script src='/cdn-cgi/challenge-platform/x'></script>"
)


def shape(kind: str, /, **changes: Any) -> dict[str, Any]:
    """One object as Billetweb writes it, with all its fields."""
    return json.loads((FIXTURES / f"{kind}.json").read_text()) | changes


def event(number: str = "48213", **changes: Any) -> dict[str, Any]:
    return shape("event", id=number, **changes)


def series(number: str = "48213", **changes: Any) -> dict[str, Any]:
    return event(number, multiple="1", **changes)


def date(number: str = "910", start: str = "2030-02-01 20:30:00", **changes: Any) -> dict[str, Any]:
    return shape("date", id=number, start=start, end="", **changes)


def ticket(
    number: str = "31", name: str = "Plein tarif", price: Any = 18.0, **changes: Any
) -> dict[str, Any]:
    return shape("ticket", id=number, name=name, full_name=name, price=price, **changes)


def avail(number: str | None, left: Any, kind: str = "ticket", **changes: Any) -> dict[str, Any]:
    return shape("avail", type=kind, id=number, avail=left, **changes)


@dataclass
class Sells:
    """An event with what it sells; `avail` None: Billetweb has no such page."""

    event: dict[str, Any]
    dates: list[dict[str, Any]] = field(default_factory=list)
    tickets: list[dict[str, Any]] = field(default_factory=lambda: [ticket()])
    avail: list[dict[str, Any]] | None = None


@dataclass
class Counter:
    """What the account sells, and what it was asked; `refuse` answers in its place."""

    sells: dict[str, Sells] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    refuse: Callable[[str], Any] = lambda _: None

    def puts(self, *sold: Sells) -> None:
        self.sells = {each.event["id"]: each for each in sold}

    @property
    def paths(self) -> list[str]:
        return [urlsplit(each).path.removeprefix("/api/") for each in self.asked]

    def answer(self, target: str, authorization: str) -> tuple[int, dict[str, str], bytes]:
        del authorization
        parts, asked = urlsplit(target), dict(parse_qsl(urlsplit(target).query))
        self.asked.append(target)
        refused = self.refuse(parts.path)
        if isinstance(refused, tuple):
            return refused
        if refused is not None:
            return _said(refused)
        if (asked.get("user"), asked.get("key"), asked.get("version")) != (USER, KEY, "1"):
            return _said({"error": "unauthorized", "description": "wrong user or key"})
        match parts.path.removeprefix("/api/").split("/"):
            case ["events"]:
                return _said([each.event for each in self.sells.values()])
            case ["event", number, what] if number in self.sells:
                found = getattr(self.sells[number], what)
                return (404, {}, b"") if found is None else _said(found)
        return 404, {}, b""


def _said(document: Any) -> tuple[int, dict[str, str], bytes]:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return 200, {"Content-Type": "text/html; charset=UTF-8"}, body


@contextmanager
def visiting(counter: Counter, spool: Path, **changes: Any) -> Iterator[Visit[BilletwebSettings]]:
    """A visit over the real client; the client's sleeps are none."""
    names = BilletwebSettings.model_fields
    settings = BilletwebSettings(
        **{"key": KEY} | {name: changes.pop(name) for name in names if name in changes}
    )
    values = {"identifier": USER, "venue": ECLUSE, "clock": lambda: NOW, **changes}
    with (
        on_loopback(counter) as address,
        PoliteClient(host_map={"www.billetweb.fr": address}, sleep=lambda _: None) as client,
    ):
        yield Visit(settings=settings, http=client, spool=spool, **values)


def items_of(visit: Visit[BilletwebSettings]) -> dict[str, Item]:
    return {each.ref: each for page in PROVIDER.fetch(visit) for each in page.items}


def records_of(visit: Visit[BilletwebSettings]) -> dict[str, Record]:
    """Import as the engine does: ref → what it became."""
    return {
        ref: record for ref, each in items_of(visit).items() for record in PROVIDER.normalise(each, visit)
    }


def sold_by(sold: Sells, spool: Path, **changes: Any) -> Any:
    """What one event becomes."""
    counter = Counter()
    counter.puts(sold)
    with visiting(counter, spool, **changes) as visit:
        (record,) = records_of(visit).values()
    return record


def stocks_of(sold: Sells, spool: Path, **changes: Any) -> dict[str, StockRecord]:
    record = sold_by(sold, spool, **changes)
    assert isinstance(record, OfferRecord), record
    return {stock.ref: stock for stock in record.stocks}
