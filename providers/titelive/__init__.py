"""TiteLive: the books of its catalogue that were modified, day by day, from its API or its daily files.

It lists what changed, never all that there is: what it does not list stays as it was.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import ClassVar, Final

from models.vocabulary import Family
from providers.base import Cadence, Check, Item, Limits, Page, Provider, Traits, Traversal, Visit
from providers.records import Record
from providers.titelive import checks, files, identifier, product, search
from providers.titelive.identifier import Source
from providers.titelive.settings import TiteliveSettings
from providers.titelive.sheet import PRODUCT


class Titelive(Provider[TiteliveSettings]):
    """The adapter; the module says what it lists."""

    slug = "titelive"
    label = "TiteLive"
    family = Family.CATALOGUE
    version = 1
    traits = Traits(traversal=Traversal.CHANGES, primary=PRODUCT)
    cadence = Cadence(
        shortest=timedelta(hours=6),
        usual=timedelta(days=1),
        longest=timedelta(days=3),
        full_every=timedelta(days=3650),  # there is no listing of everything to compare with
    )
    limits = Limits(requests=120, period=timedelta(minutes=1), parallel_runs=1, body=256 * 1024 * 1024)
    Settings: ClassVar = TiteliveSettings

    identifier_label = "Identifiant TiteLive, ou adresse des fichiers"
    identifier_help = identifier.HELP

    def read_identifier(self, written: str) -> str:
        return identifier.read(written)

    def check(self, visit: Visit[TiteliveSettings]) -> Iterator[Check]:
        return checks.check(visit)

    def fetch(self, visit: Visit[TiteliveSettings]) -> Iterator[Page]:
        """Give what was modified since the last day that was read to its end, until today."""
        source = Source.of(visit.identifier)
        if source.login:
            return search.pages(visit, source.login)
        return files.pages(visit, source, self.limits)

    def normalise(self, item: Item, visit: Visit[TiteliveSettings]) -> Sequence[Record]:
        del visit
        return [product.read(item)]


PROVIDER: Final = Titelive()
