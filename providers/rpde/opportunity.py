"""Makes an offer of an opportunity: a session with what it is part of, or a series with its sessions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from models.vocabulary import Reason
from providers.base import Item, VenueFacts, Visit
from providers.errors import DataError
from providers.openagenda.categories import category_of
from providers.openagenda.places import Spot, is_kept, is_own
from providers.openagenda.titles import title_says
from providers.records import UNKNOWN, LeftOut, OfferRecord, Place, Record, Remaining, StockRecord
from providers.rpde.offers import booking_limit, is_sold_out, price_of
from providers.rpde.places import is_online, spot_of
from providers.rpde.settings import RpdeSettings
from providers.rpde.values import (
    Moment,
    address,
    duration,
    moment,
    objects,
    several,
    term,
    text,
    whole,
    words,
)
from providers.text import fold, plain, without_contacts
from providers.window import zone_of

LONGEST_TEXT: Final = 12_000
LONGEST_CHAIN: Final = 4
ALL_DAY: Final = "Toute la journée"
OWN: Final = "session"
"""The ref of the date of an opportunity that is one session: moved, it stays the same date."""

_NOT_TAKING_PLACE: Final = frozenset({"EventCancelled", "EventPostponed"})
_BOOKED_AS_A_WHOLE: Final = frozenset({"CourseInstance", "ScheduledSession", "Slot"})

Chain: TypeAlias = Sequence[Mapping[str, Any]]
"""An opportunity, then what it is part of, the nearest first: what it does not say itself, they say."""


@dataclass(frozen=True, slots=True)
class _Session:
    """A date, as instants, with its own chain."""

    ref: str
    starts: Moment
    ends_at: datetime | None
    chain: Chain
    own: Mapping[str, Any]


def read(item: Item, visit: Visit[RpdeSettings]) -> Record:
    """Say what an opportunity is: an offer with its dates, or why there is none.

    Raises
    ------
    DataError
        Something of it is not as OpenActive writes it, or it refers to a series that is not there.
    """
    payload = item.payload
    data = payload.get("data") if isinstance(payload, Mapping) else None
    if not isinstance(payload, Mapping) or not isinstance(data, Mapping):
        raise DataError("not_an_opportunity", "Cet élément n’est pas lisible.", repr(payload)[:500])
    zone, now = zone_of(visit.venue), visit.clock()
    chain = _chain(data, payload.get("parent"))
    sessions = list(_sessions(data, chain, zone))
    if not sessions:
        return LeftOut(item.ref, Reason.NO_DATE)
    current = [each for each in sessions if (each.ends_at or each.starts.at) >= now]
    if not current:
        return LeftOut(item.ref, Reason.OVER)
    online = is_online(chain)
    where = None if online else spot_of(chain) or spot_of(current[0].chain)
    if not online and not is_kept(where, visit.settings.places, visit.venue):
        return LeftOut(item.ref, Reason.OTHER_PLACE)
    title = _title(item, chain)
    return OfferRecord(
        ref=item.ref,
        title=title,
        stocks=tuple({each.ref: _stock(each, title, zone) for each in current}.values()),
        description=_description(chain),
        category=category_of(_keywords(chain), title),
        image_url=next((found for said in chain for found in _images(said)), ""),
        url=next((found for said in chain if (found := address(said.get("url")))), ""),
        is_online=online,
        place=_place(where, visit.venue),
        title_says=title_says(title),
    )


def _chain(data: Mapping[str, Any], parent: Any) -> Chain:
    """Give an opportunity and what it is part of; a series that is only referred to is the `parent`."""
    chain, said = [data], data
    while len(chain) < LONGEST_CHAIN:
        above = objects(said.get("superEvent")) or objects(said.get("facilityUse"))
        if not above and isinstance(parent, Mapping):
            above, parent = [parent], None
        if not above:
            break
        said = above[0]
        chain.append(said)
    return chain


def reference_of(data: Any) -> str:
    """Give the address of the series that an opportunity refers to without containing it; empty: none."""
    if not isinstance(data, Mapping):
        return ""
    for name in ("superEvent", "facilityUse"):
        for said in several(data.get(name)):
            if isinstance(said, str) and said.strip():
                return said.strip()[:2_000]
            if isinstance(said, Mapping) and "name" not in said and (found := name_of(said)):
                return found
    return ""


def name_of(said: Mapping[str, Any]) -> str:
    """Give what an opportunity is referred to by: its `@id`; else its `identifier`."""
    for field in ("@id", "id", "identifier"):
        named = said.get(field)
        written = str(named).strip() if isinstance(named, str | int) and not isinstance(named, bool) else ""
        if written:
            return written[:2_000]
    return ""


def _sessions(data: Mapping[str, Any], chain: Chain, zone: ZoneInfo) -> Iterator[_Session]:
    """Give the dates of an opportunity: the sessions in it, unless it is booked as a whole."""
    kinds = {term(each) for each in several(data.get("type") or data.get("@type"))}
    inner = (
        []
        if kinds & _BOOKED_AS_A_WHOLE
        else [*objects(data.get("subEvent")), *objects(data.get("subEvents"))]
    )
    found = [each for said in inner if (each := _session(said, (said, *chain), zone)) is not None]
    if found:
        yield from found
    elif own := _session(data, chain, zone, OWN):
        yield own


def _session(said: Mapping[str, Any], chain: Chain, zone: ZoneInfo, ref: str = "") -> _Session | None:
    starts, ends = moment(said.get("startDate"), zone), moment(said.get("endDate"), zone)
    if starts is None:
        return None
    length = duration(said.get("duration"))
    if starts.is_day:
        last = ends.at if ends and ends.is_day and ends.at > starts.at else starts.at
        ends_at: datetime | None = (last.astimezone(zone) + timedelta(days=1)).astimezone(UTC)
    else:
        ends_at = ends.at if ends and not ends.is_day else starts.at + length if length else None
    named = ref or name_of(said) or f"{starts.at:%Y%m%dT%H%M%SZ}"
    return _Session(named[:300], starts, ends_at if ends_at and ends_at > starts.at else None, chain, said)


def _stock(session: _Session, title: str, zone: ZoneInfo) -> StockRecord:
    own = words(session.own.get("name"), 100) if session.ref != OWN else ""
    cancelled = any(term(said.get("eventStatus")) in _NOT_TAKING_PLACE for said in session.chain)
    return StockRecord(
        ref=session.ref,
        starts_at=session.starts.at,
        ends_at=session.ends_at,
        booking_limit_at=booking_limit(session.chain, session.starts.at, zone),
        label=own if own and fold(own) != fold(title) else ALL_DAY if session.starts.is_day else "",
        price=price_of(session.chain),
        remaining=_remaining(session),
        cancelled=cancelled,
    )


def _remaining(session: _Session) -> Remaining:
    """Give the places left: the session's own number, below zero when oversold; its capacity says nothing."""
    if is_sold_out(session.chain):
        return 0
    for name in ("remainingAttendeeCapacity", "remainingUses"):
        left = whole(session.own.get(name))
        if left is not None:
            return left
    return UNKNOWN


def _title(item: Item, chain: Chain) -> str:
    title = next((found for said in chain if (found := words(said.get("name") or said.get("title")))), "")
    if title:
        return title
    if reference := next((found for said in chain if (found := reference_of(said))), ""):
        sentence = (
            "La séance renvoie à une série qui est dans un autre flux. Indiquez l’adresse du flux des séries "
            "dans les réglages."
        )
        raise DataError("series_elsewhere", sentence, f"{item.ref} refers to {reference}")
    raise DataError("no_title", "La séance n’a pas de nom.", f"{item.ref} without a name")


def _description(chain: Chain) -> str:
    said = next((found for each in chain if (found := text(each.get("description")).strip())), "")
    return without_contacts(plain(said[:100_000]))[:LONGEST_TEXT].strip()


def _keywords(chain: Chain) -> Sequence[str]:
    said = [
        each for part in chain for name in ("category", "activity") for each in several(part.get(name))[:50]
    ]
    return [found for each in said if (found := words(each, 100))]


def _images(said: Mapping[str, Any]) -> Iterator[str]:
    for each in several(said.get("image"))[:20]:
        found = (
            address(each.get("url") or each.get("contentUrl")) if isinstance(each, Mapping) else address(each)
        )
        if found:
            yield found


def _place(where: Spot | None, venue: VenueFacts | None) -> Place | None:
    return None if where is None or is_own(where, venue) else where.place
