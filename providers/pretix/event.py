"""Makes an item of an event with all that it sells, and an offer of that item."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import ValidationError

from models.vocabulary import Certainty, Reason
from providers.base import Item, VenueFacts
from providers.errors import DataError
from providers.openagenda.places import Spot, is_own, position
from providers.openagenda.titles import title_says
from providers.pretix.api import Api
from providers.pretix.identifier import Shop, is_slug
from providers.pretix.shapes import (
    Event,
    Payload,
    Presentation,
    PretixItem,
    Quota,
    SubEvent,
    When,
    is_over,
    says,
    trim,
)
from providers.pretix.tickets import Kind, Tickets
from providers.records import PRICE_NOT_SAID, LeftOut, OfferRecord, Place, Price, Record, StockRecord
from providers.text import fold, one_line, plain, without_contacts

LONGEST_TITLE: Final = 300
LONGEST_TEXT: Final = 12_000


def ref_of(shop: Shop, slug: str) -> str:
    """Give an event's ref: slugs are unique within an organiser, and a hint names both."""
    return f"{shop.organiser}/{slug}"


def slug_of(event: Mapping[str, Any]) -> str:
    """Give an event's slug.

    Raises
    ------
    DataError
        It has none, or none that may stand in an address: then nothing can be said of what is listed.
    """
    slug = event.get("slug")
    if not isinstance(slug, str) or not is_slug(slug):
        raise DataError("not_pretix", "Ce que pretix a envoyé n’est pas lisible.", repr(event)[:300])
    return slug


def is_worth_reading(event: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether an event may have something to sell: else its products need not be asked for."""
    try:
        read = Event.model_validate(trim(Event, event))
    except ValidationError:
        return False
    return read.is_on_sale and (read.has_subevents or not is_over(read, now))


def bare_item(shop: Shop, event: Mapping[str, Any], now: datetime) -> Item:
    """Give the item of an event that is not on sale, or over."""
    return _item(shop, event, {}, now)


def whole_item(api: Api, event: Mapping[str, Any], now: datetime) -> Item:
    """Read all that an event sells, and give its item."""
    slug = slug_of(event)
    dates: list[Mapping[str, Any]] = []
    quotas: dict[str, Mapping[str, Any]] = {}
    if event.get("has_subevents"):
        for some in api.dates(slug, now):
            dates.extend(trim(SubEvent, each) for each in some)
            quotas.update((repr(each.get("id")), trim(Quota, each)) for each in api.quotas(slug, some))
        if not dates:  # an old series costs one request
            return _item(api.shop, event, {}, now)
    else:
        quotas.update((repr(each.get("id")), trim(Quota, each)) for each in api.quotas(slug))
    presentation = trim(Presentation, api.presentation(slug))
    items = [trim(PretixItem, each) for each in api.items(slug)]
    sold = {"presentation": presentation, "items": items, "dates": dates, "quotas": list(quotas.values())}
    return _item(api.shop, event, sold, now)


def _item(shop: Shop, event: Mapping[str, Any], sold: Mapping[str, Any], now: datetime) -> Item:
    payload = {"event": trim(Event, event), **sold}
    turned = sum(instant <= now for instant in _instants(payload))
    written = json.dumps([payload, turned], sort_keys=True, separators=(",", ":"), default=str)
    digest = blake2b(written.encode("ascii"), digest_size=16).digest()
    return Item(ref_of(shop, slug_of(event)), digest, {**payload, "asked": now.isoformat()})


def _instants(value: Any) -> Iterator[datetime]:
    """Give every instant in a payload: once one of them is past, the same bytes say something else."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _instants(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _instants(inner)
    elif isinstance(value, str) and "T" in value and value[:4].isdigit() and len(value) <= 40:
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            return
        if instant.tzinfo is not None:
            yield instant


def read(item: Item, venue: VenueFacts | None) -> Record:
    """Say what an event is: an offer with its dates, or why there is none.

    Raises
    ------
    DataError
        Something of it is not as pretix writes it; the detail says what.
    """
    try:
        payload = Payload.model_validate(item.payload)
    except (ValidationError, RecursionError) as error:
        sentence = "Cet évènement n’est pas lisible : pretix l’écrit d’une façon que nous ne connaissons pas."
        raise DataError("not_an_event", sentence, str(error)[:1000]) from None
    event = payload.event
    if not event.is_on_sale:
        return LeftOut(item.ref, Reason.NOT_ON_SALE)
    if not event.has_subevents and is_over(event, payload.asked):
        return LeftOut(item.ref, Reason.OVER)
    when: Sequence[SubEvent | None] = payload.dates if event.has_subevents else (None,)
    tickets = Tickets(payload)
    stocks = [stock for date in when for stock in _stocks(payload, date, tickets)]
    if not when:
        return LeftOut(item.ref, Reason.NO_UPCOMING_DATE)
    if not stocks:
        return LeftOut(item.ref, Reason.NOT_ON_SALE)
    title = one_line(says(event.name))[:LONGEST_TITLE].strip()
    if not title:
        raise DataError("no_title", "L’évènement n’a pas de titre.", f"event {event.slug} without a name")
    return OfferRecord(
        ref=item.ref,
        title=title,
        stocks=tuple({stock.ref: stock for stock in stocks}.values()),
        description=without_contacts(plain(says(payload.presentation.frontpage_text)))[:LONGEST_TEXT],
        image_url=_image(payload),
        place=_place([event, *payload.dates], venue),
        title_says=title_says(title),
    )


def _stocks(payload: Payload, date: SubEvent | None, tickets: Tickets) -> Iterator[StockRecord]:
    """Give the stocks of a date, or of an event that is its own date; none before its sale has begun."""
    event, at = payload.event, date or payload.event
    opens = [each.presale_start for each in {id(event): event, id(at): at}.values() if each.presale_start]
    hidden = not at.is_public or any(opening > payload.asked for opening in opens)
    if at.date_from is None or hidden or is_over(at, payload.asked):
        return
    for kind in tickets.of(date):
        limits = [event.presale_end, at.presale_end, kind.closes]
        base = str(date.id) if date else event.slug
        yield StockRecord(
            ref=f"{base}-{kind.ref}" if kind.ref else base,
            starts_at=at.date_from,
            ends_at=at.date_to if at.date_to and at.date_to > at.date_from else None,
            booking_limit_at=min((limit for limit in limits if limit), default=None),
            label=kind.label,
            price=_price(kind, event.currency),
            remaining=kind.remaining,
            pool=kind.pool,
            cancelled=date is not None and not date.active,
        )


def _price(kind: Kind, currency: str) -> Price:
    """Give the price in euros; one that the public chooses is proposed, another currency's not said."""
    if currency != "EUR":
        return PRICE_NOT_SAID
    amount = kind.price.quantize(Decimal("0.01"))
    if kind.is_free_price:
        least = f"{amount}".replace(".", ",")
        return Price(amount, Certainty.PROPOSED, f"Prix libre, à partir de {least}\u00a0€")
    return Price(amount, Certainty.CERTAIN)


def _image(payload: Payload) -> str:
    """Give the image made for sharing, else the header's, else a product's."""
    pictures = [each.picture for each in payload.items if each.is_public]
    for url in (payload.presentation.og_image, payload.presentation.logo_image, *pictures):
        try:
            if not url or len(url) > 2000 or not url.isprintable() or " " in url:
                continue
            if urlsplit(url).scheme == "https" and urlsplit(url).hostname:
                return url
        except ValueError:
            continue
    return ""


def _place(when: Sequence[When], venue: VenueFacts | None) -> Place | None:
    """Give where it takes place, by the first that says so; None when that is the venue, or not said."""
    for each in when:
        lines = [one_line(line) for line in without_contacts(says(each.location)).splitlines()]
        lines = [line[:200] for line in lines if line]
        latitude, longitude = position(each.geo_lat or 0.0, each.geo_lon or 0.0)
        if not lines and latitude is None:
            continue
        spot = Spot(
            _read_place(lines, latitude, longitude),
            frozenset(fold(part) for line in lines for part in (line, *line.split(","))) - {""},
        )
        return None if is_own(spot, venue) else spot.place
    return None


def _read_place(lines: Sequence[str], latitude: float | None, longitude: float | None) -> Place:
    """Read « Salle des fêtes / 3 rue Haute / 81000 Albi », one a line."""
    name, *rest = [*lines, ""] if lines else [""]
    postal, city = "", ""
    for line in rest:
        first, _, after = line.partition(" ")
        if len(first) == 5 and first.isascii() and first.isdigit():
            postal, city = first, after.strip()
    address = ", ".join(line for line in rest if line)
    return Place(name, address, postal, city, latitude, longitude)
