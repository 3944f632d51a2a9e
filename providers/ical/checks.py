"""Tries a calendar and says in French what it would bring: its events, then three offers to come."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from models.vocabulary import Reason
from providers.base import Check, CheckState, Limits, Visit
from providers.errors import DataError
from providers.ical import event, source
from providers.ical.identity import EventsFile
from providers.ical.settings import IcalSettings
from providers.icalendar_file import unescaped
from providers.records import LeftOut, OfferRecord
from providers.text import counted, fold, one_line

SAMPLES: Final = 3
MOST_TRIED: Final = 500
"""Events that are read for the samples: a person waits."""

_BUSY: Final = frozenset({"busy", "occupe", "occupee", "indisponible", "not available", "free", "libre"})
"""What stands for every title in a calendar that is shared without its details."""


def check(visit: Visit[IcalSettings], limits: Limits) -> Iterator[Check]:
    """Give the checks `calendar` and `samples`; raises what an import would raise."""
    download = source.download(visit, limits, conditional=False)
    if download is None:
        return
    with source.opened(download.path) as calendar:
        refs = [ref for ref, _ in source.identify(calendar, event.horizon_of(visit)).events]
        yield _calendar(calendar, refs)
        if refs:
            yield _samples(calendar, refs, visit)


def _calendar(calendar: EventsFile, refs: Sequence[str]) -> Check:
    title = one_line(unescaped(calendar.head_value(b"X-WR-CALNAME")))[:200]
    named = f"Le calendrier « {title} »" if title else "Le calendrier"
    facts = {"title": title, "events": len(refs)}
    if not refs:
        return Check("calendar", CheckState.WARNING, f"{named} ne contient aucun évènement.", facts)
    return Check("calendar", CheckState.OK, f"{named} contient {counted(len(refs), 'évènement')}.", facts)


def _samples(calendar: EventsFile, refs: Sequence[str], visit: Visit[IcalSettings]) -> Check:
    left: list[Reason] = []
    samples = list(islice(_offers(calendar, refs, visit, left), SAMPLES))
    facts = {"left_out": {reason.value: left.count(reason) for reason in sorted(set(left))}}
    if not samples:
        sentence = "Aucune date à venir dans ce calendrier."
        if Reason.PRIVATE in left:
            sentence += " Certains évènements y sont marqués comme privés : ils ne sont pas importés."
        return Check("samples", CheckState.WARNING, sentence, facts)
    if all(fold(record.title) in _BUSY for record in samples):
        return Check(
            "samples",
            CheckState.FAILED,
            "Ce calendrier ne dit que vos disponibilités, sans les titres. Dans ses options de partage, "
            "choisissez d’afficher tous les détails des évènements.",
            facts,
        )
    few = len(samples) < 2
    sentence = f"Voici {counted(len(samples), 'offre')}, {'telle' if few else 'telles'} que les jeunes "
    return Check(
        "samples", CheckState.OK, sentence + ("la verraient." if few else "les verraient."), facts, samples
    )


def _offers(
    calendar: EventsFile, refs: Sequence[str], visit: Visit[IcalSettings], left: list[Reason]
) -> Iterator[OfferRecord]:
    for ref in refs[:MOST_TRIED]:
        try:
            record = event.read(ref, calendar.payload_of(ref), visit)
        except DataError:
            continue
        if isinstance(record, LeftOut):
            left.append(record.reason)
        else:
            yield record
