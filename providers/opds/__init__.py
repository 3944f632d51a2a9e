"""OPDS: the books of a catalogue of publications, version 1 (Atom) or 2 (JSON), each entry a product.

The feed that a person gives is read through its next pages, then the sections that it leads to. What
the catalogue no longer lists is withdrawn only when all of it was read (`trail.Trail.is_whole`).
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import ClassVar, Final

from models.vocabulary import Family
from providers.base import Cadence, Check, Item, Limits, Page, Provider, Traits, Visit
from providers.opds import book, checks, identifier
from providers.opds.crawl import KIND, Crawl
from providers.opds.settings import OpdsSettings
from providers.records import Record


class Opds(Provider[OpdsSettings]):
    """The adapter; the module says what it reads."""

    slug = "opds"
    label = "Catalogue OPDS"
    family = Family.CATALOGUE
    version = 1
    traits = Traits(primary=KIND, refs_are_global=False)
    cadence = Cadence(
        shortest=timedelta(hours=1),
        usual=timedelta(hours=12),
        longest=timedelta(days=7),
    )
    limits = Limits(requests=60, period=timedelta(minutes=1), parallel_runs=2, page_items=500)
    Settings: ClassVar = OpdsSettings

    identifier_label = "Adresse du catalogue"
    identifier_help = identifier.HELP

    def read_identifier(self, written: str) -> str:
        return identifier.read(written)

    def check(self, visit: Visit[OpdsSettings]) -> Iterator[Check]:
        return checks.check(visit, self.limits)

    def fetch(self, visit: Visit[OpdsSettings]) -> Iterator[Page]:
        return Crawl(visit, self.limits).pages()

    def normalise(self, item: Item, visit: Visit[OpdsSettings]) -> Sequence[Record]:
        del visit
        return [book.read(item.ref, item.payload)]


PROVIDER: Final = Opds()
