"""Sources that list events: an Open Agenda, an iCalendar address, a pretix organiser."""

import json
import re
from abc import abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from random import Random
from typing import Any, ClassVar
from urllib.parse import urlsplit

from tests.harm.partner import Event
from tests.providers.pretix.box_office import TOKEN, BoxOffice, Sells, date, item, quota, series
from tests.soak.shows import Programme, Show
from tests.soak.source import CAPACITY, Answer, Source, Spoil


class _OfShows(Source):
    shows: ClassVar[int] = 12

    def __init__(self, number: int, chance: Random) -> None:
        super().__init__(number)
        self.programme = Programme(chance, self.shows)

    def evolve(self, chance: Random) -> None:
        self.programme.evolve(chance)

    def expected(self) -> dict[str, Any]:
        return {
            self.ref(show): {
                "title": show.title,
                "dates": sorted(self.date(show, week) for week in self.weeks(show)),
            }
            for show in self.programme.shows
        }

    def weeks(self, show: Show) -> Sequence[int]:
        return show.weeks

    def date(self, show: Show, week: int) -> list[Any]:
        return [show.starts(week).isoformat(), f"{show.price}.00", None]

    @abstractmethod
    def ref(self, show: Show) -> str: ...


class Agenda(_OfShows):
    """An Open Agenda: its calendar, and its details with the prices."""

    provider = "openagenda"
    pace = 20.0
    settings: ClassVar = {"capacity": CAPACITY, "price": "free"}

    @property
    def key(self) -> str:
        return str(71_000_000 + self.number)

    @property
    def identifier(self) -> str:
        return self.key

    def ref(self, show: Show) -> str:
        return str(self.number * 10_000 + show.number)

    def answer(self, address: str, spoil: Spoil) -> Answer:
        if urlsplit(address).path.endswith(".ics"):
            head = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Agenda\r\nX-WR-RELCALID:{self.key}\r\n"
            timings = [
                line
                for show in self.programme.shows
                for line in Event(self.ref(show), show.title, [*map(show.starts, show.weeks)]).lines()
            ]
            return Answer("text/calendar", "".join([head, *spoil(timings), "END:VCALENDAR\r\n"]).encode())
        details = [
            {
                "uid": int(self.ref(show)),
                "conditions": {"fr": f"{show.price} €" if show.price else "Gratuit"},
            }
            for show in self.programme.shows
        ]
        said = {"total": len(details), "events": spoil(details), "after": None}
        return Answer("application/json", json.dumps(said).encode())


class Calendar(_OfShows):
    """An iCalendar address: repetitions with dates left out."""

    provider = "ical"
    pace = 2.5
    settings: ClassVar = {"capacity": CAPACITY, "price": "free", "category": "musique"}

    @property
    def key(self) -> str:
        return f"agenda-{self.number}.ics"

    @property
    def identifier(self) -> str:
        return f"https://agenda-{self.number}.soak.example/{self.key}"

    def ref(self, show: Show) -> str:
        return f"{show.number}@agenda-{self.number}.soak.example"

    def date(self, show: Show, week: int) -> list[Any]:
        return [show.starts(week).isoformat(), "0.00", None]

    def answer(self, address: str, spoil: Spoil) -> Answer:
        events = spoil([self._event(show) for show in self.programme.shows])
        body = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(events)}END:VCALENDAR\r\n"
        tag = blake2b(re.sub("DTSTAMP:.*", "", body).encode(), digest_size=8).hexdigest()
        return Answer("text/calendar", body.encode(), tag=f'W/"{tag}"')

    def _event(self, show: Show) -> str:
        lines = [
            f"UID:{self.ref(show)}",
            f"DTSTAMP:{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART:{show.first:%Y%m%dT%H%M%SZ}",
            f"SUMMARY:{show.title}",
        ]
        if show.weeks != [0]:
            last = max(show.weeks)
            lines.append(f"RRULE:FREQ=WEEKLY;COUNT={last + 1}")
            lines += [
                f"EXDATE:{show.starts(week):%Y%m%dT%H%M%SZ}" for week in range(last) if week not in show.weeks
            ]
        return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])


class Tickets(_OfShows):
    """A pretix organiser: a series of dates for each show, with what remains of each."""

    provider = "pretix"
    pace = 6.0
    eventful = 1
    shows = 3
    settings: ClassVar = {"category": "spectacle_vivant"}
    secrets: ClassVar = {"token": TOKEN}

    @property
    def key(self) -> str:
        return f"organiser-{self.number}"

    @property
    def identifier(self) -> str:
        return f"https://pretix.eu/{self.key}"

    def ref(self, show: Show) -> str:
        return f"{self.key}/show-{show.number}"

    def weeks(self, show: Show) -> Sequence[int]:
        return [week for week in show.weeks if week not in show.cancelled]

    def date(self, show: Show, week: int) -> list[Any]:
        return [show.starts(week).isoformat(), f"{show.price}.00", show.remaining(week)]

    def answer(self, address: str, spoil: Spoil) -> Answer:
        office = BoxOffice()
        office.puts(*(self._sells(show) for show in self.programme.shows))
        target = address.replace(f"/organizers/{self.key}/", "/organizers/ecluse/")
        status, headers, body = office.answer(target, f"Token {TOKEN}")
        said = json.loads(body)
        if "results" in said:
            spoilt = spoil(said["results"])
            said |= {"results": spoilt, "count": said["count"] + len(spoilt) - len(said["results"])}
        return Answer(headers["Content-Type"], json.dumps(said).encode(), status)

    def _sells(self, show: Show) -> Sells:
        numbers = {week: show.number * 100 + week for week in show.weeks}
        return Sells(
            series(f"show-{show.number}", name={"fr": show.title}, date_from=_utc(show.first)),
            items=[item(1, price=f"{show.price}.00")],
            quotas=[
                quota(5_000 + number, show.remaining(week), subevent=number)
                for week, number in numbers.items()
            ],
            dates=[
                date(number, date_from=_utc(show.starts(week)), active=week not in show.cancelled)
                for week, number in numbers.items()
            ],
        )


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
