"""ONIX for Books 3.0 and 3.1: messages of a publisher, a distributor or a catalogue, as products.

A message lists what changed, so nothing is taken for gone because it is missing from one, unless
the link says that each message holds the whole catalogue.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import ClassVar, Final

from models.vocabulary import Family
from providers.base import Cadence, Check, Item, Limits, Page, Provider, Traits, Traversal, Visit
from providers.onix import checks, identifier, reading, record
from providers.onix.identity import KIND
from providers.onix.settings import OnixSettings
from providers.records import Record


class Onix(Provider[OnixSettings]):
    """The adapter; the module says what a message tells."""

    slug = "onix"
    label = "ONIX"
    family = Family.CATALOGUE
    version = 2
    traits = Traits(traversal=Traversal.CHANGES, primary=KIND)
    cadence = Cadence(
        shortest=timedelta(hours=1),
        usual=timedelta(hours=6),
        longest=timedelta(days=2),
        full_every=timedelta(days=30),
    )
    limits = Limits(requests=30, parallel_runs=2, body=1024 * 1024 * 1024, deadline=timedelta(minutes=30))
    Settings: ClassVar = OnixSettings

    identifier_label = "Adresse des messages ONIX"
    identifier_help = identifier.HELP

    def read_identifier(self, written: str) -> str:
        return identifier.read(written)

    def resolve(self, visit: Visit[OnixSettings]) -> str:
        """Refuse a folder of ours to a venue before anything is read."""
        identifier.folder(visit.identifier, for_venue=visit.venue is not None)
        return visit.identifier

    def check(self, visit: Visit[OnixSettings]) -> Iterator[Check]:
        return checks.check(visit, self.limits)

    def fetch(self, visit: Visit[OnixSettings]) -> Iterator[Page]:
        """Give the products of the messages that were not read yet; see `reading` for the cursor."""
        return reading.pages(visit, self.limits)

    def normalise(self, item: Item, visit: Visit[OnixSettings]) -> Sequence[Record]:
        return [record.read(item, visit)]


PROVIDER: Final = Onix()
