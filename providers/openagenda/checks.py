"""Tries a link and says in French what it would bring: the agenda, its places, three offers to come."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from providers.base import Check, CheckState, Limits, Visit
from providers.errors import DataError, PartnerError
from providers.openagenda import detail, event, ics, listing, places
from providers.openagenda.settings import OpenAgendaSettings
from providers.records import OfferRecord
from providers.text import counted

SAMPLES: Final = 3


def check(visit: Visit[OpenAgendaSettings], limits: Limits) -> Iterator[Check]:
    """Give the checks `agenda`, `places` and `samples`; raises what an import would raise."""
    download = listing.download(visit, limits, conditional=False)
    if download is None:
        return
    with ics.opened(download.path) as calendar:
        listing.expect(calendar, visit.identifier)
        yield _agenda(calendar)
        if calendar.spans:
            yield _places(calendar, visit)
            event.expect_a_kept_place(calendar, visit)
            yield _samples(calendar, visit)


def _agenda(calendar: ics.Calendar) -> Check:
    title = calendar.title
    named = f"L’agenda « {title} »" if title else "L’agenda"
    events = len(calendar.spans)
    facts = {"title": title, "events": events, "dates": calendar.timings}
    if not events:
        return Check("agenda", CheckState.WARNING, f"{named} ne contient aucun évènement.", facts)
    sentence = f"{named} contient {counted(events, 'évènement')} et {counted(calendar.timings, 'date')}."
    return Check("agenda", CheckState.OK, sentence, facts)


def _places(calendar: ics.Calendar, visit: Visit[OpenAgendaSettings]) -> Check:
    found = event.places_found(calendar, visit)
    kept, left = Counter[str](), Counter[str]()
    for (name, is_kept), number in found.items():
        (kept if is_kept else left)[name] += number
    rows = [
        {"name": name, "events": number, "kept": is_kept} for (name, is_kept), number in found.most_common()
    ]
    facts: dict[str, Any] = {"places": rows}
    if not kept:
        where = "aux lieux choisis" if visit.settings.places else "chez vous"
        sentence = f"Aucun évènement n’a lieu {where}. Lieux de l’agenda : {_named(left)}."
        return Check("places", CheckState.FAILED, sentence, facts)
    sentence = f"Lieux importés : {_named(kept)}."
    if left:
        sentence += f" Laissés de côté : {_named(left)}."
    return Check("places", CheckState.OK, sentence, facts)


def _named(places_of: Counter[str]) -> str:
    return places.listed(name for name, _ in places_of.most_common())


def _samples(calendar: ics.Calendar, visit: Visit[OpenAgendaSettings]) -> Check:
    details, missing = _first_details(visit)
    samples = list(islice(_offers(calendar, visit, details), SAMPLES))
    if not samples:
        return Check("samples", CheckState.WARNING, "Aucune date à venir dans cet agenda pour vos lieux.")
    sentence = (
        f"Voici {counted(len(samples), 'offre')}, {'telle' if len(samples) < 2 else 'telles'} que les jeunes "
    )
    sentence += "la verraient." if len(samples) < 2 else "les verraient."
    if missing:
        sentence += " Les détails (prix, images) n’ont pas été reçus pour l’instant."
    state = CheckState.WARNING if missing else CheckState.OK
    return Check("samples", state, sentence, samples=samples)


def _first_details(visit: Visit[OpenAgendaSettings]) -> tuple[dict[str, dict[str, Any]], bool]:
    try:
        part = next(listing.parts(visit, None), None)
    except PartnerError:
        return {}, True
    return (part.events if part else {}), False


def _offers(
    calendar: ics.Calendar, visit: Visit[OpenAgendaSettings], details: dict[str, dict[str, Any]]
) -> Iterator[OfferRecord]:
    """Give the offers to come; first those of which the details are known."""
    refs = calendar.refs()
    for ref in sorted(refs, key=lambda each: each not in details):
        try:
            record = event.read(ref, ics.payload(calendar.timings_of(ref)), visit)
            if isinstance(record, OfferRecord) and ref in details:
                record = detail.complete(record, detail.read(ref, details[ref]))
        except DataError:
            continue
        if isinstance(record, OfferRecord):
            yield record
