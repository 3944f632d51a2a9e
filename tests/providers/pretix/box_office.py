"""A stand-in for pretix on loopback: its answers in the real API's shape, its paging, filters and refusals."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from providers.base import Item, VenueFacts, Visit
from providers.http import PoliteClient
from providers.pretix import PROVIDER
from providers.pretix.settings import PretixSettings
from providers.records import OfferRecord, Record, StockRecord
from tests.loopback import serving

FIXTURES = Path(__file__).parent / "fixtures"
TOKEN = "k9" * 32
NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
ECLUSE = VenueFacts("Théâtre de l’Écluse", "Europe/Paris", 47.32, 5.04)
SHOP = "https://pretix.eu/ecluse"


def shape(kind: str, /, **changes: Any) -> dict[str, Any]:
    """One object as pretix writes it, with all its fields."""
    return json.loads((FIXTURES / f"{kind}.json").read_text()) | changes


def days(number: float, now: datetime = NOW) -> str:
    return f"{now + timedelta(days=number):%Y-%m-%dT%H:%M:%SZ}"


def event(slug: str = "bateliers", **changes: Any) -> dict[str, Any]:
    return shape("event", slug=slug, **changes)


def series(slug: str = "bateliers", **changes: Any) -> dict[str, Any]:
    return event(slug, has_subevents=True, **changes)


def date(number: int, **changes: Any) -> dict[str, Any]:
    return shape("subevent", id=number, **changes)


def item(number: int, name: str = "Plein tarif", price: str = "25.00", **changes: Any) -> dict[str, Any]:
    return shape("item", id=number, name={"fr": name}, default_price=price, **changes)


def variation(number: int, name: str, price: str | None = None, **changes: Any) -> dict[str, Any]:
    return shape("variation", id=number, value={"fr": name}, default_price=price, **changes)


def quota(number: int, left: int | None = 100, *items: int, **changes: Any) -> dict[str, Any]:
    """A quota over items; `left` None is unlimited."""
    said = {"id": number, "items": list(items or (1,)), "size": left, "available_number": left}
    return shape("quota", **said, available=left != 0) | changes


def override(number: int, price: str | None, **changes: Any) -> dict[str, Any]:
    return shape("override", item=number, price=price, **changes)


@dataclass
class Sells:
    """An event with what it sells."""

    event: dict[str, Any]
    items: list[dict[str, Any]] = field(default_factory=lambda: [item(1)])
    quotas: list[dict[str, Any]] = field(default_factory=lambda: [quota(21)])
    dates: list[dict[str, Any]] = field(default_factory=list)
    settings: dict[str, Any] | None = field(default_factory=lambda: shape("settings"))


@dataclass
class BoxOffice:
    """What the organiser `ecluse` sells, and what it was asked; `refuse` answers in its place."""

    sells: dict[str, Sells] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    token: str = TOKEN
    most: int = 50
    refuse: Callable[[str], tuple[int, dict[str, str], bytes] | None] = lambda _: None

    def puts(self, *sold: Sells) -> None:
        self.sells = {each.event["slug"]: each for each in sold}

    def answer(self, target: str, token: str) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(target)
        self.asked.append(target)
        if refused := self.refuse(target):
            return refused
        if token != f"Token {self.token}":
            return _said(401, {"detail": "Invalid token."})
        path = parts.path.removeprefix("/api/v1/organizers/ecluse/")
        if path == parts.path:
            return _said(403, {"detail": "You do not have permission to perform this action."})
        asked = dict(parse_qsl(parts.query))
        match path.strip("/").split("/"):
            case [""]:
                return _said(200, shape("organizer"))
            case ["events"]:
                rows = sorted((each.event for each in self.sells.values()), key=lambda each: each["slug"])
                return self._page(rows, parts.path, asked)
            case ["subevents"]:
                rows = [row for each in self.sells.values() for row in each.dates]
                return self._page(_upcoming(rows, asked), parts.path, asked)
            case ["events", slug, *rest] if slug in self.sells:
                return self._of_event(self.sells[slug], rest, parts.path, asked)
        return _said(403, {"detail": "You do not have permission to perform this action."})

    def _of_event(
        self, sold: Sells, rest: list[str], path: str, asked: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        match rest:
            case []:
                return _said(200, sold.event)
            case ["settings"]:
                return _said(200 if sold.settings is not None else 403, sold.settings or {})
            case ["items"]:
                return self._page(sold.items, path, asked)
            case ["subevents"]:
                return self._page(_upcoming(sold.dates, asked), path, asked)
            case ["quotas"]:
                wanted = asked.get("subevent__in")
                rows = [q for q in sold.quotas if wanted is None or str(q["subevent"]) in wanted.split(",")]
                if asked.get("with_availability") != "true":
                    rows = [{k: v for k, v in q.items() if not k.startswith("available")} for q in rows]
                return self._page(rows, path, asked)
        return _said(404, {"detail": "Not found."})

    def _page(
        self, rows: list[dict[str, Any]], path: str, asked: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        number, size = int(asked.get("page", 1)), min(int(asked.get("page_size", 50)), self.most)
        some = rows[(number - 1) * size : number * size]
        if not some and number > 1:
            return _said(404, {"detail": "Invalid page."})
        more = number * size < len(rows)
        # an instance behind a proxy may not know its own address
        following = f"http://internal{path}?{urlencode({**asked, 'page': number + 1})}" if more else None
        return _said(200, {"count": len(rows), "next": following, "previous": None, "results": some})


def _upcoming(rows: list[dict[str, Any]], asked: Mapping[str, str]) -> list[dict[str, Any]]:
    after = asked.get("ends_after", "")
    active = asked.get("active") == "true"
    return [
        row for row in rows if (row["date_to"] or row["date_from"]) >= after and (row["active"] or not active)
    ]


def _said(status: int, document: Any) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(document).encode()


def on_loopback(office: BoxOffice) -> AbstractContextManager[str]:
    """Serve it; gives the base address."""
    return serving(lambda asked: office.answer(asked.target, asked.headers.get("authorization", "")))


@contextmanager
def visiting(office: BoxOffice, spool: Path, **changes: Any) -> Iterator[Visit[PretixSettings]]:
    """A visit over the real client; `waited` of the client's sleeps are none."""
    settings = PretixSettings(token=changes.pop("token", TOKEN))
    values = {"identifier": SHOP, "venue": ECLUSE, "clock": lambda: NOW, **changes}
    with (
        on_loopback(office) as address,
        PoliteClient(host_map={"pretix.eu": address}, sleep=lambda _: None) as client,
    ):
        yield Visit(settings=settings, http=client, spool=spool, **values)


def items_of(visit: Visit[PretixSettings]) -> dict[str, Item]:
    return {each.ref: each for page in PROVIDER.fetch(visit) for each in page.items}


def records_of(visit: Visit[PretixSettings]) -> dict[str, Record]:
    """Import as the engine does: ref → what it became."""
    return {
        ref: record for ref, each in items_of(visit).items() for record in PROVIDER.normalise(each, visit)
    }


def sold_by(sold: Sells, spool: Path, **changes: Any) -> Record:
    """What one event becomes."""
    office = BoxOffice()
    office.puts(sold)
    with visiting(office, spool, **changes) as visit:
        (record,) = records_of(visit).values()
    return record


def stocks_of(sold: Sells, spool: Path, **changes: Any) -> dict[str, StockRecord]:
    record = sold_by(sold, spool, **changes)
    assert isinstance(record, OfferRecord), record
    return {stock.ref: stock for stock in record.stocks}
