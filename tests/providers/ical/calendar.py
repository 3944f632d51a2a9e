"""A stand-in for any site that publishes a calendar, and words to write one."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from providers.base import Item, VenueFacts, Visit
from providers.errors import PartnerError
from providers.http import Download, PoliteClient
from providers.ical import PROVIDER
from providers.ical.settings import IcalSettings
from providers.records import OfferRecord, Record

NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)
HALLE = VenueFacts("Halle aux Grains", "Europe/Paris", 44.1235, 2.3458)
ADDRESS = "https://www.vaubreal.example/agenda.ics"


class Site(PoliteClient):
    """Answers with a body, an error, or None for a 304; remembers what it was asked."""

    def __init__(self, body: Any = b"") -> None:
        super().__init__()
        self.body = body
        self.asked: list[tuple[str, bool]] = []

    def download(
        self, url, to, *, params=None, headers=None, budget_key=None, limit=None, conditional=True, **_
    ):
        self.asked.append((url, conditional))
        if isinstance(self.body, PartnerError):
            raise self.body
        if self.body is None and conditional:
            return None
        body = self.body or b""
        to.write_bytes(body)
        return Download(to, hashlib.sha256(body).hexdigest(), len(body), {}, url, NOW)


def visit(body: Any, spool: Path, now: datetime = NOW, **changes: Any) -> Visit[IcalSettings]:
    settings = {key: changes.pop(key) for key in ("since", "until_months") if key in changes}
    http = body if isinstance(body, PoliteClient) else Site(body)
    values: dict[str, Any] = {"identifier": ADDRESS, "venue": HALLE, "clock": lambda: now, **changes}
    return Visit(settings=IcalSettings(**settings), http=http, spool=spool, **values)


def items(to: Visit[IcalSettings]) -> dict[str, Item]:
    return {item.ref: item for page in PROVIDER.fetch(to) for item in page.items}


def records(to: Visit[IcalSettings]) -> dict[str, Record]:
    return {ref: PROVIDER.normalise(item, to)[0] for ref, item in items(to).items()}


def read(spool: Path, *events: str, head: str = "", **changes: Any) -> Any:
    """Import a calendar of one event and give its record."""
    (record,) = records(visit(calendar(*events, head=head), spool, **changes)).values()
    return record


def refs(record: OfferRecord) -> list[str]:
    return [stock.ref for stock in record.stocks]


def starts(record: OfferRecord) -> list[str]:
    return [f"{stock.starts_at:%Y%m%dT%H%M%SZ}" for stock in record.stocks]


def vevent(*more: str, **lines: str) -> str:
    """Write a VEVENT; `lines` replaces or adds properties, "" leaves one out; `more` are whole lines."""
    properties = {
        "UID": "1@vaubreal.example",
        "DTSTART": "20300301T190000Z",
        "SUMMARY": "Un titre",
        "DTSTAMP": "20291201T030000Z",
    } | {name.replace("_", "-"): value for name, value in lines.items()}
    written = [f"{name}:{value}" for name, value in properties.items() if value] + list(more)
    return "\r\n".join(["BEGIN:VEVENT", *written, "END:VEVENT", ""])


def calendar(*events: str, head: str = "") -> bytes:
    head = head and f"{head}\r\n"
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{''.join(events)}END:VCALENDAR\r\n".encode()


PARIS_BY_HAND = """BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:16011028T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010325T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""
"""What Exchange writes for France, under any name."""
