"""Which sources a soak has."""

from collections.abc import Iterator, Sequence
from random import Random
from urllib.parse import urlsplit

from tests.soak.events import Agenda, Calendar, Tickets
from tests.soak.shop import Shop
from tests.soak.source import Source


def sources_of(seed: str, links: int) -> list[Source]:
    """Give so many sources, of all kinds in turn."""
    kinds: Sequence[type[Source]] = (Calendar, Shop, Tickets, Calendar, Shop, Agenda)
    return [kinds[number % len(kinds)](number, Random(f"{seed} {number}")) for number in range(links)]


def hosts_of(sources: Sequence[Source]) -> Iterator[str]:
    """Give the hosts that they are at."""
    yield from ("openagenda.com", "pretix.eu")
    yield from (
        urlsplit(source.identifier).hostname or "" for source in sources if "soak" in source.identifier
    )
