"""Reads the JSON of an event (`events.v2.json`): what the calendar does not carry, and nothing personal."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import urlsplit

from models.vocabulary import Reason
from providers.errors import DataError
from providers.openagenda.categories import category_of
from providers.openagenda.places import position
from providers.openagenda.prices import read_price
from providers.records import Detail, LeftOut, OfferRecord, Place, replace
from providers.text import one_line, plain, without_contacts

MOVED_ONLINE, POSTPONED, FULL, CANCELLED = 3, 4, 5, 6
"""OpenAgenda's `status`; 1 is « programmé » and 2 « reprogrammé », whose new dates are in the calendar."""

ONLINE: Final = 2
"""OpenAgenda's `attendanceMode`: 1 is on the spot, 3 is both."""

_TAKEN: Final = (
    "uid",
    "description",
    "longDescription",
    "image",
    "imageCredits",
    "keywords",
    "conditions",
    "status",
    "attendanceMode",
    "onlineAccessLink",
)
_PLACE_TAKEN: Final = ("name", "address", "postalCode", "city", "latitude", "longitude")
_LONGEST: Final = 12_000


def ref_of(event: Any) -> str:
    """Give the uid by which the calendar knows the event too, or "" when it has none."""
    uid = event.get("uid") if isinstance(event, Mapping) else None
    return str(uid).strip()[:200] if isinstance(uid, int | str) and not isinstance(uid, bool) else ""


def trim(event: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what we read of an event; contacts, owners, timings and translations of dates go."""
    kept = {key: event[key] for key in _TAKEN if event.get(key) not in (None, "", [], {})}
    where = event.get("location")
    if isinstance(where, Mapping):
        kept["location"] = {key: where[key] for key in _PLACE_TAKEN if where.get(key) is not None}
    elif isinstance(event.get("locationName"), str):  # the export of before 2020
        kept["location"] = {key: event[key] for key in _PLACE_TAKEN if event.get(key) is not None}
        kept["location"]["name"] = event["locationName"]
    if _is_pass_culture_offer(event.get("registration")):
        kept["passCulture"] = True
    plain_numbers: dict[str, Any] = _without_decimals(kept)
    return plain_numbers


def _without_decimals(value: Any) -> Any:
    """Give JSON values: the client reads numbers as Decimal, and an item is kept as JSON."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): _without_decimals(each) for key, each in value.items()}
    return [_without_decimals(each) for each in value] if isinstance(value, list) else value


def fingerprint(trimmed: Mapping[str, Any]) -> bytes:
    """Digest a trimmed event, whatever the order of its keys."""
    written = json.dumps(trimmed, sort_keys=True, separators=(",", ":"))
    return blake2b(written.encode("ascii"), digest_size=16).digest()


def read(ref: str, trimmed: Any) -> Detail:
    """Say what a trimmed event adds to its offer.

    Raises
    ------
    DataError
        It is not an event.
    """
    if not isinstance(trimmed, Mapping):
        raise DataError("not_an_event", "Le détail de l’évènement n’est pas lisible.", repr(trimmed)[:200])
    values: dict[str, Any] = {
        "description": _description(trimmed),
        "image": _image(trimmed.get("image")),
        "credit": without_contacts(one_line(_words(trimmed.get("imageCredits"))))[:255],
        "keywords": _keywords(trimmed.get("keywords")),
        "conditions": without_contacts(one_line(_words(trimmed.get("conditions"))))[:1000],
        "status": _number(trimmed.get("status"), 1),
        "attendance": _number(trimmed.get("attendanceMode"), 1),
        "link": _https(trimmed.get("onlineAccessLink"), schemes=("https", "http")),
        "place": _place(trimmed.get("location")),
        "pass_culture": trimmed.get("passCulture") is True,
    }
    return Detail(ref, {key: value for key, value in values.items() if value})


def complete(record: OfferRecord, detail: Detail) -> OfferRecord | LeftOut:
    """Compute the offer of a calendar's record and its detail."""
    said = detail.values
    if said.get("pass_culture"):
        return LeftOut(record.ref, Reason.ALREADY_PASS_CULTURE)
    status = said.get("status")
    online = said.get("attendance") == ONLINE or status == MOVED_ONLINE
    price = read_price(said.get("conditions", ""))
    return replace(
        record,
        stocks=tuple(
            dataclasses.replace(
                stock,
                price=price,
                remaining=0 if status == FULL else stock.remaining,
                cancelled=stock.cancelled or status in (CANCELLED, POSTPONED),
            )
            for stock in record.stocks
        ),
        description=_longer(record.description, said.get("description", "")),
        category=category_of(said.get("keywords", ()), record.title),
        image_url=said.get("image", ""),
        image_credit=said.get("credit", ""),
        url=said.get("link", ""),
        is_online=online,
        place=None if online else _with_address(record.place, said.get("place")),
    )


def _longer(short: str, long: str) -> str:
    """Put the calendar's short description before the long one, unless that one begins with it."""
    if not long or not short or long.startswith(short.rstrip("… .")):
        return long or short
    return f"{short}\n\n{long}"


def _with_address(place: Place | None, said: Mapping[str, Any] | None) -> Place | None:
    if place is None or not said:
        return place
    return Place(
        name=said.get("name") or place.name,
        address=said.get("address") or place.address,
        postal_code=said.get("postal_code") or place.postal_code,
        city=said.get("city") or place.city,
        latitude=said.get("latitude", place.latitude),
        longitude=said.get("longitude", place.longitude),
    )


def _words(value: Any) -> str:
    """Give a text that may come in several languages: French, else the only language there is."""
    if isinstance(value, Mapping):
        said = {key: text for key, text in value.items() if isinstance(text, str) and text.strip()}
        if "fr" in said:
            return said["fr"][:_LONGEST]
        return next(iter(said.values()))[:_LONGEST] if len(said) == 1 else ""
    return value[:_LONGEST] if isinstance(value, str) else ""


def _description(trimmed: Mapping[str, Any]) -> str:
    return without_contacts(plain(_words(trimmed.get("longDescription")))).replace("\x00", "")


def _keywords(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        value = value.get("fr") or (next(iter(value.values())) if len(value) == 1 else None)
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, Sequence):
        return []
    words = [one_line(word)[:100] for word in value[:50] if isinstance(word, str)]
    return [word for word in words if word]


def _image(value: Any) -> str:
    """Give the address of the image in its full size, else in the size of the page (700 pixels)."""
    if not isinstance(value, Mapping):
        return _https(value)
    base, name = value.get("base"), value.get("filename")
    variants = value.get("variants")
    for variant in variants if isinstance(variants, Sequence) else ():
        if isinstance(variant, Mapping) and variant.get("type") == "full":
            name = variant.get("filename") or name
    if not isinstance(base, str) or not isinstance(name, str):
        return ""
    return _https(f"{base.rstrip('/')}/{name.lstrip('/')}")


def _https(value: Any, schemes: tuple[str, ...] = ("https",)) -> str:
    if not isinstance(value, str):
        return ""
    url = f"https:{value.strip()}" if value.strip().startswith("//") else value.strip()
    if len(url) > 2000 or not url.isprintable() or " " in url or "\\" in url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in schemes and parts.hostname and not parts.username else ""


def _number(value: Any, default: int) -> int:
    if isinstance(value, Mapping):  # with labels: {"id": 6, "label": {"fr": "Annulé"}}
        value = value.get("id")
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _place(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        return {}
    place: dict[str, Any] = {
        "name": without_contacts(one_line(_words(value.get("name"))))[:255],
        "address": without_contacts(one_line(_words(value.get("address"))))[:500],
        "postal_code": one_line(_words(value.get("postalCode")))[:20],
        "city": without_contacts(one_line(_words(value.get("city"))))[:255],
    }
    latitude, longitude = value.get("latitude"), value.get("longitude")
    if isinstance(latitude, int | float) and isinstance(longitude, int | float):
        place["latitude"], place["longitude"] = position(latitude, longitude)
    return {key: said for key, said in place.items() if said not in ("", None)}


def _is_pass_culture_offer(registration: Any) -> bool:
    """Tell whether people already book this event on the pass Culture; the link may still be null."""
    if not isinstance(registration, Sequence) or isinstance(registration, str):
        return False
    return any(
        isinstance(way, Mapping)
        and (way.get("service") == "passCulture" or _is_pass_culture_link(way.get("value")))
        for way in registration
    )


def _is_pass_culture_link(value: Any) -> bool:
    link = urlsplit(_https(value, schemes=("https", "http")))
    host = link.hostname or ""
    return host.endswith(("pass.culture.fr", "passculture.app")) and "/offre" in link.path
