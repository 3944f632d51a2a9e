"""Makes an offer of a payload in the declared shape, whoever trimmed it.

The shape: `title`, `description`, `image`, `url`, `online`, `on_sale`, `zone`, `currency`,
`keywords`, `place` (name, address, postal_code, city, latitude, longitude) and `dates`: `starts`,
`ends`, `closes`, `ref`, `remaining`, `cancelled`, `full`, `free`, `cents`, `tariffs` (price, name,
chosen). All but `dates` and `title` may be missing.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from models.vocabulary import Certainty, Reason
from providers.base import Item, VenueFacts, Visit
from providers.declared.mapping import instant, price, remaining, text
from providers.errors import DataError
from providers.openagenda.categories import category_of
from providers.openagenda.places import Spot, is_own, position
from providers.openagenda.titles import title_says
from providers.records import PRICE_NOT_SAID, LeftOut, OfferRecord, Place, Price, Record, StockRecord
from providers.text import fold, one_line, plain, without_contacts
from providers.window import zone_of

FREE: Final = Price(Decimal(0), Certainty.CERTAIN)
ALL_DAY: Final = "Toute la journée"

_REF: Final = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
_DAY: Final = re.compile(r"\d{4}-?\d{2}-?\d{2}")


def record_of(item: Item, visit: Visit[Any]) -> Record:
    """Say what a payload is: an offer with its dates, or why there is none.

    Raises
    ------
    DataError
        Something of it cannot be read; the detail says what.
    """
    try:
        return _record(item, visit)
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError) as error:
        detail = f"{type(error).__name__}: {error}"[:300]
        raise DataError("not_an_event", "Cet évènement n’est pas lisible.", detail) from None


def _record(item: Item, visit: Visit[Any]) -> Record:
    said: Mapping[str, Any] = item.payload
    if said.get("on_sale", True) is not True:
        return LeftOut(item.ref, Reason.NOT_ON_SALE)
    zone = _zone(said.get("zone"), visit.venue)
    stocks = {stock.ref: stock for each in said["dates"] for stock in _stocks(each, said, zone)}
    now = visit.clock()
    current = [stock for stock in stocks.values() if (stock.ends_at or stock.starts_at or now) >= now]
    if not current:
        return LeftOut(item.ref, Reason.OVER if stocks else Reason.NO_DATE)
    title = without_contacts(one_line(text(said.get("title"))))[:300].strip()
    if not title:
        raise DataError("no_title", "L’évènement n’a pas de titre.", f"event {item.ref} without a title")
    is_online = said.get("online") is True
    words = [one_line(word)[:100] for word in said.get("keywords", ()) if isinstance(word, str)]
    return OfferRecord(
        ref=item.ref,
        title=title,
        stocks=tuple(sorted(current, key=lambda stock: stock.ref)),
        description=without_contacts(plain(text(said.get("description")))),
        category=category_of(words, title),
        image_url=_address(said.get("image"), secure=True),
        url=_address(said.get("url"), secure=False),
        is_online=is_online,
        place=None if is_online else _place(said.get("place"), visit.venue),
        title_says=title_says(title),
    )


def _stocks(date: Mapping[str, Any], said: Mapping[str, Any], zone: ZoneInfo) -> Iterator[StockRecord]:
    starts, ends = instant(date.get("starts"), zone), instant(date.get("ends"), zone)
    if starts is None:
        return
    by_start = f"{starts.astimezone(ZoneInfo('UTC')):%Y%m%dT%H%M%SZ}"
    yield StockRecord(
        ref=ref_of(date.get("ref")) or by_start,
        starts_at=starts,
        ends_at=ends if ends is not None and ends > starts else None,
        booking_limit_at=instant(date.get("closes"), zone),
        label=ALL_DAY if _DAY.fullmatch(str(date["starts"]).strip()) else "",
        price=_price(date, said.get("currency")),
        remaining=remaining(date),
        cancelled=date.get("cancelled") is True,
    )


def _price(date: Mapping[str, Any], currency: Any) -> Price:
    if date.get("free") is True:
        return FREE
    if currency not in (None, "EUR", "eur"):
        return PRICE_NOT_SAID
    return price(date.get("tariffs", ()), cents=date.get("cents") is True)


def ref_of(said: Any) -> str:
    """Give a ref as text; "" where there is none."""
    text_of = str(said).strip() if isinstance(said, int | str) and not isinstance(said, bool) else ""
    return text_of if _REF.fullmatch(text_of) else ""


def _zone(said: Any, venue: VenueFacts | None) -> ZoneInfo:
    if isinstance(said, str):
        try:
            return ZoneInfo(said)
        except (KeyError, ValueError, OSError):
            pass
    return zone_of(venue)


def _address(said: Any, *, secure: bool) -> str:
    if not isinstance(said, str) or len(said) > 2000 or not said.isprintable() or " " in said or "\\" in said:
        return ""
    try:
        parts = urlsplit(said)
    except ValueError:
        return ""
    fine = parts.scheme == "https" or (parts.scheme == "http" and not secure)
    return said if fine and parts.hostname and not parts.username else ""


def _place(said: Any, venue: VenueFacts | None) -> Place | None:
    """Give where it takes place; None when that is the venue, or not said."""
    if not isinstance(said, Mapping):
        return None
    words = {
        name: without_contacts(one_line(text(said.get(name))))[:200]
        for name in ("name", "address", "postal_code", "city")
    }
    latitude, longitude = position(*(_degrees(said.get(name)) for name in ("latitude", "longitude")))
    if latitude is None and not any(words.values()):
        return None
    place = Place(**words, latitude=latitude, longitude=longitude)
    named = frozenset(fold(words[name]) for name in ("name", "address")) - {""}
    return None if is_own(Spot(place, named), venue) else place


def _degrees(said: Any) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float | str | Decimal):
        return 0.0
    try:
        return float(said)
    except (ValueError, OverflowError):
        return 0.0
