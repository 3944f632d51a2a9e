"""What of a declared partner's event is which field of an offer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from models.vocabulary import Certainty
from providers.declared.paths import every, first
from providers.pretix.tickets import rank_of
from providers.records import PRICE_NOT_SAID, UNKNOWN, Price, Remaining
from providers.text import clean, one_line, without_contacts

_LONGEST: Final = 12_000


@dataclass(frozen=True, slots=True)
class PlaceOf:
    """Paths of a place."""

    name: str = ""
    address: str = ""
    postal_code: str = ""
    city: str = ""
    latitude: str = ""
    longitude: str = ""


@dataclass(frozen=True, slots=True)
class Tariffs:
    """The tariffs of a date, of which the public's full price is taken.

    `at` are the paths of each tariff, the others are paths within one. `chosen`: where the buyer
    chooses, the least amount. `cents`: amounts are cents.
    """

    at: Sequence[str]
    price: str
    name: str = ""
    chosen: str = ""
    cents: bool = False


@dataclass(frozen=True, slots=True)
class DateOf:
    """Paths of a date within an event; `at` is the path of each, empty: the event is its one date.

    `ref` empty: a date is known by its start. `cancelled`, `full` and `free` are paths of a truth, or
    of one of the words after `=`: `status=canceled`.
    """

    starts: str
    at: str = ""
    ref: str = ""
    ends: str = ""
    closes: str = ""
    remaining: str = ""
    cancelled: str = ""
    full: str = ""
    free: str = ""
    price: Tariffs | None = None


@dataclass(frozen=True, slots=True)
class EventOf:
    """Paths of an event; `on_sale` is a truth as in `DateOf`, empty: every event is.

    `zone` is the path of the timezone of times that have none, else they are the venue's; where
    `currency` is not the euro, the price is not known.
    """

    ref: str
    title: str
    date: DateOf
    description: str = ""
    image: str = ""
    url: str = ""
    keywords: str = ""
    online: str = ""
    on_sale: str = ""
    zone: str = ""
    currency: str = ""
    place: PlaceOf = field(default_factory=PlaceOf)


def trim(event: Any, of: EventOf) -> dict[str, Any]:
    """Keep of an event what the mapping names: its payload, JSON values only."""
    dates = [event] if not of.date.at else every(event, of.date.at)
    plain_fields = ("title", "description", "image", "url", "online", "on_sale", "zone", "currency")
    kept = {name: value for name in plain_fields if (value := _said(event, getattr(of, name))) is not None}
    if of.on_sale:
        kept["on_sale"] = kept.get("on_sale") is True
    kept["keywords"] = [each for each in every(event, of.keywords) if isinstance(each, str)]
    kept["place"] = _all_of(event, of.place)
    kept["dates"] = [_date(event, date, of.date) for date in dates]
    return kept


def _date(event: Any, date: Any, of: DateOf) -> dict[str, Any]:
    of_dates = ("starts", "ref", "ends", "closes", "remaining", "cancelled", "full", "free")
    kept = {name: value for name in of_dates if (value := _said(date, getattr(of, name))) is not None}
    if of.price is not None:
        of_date, of_event = (
            [each for path in of.price.at for each in every(said, path)] for said in (date, event)
        )
        names = ("price", "name", "chosen")
        kept["cents"] = of.price.cents
        kept["tariffs"] = [
            {name: value for name in names if (value := _said(each, getattr(of.price, name))) is not None}
            for each in of_date or of_event
        ]
    return kept


def _all_of(event: Any, of: PlaceOf) -> dict[str, Any]:
    found = {each.name: _said(event, getattr(of, each.name)) for each in fields(of)}
    return {name: value for name, value in found.items() if value is not None}


def _said(value: Any, path: str) -> Any:
    """Give the value at a path; at `path=word,word` whether it is one of the words."""
    where, equals, words = path.partition("=")
    found = first(value, where)
    if equals:
        return None if found is None else str(found) in words.split(",")
    return found if isinstance(found, str | int | float | bool | Decimal) else None


def instant(written: Any, zone: ZoneInfo) -> datetime | None:
    """Read an instant in ISO 8601, or « 2030-01-31 20:00:00 » in a zone; None where nothing is written.

    Raises
    ------
    ValueError, TypeError
        It is none, or lies outside 1970 to 2199.
    """
    if written is None:
        return None
    if not isinstance(written, str):
        raise TypeError(f"not an instant: {written!r}"[:80])
    try:
        read = datetime.fromisoformat(written.strip())
    except ValueError:
        read = parsedate_to_datetime(written.strip())  # RFC 822, as RSS writes them
    if not 1970 <= read.year < 2200:
        raise ValueError(f"not a plausible instant: {written[:40]}")
    return read if read.tzinfo else read.replace(tzinfo=zone)


def remaining(date: Mapping[str, Any]) -> Remaining:
    """Give the places that are left: what is said to be full has none."""
    if date.get("full") is True:
        return 0
    said = date.get("remaining")
    if isinstance(said, bool) or not isinstance(said, int | str) or not re.fullmatch(r"\d{1,9}", str(said)):
        return UNKNOWN
    return int(said)


def price(tariffs: Sequence[Mapping[str, Any]], *, cents: bool) -> Price:
    """Give the public's full price: the only one, the one called so, else the dearest, to be confirmed."""
    read = [each for each in (_tariff(tariff, cents=cents) for tariff in tariffs) if each is not None]
    usual = [each for each in read if each[1] < 3] or read
    if not usual:
        return PRICE_NOT_SAID
    full = [each for each in usual if each[1] == 0] or usual
    amount, rank, is_chosen, _ = max(full)
    told = ", ".join(f"{name or 'tarif'} : {said} €" for said, _, _, name in sorted(usual, reverse=True))
    if is_chosen or rank == 3 or len({each[0] for each in full}) > 1:
        return Price(amount, Certainty.PROPOSED, f"Tarifs : {told}"[:500])
    return Price(amount, Certainty.CERTAIN)


def _tariff(said: Mapping[str, Any], *, cents: bool) -> tuple[Decimal, int, bool, str] | None:
    """Read (amount, rank of its name, whether the buyer chooses, name); None where no amount is said."""
    chosen = _amount(said.get("chosen"))
    amount = chosen if chosen is not None else _amount(said.get("price"))
    if amount is None:
        return None
    euros = amount / 100 if cents else amount
    if euros != round(euros, 2) or not 0 <= euros < 100_000_000:
        return None
    name = said.get("name")
    words = without_contacts(one_line(name))[:100] if isinstance(name, str) else ""
    return euros.quantize(Decimal("0.01")), rank_of(words), chosen is not None, words


def _amount(written: Any) -> Decimal | None:
    if isinstance(written, bool) or not isinstance(written, int | str | Decimal):
        return None
    try:
        amount = Decimal(written.strip().replace(",", ".") if isinstance(written, str) else written)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and -20 < amount.adjusted() < 12 else None


def text(written: Any) -> str:
    return clean(written)[:_LONGEST] if isinstance(written, str) else ""
