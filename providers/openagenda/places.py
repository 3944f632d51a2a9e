"""Where an event takes place, and whether that is the venue itself or a place that was chosen."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from providers.base import VenueFacts
from providers.records import Place
from providers.text import fold

Choice: TypeAlias = Literal["all"] | tuple[str, ...] | None
"""The places of the setting: all, those named, or (None) the ones that match the venue."""

NEAR: Final = 500.0
"""Metres within which a position is the venue's own: partners place the door, the car park or the street."""

NOWHERE: Final = "sans lieu"
_NOWHERE_FOLDED: Final = frozenset({"sans lieu", "en ligne"})
_POSTAL: Final = re.compile(r"\b([0-9]{2})[ ]?([0-9]{3})\b(?:\s+(\D[^,]*))?\s*$")


@dataclass(frozen=True, slots=True)
class Spot:
    """A LOCATION with its GEO; `names` are the folded names by which it may be called."""

    place: Place
    names: frozenset[str]


@lru_cache(maxsize=4096)
def spot(location: str, geo: str) -> Spot | None:
    """Read « Salle des fêtes - 3 rue Haute, 81000 Albi » and `43.92;2.13`; None when nothing is said."""
    latitude, longitude = _position(geo)
    if not location and latitude is None:
        return None
    parts = location.split(" - ")
    names = frozenset(fold(" - ".join(parts[: n + 1])) for n in range(min(len(parts), 5)))
    address = " - ".join(parts[1:]).strip()
    postal = _POSTAL.search(address)
    place = Place(
        name=parts[0].strip(),
        address=address,
        postal_code=postal[1] + postal[2] if postal else "",
        city=(postal[3] or "").strip() if postal else "",
        latitude=latitude,
        longitude=longitude,
    )
    return Spot(place, names - {""})


def _position(geo: str) -> tuple[float | None, float | None]:
    latitude, _, longitude = geo.replace("\\", "").partition(";")
    try:
        return position(float(latitude), float(longitude))
    except ValueError:
        return None, None


def position(latitude: float, longitude: float) -> tuple[float | None, float | None]:
    """Give a position if it is one on Earth; 0;0 is how a form says nothing."""
    if abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude or longitude):
        return latitude, longitude
    return None, None


def metres(a: Place | VenueFacts, b: Place | VenueFacts) -> float:
    """Give the distance on the sphere; infinite where a position is missing."""
    if a.latitude is None or a.longitude is None or b.latitude is None or b.longitude is None:
        return math.inf
    lat_a, lat_b = math.radians(a.latitude), math.radians(b.latitude)
    half_lat = (lat_b - lat_a) / 2
    half_lon = math.radians(b.longitude - a.longitude) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * 6_371_000 * math.asin(math.sqrt(min(1.0, chord)))


@lru_cache(maxsize=8192)
def is_own(where: Spot | None, venue: VenueFacts | None) -> bool:
    """Tell whether a place is the venue itself: within 500 m of it, or of its name."""
    if where is None or venue is None:
        return False
    return fold(venue.name) in where.names or metres(where.place, venue) <= NEAR


@lru_cache(maxsize=8192)
def is_kept(where: Spot | None, choice: Choice, venue: VenueFacts | None) -> bool:
    """Tell whether what takes place there is imported."""
    if choice == "all" or (choice is None and venue is None):
        return True
    if choice is None:
        return is_own(where, venue)
    names = where.names if where else _NOWHERE_FOLDED
    return any(fold(name) in names for name in choice)


def listed(names: Iterable[str], most: int = 10) -> str:
    """Give « A », « B » and « C » for a sentence, and how many more."""
    names = list(names)
    shown = ", ".join(f"« {name} »" for name in names[:most])
    return f"{shown} et {len(names) - most} de plus" if len(names) > most else shown
