"""A Boost cinema: its showings in the API's shape, its pages and its login."""

from typing import Any

from providers.boost import PROVIDER
from tests.providers.cinema.site import Asked, Link, Reply, Site, said

LINK = Link(
    PROVIDER,
    "lune.boost.example",
    "https://lune.boost.example/",
    {"username": "passculture", "password": "brouette"},
)
PASS = {
    "id": 1117,
    "title": "PASS CULTURE",
    "amountTaxesIncluded": 6.9,
    "idPricingCategory": 4,
    "onlineSale": False,
    "pricingCode": "PCU",
    "typePayment": "external:credit:passculture",
    "hidden": False,
    "lastModification": "2030-01-03T09:49:21+01:00",
}
FULL = PASS | {
    "id": 1225,
    "title": "PLEIN TARIF",
    "amountTaxesIncluded": 12,
    "pricingCode": "PLE",
    "typePayment": "cash",
}


def film(number: int = 20, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "titleCnc": "LES RAMEURS",
        "numVisa": 199001,
        "posterUrl": "https://images.example/199001.jpg",
        "thumbUrl": "https://images.example/t/199001.jpg",
        "duration": 102,
        "idFilmAllocine": 900001,
    } | changes


def showing(number: int = 31, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "showDate": "2030-02-01T20:30:00+01:00",
        "showEndDate": "2030-02-01T22:22:00+01:00",
        "soldOut": False,
        "preview": False,
        "numberSeatsRemaining": 96,
        "numberRemainingSeatsForOnlineSale": 80,
        "attributs": [24, 1],
        "film": film(),
        "format": {"id": 1, "title": "2D"},
        "version": {"id": 2, "title": "Film Etranger en Langue Etrangère", "code": "VO"},
        "screen": {"id": 1, "auditoriumNumber": 1, "name": "SALLE 1", "capacity": 136},
        "showtimePricing": [FULL, PASS],
        "numCinema": 5,
        "lastModification": "2030-01-03T09:48:54+01:00",
        "userLastModification": "boost",
    } | changes


def office(*showings: dict[str, Any], token: str = "header.payload.signature", most: int = 100) -> Site:
    """The cinema; it gives `most` showings a page."""

    def answer(asked: Asked) -> Reply:
        if asked.path == "/api/vendors/login":
            if b'"brouette"' not in asked.body:
                return said({"code": 401, "message": "Invalid credentials."}, 401)
            return said({"code": 200, "message": "Login successful", "token": token})
        if asked.headers.get("authorization") != f"Bearer {token}":
            return said({"code": 401, "message": "Invalid JWT Token"}, 401)
        if asked.path == "/api/cinemas/attributs":
            return said({"data": [{"id": 24, "title": "ICE Immersive"}, {"id": 1, "title": "Accès PMR"}]})
        if not asked.path.startswith("/api/showtimes/between/"):
            return said({"message": "Not found"}, 404)
        number = int(asked.query["page"])
        some = list(showings[(number - 1) * most : number * most])
        pages = max(1, -(-len(showings) // most))
        return said(
            {
                "data": some,
                "message": "OK",
                "page": number,
                "previousPage": max(1, number - 1),
                "nextPage": min(pages, number + 1),
                "totalPages": pages,
                "totalCount": len(showings),
            }
        )

    return Site(answer)
