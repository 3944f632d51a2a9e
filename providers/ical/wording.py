"""Reads what a component says in words: title, description, place, links, category."""

import html
import re
from collections.abc import Iterable
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from providers.base import VenueFacts
from providers.ical.component import Component
from providers.ical.lines import Line
from providers.icalendar_file import unescaped
from providers.openagenda.categories import category_of
from providers.openagenda.places import Spot, is_own, position
from providers.openagenda.titles import title_says
from providers.records import OfferRecord, Place
from providers.text import clean, fold, one_line, plain, without_contacts

LONGEST_TITLE: Final = 300
LONGEST_TEXT: Final = 12_000

_ENTITY: Final = re.compile(r"&(?:[a-zA-Z]{2,8}|#[0-9]{1,6}|#x[0-9a-fA-F]{1,6});")
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]{3,1000}", re.IGNORECASE)
_COMMA: Final = re.compile(rb"(?<!\\),")
_IMAGE: Final = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)$", re.IGNORECASE)
_POSTAL: Final = re.compile(r"\b([0-9]{5})\s+([^,0-9][^,]*)")
_BREAKS: Final = re.compile(r"\s*(?:\n|,\s*(?!\d))\s*")
_ONLINE: Final = frozenset({"en ligne", "online", "visioconference", "microsoft teams meeting", "zoom"})


class Wording:
    """The words of a component, each read when first asked for."""

    def __init__(self, component: Component) -> None:
        self._lines = component.lines

    def _all(self, name: str) -> list[Line]:
        return [line for line in self._lines if line.name == name]

    def _first(self, name: str) -> bytes:
        return next((line.value for line in self._lines if line.name == name and line.value), b"")

    @cached_property
    def title(self) -> str:
        return without_contacts(one_line(_text(self._first("SUMMARY")[:2_000])))[:LONGEST_TITLE]

    @property
    def description(self) -> str:
        written = self._first("DESCRIPTION") or self._first("X-ALT-DESC")
        return without_contacts(plain(_text(written[:LONGEST_TEXT])))

    @property
    def is_private(self) -> bool:
        return self._first("CLASS").strip().upper() in {b"PRIVATE", b"CONFIDENTIAL"}

    @property
    def is_cancelled(self) -> bool:
        return self._first("STATUS").strip().upper() in {b"CANCELLED", b"CANCELED"}

    @property
    def keywords(self) -> list[str]:
        written = [part for line in self._all("CATEGORIES") for part in _COMMA.split(line.value)]
        return [one_line(_text(part[:200])) for part in written[:100]]

    @property
    def url(self) -> str:
        return _link(unescaped(self._first("URL")))

    @property
    def image(self) -> str:
        """The address of an image that the event carries, over https only."""
        for line in (*self._all("IMAGE"), *self._all("ATTACH")):
            address = _link(line.text)
            kind = line.parameter("FMTTYPE").lower()
            is_image = line.name == "IMAGE" or kind.startswith("image/") or _is_image(address)
            if is_image and address.lower().startswith("https://") and not kind.startswith("application/"):
                return address
        return ""

    @property
    def is_pass_culture_offer(self) -> bool:
        link = urlsplit(self.url)
        return (link.hostname or "").endswith(
            ("pass.culture.fr", "passculture.app")
        ) and "/offre" in link.path

    @cached_property
    def location(self) -> str:
        return clean(_text(self._first("LOCATION")[:2_000]))

    @property
    def is_online(self) -> bool:
        return bool(_ADDRESS.match(self.location)) or fold(self.location) in _ONLINE

    def offer(self, ref: str, venue: VenueFacts | None) -> OfferRecord:
        """Give the offer that these words make, still without dates."""
        online = self.is_online
        where = None if online else _spot(self.location, unescaped(self._first("GEO")))
        return OfferRecord(
            ref=ref,
            title=self.title,
            stocks=(),
            description=self.description,
            category=category_of(self.keywords, self.title),
            image_url=self.image,
            url=self.url or (_link(self.location) if online else ""),
            is_online=online,
            place=None if where is None or is_own(where, venue) else where.place,
            title_says=title_says(self.title),
        )


def _text(value: bytes) -> str:
    """Give a TEXT; some exporters leave HTML's entities in it (« L&rsquo;été »)."""
    text = unescaped(value)
    return html.unescape(text) if _ENTITY.search(text) else text


def _link(written: str) -> str:
    found = _ADDRESS.match(written.strip())
    if found is None:
        return ""
    try:
        parts = urlsplit(found[0])
    except ValueError:
        return ""
    fine = "." in (parts.hostname or "") and not parts.username and found[0].isprintable()
    return found[0] if fine else ""


def _is_image(address: str) -> bool:
    return bool(_IMAGE.search(urlsplit(address).path))


def _spot(location: str, geo: str) -> Spot | None:
    """Read « Salle des fêtes, 3 rue Haute, 81000 Albi, France » and `43.92;2.13`."""
    latitude, longitude = _position(geo)
    said = without_contacts(location)
    if not said and latitude is None:
        return None
    parts = [part for part in _BREAKS.split(said) if part and fold(part) != "france"]
    postal = _POSTAL.search(said)
    place = Place(
        name=one_line(parts[0])[:200] if parts else "",
        address=one_line(", ".join(parts[1:]))[:500],
        postal_code=postal[1] if postal else "",
        city=one_line(postal[2]).strip()[:100] if postal else "",
        latitude=latitude,
        longitude=longitude,
    )
    return Spot(place, _names(said, place) - {""})


def _names(said: str, place: Place) -> frozenset[str]:
    names: Iterable[str] = (said, place.name, *place.name.split(" - ")[:1])
    return frozenset(fold(name) for name in names)


def _position(geo: str) -> tuple[float | None, float | None]:
    latitude, _, longitude = geo.partition(";")
    try:
        return position(float(latitude), float(longitude))
    except ValueError:
        return None, None
