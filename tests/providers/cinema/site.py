"""A cinema partner on loopback: answers as it is told to, and remembers what it was asked."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from providers.base import Check, Item, Page, Provider, VenueFacts, Visit
from providers.http import PoliteClient
from providers.records import OfferRecord, Record, StockRecord
from tests.loopback import Asked, Reply, serving

NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)
LUNE = VenueFacts("Cinéma La Lune", "Europe/Paris", 47.32, 5.04)
REUNION = VenueFacts("Cinéma du Port", "Indian/Reunion")
HTML = (200, {"Content-Type": "text/html"}, b"<html><head><style>a{b}</style></head>Bienvenue</html>")


@dataclass
class Site:
    """Answers with `answer`; `refuse` comes before it, and gives None to let it through."""

    answer: Callable[[Asked], Reply]
    asked: list[Asked] = field(default_factory=list)
    refuse: Callable[[Asked], Reply | None] = lambda _: None

    def paths(self) -> list[str]:
        return [each.path for each in self.asked]


def said(document: Any, status: int = 200) -> Reply:
    return status, {"Content-Type": "application/json"}, json.dumps(document).encode()


def cut(reply: Reply) -> Reply:
    """The same answer, of which only a part arrives although all of it was announced."""
    status, headers, body = reply
    return status, {**headers, "Content-Length": str(len(body))}, body[: len(body) // 2]


def on_loopback(site: Site) -> AbstractContextManager[str]:
    def answer(asked: Asked) -> Reply:
        site.asked.append(asked)
        return site.refuse(asked) or site.answer(asked)

    return serving(answer)


@dataclass(frozen=True)
class Link:
    """A provider's link as the tests make it: where it leads, and its settings as written."""

    provider: Provider[Any]
    host: str
    identifier: str
    settings: dict[str, Any]

    @contextmanager
    def visiting(self, site: Site, spool: Path, **changes: Any) -> Iterator[Visit[Any]]:
        """A visit over the real client, which never sleeps."""
        written = {**self.settings, **changes.pop("settings", {})}
        now = changes.pop("now", NOW)
        values = {"identifier": self.identifier, "venue": LUNE, "clock": lambda: now, **changes}
        with (
            on_loopback(site) as address,
            PoliteClient(host_map={self.host: address}, sleep=lambda _: None, clock=lambda: now) as client,
        ):
            settings = self.provider.Settings.model_validate(written)
            yield Visit(settings=settings, http=client, spool=spool, **values)

    def pages(self, site: Site, spool: Path, **changes: Any) -> list[Page]:
        with self.visiting(site, spool, **changes) as visit:
            return list(self.provider.fetch(visit))

    def items(self, site: Site, spool: Path, **changes: Any) -> dict[str, Item]:
        return {item.ref: item for page in self.pages(site, spool, **changes) for item in page.items}

    def records(self, site: Site, spool: Path, **changes: Any) -> dict[str, Record]:
        """Import as the engine does: ref → what it became."""
        with self.visiting(site, spool, **changes) as visit:
            items = [item for page in self.provider.fetch(visit) for item in page.items]
            return {item.ref: record for item in items for record in self.provider.normalise(item, visit)}

    def offers(self, site: Site, spool: Path, **changes: Any) -> dict[str, OfferRecord]:
        records = self.records(site, spool, **changes)
        assert all(isinstance(record, OfferRecord) for record in records.values()), records
        return records

    def stocks(self, site: Site, spool: Path, **changes: Any) -> dict[str, StockRecord]:
        """The showings of all films by ref."""
        offers = self.offers(site, spool, **changes).values()
        return {stock.ref: stock for offer in offers for stock in offer.stocks}

    def checks(self, site: Site, spool: Path, **changes: Any) -> dict[str, Check]:
        with self.visiting(site, spool, **changes) as visit:
            return {check.name: check for check in self.provider.check(visit)}

    def fingerprints(self, site: Site, spool: Path, **changes: Any) -> dict[str, bytes]:
        return {ref: item.fingerprint for ref, item in self.items(site, spool, **changes).items()}
