"""Where an opportunity takes place, and whether that is online."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from providers.openagenda.places import Spot, position
from providers.records import Place
from providers.rpde.values import objects, several, term, words
from providers.text import fold

_ONLINE: Final = "OnlineEventAttendanceMode"


def is_online(chain: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether it takes place online only: by its attendance mode, else by its location."""
    for said in chain:
        if mode := term(said.get("eventAttendanceMode")):
            return mode == _ONLINE
    locations = next((found for said in chain if (found := objects(said.get("location")))), ())
    return bool(locations) and all(
        "VirtualLocation" in map(term, several(each.get("type") or each.get("@type"))) for each in locations
    )


def spot_of(chain: Sequence[Mapping[str, Any]]) -> Spot | None:
    """Give the first place that is told, the opportunity's own before its series'; None: none is."""
    for said in chain:
        for location in several(said.get("location")):
            if found := _spot(location):
                return found
    return None


def _spot(location: Any) -> Spot | None:
    if not isinstance(location, Mapping):
        line = words(location)
        return Spot(Place(line[:200]), frozenset({fold(line)})) if line else None
    name, lines = words(location.get("name"), 200), _address(location)
    geo = next(iter(objects(location.get("geo"))), location)
    latitude, longitude = _position(geo.get("latitude"), geo.get("longitude"))
    address, postal, city = lines
    if not (name or address or latitude is not None):
        return None
    place = Place(name or address[:200], address, postal, city, latitude, longitude)
    return Spot(place, frozenset(fold(each) for each in (name, address)) - {""})


def _address(location: Mapping[str, Any]) -> tuple[str, str, str]:
    """Give street, postal code and town; an address may be a line, or written on the place itself."""
    said = next(iter(several(location.get("address"))), None)
    if isinstance(said, str):
        return words(said, 500), "", ""
    parts = said if isinstance(said, Mapping) else location
    street = words(parts.get("streetAddress"), 300)
    postal, city = words(parts.get("postalCode"), 20), words(parts.get("addressLocality"), 100)
    town = " ".join(part for part in (postal, city) if part)
    return ", ".join(part for part in (street, town) if part), postal, city


def _position(latitude: Any, longitude: Any) -> tuple[float | None, float | None]:
    for each in (latitude, longitude):
        if isinstance(each, bool) or not isinstance(each, int | float | Decimal | str) or len(str(each)) > 60:
            return None, None
    try:
        return position(float(latitude), float(longitude))
    except (ValueError, OverflowError):
        return None, None
