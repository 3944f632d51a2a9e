"""A stand-in for Open Agenda: serves files or answers by path, and remembers what it was asked."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from providers.base import Item, VenueFacts, Visit
from providers.errors import ConfigurationError, PartnerError
from providers.http import Answer, Download, PoliteClient
from providers.openagenda import PROVIDER
from providers.openagenda.settings import OpenAgendaSettings
from providers.records import Detail, OfferRecord, Record

FIXTURES = Path(__file__).parent / "fixtures"
NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
HALLE = VenueFacts("Halle aux Grains", "Europe/Paris", 44.1235, 2.3458)


class JsonAnswer(Answer):
    def json(self) -> Any:
        return json.loads(self.content)


class OpenAgenda(PoliteClient):
    """`calendar`: a body, an error, or None for a 304; `details`: pages by what `after[]` asks, or an error."""

    def __init__(self, calendar: Any = b"", details: Any = None, pages: dict[str, bytes] | None = None):
        self.calendar, self.details, self.web = calendar, details, pages or {}
        self.asked: list[tuple[str, str | None]] = []
        self.conditional: list[bool] = []

    def get(self, url, *, params=None, headers=None, budget_key=None, limit=None):
        self.asked.append((url, budget_key))
        parts = urlsplit(url)
        if parts.path.endswith("events.v2.json"):
            body = self.details
            if body is None:
                raise ConfigurationError("not_found", "404")
            if isinstance(body, dict):
                after = tuple(value for key, value in parse_qsl(parts.query) if key == "after[]")
                body = body[after]
        else:
            body = self.web.get(url)
            if body is None:
                raise ConfigurationError("not_found", "404")
        if isinstance(body, Exception):
            raise body
        return JsonAnswer(200, {}, body, url, NOW)

    def download(
        self, url, to, *, params=None, headers=None, budget_key=None, limit=None, conditional=True, **_
    ):
        self.asked.append((url, budget_key))
        self.conditional.append(conditional)
        body = self.calendar
        if isinstance(body, PartnerError):
            raise body
        if body is None:
            return None
        to.write_bytes(body)
        return Download(to, hashlib.sha256(body).hexdigest(), len(body), {}, url, NOW)


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def two_pages() -> dict[tuple[str, ...], bytes]:
    after = tuple(str(value) for value in json.loads(fixture("details_1.json"))["after"])
    return {(): fixture("details_1.json"), after: fixture("details_2.json")}


def visit(http: OpenAgenda, spool: Path, **changes: Any) -> Visit[OpenAgendaSettings]:
    settings = {key: changes.pop(key) for key in ("places", "since") if key in changes}
    values: dict[str, Any] = {"identifier": "90000001", "venue": HALLE, "clock": lambda: NOW, **changes}
    return Visit(settings=OpenAgendaSettings(**settings), http=http, spool=spool, **values)


def items(to: Visit[OpenAgendaSettings], kind: str = "event") -> dict[str, Item]:
    return {item.ref: item for page in PROVIDER.fetch(to) for item in page.items if item.kind == kind}


def records(to: Visit[OpenAgendaSettings]) -> dict[str, Record]:
    """Import as the engine does: events completed by their details."""
    events: dict[str, Record] = {}
    details: dict[str, Detail] = {}
    for page in PROVIDER.fetch(to):
        for item in page.items:
            for record in PROVIDER.normalise(item, to):
                if isinstance(record, Detail):
                    details[record.ref] = record
                else:
                    events[record.ref] = record
    return {
        ref: PROVIDER.complete(record, details[ref], to)
        if ref in details and isinstance(record, OfferRecord)
        else record
        for ref, record in events.items()
    }


def vevent(ref: str = "7", start: str = "20300601T180000Z", **lines: str) -> str:
    """Write a VEVENT; `lines` replaces or adds properties, "" leaves one out."""
    properties = {
        "UID": f"{ref}//{start}",
        "DTSTART": start,
        "SUMMARY": "Un titre",
        "LOCATION": "Halle aux Grains - 4 place de la Fontaine",
        "GEO": "44.1234;2.3456",
        "STATUS": "CONFIRMED",
        "DTSTAMP": "20291201T030000Z",
    } | lines
    body = "".join(f"{name}:{value}\r\n" for name, value in properties.items() if value)
    return f"BEGIN:VEVENT\r\n{body}END:VEVENT\r\n"


def calendar(*events: str, head: str = "X-WR-RELCALID:90000001\r\n") -> bytes:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{''.join(events)}END:VCALENDAR\r\n".encode()
