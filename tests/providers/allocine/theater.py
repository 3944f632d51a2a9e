"""Allociné's list of a theater's films, in its shape, page by page."""

from typing import Any

from providers.allocine import PROVIDER
from tests.providers.cinema.site import Asked, Link, Reply, Site, said

LINK = Link(
    PROVIDER,
    "graph-api-proxy.allocine.fr",
    "P0001",
    {"key": "brouette", "capacity": 10, "price": "6,90"},
)


def movie(number: int = 20, **changes: Any) -> dict[str, Any]:
    return {
        "id": "TW92aWU6MjA=",
        "internalId": number,
        "backlink": {"url": f"http://www.allocine.fr/film/{number}.html", "label": "Tous les détails"},
        "data": {"eidr": None, "productionYear": 2029},
        "title": "Les Rameurs",
        "originalTitle": "The Rowers",
        "type": "FEATURE_FILM",
        "runtime": "PT1H42M0S",
        "poster": {"url": "https:\\/\\/images.example\\/199001.jpg"},
        "synopsis": "Deux sœurs descendent la Saône.",
        "releases": [
            {"name": "Released", "releaseDate": {"date": "2030-01-02"}, "data": {"visa_number": "1"}}
        ],
        "credits": {
            "edges": [
                {
                    "node": {
                        "person": {"firstName": "Ada", "lastName": "Duval"},
                        "position": {"name": "DIRECTOR"},
                    }
                }
            ]
        },
        "cast": {"edges": [{"node": {"actor": None, "role": "La barque"}}]},
        "genres": ["DRAMA"],
    } | changes


def showtime(starts: str = "2030-02-01T20:30:00", version: Any = "DUBBED", **changes: Any) -> dict[str, Any]:
    return {
        "startsAt": starts,
        "diffusionVersion": version,
        "projection": ["DIGITAL"],
        "experience": None,
    } | changes


def edge(*showtimes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"node": {"movie": movie(**changes), "showtimes": list(showtimes)}}


def listing(*edges: Any, total: int | None = None, more: str | None = None) -> dict[str, Any]:
    turn = {} if more is None else {"pageInfo": {"hasNextPage": bool(more), "endCursor": more}}
    return {
        "movieShowtimeList": {
            "totalCount": len(edges) if total is None else total,
            "edges": list(edges),
            **turn,
        }
    }


def theater(*pages: dict[str, Any]) -> Site:
    """The theater; the cursor of a page is its number."""

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("authorization") != "Bearer brouette":
            return said({"message": "Forbidden"}, 403)
        if asked.query["theater"] != "VGhlYXRlcjpQMDAwMQ==":
            return said(listing())
        return said(pages[int(asked.query.get("after", "0"))])

    return Site(answer)


def one_page(*edges: dict[str, Any]) -> Site:
    return theater(listing(*edges))
