"""An agenda invented for the demonstration, dated from today, in the shapes of Open Agenda's exports."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

NUMBER: Final = "47826291"
TITLE: Final = "Théâtre de l’Écluse"
PARIS: Final = ZoneInfo("Europe/Paris")


@dataclass(frozen=True)
class Spot:
    """A place as the export names it; degrees WGS 84."""

    number: int
    name: str
    address: str
    postal_code: str
    city: str
    latitude: float
    longitude: float


THEATRE: Final = Spot(5001, TITLE, "12 quai des Péniches", "44000", "Nantes", 47.21, -1.55)
LIBRARY: Final = Spot(5002, "Médiathèque des Mariniers", "3 rue du Halage", "44400", "Rezé", 47.18, -1.54)


@dataclass(frozen=True)
class Event:
    """An event; `evenings` are (days from today, hour) of its timings, in Paris, two hours each."""

    number: int
    title: str
    description: str
    evenings: tuple[tuple[int, int], ...]
    conditions: str = ""
    keywords: tuple[str, ...] = ()
    long_description: str = ""
    spot: Spot = THEATRE


EVENTS: Final = (
    Event(
        70010001,
        "Le Passeur de rives",
        "Une traversée à deux voix, deux chaises et une corde.",
        ((3, 20), (4, 20), (10, 17)),
        "12 €",
        ("théâtre", "spectacle"),
        "Un passeur, une voyageuse, et la rivière entre eux.",
    ),
    Event(
        70010002,
        "Bal des marées",
        "Le trio Brindezingue fait monter l’eau.",
        ((5, 21),),
        "Gratuit, sur réservation",
        ("concert", "bal"),
        "Initiation à 20 h, puis le bal.",
    ),
    Event(
        70010003,
        "Atelier marionnettes",
        "Fabriquer sa marionnette, puis la faire parler.",
        ((6, 14), (13, 14), (20, 14), (27, 14)),
        "8 €",
        ("atelier",),
        "Quatre séances, chacune peut se suivre seule.",
    ),
    Event(
        70010004,
        "Ciné-club : le fleuve au cinéma",
        "Trois courts métrages au fil de l’eau.",
        ((8, 19),),
        "Entrée libre dans la limite des places disponibles",
        ("cinéma",),
    ),
    Event(
        70010005,
        "Cabaret des brumes",
        "Chansons de bateliers, accordéon et scie musicale.",
        ((11, 20), (12, 20)),
        "Tarif plein : 15 € / Tarif réduit : 9 €",
        ("concert", "chanson"),
    ),
    Event(
        70010006,
        "Lecture au fil de l’eau",
        "Des pages choisies par les lecteurs du quartier.",
        ((15, 18),),
        "",
        ("lecture", "rencontre"),
    ),
    Event(
        70010007,
        "L’heure du conte",
        "Des histoires pour les moins de six ans, et pour ceux qui les portent.",
        ((7, 10), (14, 10)),
        "Gratuit",
        ("conte",),
        spot=LIBRARY,
    ),
    Event(
        70010008,
        "Nuit des contes",
        "Sept conteuses, une seule bougie.",
        ((18, 21),),
        "Gratuit",
        ("conte", "spectacle"),
    ),
    Event(
        70010009,
        "Conférence : les écluses de Bretagne",
        "Comment l’eau apprit à monter les marches.",
        ((22, 18),),
        "Entrée libre",
        ("conférence",),
    ),
)


class SampleAgenda:
    """The agenda as its export shows it today; `revise` is what its owner does the day after."""

    def __init__(self, today: date | None = None, events: Sequence[Event] = EVENTS) -> None:
        self.today = today or datetime.now(PARIS).date()
        self.events: Sequence[Event] = events

    def revise(self) -> None:
        """Change the ball, move the lecture by a day, drop the night of tales."""
        revised = []
        for event in self.events:
            if event.number == 70010002:
                revised.append(
                    replace(event, conditions="5 €", long_description="Initiation à 19 h, puis le bal.")
                )
            elif event.number == 70010009:
                ((days, hour),) = event.evenings
                revised.append(replace(event, evenings=((days + 1, hour),)))
            elif event.number != 70010008:
                revised.append(event)
        self.events = revised

    def calendar(self) -> bytes:
        """Give `events.v2.ics`: one VEVENT a timing, lines folded at 75 octets."""
        lines = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//openagenda//agenda//fr",
            "METHOD:PUBLISH",
            f"X-WR-CALNAME:{_escaped(TITLE)}",
            f"X-WR-RELCALID:{NUMBER}",
        ]
        for event in self.events:
            for begin, end in self._timings(event):
                lines.extend(_vevent(event, begin, end))
        lines.append("END:VCALENDAR")
        return b"".join(_folded(line) for line in lines)

    def page(self, after: Sequence[str]) -> bytes | None:
        """Give `events.v2.json`; all of it is one page."""
        if after:
            return None
        events = [self._detail(event) for event in self.events]
        said = {
            "total": len(events),
            "events": events,
            "after": None,
            "sort": "timingsWithFeatured.asc",
            "success": True,
        }
        return json.dumps(said, ensure_ascii=False).encode()

    def _timings(self, event: Event) -> Iterable[tuple[datetime, datetime]]:
        for days, hour in event.evenings:
            begin = datetime.combine(self.today + timedelta(days), time(hour), PARIS)
            yield begin.astimezone(UTC), (begin + timedelta(hours=2)).astimezone(UTC)

    def _detail(self, event: Event) -> dict[str, Any]:
        said: dict[str, Any] = {
            "uid": event.number,
            "slug": f"evenement-{event.number}",
            "title": {"fr": event.title},
            "description": {"fr": event.description},
            "status": 1,
            "state": 2,
            "attendanceMode": 1,
            "timings": [
                {"begin": begin.isoformat(), "end": end.isoformat()} for begin, end in self._timings(event)
            ],
            "registration": [],
            "keywords": {"fr": list(event.keywords)},
            "image": {
                "filename": f"{event.number}.base.image.jpg",
                "base": "https://cdn.openagenda.com/main/",
                "variants": [{"filename": f"{event.number}.full.image.jpg", "type": "full"}],
            },
            "imageCredits": "Dessin : les Amis de l’Écluse",
            "location": {
                "uid": event.spot.number,
                "name": event.spot.name,
                "address": event.spot.address,
                "postalCode": event.spot.postal_code,
                "city": event.spot.city,
                "latitude": event.spot.latitude,
                "longitude": event.spot.longitude,
            },
        }
        if event.conditions:
            said["conditions"] = {"fr": event.conditions}
        if event.long_description:
            said["longDescription"] = {"fr": f"<p>{event.long_description}</p>"}
        return said


def _vevent(event: Event, begin: datetime, end: datetime) -> Iterable[str]:
    spot = event.spot
    where = f"{spot.name} - {spot.address}, {spot.postal_code} {spot.city}"
    link = f"https://openagenda.com/events/{event.number}"
    return (
        "BEGIN:VEVENT",
        f"UID:{NUMBER}//{event.number}//{begin:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{begin:%Y%m%dT%H%M%SZ}",
        f"DTEND:{end:%Y%m%dT%H%M%SZ}",
        "TZID:Europe/Paris",
        f"SUMMARY:{_escaped(event.title)}",
        f"DESCRIPTION:{_escaped(event.description)} - Voir plus: {link}",
        f"LOCATION:{_escaped(where)}",
        f"GEO:{spot.latitude:.6f};{spot.longitude:.6f}",
        "ORGANIZER:OA",
        "STATUS:CONFIRMED",
        f"DTSTAMP:{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        "END:VEVENT",
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """Fold at 75 octets as the export does, through multi-byte characters too."""
    octets = line.encode()
    parts = [octets[:75], *(octets[i : i + 74] for i in range(75, len(octets), 74))]
    return b"\r\n ".join(parts) + b"\r\n"
