"""EMS's schedule of all its cinemas, in its shape, and what changed since a version."""

from typing import Any

from providers.ems import PROVIDER
from tests.providers.cinema.site import Asked, Link, Reply, Site, said

LINK = Link(
    PROVIDER,
    "ems.example",
    "0063",
    {
        "address": "https://ems.example/planning",
        "username": "passculture",
        "password": "brouette",
        "capacity": 10,
    },
)


def session(number: int = 31, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"0063000{number:05}",
        "date": "203002012030",
        "features": ["video_4k", "vo", "disabled_access"],
        "hall_id": 5,
        "hall_name": "Salle 5",
        "pass_culture_price": 7.15,
    } | changes


def event(*sessions: dict[str, Any], name: str = "RAMEU", **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "allocine_id": 900001,
        "title": "Les Rameurs",
        "director": "Ada Duval, Luc Perrin",
        "release_date": "20300101",
        "synopsis": "Deux sœurs descendent la Saône.",
        "duration": 102,
        "bill_url": "https://images.example/FR/poster/5F98/120/RAMEU.jpg",
        "sessions": list(sessions),
    } | changes


def cinema(*events: dict[str, Any], number: str = "0063") -> dict[str, Any]:
    return {
        "id": number,
        "allocine_id": "P9999",
        "name": "Cinéma La Lune",
        "address": "1 quai du Port",
        "zip_code": "21000",
        "city": "Dijon",
        "time_zone": "Europe/Paris",
        "events": list(events),
    }


OTHER = cinema(event(session(91), name="AUTRE"), number="9997")


def planning(*cinemas: dict[str, Any], version: Any = 86400, changes: dict[int, Any] | None = None) -> Site:
    """The schedule; `changes` is what is answered to a version other than 0."""

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("authorization") != "Basic cGFzc2N1bHR1cmU6YnJvdWV0dGU=":
            return said({"message": "Unauthorized"}, 401)
        since = int(asked.query["version"])
        if since and changes is not None:
            return said(changes[since])
        return said({"sites": [OTHER, *cinemas], "version": version})

    return Site(answer)
