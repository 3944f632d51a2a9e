"""A shop's stock levels by EAN, from a service that speaks pass Culture's own stock protocol.

    GET {address}/{siret}?limit=1000[&after={ref}][&modifiedSince={instant}]

The list ends with an empty page. A usual run asks for what changed since the last good one began; once
a day everything is read, and what is no longer listed is withdrawn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar, Final

from models.vocabulary import Family
from providers.base import (
    Cadence,
    Check,
    Item,
    Limits,
    Page,
    Provider,
    Traits,
    Traversal,
    VenueFact,
    Visit,
)
from providers.books.levels import read_level
from providers.errors import DataError
from providers.lines import Lines
from providers.records import Record
from providers.stock_api import body, checks, identifier
from providers.stock_api.api import A_PAGE, Api, is_blank
from providers.stock_api.cut import cut
from providers.stock_api.journey import Journey
from providers.stock_api.settings import StockApiSettings

LARGE: Final = 1024 * 1024
"""Bytes of an answer from which on it may be one that takes no notice of `limit`: a page has 100 kB."""


class StockApi(Provider[StockApiSettings]):
    """The adapter; the module says what is asked."""

    slug = "stock-api"
    label = "Stocks de librairie (protocole pass Culture)"
    family = Family.CATALOGUE
    version = 1
    traits = Traits(
        traversal=Traversal.CHANGES,
        primary="level",
        knows_remaining=True,
        deducts_our_bookings=False,  # it is the shop's shelf: a book leaves it when it is fetched
        uses=frozenset({VenueFact.SIRET}),
    )
    cadence = Cadence(
        shortest=timedelta(minutes=5),
        usual=timedelta(minutes=30),
        longest=timedelta(days=1),
        full_every=timedelta(days=1),
    )
    limits = Limits(requests=120, period=timedelta(minutes=1), page_items=A_PAGE, body=32 * 1024 * 1024)
    Settings: ClassVar = StockApiSettings

    identifier_label = "Adresse du service de stocks"
    identifier_help = identifier.HELP

    def read_identifier(self, written: str) -> str:
        return identifier.read(written)

    def check(self, visit: Visit[StockApiSettings]) -> Iterator[Check]:
        return checks.check(visit, Api(visit, self.limits.body), self)

    def fetch(self, visit: Visit[StockApiSettings]) -> Iterator[Page]:
        """Give the pages of the service as they are, each read only when somebody looks into it."""
        api = Api(visit, self.limits.body)
        journey = Journey.of(api.host, visit.cursor)
        while True:
            answer = api.page(after=journey.after, since=journey.since)
            journey = journey.begun(answer.requested_at)
            seen = body.glance(answer.content, api.host)
            if seen.is_empty:
                yield Page(
                    (),
                    journey.next_start,
                    answer.requested_at,
                    last=True,
                    unidentified=journey.unidentified or (is_blank(answer) and journey.lacks_rows),
                )
                return
            read = partial(body.read_lines, host=api.host)
            if seen.last is None and journey.after:
                # nothing that the next page could be asked after: as far as we come, and no snapshot
                journey = replace(journey, unidentified=True)
                lines = Lines(answer.content, read)
                yield Page(lines, journey.next_start, answer.requested_at, last=True, unidentified=True)
                return
            before, journey = journey, journey.after_page(answer.content, seen)
            estimate = max(seen.total, journey.rows) if seen.total else None
            *parts, last = _parts(answer.content, api.host)
            for number, part in enumerate(parts):
                # whoever goes on from here asks for the whole answer again
                cursor = {**before.cursor, "part": number}
                yield Page(Lines(part, read, cut=cut), cursor, answer.requested_at, estimate)
            yield Page(Lines(last, read, cut=cut), journey.cursor, answer.requested_at, estimate)

    def normalise(self, item: Item, visit: Visit[StockApiSettings]) -> Sequence[Record]:
        payload: Any = item.payload
        if not isinstance(payload, dict):
            raise DataError("row_malformed", "La ligne n’est pas lisible.", repr(payload)[:200])
        return [read_level(item.ref, payload, visit.settings.prices)]


def _parts(content: bytes, host: str) -> Sequence[bytes]:
    """Cut an answer of a service that takes no notice of `limit` into pages; any other is one."""
    if len(content) < LARGE:
        return [content]
    rows = body.rows(content, host)
    if len(rows) <= 2 * A_PAGE:
        return [content]
    return [body.write(rows[start : start + A_PAGE]) for start in range(0, len(rows), A_PAGE)]


PROVIDER: Final = StockApi()
