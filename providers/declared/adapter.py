"""The adapter that a declaration makes."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b
from itertools import islice
from typing import Any, ClassVar, Final, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from models.vocabulary import Certainty, Reason
from providers.base import Check, CheckState, Item, Page, Provider, VenueFacts, Visit
from providers.declared.asking import Api, Asking
from providers.declared.mapping import EventOf, instant, price, remaining, text, trim
from providers.declared.paths import first
from providers.errors import ConfigurationError, DataError
from providers.openagenda.categories import category_of
from providers.openagenda.places import Spot, is_own, position
from providers.openagenda.titles import title_says
from providers.records import LeftOut, OfferRecord, Place, Price, Record, StockRecord
from providers.settings import ProviderSettings
from providers.text import counted, fold, one_line, plain, typeset, without_contacts
from providers.window import zone_of

S = TypeVar("S", bound=ProviderSettings)

SAMPLES: Final = 3
FREE: Final = Price(Decimal(0), Certainty.CERTAIN)
_REF: Final = re.compile(r"[^\x00-\x1f\x7f]{1,200}")


class JsonApi(Provider[S]):
    """A partner that lists its events as JSON; a subclass is its declaration.

    Parameters
    ----------
    api, event
        Where the events are, and what of them is what.
    identifier_pattern
        What is found in what a person pasted, its first group where it has one.
    """

    api: ClassVar[Api]
    event: ClassVar[EventOf]
    identifier_pattern: ClassVar[str] = r"[A-Za-z0-9_.-]{1,100}"

    def read_identifier(self, written: str) -> str:
        pasted = written.strip().strip("<>\"'«»").strip()
        found = re.fullmatch(self.identifier_pattern, pasted)
        if found is None:
            said = "L’identifiant manque" if not pasted else "Ceci n’est pas un identifiant"
            code = "identifier_unreadable" if pasted else "identifier_empty"
            raise ConfigurationError(code, f"{said} {self.label}. {self.identifier_help}")
        return next((group for group in found.groups() if group), found[0])

    def check(self, visit: Visit[S]) -> Iterator[Check]:
        """Give the checks `list` and `samples`, from the first page."""
        page = next(iter(self._pages(visit, None)))
        events = [item for item in page.items if not item.deleted]
        more = "" if page.last else " au moins"
        sentence = f"{self.label} répond : {counted(len(events), 'évènement')}{more}."
        state = CheckState.OK if events else CheckState.WARNING
        yield Check("list", state, typeset(sentence), {"events": len(events)})
        samples = list(islice(self._offers(events, visit), SAMPLES))
        if not samples:
            yield Check("samples", CheckState.WARNING, "Aucune date à venir n’y est en vente.")
            return
        such = (
            "telle que les jeunes la verraient" if len(samples) < 2 else "telles que les jeunes les verraient"
        )
        sentence = f"Voici {counted(len(samples), 'offre')}, {such}."
        yield Check("samples", CheckState.OK, typeset(sentence), samples=samples)

    def _offers(self, items: Sequence[Item], visit: Visit[S]) -> Iterator[OfferRecord]:
        for item in items:
            try:
                yield from (r for r in self.normalise(item, visit) if isinstance(r, OfferRecord))
            except DataError:
                continue

    def fetch(self, visit: Visit[S]) -> Iterator[Page]:
        """Give a page for each of the partner's; the cursor is what asks for the next one."""
        return self._pages(visit, (visit.cursor or {}).get("at"))

    def _pages(self, visit: Visit[S], at: Any) -> Iterator[Page]:
        asking = Asking(self.api, visit)
        for listed in asking.pages(at):
            items, unidentified = [], False
            for event in listed.events:
                ref = _ref(first(event, self.event.ref))
                unidentified = unidentified or not ref
                if ref and (not visit.only or ref in visit.only):
                    whole = {**event, **asking.detail(ref)} if self.api.detail else event
                    items.append(_item(ref, trim(whole, self.event)))
            cursor = None if listed.following is None else {"at": listed.following}
            yield Page(items, cursor, listed.requested_at, last=cursor is None, unidentified=unidentified)

    def normalise(self, item: Item, visit: Visit[S]) -> Sequence[Record]:
        try:
            return [self._record(item, visit)]
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
            detail = f"{type(error).__name__}: {error}"[:300]
            raise DataError("not_an_event", "Cet évènement n’est pas lisible.", detail) from None

    def _record(self, item: Item, visit: Visit[S]) -> Record:
        said: Mapping[str, Any] = item.payload
        if self.event.on_sale and said.get("on_sale") is not True:
            return LeftOut(item.ref, Reason.NOT_ON_SALE)
        zone = _zone(said.get("zone"), visit.venue)
        stocks = {stock.ref: stock for each in said["dates"] for stock in self._stocks(each, said, zone)}
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

    def _stocks(
        self, date: Mapping[str, Any], said: Mapping[str, Any], zone: ZoneInfo
    ) -> Iterator[StockRecord]:
        starts, ends = instant(date.get("starts"), zone), instant(date.get("ends"), zone)
        if starts is None:
            return
        tariffs = date.get("tariffs", ())
        foreign = bool(self.event.currency) and said.get("currency") not in (None, "EUR", "eur")
        by_start = f"{starts.astimezone(ZoneInfo('UTC')):%Y%m%dT%H%M%SZ}"
        yield StockRecord(
            ref=_ref(date.get("ref")) or by_start,
            starts_at=starts,
            ends_at=ends if ends is not None and ends > starts else None,
            booking_limit_at=instant(date.get("closes"), zone),
            price=FREE if date.get("free") is True else self._price(() if foreign else tariffs),
            remaining=remaining(date),
            cancelled=date.get("cancelled") is True,
        )

    def _price(self, tariffs: Sequence[Mapping[str, Any]]) -> Price:
        of = self.event.date.price
        return price(tariffs, cents=of is not None and of.cents)


def _item(ref: str, payload: Mapping[str, Any]) -> Item:
    written = json.dumps(payload, sort_keys=True, separators=(",", ":"), default=str)
    return Item(ref, blake2b(written.encode("ascii"), digest_size=16).digest(), payload)


def _ref(said: Any) -> str:
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
