"""pretix: the events of an organiser as offers, each date with the places that pretix can still sell.

One event, or one series, is one item and one offer; its dates are the stocks. pretix does not know
what our users booked, so what it says remains is a shelf that we share with its own buyers.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final

from models.vocabulary import Family
from providers.base import (
    Cadence,
    Check,
    HintRequest,
    Item,
    Limits,
    Page,
    Provider,
    Traits,
    VenueFact,
    Visit,
)
from providers.errors import ConfigurationError
from providers.pretix import checks, event, identifier
from providers.pretix.api import Api, budget_key
from providers.pretix.identifier import Shop, is_slug
from providers.pretix.settings import PretixSettings
from providers.records import Record


class Pretix(Provider[PretixSettings]):
    """The adapter; the module says what is an offer."""

    slug = "pretix"
    label = "pretix"
    family = Family.TICKETING
    version = 2
    traits = Traits(
        knows_remaining=True,
        deducts_our_bookings=False,  # they are not orders of pretix
        keeps_session_ids=True,
        hints=True,
        uses=frozenset({VenueFact.NAME, VenueFact.POSITION}),
    )
    cadence = Cadence(
        shortest=timedelta(minutes=2),
        usual=timedelta(minutes=10),
        longest=timedelta(hours=6),
    )
    limits = Limits(requests=100, period=timedelta(minutes=1), body=16 * 1024 * 1024)
    Settings: ClassVar = PretixSettings

    identifier_label = "Adresse de la billetterie"
    identifier_help = identifier.HELP

    def read_identifier(self, written: str) -> str:
        return identifier.read(written)

    def budget_key(self, visit: Visit[PretixSettings]) -> str | None:
        return budget_key(Shop.of(visit.identifier))

    def hint(self, request: HintRequest) -> frozenset[str] | None:
        """Read a thin webhook: it names the organiser and the event, and that is all that is taken.

        What changed within the event is not: `quota.changed` writes the quota's id under `item`.
        """
        try:
            said = json.loads(request.body)
        except (ValueError, RecursionError):
            return None
        if not isinstance(said, Mapping) or not str(said.get("action", "")).startswith("pretix."):
            return None
        organiser, slug = said.get("organizer"), said.get("event")
        if not isinstance(organiser, str) or not isinstance(slug, str) or not organiser or not slug:
            return None
        return frozenset({f"{organiser[:200]}/{slug[:200]}"})

    def check(self, visit: Visit[PretixSettings]) -> Iterator[Check]:
        return checks.check(visit)

    def fetch(self, visit: Visit[PretixSettings]) -> Iterator[Page]:
        """Give first the events that sell nothing, then each of the others; an event is a page.

        The cursor is the slug of the last event read; those that sell nothing come again.
        """
        api = Api(visit)
        after = str((visit.cursor or {}).get("after", ""))
        asked = visit.clock()
        events = list(_hinted(api, visit.only) if visit.only else api.events())
        to_read = {event.slug_of(each): each for each in events if event.is_worth_reading(each, asked)}
        rest = [each for each in events if event.slug_of(each) not in to_read]
        slugs = sorted(slug for slug in to_read if slug > after)
        yield Page(
            [event.bare_item(api.shop, each, asked) for each in rest],
            {"after": after},
            asked,
            estimate=len(events),
            last=not slugs,
        )
        for slug in slugs:
            asked = visit.clock()
            item = event.whole_item(api, to_read[slug], asked)
            yield Page([item], {"after": slug}, asked, estimate=len(events), last=slug == slugs[-1])

    def normalise(self, item: Item, visit: Visit[PretixSettings]) -> Sequence[Record]:
        return [event.read(item, visit.venue)]


def _hinted(api: Api, refs: frozenset[str]) -> Iterator[Mapping[str, Any]]:
    """Read the events that a hint named, if they are the link's; one that is gone is left for later."""
    for ref in sorted(refs):
        organiser, _, slug = ref.partition("/")
        if organiser != api.shop.organiser or api.shop.event not in ("", slug) or not is_slug(slug):
            continue
        try:
            yield api.event(slug)
        except ConfigurationError as error:
            if error.status not in (403, 404):
                raise


PROVIDER: Final = Pretix()
