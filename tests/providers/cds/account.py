"""A CDS account: its lists in the API's shape."""

from typing import Any

from providers.cds import PROVIDER
from tests.providers.cinema.site import Asked, Link, Reply, Site, said

LINK = Link(PROVIDER, "lune.cds.example", "https://lune.cds.example/vad/", {"token": "brouette"})


def cinema(name: str = "12", *, online: Any = True) -> dict[str, Any]:
    parameters = [{"id": 1, "key": "scheduleTemplate", "value": None}]
    return {"id": name, "internetsalegaugeactive": online, "cinemaParameters": parameters}


def media(number: int = 20, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "title": "Les Rameurs",
        "duration": 6120,
        "storyline": "Deux sœurs <b>descendent</b> la Saône.",
        "visanumber": "199001",
        "posterpath": "https://images.example/199001.png",
        "allocineid": "900001",
    } | changes


def voucher(number: int = 4, price: Any = 6.5, **changes: Any) -> dict[str, Any]:
    tariff = {"id": number, "price": price, "active": True, "labeltariff": "pass Culture"}
    return {"id": 60 + number, "code": "PSCULTURE", "tariffid": tariff} | changes


def show(number: int = 31, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "canceled": False,
        "deleted": False,
        "disableseatmap": False,
        "seatmap": False,
        "remainingplace": 77,
        "internetremainingplace": 10,
        "showtime": "2030-02-01T20:30:00.000+0100",
        "showsTariffPostypeCollection": [{"tariffid": {"id": 3}}, {"tariffid": {"id": 4}}],
        "showsMediaoptionsCollection": [{"mediaoptionsid": {"id": 1}}, {"mediaoptionsid": {"id": 2}}],
        "screenid": {"id": 1},
        "mediaid": {"id": 20},
        "lastmodified": "2030-01-10T10:00:00.000+0100",
    } | changes


def account(*shows: dict[str, Any], **lists: Any) -> Site:
    """The account; `lists` stand for its other lists."""
    known = {
        "cinemas": [cinema()],
        "media": [media(), media(99, title="Sans séance")],
        "vouchertype": [
            voucher(),
            {"id": 70, "code": "AUTRE", "tariffid": {"id": 3, "price": 1}},
            {"id": 71},
        ],
        "mediaoptions": [
            {"id": 1, "label": "Version originale", "ticketlabel": "VO"},
            {"id": 2, "label": "Dolby"},
        ],
        "shows": list(shows),
        **lists,
    }

    def answer(asked: Asked) -> Reply:
        if asked.query.get("api_token") != "brouette":
            return said({"error": "unauthorized"}, 401)
        name = asked.path.removeprefix("/vad/")
        return said(known[name]) if name in known else said({}, 404)

    return Site(answer)
