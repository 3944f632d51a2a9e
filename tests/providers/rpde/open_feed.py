"""A stand-in for any site with RPDE feeds: ordered by (modified, id), paged, filtered, with its faults."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from providers.base import Item, Page, VenueFacts, Visit
from providers.errors import PartnerError
from providers.http import Answer, PoliteClient
from providers.records import OfferRecord, Record
from providers.rpde import PROVIDER
from providers.rpde.settings import RpdeSettings

FIXTURES = Path(__file__).parent / "fixtures"
HOME = "https://data.filature.example/rpde/scheduled-sessions"
SERIES = "https://data.filature.example/rpde/session-series"
NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)
FILATURE = VenueFacts("La Filature", "Europe/Paris", 47.75, 7.34)


def shape(kind: str, /, **changes: Any) -> dict[str, Any]:
    """One object as a feed writes it; a change to None takes the field away."""
    said = json.loads((FIXTURES / f"{kind}.json").read_text()) | changes
    return {name: value for name, value in said.items() if value is not None}


def session(**changes: Any) -> dict[str, Any]:
    """A ScheduledSession with its SessionSeries in it."""
    return shape("scheduled_session", **changes)


def series(**changes: Any) -> dict[str, Any]:
    return shape("session_series", **changes)


def updated(number: Any, data: Any, modified: Any = 1, kind: Any = "ScheduledSession") -> dict[str, Any]:
    return {"state": "updated", "kind": kind, "id": number, "modified": modified, "data": data}


def deleted(number: Any, modified: Any = 1, kind: Any = "ScheduledSession") -> dict[str, Any]:
    return {"state": "deleted", "kind": kind, "id": number, "modified": modified}


@dataclass
class Feed:
    """The entries of a feed; `shows` filters a page of them, after it was cut."""

    entries: list[Any] = field(default_factory=list)
    size: int = 2
    shows: Callable[[Any], bool] = lambda _: True
    base: str = ""

    def page(self, address: str) -> dict[str, Any]:
        asked = dict(parse_qsl(urlsplit(address).query))
        after = (int(asked.get("afterTimestamp", -1)), asked.get("afterId", ""))
        ordered = sorted(self.entries, key=lambda each: (int(each["modified"]), str(each["id"])))
        rest = [each for each in ordered if (int(each["modified"]), str(each["id"])) > after]
        cut = rest[: self.size]
        following = address
        if cut:
            last = cut[-1]
            base = self.base or address.partition("?")[0]
            following = f"{base}?afterTimestamp={last['modified']}&afterId={quote(str(last['id']), safe='')}"
        items = [each for each in cut if self.shows(each)]
        return {"next": following, "items": items, "license": "https://creativecommons.org/licenses/by/4.0/"}


class Site(PoliteClient):
    """Answers with the page that an address names; remembers what it was asked."""

    def __init__(self, *entries: Any, **feeds: Any) -> None:
        super().__init__()
        self.feed = Feed(list(entries))
        self.pages: dict[str, Any] = {}
        self.feeds = {HOME: self.feed, **feeds}
        self.asked: list[str] = []

    def get(self, url, *, params=None, headers=None, budget_key=None, limit=None):
        self.asked.append(url)
        said = self.pages.get(url)
        if said is None:
            said = self.feeds[url.partition("?")[0]].page(url)
        if isinstance(said, PartnerError):
            raise said
        body = said if isinstance(said, bytes) else json.dumps(said, default=_number).encode()
        return Answer(200, {"Content-Type": "application/json"}, body, url, NOW)


def _number(value: Any) -> Any:
    assert isinstance(value, Decimal)
    return str(value)


def visiting(site: Site, spool: Path, **changes: Any) -> Visit[RpdeSettings]:
    names = RpdeSettings.model_fields
    settings = RpdeSettings(**{name: changes.pop(name) for name in names if name in changes})
    values = {"identifier": HOME, "venue": FILATURE, "clock": lambda: NOW, **changes}
    return Visit(settings=settings, http=site, spool=spool, **values)


def pages_of(site: Site, spool: Path, **changes: Any) -> list[Page]:
    return list(PROVIDER.fetch(visiting(site, spool, **changes)))


def items_of(site: Site, spool: Path, **changes: Any) -> list[Item]:
    return [item for page in pages_of(site, spool, **changes) for item in page.items]


def became(data: Any, spool: Path, **changes: Any) -> Record:
    """What one opportunity becomes."""
    site = Site(updated("1", data))
    visit = visiting(site, spool, **changes)
    (item,) = [item for page in PROVIDER.fetch(visit) for item in page.items]
    (record,) = PROVIDER.normalise(item, visit)
    return record


def offered(data: Any, spool: Path, **changes: Any) -> OfferRecord:
    record = became(data, spool, **changes)
    assert isinstance(record, OfferRecord), record
    return record


def stock_of(data: Any, spool: Path, **changes: Any) -> Any:
    (stock,) = offered(data, spool, **changes).stocks
    return stock


def offer(price: Any = 12.5, name: str = "Plein tarif", **changes: Any) -> dict[str, Any]:
    return {"@type": "Offer", "name": name, "price": price, "priceCurrency": "EUR", **changes}
