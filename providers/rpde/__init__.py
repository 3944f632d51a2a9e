"""OpenActive RPDE 1.1: a feed of sessions, as offers with the places that it says remain.

One item of the feed is one offer: a session with what it is part of is one date, a series with its sessions
in it has several. A deleted item is withdrawn at once, and the feed is read in full once a day.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
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
from providers.errors import DataError
from providers.records import Record
from providers.rpde import checks, feed, identifier, opportunity, series
from providers.rpde.feed import FeedPage
from providers.rpde.series import SeriesFile
from providers.rpde.settings import RpdeSettings
from providers.rpde.shapes import item_of

KEPT_DELETED: Final = timedelta(days=7)
"""How long a feed still lists what was deleted: a cursor that is older has missed some of it."""


class Rpde(Provider[RpdeSettings]):
    """The adapter; the module says what is an offer."""

    slug = "rpde"
    label = "OpenActive (RPDE)"
    family = Family.TICKETING
    version = 2
    traits = Traits(
        traversal=Traversal.CHANGES,
        knows_remaining=True,
        deducts_our_bookings=False,
        refs_are_global=False,
        keeps_session_ids=True,
        uses=frozenset({VenueFact.NAME, VenueFact.TIMEZONE, VenueFact.POSITION}),
    )
    cadence = Cadence(
        shortest=timedelta(minutes=5),
        usual=timedelta(minutes=15),
        longest=timedelta(days=1),
        full_every=timedelta(days=1),
    )
    limits = Limits(requests=60, period=timedelta(minutes=1), body=feed.PAGE_LIMIT)
    Settings: ClassVar = RpdeSettings

    identifier_label = "Adresse du flux"
    identifier_help = identifier.HELP

    def read_identifier(self, written: str) -> str:
        return identifier.read(written)

    def check(self, visit: Visit[RpdeSettings]) -> Iterator[Check]:
        return checks.check(visit)

    def fetch(self, visit: Visit[RpdeSettings]) -> Iterator[Page]:
        """Read the feed from where the cursor left it; from its first page when that was too long ago.

        The cursor is the page to read next, when the feed was last read, and whether some of what this
        traversal met named no item.
        """
        cursor = visit.cursor or {}
        start = _start(cursor, visit.clock())
        restarted = bool(cursor) and start is None
        unidentified = start is not None and bool(cursor.get("unidentified"))
        with series.opened(visit) as parents:
            for page in feed.pages(visit.http, visit.identifier, start):
                items = [_item(said, parents) for said in page.items]
                unidentified = unidentified or None in items
                for some, following in self._split(page, [item for item in items if item]):
                    yield Page(
                        some,
                        {
                            "next": following,
                            "read_at": page.requested_at.isoformat(),
                            **({"unidentified": True} if unidentified else {}),
                        },
                        page.requested_at,
                        last=page.is_last,
                        restarted=restarted,
                        unidentified=unidentified,
                    )
                    restarted = False

    def normalise(self, item: Item, visit: Visit[RpdeSettings]) -> Sequence[Record]:
        if item.deleted:
            raise DataError("deleted", "Cet élément a été supprimé du flux.", f"{item.ref} is deleted")
        return [opportunity.read(item, visit)]

    def _split(self, page: FeedPage, items: Sequence[Item]) -> Iterator[tuple[Sequence[Item], str]]:
        """Cut a page that is too large to be committed at once; only after its last part is it left."""
        size = self.limits.page_items
        parts = [items[first : first + size] for first in range(0, len(items), size)] or [items]
        for part in parts[:-1]:
            yield part, page.address
        yield parts[-1], page.following


def _start(cursor: Mapping[str, Any], now: datetime) -> str | None:
    """Give the page that a cursor goes on at; None: none, or what was deleted since may be forgotten."""
    following, read_at = cursor.get("next"), cursor.get("read_at")
    try:
        age = now - datetime.fromisoformat(str(read_at))
    except (ValueError, TypeError):
        return None
    return following if isinstance(following, str) and age < KEPT_DELETED else None


def _item(said: Any, parents: SeriesFile) -> Item | None:
    return item_of(said, parents.parent_of(said.get("data")) if isinstance(said, Mapping) else None)


PROVIDER: Final = Rpde()
