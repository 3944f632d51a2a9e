"""CGR's web service: its SOAP answer with JSON inside, in its shape."""

import json
from typing import Any
from xml.sax.saxutils import escape

from providers.cgr import PROVIDER
from tests.providers.cinema.site import Asked, Link, Reply, Site

WHERE = "/GESTIONCINEMAWS_WEB/awws/GestionCinemaWS.awws"
LINK = Link(
    PROVIDER,
    "lune.cgr.example",
    f"https://lune.cgr.example{WHERE}",
    {"username": "passculture", "password": "brou<ette>&"},
)


def showing(number: int = 31, **changes: Any) -> dict[str, Any]:
    return {
        "IDSeance": number,
        "Date": "2030-02-01",
        "Heure": "20:30:00.000",
        "NbPlacesRestantes": 99,
        "bAvecPlacement": True,
        "bAvecDuo": True,
        "bICE": False,
        "Relief": "2D",
        "Version": "VF",
        "bAVP": False,
        "PrixUnitaire": 6.9,
        "libTarif": "Pass Culture",
    } | changes


def film(*showings: dict[str, Any], number: int = 20, **changes: Any) -> dict[str, Any]:
    return {
        "IDFilm": number,
        "IDFilmAlloCine": 900000 + number,
        "Titre": "Les Rameurs",
        "NumVisa": 199001,
        "Duree": 102,
        "Synopsis": "Deux sœurs & une barque.",
        "Affiche": "https://images.example/199001.jpg",
        "TypeFilm": "CNC",
        "Seances": list(showings),
    } | changes


def document(*films: dict[str, Any], code: int = 0, words: str = "") -> dict[str, Any]:
    return {
        "CodeErreur": code,
        "IntituleErreur": words,
        "ObjetRetour": {"NumCine": 999, "Films": list(films)},
    }


def envelope(inside: str) -> Reply:
    body = (
        '\n<?xml version="1.0" encoding="UTF-8"?>\n'
        '<SOAP-ENV:Envelope xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
        ' xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Header/><SOAP-ENV:Body>'
        f"{inside}</SOAP-ENV:Body></SOAP-ENV:Envelope>\n"
    )
    return 200, {"Content-Type": "text/xml; charset=utf-8"}, body.encode()


def wrapped(result: Any) -> Reply:
    """The answer whose result is this, JSON written as text."""
    text = escape(result if isinstance(result, str) else json.dumps(result, ensure_ascii=False))
    return envelope(
        '<ns1:GetSeancesPassCultureResponse xmlns:ns1="urn:GestionCinemaWS">'
        f"<GetSeancesPassCultureResult>\n{text}\n</GetSeancesPassCultureResult>"
        "</ns1:GetSeancesPassCultureResponse>"
    )


def fault(words: str, code: str = "SOAP-ENV:Server") -> Reply:
    return envelope(
        f"<SOAP-ENV:Fault><faultcode>{code}</faultcode><faultstring>{words}</faultstring></SOAP-ENV:Fault>"
    )


def service(*films: dict[str, Any]) -> Site:
    def answer(asked: Asked) -> Reply:
        if b"<mdp>brou&lt;ette&gt;&amp;</mdp>" not in asked.body:
            return wrapped({"CodeErreur": 2, "IntituleErreur": "Utilisateur ou mot de passe incorrect"})
        return wrapped(document(*films))

    return Site(answer)
