"""Any calendar in the iCalendar format, by its address: each event an offer, its repetitions the dates.

One UID is one event. A date of an event that repeats is known by when it was meant to be (its
RECURRENCE-ID), that of a single event by the event itself: moved, both keep their row and bookings.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from models.vocabulary import Family
from providers.base import Check, Item, Page, Provider, Traits, VenueFact, Visit
from providers.errors import DataError
from providers.ical import checks, event, identifier, source
from providers.ical.identity import EventsFile
from providers.ical.settings import IcalSettings
from providers.records import Record

WEIGHT_A_PAGE: Final = 2_000
"""An event that repeats may have hundreds of dates: it weighs as much as a hundred single ones."""

REPEATING: Final = 100


class Ical(Provider[IcalSettings]):
    """The adapter; the module says what a date is known by."""

    slug = "ical"
    label = "Calendrier iCalendar"
    family = Family.AGENDA
    version = 1
    traits = Traits(
        refs_are_global=False,
        keeps_session_ids=True,
        uses=frozenset({VenueFact.NAME, VenueFact.TIMEZONE, VenueFact.POSITION}),
    )
    Settings: ClassVar = IcalSettings

    identifier_label = "Adresse du calendrier"
    identifier_help = identifier.HELP

    def read_identifier(self, written: str) -> str:
        return identifier.read(written)

    def check(self, visit: Visit[IcalSettings]) -> Iterator[Check]:
        return checks.check(visit, self.limits)

    def fetch(self, visit: Visit[IcalSettings]) -> Iterator[Page]:
        """Read the calendar, from the event after the cursor's if it still says the same.

        What it says is judged by its fingerprints: many calendars rewrite their file at each request.
        """
        cursor = visit.cursor or {}
        number = cursor.get("number", 0)
        download = source.download(visit, self.limits, conditional=not number)
        if download is None:
            yield Page((), None, visit.clock(), last=True, unmodified=True)
            return
        with source.opened(download.path) as calendar:
            identified = source.identify(calendar, event.horizon_of(visit))
            restarted = bool(number) and identified.digest != cursor.get("digest")
            number = 0 if restarted else number
            while True:
                items = list(_page(calendar, identified.events[number : number + self.limits.page_items]))
                number += len(items)
                yield Page(
                    items,
                    {"digest": identified.digest, "number": number},
                    download.requested_at,
                    estimate=len(identified.events),
                    last=number >= len(identified.events),
                    restarted=restarted,
                )
                if number >= len(identified.events):
                    return
                restarted = False

    def normalise(self, item: Item, visit: Visit[IcalSettings]) -> Sequence[Record]:
        if not isinstance(item.payload, bytes):
            raise DataError("not_an_event", "L’évènement n’est pas lisible.", repr(item.payload)[:200])
        return [event.read(item.ref, item.payload, visit)]


def _page(calendar: EventsFile, events: Sequence[tuple[str, bytes]]) -> Iterator[Item]:
    weight = 0
    for taken, (ref, fingerprint) in enumerate(events):
        payload = calendar.payload_of(ref)
        weight += REPEATING if b"\nRRULE" in payload or b"\nRDATE" in payload else payload.count(b"\nDTSTART")
        if weight > WEIGHT_A_PAGE and taken:
            return
        yield Item(ref, fingerprint, payload)


PROVIDER: Final = Ical()
