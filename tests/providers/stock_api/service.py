"""A stand-in for a stock service: the answers that it was given, or lists that it pages as the protocol says."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from providers.base import Item, VenueFacts, Visit
from providers.errors import DataError, PartnerError
from providers.http import Answer, PoliteClient
from providers.records import Record, StockLevel
from providers.stock_api import PROVIDER
from providers.stock_api.settings import StockApiSettings

FIXTURES = Path(__file__).parent / "fixtures"
NOW = datetime(2030, 1, 15, 12, 30, 45, 678000, tzinfo=UTC)
SERVICE = "https://stocks.example/v1"
SIRET = "12345678900011"
SHOP = VenueFacts("Librairie de l’Écluse", siret=SIRET)
E1, E2, E3, E4, E5 = "9782000000006", "9782000000013", "9782000000020", "9782000000037", "9782000000044"


class Service(PoliteClient):
    """Answers each request with the next of its answers, the last one for ever; remembers what it was asked."""

    def __init__(self, *answers: bytes | PartnerError | Callable[[Mapping[str, str]], bytes]) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[dict[str, str]] = []
        self.urls: list[str] = []
        self.headers: list[dict[str, str]] = []

    def get(self, url, *, params=None, headers=None, budget_key=None, limit=None):
        self.asked.append(dict(params))
        self.urls.append(url)
        self.headers.append(dict(headers))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, PartnerError):
            raise answer
        body = answer if isinstance(answer, bytes) else answer(params)
        at = NOW + timedelta(seconds=len(self.asked) - 1)
        return Answer(200 if body else 204, {}, body, url, at)


def row(ref: Any, available: Any = 1, **more: Any) -> dict[str, Any]:
    return {"ref": ref, "available": available, **more}


def answer(*rows: Any, total: Any = None, **json_style: Any) -> bytes:
    said = {"total": len(rows) if total is None else total, "limit": 1000, "offset": 0, "stocks": list(rows)}
    return json.dumps(said, **json_style).encode()


EMPTY = answer()


def paging(rows: Sequence[dict[str, Any]], most: int = 2) -> Callable[[Mapping[str, str]], bytes]:
    """Page a list as the protocol says, `most` rows at once."""

    def give(asked: Mapping[str, str]) -> bytes:
        refs = [each["ref"] for each in rows]
        start = refs.index(asked["after"]) + 1 if "after" in asked else 0
        return answer(*rows[start : start + most], total=len(rows))

    return give


def visit(service: PoliteClient, **changes: Any) -> Visit[StockApiSettings]:
    names = StockApiSettings.model_fields
    settings = StockApiSettings(**{name: changes.pop(name) for name in list(changes) if name in names})
    values = {"identifier": SERVICE, "venue": SHOP, "clock": lambda: NOW, **changes}
    return Visit(settings=settings, http=service, spool=Path("/nonexistent"), **values)


def items(to: Visit[StockApiSettings]) -> list[Item]:
    return [item for page in PROVIDER.fetch(to) for item in page.items]


def read(item: Item, to: Visit[StockApiSettings]) -> Record | str:
    """Give an item's record, or the code of what is wrong with it."""
    try:
        (record,) = PROVIDER.normalise(item, to)
    except DataError as error:
        return error.code
    return record


def level(said: dict[str, Any], **settings: Any) -> StockLevel | str:
    """Read one row through a service, as an import does."""
    to = visit(Service(answer(said), EMPTY), **settings)
    (item,) = items(to)
    found = read(item, to)
    assert not isinstance(found, StockLevel) or found.ref == item.ref
    return found
