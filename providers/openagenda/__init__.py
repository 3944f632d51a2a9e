"""Open Agenda: a venue's agenda as offers, each event with its dates, from its calendar and its JSON.

The calendar (`events.v2.ics`, one VEVENT a timing) says which events there are and when; it makes the
offers. The JSON (`events.v2.json`) is read first, so that an offer is written once and complete; it
adds what the calendar lacks: long description, image, price, status, attendance mode.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Final

from models.vocabulary import Family, Shortfall
from providers.base import Check, Item, Limits, Page, Provider, Traits, VenueFact, Visit
from providers.errors import ConfigurationError, DataError, PartnerError
from providers.openagenda import checks, event, ics, identifier, listing
from providers.openagenda import detail as details
from providers.openagenda.detail import complete as completed
from providers.openagenda.settings import OpenAgendaSettings
from providers.records import Detail, LeftOut, OfferRecord, Record

EVENT: Final = "event"
DETAIL: Final = "detail"

TIMINGS_A_PAGE: Final = 8_000
"""An event has up to 800 timings: a page is bounded by them too."""


class OpenAgenda(Provider[OpenAgendaSettings]):
    """The adapter; the module says how the two sources share the work."""

    slug = "openagenda"
    label = "Open Agenda"
    family = Family.AGENDA
    version = 1
    traits = Traits(
        primary=EVENT,
        completes=MappingProxyType({DETAIL: EVENT}),
        uses=frozenset({VenueFact.NAME, VenueFact.TIMEZONE, VenueFact.POSITION}),
    )
    limits = Limits(requests=10, period=timedelta(minutes=1), shared_for=timedelta(minutes=5))
    Settings: ClassVar = OpenAgendaSettings

    identifier_label = "Numéro ou adresse de l’agenda"
    identifier_help = identifier.HELP

    def read_identifier(self, written: str) -> str:
        return identifier.read(written)

    def resolve(self, visit: Visit[OpenAgendaSettings]) -> str:
        if visit.identifier.isdigit():
            return visit.identifier
        try:
            page = visit.http.get(visit.identifier)
        except ConfigurationError as error:
            raise listing.not_found(error, visit.identifier) from error
        return identifier.find_number(page.content.decode("utf-8", "replace"), visit.identifier)

    def budget_key(self, visit: Visit[OpenAgendaSettings]) -> str | None:
        return listing.budget_key(visit)

    def check(self, visit: Visit[OpenAgendaSettings]) -> Iterator[Check]:
        return checks.check(visit, self.limits)

    def fetch(self, visit: Visit[OpenAgendaSettings]) -> Iterator[Page]:
        cursor = visit.cursor or {}
        if cursor.get("phase", "details") == "details":
            yield from self._details(visit, cursor.get("after"))
            cursor = {}
        yield from self._events(visit, cursor)

    def _details(self, visit: Visit[OpenAgendaSettings], after: Any) -> Iterator[Page]:
        """Read the details; when the partner fails, its calendar is imported all the same."""
        try:
            for part in listing.parts(visit, after):
                items = [
                    Item(ref, details.fingerprint(kept), kept, DETAIL) for ref, kept in part.events.items()
                ]
                cursor = {"phase": "details", "after": part.after} if part.after else {"phase": "events"}
                yield Page(items, cursor, part.requested_at, estimate=part.total)
        except PartnerError:
            yield Page((), {"phase": "events"}, visit.clock(), shortfall=Shortfall.DETAILS_NOT_RECEIVED)

    def _events(self, visit: Visit[OpenAgendaSettings], cursor: Mapping[str, Any]) -> Iterator[Page]:
        """Read the calendar, from the event after the cursor's if it still is the same file."""
        number = cursor.get("number", 0)
        download = listing.download(visit, self.limits, conditional=not number)
        if download is None:
            yield Page((), None, visit.clock(), last=True, unmodified=True)
            return
        restarted = bool(number) and download.sha256 != cursor.get("sha256")
        number = 0 if restarted else number
        with ics.opened(download.path) as calendar:
            listing.expect(calendar, visit.identifier)
            refs = calendar.refs()
            unidentified = any(ref.startswith(ics.UNREADABLE) for ref in refs)
            if not number:
                event.expect_a_kept_place(calendar, visit)
            while True:
                items = list(_page(calendar, refs, number, self.limits.page_items))
                number += len(items)
                yield Page(
                    items,
                    {"phase": "events", "sha256": download.sha256, "number": number},
                    download.requested_at,
                    estimate=len(refs),
                    last=number >= len(refs),
                    restarted=restarted,
                    unidentified=unidentified,
                )
                if number >= len(refs):
                    return
                restarted = False

    def normalise(self, item: Item, visit: Visit[OpenAgendaSettings]) -> Sequence[Record]:
        if item.kind == DETAIL:
            return [details.read(item.ref, item.payload)]
        if not isinstance(item.payload, bytes):
            raise DataError("not_an_event", "L’évènement n’est pas lisible.", repr(item.payload)[:200])
        return [event.read(item.ref, item.payload, visit)]

    def complete(
        self, record: OfferRecord, detail: Detail, visit: Visit[OpenAgendaSettings]
    ) -> OfferRecord | LeftOut:
        del visit
        return completed(record, detail)


def _page(calendar: ics.Calendar, refs: Sequence[str], first: int, most: int) -> Iterator[Item]:
    taken = 0
    for ref in refs[first : first + most]:
        timings = calendar.timings_of(ref)
        taken += len(timings)
        if taken > TIMINGS_A_PAGE and taken > len(timings):
            return
        yield Item(ref, ics.fingerprint(timings), ics.payload(timings), EVENT)


PROVIDER: Final = OpenAgenda()
