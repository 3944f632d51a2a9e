"""Billetweb: the events of an account as offers, each session with the places that Billetweb can still sell.

One event is one item and one offer; its sessions are the stocks. Billetweb does not know what our users
booked. Who bought a ticket is never asked for.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import ClassVar, Final

from models.vocabulary import Family
from providers.base import Cadence, Check, Item, Limits, Page, Provider, Traits, VenueFact, Visit
from providers.billetweb import checks, event, identifier
from providers.billetweb.api import Api
from providers.billetweb.settings import BilletwebSettings
from providers.records import Record


class Billetweb(Provider[BilletwebSettings]):
    """The adapter; the module says what is an offer."""

    slug = "billetweb"
    label = "Billetweb"
    family = Family.TICKETING
    version = 2
    traits = Traits(
        knows_remaining=True,
        deducts_our_bookings=False,  # they are not orders of Billetweb
        keeps_session_ids=True,
        uses=frozenset({VenueFact.NAME, VenueFact.TIMEZONE, VenueFact.POSITION}),
    )
    cadence = Cadence(
        shortest=timedelta(minutes=5),
        usual=timedelta(minutes=15),
        longest=timedelta(hours=6),
    )
    # 100 a minute for all that ask it, and « fair use »; a tenth is left to the venue's own tools
    limits = Limits(requests=90, period=timedelta(minutes=1), parallel_runs=2, body=16 * 1024 * 1024)
    Settings: ClassVar = BilletwebSettings

    identifier_label = "Numéro d’utilisateur de l’API, ou adresse d’un évènement"
    identifier_help = identifier.HELP

    def read_identifier(self, written: str) -> str:
        return identifier.read(written)

    def check(self, visit: Visit[BilletwebSettings]) -> Iterator[Check]:
        return checks.check(visit)

    def fetch(self, visit: Visit[BilletwebSettings]) -> Iterator[Page]:
        """Give first the events that are not published, then each of the others; an event is a page.

        The cursor is the number of the last event read; those that sell nothing come again.
        """
        api = Api(visit)
        after = str((visit.cursor or {}).get("after", ""))
        asked, zone = visit.clock(), event.clock_of(visit)
        listed = event.listed(api, visit.identifier)
        to_read = {event.ref_of(each): each for each in listed.events if event.is_worth_reading(each)}
        rest = [each for each in listed.events if event.ref_of(each) not in to_read]
        refs = sorted(ref for ref in to_read if ref > after)
        yield Page(
            [event.bare_item(each, asked, zone) for each in rest],
            {"after": after},
            asked,
            estimate=len(listed.events),
            last=not refs,
            unidentified=listed.unidentified,
        )
        for ref in refs:
            asked = visit.clock()
            item = event.whole_item(api, to_read[ref], asked, zone)
            yield Page(
                [item],
                {"after": ref},
                asked,
                estimate=len(listed.events),
                last=ref == refs[-1],
                unidentified=listed.unidentified,
            )

    def normalise(self, item: Item, visit: Visit[BilletwebSettings]) -> Sequence[Record]:
        return [event.read(item, visit)]


PROVIDER: Final = Billetweb()
