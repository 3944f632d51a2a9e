"""Makes an item of an event with its tariffs and sessions, and an offer of that item."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from models.vocabulary import Reason
from providers.base import Item, Visit
from providers.billetweb import identifier
from providers.billetweb.api import Api, EventRefused
from providers.billetweb.places import place_of
from providers.billetweb.sessions import sessions, stocks
from providers.billetweb.settings import BilletwebSettings
from providers.billetweb.strings import is_set, key, moment, rows, words
from providers.billetweb.tickets import read_tariffs
from providers.errors import ConfigurationError, DataError
from providers.openagenda.categories import category_of
from providers.openagenda.titles import title_says
from providers.records import LeftOut, OfferRecord, Record
from providers.text import fold, plain, without_contacts
from providers.window import zone_of

LONGEST_TEXT: Final = 12_000
PARIS: Final = ZoneInfo("Europe/Paris")

# what is kept of each thing: nothing of buyers, and no text that only they would read
_EVENT: Final = (
    *("id", "ext_id", "name", "start", "end", "multiple", "place", "shop", "online", "tags"),
    *("description", "image", "cover"),
)
_TICKET: Final = ("id", "full_name", "name", "price", "category", "visibility", "start_time", "end_time")
_DATE: Final = ("id", "start", "end", "name", "place", "disabled", "quota", "total_sales", "tickets")
_AVAIL: Final = ("type", "id", "name", "avail")


@dataclass(frozen=True, slots=True)
class Listed:
    """The events of an account; `unidentified`: something listed has no number."""

    events: Sequence[Mapping[str, Any]]
    unidentified: bool


def listed(api: Api, written: str) -> Listed:
    """Read what the link's identifier asks for: every event once, or the one of that name.

    Raises
    ------
    ConfigurationError
        `event_not_found`: the account has no event of that name that is not over.
    """
    said = api.events()
    events = {ref_of(each): each for each in said if isinstance(each, Mapping) and ref_of(each)}
    unidentified = any(not isinstance(each, Mapping) or not ref_of(each) for each in said)
    name = identifier.event_of(written)
    if name is None:
        return Listed(list(events.values()), unidentified)
    found = [each for each in events.values() if fold(name) in {fold(word) for word in _names(each)}]
    if not found and not unidentified:
        sentence = (
            f"Aucun évènement à venir de ce compte ne s’appelle « {name} » dans son adresse. "
            "Vérifiez l’adresse de l’évènement, et qu’il n’est pas passé."
        )
        raise ConfigurationError("event_not_found", sentence)
    return Listed(found, unidentified)


def ref_of(event: Mapping[str, Any]) -> str:
    """Give an event's number; empty when it has none."""
    return key(event.get("id"))


def _names(event: Mapping[str, Any]) -> Sequence[str]:
    shop = event.get("shop")
    asked = (
        parse_qs(urlsplit(shop).query).get("event", []) if isinstance(shop, str) and "[" not in shop else []
    )
    return [key(event.get("ext_id")), *asked]


def is_worth_reading(event: Mapping[str, Any]) -> bool:
    """Tell whether an event may have something to sell: else its tariffs need not be asked for."""
    return is_set(event.get("online"), default=True)


def clock_of(visit: Visit[BilletwebSettings]) -> ZoneInfo:
    """Give the zone in which the account's times are written."""
    return zone_of(visit.venue) if visit.settings.times == "venue" else PARIS


def bare_item(event: Mapping[str, Any], asked: datetime, zone: ZoneInfo) -> Item:
    """Give the item of an event that is not published."""
    return _item(event, {}, asked, zone)


def whole_item(api: Api, event: Mapping[str, Any], asked: datetime, zone: ZoneInfo) -> Item:
    """Read what an event sells, and give its item; one that is refused says so when it is read."""
    number = ref_of(event)
    try:
        tickets = [_kept(each, _TICKET) for each in api.tickets(number)]
        multiple = event.get("multiple")
        dates = [_kept(each, _DATE) for each in api.dates(number)] if is_set(multiple, default=True) else []
        # an event of a single date has no session, so its sales are told nowhere else
        alone = not dates and not is_set(multiple, default=False)
        avail = [_kept(each, _AVAIL) for each in api.avail(number)] if alone else []
    except EventRefused as refusal:
        return _item(event, {"refused": [refusal.code, refusal.sentence]}, asked, zone)
    return _item(event, {"tickets": tickets, "dates": dates, "avail": avail}, asked, zone)


def _kept(said: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: said[name] for name in names if name in said}


def _item(event: Mapping[str, Any], sold: Mapping[str, Any], asked: datetime, zone: ZoneInfo) -> Item:
    payload = {"event": _kept(event, _EVENT), **sold}
    turned = sum(instant <= asked for instant in _instants(payload, zone))
    written = json.dumps([payload, turned], sort_keys=True, separators=(",", ":"), default=str)
    digest = blake2b(written.encode("ascii"), digest_size=16).digest()
    return Item(ref_of(event), digest, {**payload, "asked": asked.isoformat()})


def _instants(value: Any, zone: ZoneInfo) -> Iterator[datetime]:
    """Give every moment in a payload: once one of them is past, the same bytes say something else."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _instants(inner, zone)
    elif isinstance(value, list):
        for inner in value:
            yield from _instants(inner, zone)
    elif isinstance(value, str) and 10 <= len(value) <= 19 and value[:4].isdigit():
        try:
            instant = moment(value, zone)
        except DataError:
            return
        if instant is not None:
            yield instant


def read(item: Item, visit: Visit[BilletwebSettings]) -> Record:
    """Say what an event is: an offer with its dates, or why there is none.

    Raises
    ------
    DataError
        Something of it is not as Billetweb writes it, or the key does not open it.
    """
    payload = item.payload
    event = payload.get("event") if isinstance(payload, Mapping) else None
    if not isinstance(payload, Mapping) or not isinstance(event, Mapping):
        raise DataError("not_an_event", "Cet évènement n’est pas lisible.", repr(payload)[:500])
    if not is_worth_reading(event):
        return LeftOut(item.ref, Reason.NOT_ON_SALE)
    _raise_refusal(payload.get("refused"))
    zone = clock_of(visit)
    now = _asked(payload.get("asked"))
    if not key(event.get("id")):
        raise DataError("not_an_event", "Cet évènement n’a pas de numéro.", repr(event)[:500])
    dated = sessions(event, rows(payload.get("dates")), zone)
    if not dated:
        multiple = is_set(event.get("multiple"), default=False)
        return LeftOut(item.ref, Reason.NO_UPCOMING_DATE if multiple else Reason.NO_DATE)
    current = [each for each in dated if not each.is_over(now)]
    if not current:
        return LeftOut(item.ref, Reason.OVER)
    title = words(event.get("name"))
    if not title:
        raise DataError("no_title", "L’évènement n’a pas de titre.", f"event {item.ref} without a name")
    tariffs, avail = read_tariffs(rows(payload.get("tickets")), zone), rows(payload.get("avail"))
    sold = [stock for each in current for stock in stocks(each, title, tariffs, avail, now)]
    if not sold:
        return LeftOut(item.ref, Reason.NOT_ON_SALE)
    places = (event.get("place"), *(each.said.get("place") for each in current))
    return OfferRecord(
        ref=item.ref,
        title=title,
        stocks=tuple({stock.ref: stock for stock in sold}.values()),
        description=_description(event.get("description")),
        category=category_of(_tags(event.get("tags")), title),
        image_url=_address(event.get("cover")) or _address(event.get("image")),
        url=_address(event.get("shop")),
        place=place_of(places, visit.venue),
        title_says=title_says(title),
    )


def _raise_refusal(refused: Any) -> None:
    if isinstance(refused, list) and len(refused) == 2:
        code, sentence = (str(part)[:500] for part in refused)
        raise DataError(code or "refused", sentence, f"{code}: Billetweb did not give this event")


def _asked(said: Any) -> datetime:
    try:
        asked = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        asked = None
    if asked is None or asked.tzinfo is None:
        raise DataError("not_an_event", "Cet évènement n’est pas lisible.", f"asked {said!r}"[:200])
    return asked.astimezone(UTC)


def _description(said: Any) -> str:
    return without_contacts(plain(said[:100_000]))[:LONGEST_TEXT].strip() if isinstance(said, str) else ""


def _tags(said: Any) -> Sequence[str]:
    return [found for each in said[:100] if (found := words(each))] if isinstance(said, list) else ()


def _address(said: Any) -> str:
    """Give an address on the web, over https only."""
    try:
        parts = urlsplit(said if isinstance(said, str) and len(said) <= 2_000 else "")
        is_safe = (
            parts.scheme == "https" and bool(parts.hostname) and not re.search(r"[\s<>\"\x00-\x1f]", said)
        )
    except ValueError:
        return ""
    return said if is_safe else ""
