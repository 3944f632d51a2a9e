"""A stand-in for a shop's site, and files as shops write them."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from providers.base import Item, VenueFacts, Visit
from providers.csv_stock import PROVIDER
from providers.csv_stock.settings import CsvStockSettings
from providers.errors import DataError, PartnerError
from providers.http import Download, PoliteClient
from providers.records import Record

FIXTURES = Path(__file__).parent / "fixtures"
NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)
ADDRESS = "https://www.ecluse.example/export/stock.csv"
E1, E2, E3 = "9782000000006", "9782000000013", "9782000000020"


class Site(PoliteClient):
    """Answers with a body, an error, or None for a 304; remembers what it was asked."""

    def __init__(self, body: Any = b"") -> None:
        super().__init__()
        self.body = body
        self.asked: list[tuple[str, bool]] = []
        self.headers: dict[str, str] = {}

    def download(
        self, url, to, *, params=None, headers=None, budget_key=None, limit=None, conditional=True, **_
    ):
        self.asked.append((url, conditional))
        self.headers = dict(headers)
        if isinstance(self.body, PartnerError):
            raise self.body
        if self.body is None:
            return None
        to.write_bytes(self.body)
        return Download(to, hashlib.sha256(self.body).hexdigest(), len(self.body), {}, url, NOW)


def visit(body: Any, spool: Path, **changes: Any) -> Visit[CsvStockSettings]:
    names = CsvStockSettings.model_fields
    settings = CsvStockSettings(**{name: changes.pop(name) for name in list(changes) if name in names})
    http = body if isinstance(body, PoliteClient) else Site(body)
    values = {
        "identifier": ADDRESS,
        "venue": VenueFacts("Librairie de l’Écluse"),
        "clock": lambda: NOW,
        **changes,
    }
    return Visit(settings=settings, http=http, spool=spool, **values)


def read(item: Item, to: Visit[CsvStockSettings]) -> Record | str:
    """Give an item's record, or the code of what is wrong with it."""
    try:
        (record,) = PROVIDER.normalise(item, to)
    except DataError as error:
        return error.code
    assert record.ref == item.ref
    return record


def levels(body: bytes | str, spool: Path, **changes: Any) -> dict[str, Any]:
    """Import a file: ref → (copies, price), or what was said of the line instead."""
    to = visit(body if isinstance(body, bytes) else body.encode(), spool, **changes)
    found: dict[str, Any] = {}
    for page in PROVIDER.fetch(to):
        for item in page.items:
            record = read(item, to)
            said = (record.available, record.price) if hasattr(record, "available") else record
            found[item.ref] = said if not hasattr(said, "reason") else said.reason.value
    return found
