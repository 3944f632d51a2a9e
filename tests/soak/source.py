"""A source of a soak: what one link reads, and what an import of it must come to."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

Spoil = Callable[[Sequence[Any]], list[Any]]
"""What a partner that misbehaves makes of a list that it answers with."""

CAPACITY = 20
"""Places of each date where the partner says none."""


@dataclass(frozen=True)
class Answer:
    """What is sent; with a `tag`, whoever knows that tag already is told that nothing changed."""

    kind: str
    body: bytes
    status: int = 200
    tag: str = ""


class Source(ABC):
    """What one link reads. `key` is a part of the path of each of its addresses, and of no other’s."""

    provider: ClassVar[str]
    pace: ClassVar[float]
    """Seconds between two asked runs: the adapters' budgets bear no more."""
    settings: ClassVar[dict[str, Any]] = {}
    secrets: ClassVar[dict[str, str]] = {}
    eventful = 4
    """Most things that happen at a request."""
    full = False
    """A usual run does not tell what is gone: only a full one does."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.siren = str(200_000_000 + number)
        self.siret = f"{self.siren}00017"

    @property
    def name(self) -> str:
        return f"{self.provider}-{self.number}"

    @property
    @abstractmethod
    def key(self) -> str: ...

    @property
    @abstractmethod
    def identifier(self) -> str: ...

    @abstractmethod
    def evolve(self, chance: Random) -> None:
        """Let something happen to what is listed."""

    @abstractmethod
    def answer(self, address: str, spoil: Spoil) -> Answer:
        """Give what is asked for; each list in it passes through `spoil`."""

    @abstractmethod
    def expected(self) -> dict[str, Any]:
        """Give what is to be on sale: ref or EAN → title, and (start, price, remaining) of each date."""

    def quarantined(self) -> list[str]:
        """Give the refs of what cannot be read."""
        return []
