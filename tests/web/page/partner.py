"""A stand-in for Open Agenda on the loopback: its events can be changed between two importations."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from tests.loopback import Asked, Reply
from tests.loopback import serving as served


@dataclass
class Event:
    uid: int
    title: str
    starts: list[datetime]
    conditions: str = "Gratuit"
    keywords: list[str] = field(default_factory=lambda: ["théâtre"])
    description: str = ""
    image: str = ""
    place: str = "Théâtre des Tréteaux"
    status: int = 1


@dataclass
class Agenda:
    """One agenda, by its number; `held` cleared holds its answers back.

    Each has a number of its own: ten requests a minute are granted to an agenda, whoever asks.
    """

    number: str = field(default_factory=lambda: str(random.randrange(10**7, 10**8)))
    title: str = "Saison des Tréteaux"
    events: list[Event] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    base: str = ""

    def __post_init__(self) -> None:
        self.held.set()

    def answer(self, path: str, query: str) -> tuple[int, str, bytes]:
        parts = path.strip("/").split("/")
        if parts[:2] != ["agendas", self.number]:
            return 404, "text/plain", b"nothing here"
        self.held.wait(120)
        if parts[2] == "events.v2.ics":
            return 200, "text/calendar", self._calendar()
        return 200, "application/json", self._details(query)

    def _calendar(self) -> bytes:
        lines = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            f"X-WR-CALNAME:{self.title}",
            f"X-WR-RELCALID:{self.number}",
        ]
        for event in self.events:
            for start in event.starts:
                lines += [
                    "BEGIN:VEVENT",
                    f"UID:{event.uid}//{start:%Y%m%dT%H%M%SZ}",
                    f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
                    f"DTEND:{start + timedelta(hours=2):%Y%m%dT%H%M%SZ}",
                    f"SUMMARY:{_escaped(event.title)}",
                    f"LOCATION:{_escaped(event.place)} - 2 place du Marché\\, 81000 Albi",
                    "STATUS:CONFIRMED",
                    "END:VEVENT",
                ]
        return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()

    def _details(self, query: str) -> bytes:
        if "after" in query:
            return json.dumps({"events": [], "total": len(self.events)}).encode()
        return json.dumps(
            {
                "total": len(self.events),
                "events": [
                    {
                        "uid": event.uid,
                        "description": {"fr": event.description[:200]},
                        "longDescription": {"fr": event.description},
                        "conditions": {"fr": event.conditions},
                        "keywords": {"fr": event.keywords},
                        "status": event.status,
                        "attendanceMode": 1,
                        **({"image": _image(event.image)} if event.image else {}),
                    }
                    for event in self.events
                ],
            }
        ).encode()


def _image(address: str) -> dict[str, Any]:
    base, _, name = address.rpartition("/")
    return {"filename": name, "base": f"{base}/", "variants": []}


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


@contextmanager
def serving(agenda: Agenda) -> Iterator[Agenda]:
    """Serve an agenda for the length of the block; `agenda.base` is where."""

    def answer(asked: Asked) -> Reply:
        parts = urlsplit(asked.target)
        status, kind, body = agenda.answer(parts.path, parts.query)
        return status, {"Content-Type": kind}, body

    with served(answer) as agenda.base:
        try:
            yield agenda
        finally:
            agenda.held.set()


def soon(days: int, hour: int = 19, minute: int = 30) -> datetime:
    """An instant so many days from now."""
    start = datetime.now(UTC).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return start + timedelta(days=days)
