"""The sources of a soak: what each is asked for, what it answers, and what an import of it must come to."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from random import Random
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from tests.harm.partner import Event
from tests.providers.pretix.box_office import TOKEN, BoxOffice, Sells, date, item, quota, series
from tests.soak.shows import Programme, Show
from tests.workers.shop import ean

Spoil = Callable[[Sequence[Any]], list[Any]]
"""What a partner that misbehaves makes of a list that it answers with."""

CAPACITY = 20
TITLES = 60
"""Books that the catalogue knows, by the number of their EAN; a shop also lists some that it does not."""


def catalogue_price(number: int) -> str:
    return f"{8 + number % 20}.50"


@dataclass(frozen=True)
class Answer:
    """What is sent; with a `tag`, whoever knows that tag already is told that nothing changed."""

    kind: str
    body: bytes
    status: int = 200
    tag: str = ""


class Source(ABC):
    """What one link reads. `key` stands in the path of each of its addresses, and of no other's."""

    provider: ClassVar[str]
    pace: ClassVar[float]
    """Seconds between two asked runs: the adapters' budgets bear no more."""
    settings: ClassVar[dict[str, Any]] = {}
    secrets: ClassVar[dict[str, str]] = {}
    eventful = 4
    """Most things that happen at a request."""
    full = False
    """A usual run does not tell what is gone: only a full one does."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.siren = str(200_000_000 + number)
        self.siret = f"{self.siren}00017"

    @property
    def name(self) -> str:
        return f"{self.provider}-{self.number}"

    @property
    @abstractmethod
    def key(self) -> str: ...

    @property
    @abstractmethod
    def identifier(self) -> str: ...

    @abstractmethod
    def evolve(self, chance: Random) -> None:
        """Let something happen to what is listed."""

    @abstractmethod
    def answer(self, address: str, spoil: Spoil) -> Answer:
        """Give what is asked for; each list in it passes through `spoil`."""

    @abstractmethod
    def expected(self) -> dict[str, Any]:
        """Give what is to be on sale: ref or EAN → title, and (start, price, remaining) of each date."""

    def quarantined(self) -> list[str]:
        """Give the refs of what cannot be read."""
        return []


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


class Shop(Source):
    """A bookseller's list by the stock protocol; every second shop lists its books in the other order."""

    provider = "stock-api"
    pace = 4.0
    eventful = 2
    full = True
    a_page = 9
    """The most lines that it gives at once, whatever is asked."""

    def __init__(self, number: int, chance: Random) -> None:
        super().__init__(number)
        self.lines: dict[str, tuple[int, str | None, datetime]] = {}
        for each in chance.sample(range(TITLES), 2 * TITLES // 3):
            self._puts(each, chance)
        self._puts(TITLES + number, chance)  # no catalogue knows it
        self.wrong = ean(TITLES + 1_000 + number)[:-1] + "x"

    @property
    def key(self) -> str:
        return self.siret

    @property
    def identifier(self) -> str:
        return f"https://shop-{self.number}.soak.example/stocks"

    def evolve(self, chance: Random) -> None:
        refs = sorted(self.lines)
        what = chance.random()
        if what < 0.5:
            for ref in chance.sample(refs, min(3, len(refs))):
                _, price, _ = self.lines[ref]
                self.lines[ref] = (chance.choice((0, 1, 2, 5, 12)), price, datetime.now(UTC))
        elif what < 0.65:
            self._puts(chance.randrange(TITLES), chance)
        elif what < 0.8 and len(refs) > TITLES // 3:
            del self.lines[chance.choice(refs)]
        elif what < 0.83:
            for ref in chance.sample(refs, len(refs) // 3):
                del self.lines[ref]
        elif what < 0.87:
            for each in range(TITLES):
                if ean(each) not in self.lines:
                    self._puts(each, chance)

    def _puts(self, number: int, chance: Random) -> None:
        euros = None if number % 3 else f"{6 + chance.randrange(12)}.90"
        self.lines[ean(number)] = (chance.choice((0, 1, 2, 5, 12)), euros, datetime.now(UTC))

    def answer(self, address: str, spoil: Spoil) -> Answer:
        asked = dict(parse_qsl(urlsplit(address).query))
        since = asked.get("modifiedSince", "")
        rows: list[dict[str, Any]] = [
            {"ref": ref, "available": available} | ({} if price is None else {"price": float(price)})
            for ref, (available, price, changed) in self.lines.items()
            if not since or changed >= datetime.fromisoformat(since) - timedelta(seconds=1)
        ]
        rows.append({"ref": self.wrong, "available": 1})
        backwards = self.number % 2 == 1
        rows.sort(key=lambda row: str(row["ref"]), reverse=backwards)
        after = asked.get("after", "")
        met = [row for row in rows if after and (row["ref"] >= after if backwards else row["ref"] <= after)]
        start = len(met)
        listed = spoil(rows[start : start + min(self.a_page, int(asked["limit"]))])
        said = {"total": len(rows), "limit": self.a_page, "offset": start, "stocks": listed}
        return Answer("application/json", json.dumps(said).encode())

    def expected(self) -> dict[str, Any]:
        known = {ean(number): number for number in range(TITLES)}
        return {
            ref: {
                "title": f"Livre {known[ref]}",
                "dates": [["", price or catalogue_price(known[ref]), available]],
            }
            for ref, (available, price, _) in self.lines.items()
            if ref in known
        }

    def quarantined(self) -> list[str]:
        return [self.wrong]


def sources_of(seed: str, links: int) -> list[Source]:
    """Give so many sources, of all kinds in turn."""
    kinds: Sequence[type[Source]] = (Calendar, Shop, Tickets, Calendar, Shop, Agenda)
    return [kinds[number % len(kinds)](number, Random(f"{seed} {number}")) for number in range(links)]


def hosts_of(sources: Sequence[Source]) -> Iterator[str]:
    """Give the hosts that they are at."""
    yield from ("openagenda.com", "pretix.eu")
    yield from (
        urlsplit(source.identifier).hostname or "" for source in sources if "soak" in source.identifier
    )


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


__all__ = ["CAPACITY", "TITLES", "Answer", "Source", "catalogue_price", "hosts_of", "sources_of"]
