"""Makes an offer of an event's timings, and judges which of them are for this link."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from models.vocabulary import Reason
from providers.base import Visit
from providers.errors import ConfigurationError, DataError
from providers.openagenda import places, timing
from providers.openagenda.categories import category_of
from providers.openagenda.ics import UNREADABLE, Calendar
from providers.openagenda.settings import OpenAgendaSettings
from providers.openagenda.titles import title_says
from providers.records import LeftOut, OfferRecord, StockRecord
from providers.text import plain, without_contacts
from providers.window import Window, zone_of

LONGEST_TITLE: Final = 300


def read(ref: str, payload: bytes, visit: Visit[OpenAgendaSettings]) -> OfferRecord | LeftOut:
    """Say what an event is: an offer with the dates that are for this link, or why it has none.

    Raises
    ------
    DataError
        It names no event, has no title, or one of its dates cannot be read.
    """
    if ref.startswith(UNREADABLE):
        sentence = "Cet évènement n’a pas d’identifiant lisible."
        raise DataError("no_event_uid", sentence, "UID names no event", payload)
    zone = zone_of(visit.venue)
    timings = [timing.read(block, zone) for block in timing.blocks(payload)]
    if not timings:
        return LeftOut(ref, Reason.NO_DATE)
    choice, venue = visit.settings.places, visit.venue
    here = [each for each in timings if places.is_kept(places.spot(each.location, each.geo), choice, venue)]
    if not here:
        return LeftOut(ref, Reason.OTHER_PLACE)
    window = window_of(visit)
    current = [each for each in here if not window.is_over(each.starts_at, each.ends_at)]
    if not current:
        return LeftOut(ref, Reason.OVER)
    title = _first(each.title for each in current)[:LONGEST_TITLE]
    if not title:
        raise DataError("no_title", "L’évènement n’a pas de titre.", f"event {ref} without SUMMARY", payload)
    where = places.spot(current[0].location, current[0].geo)
    dates = {each.ref: each for each in current}  # the same occurrence twice: the last one counts
    return OfferRecord(
        ref=ref,
        title=title,
        stocks=tuple(
            StockRecord(key, each.starts_at, each.ends_at, cancelled=each.cancelled)
            for key, each in sorted(dates.items())
        ),
        description=without_contacts(plain(_first(each.description for each in current))),
        category=category_of((), title),
        place=None if where is None or places.is_own(where, venue) else where.place,
        title_says=title_says(title),
    )


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")


def window_of(visit: Visit[OpenAgendaSettings]) -> Window:
    """Give from when on this link imports dates."""
    return Window.of(visit.settings.since, visit.clock(), zone_of(visit.venue))


def lists_from(visit: Visit[OpenAgendaSettings]) -> datetime:
    """Give the instant from which details are asked for, a day early: a timing lasts a day at most."""
    return window_of(visit).since - timedelta(days=1)


def places_found(calendar: Calendar, visit: Visit[OpenAgendaSettings]) -> Counter[tuple[str, bool]]:
    """Count the events of each place, by its name and whether it is kept."""
    found: Counter[tuple[str, bool]] = Counter()
    for ref in calendar.refs():
        found.update(set(_places_of(calendar, ref, visit)))
    return found


def _places_of(calendar: Calendar, ref: str, visit: Visit[OpenAgendaSettings]) -> list[tuple[str, bool]]:
    named = []
    for location, geo in {timing.where(block) for block in calendar.timings_of(ref)}:
        where = places.spot(location, geo)
        name = (where.place.name if where else "") or places.NOWHERE
        named.append((name, places.is_kept(where, visit.settings.places, visit.venue)))
    return named


def expect_a_kept_place(calendar: Calendar, visit: Visit[OpenAgendaSettings]) -> None:
    """Check that something of the agenda takes place where this link imports from.

    Raises
    ------
    ConfigurationError
        Nothing does: an empty import would go unnoticed. The sentence lists the places there are.
    """
    refs = calendar.refs()
    if not refs or any(kept for ref in refs for _, kept in _places_of(calendar, ref, visit)):
        return
    names = Counter[str]()
    for (name, _), number in places_found(calendar, visit).items():
        names[name] += number
    chosen = visit.settings.places
    wanted = (
        places.listed(chosen)
        if isinstance(chosen, tuple)
        else f"« {visit.venue.name} »"
        if visit.venue
        else ""
    )
    listed = places.listed(name for name, _ in names.most_common())
    raise ConfigurationError(
        "no_place_matches",
        f"Aucun évènement de cet agenda n’a lieu à {wanted}. Choisissez les lieux à importer : {listed}.",
        f"none of {len(refs)} events matches",
    )
