"""Kinds of seat that share places, in pools that never sell more than any of their bounds leaves.

A stock is in one pool at most, and a pool has as many places as the largest number of its stocks: so kinds
that are chained by several bounds (the room, and its balconies) are one pool, held to the least of these.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from providers.records import Remaining

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Bound(Generic[K]):
    """What several kinds of seat have together: `takes` says how much of it one ticket of each takes."""

    name: str
    left: int
    takes: Mapping[K, int]

    @property
    def tickets(self) -> int:
        """How many tickets it surely has, whichever are sold."""
        return self.left // max(self.takes.values())


@dataclass(frozen=True, slots=True)
class Pool:
    """What stocks of one name share; none of them may offer more than `most`."""

    name: str
    most: int


def pools(bounds: Sequence[Bound[K]], remaining: Mapping[K, Remaining]) -> Mapping[K, Pool]:
    """Give the pools of the kinds that could together sell more than a bound leaves; others need none.

    A pool is called by the first of its bounds, in the order in which they come.
    """
    chains: dict[K, frozenset[int]] = {}
    for number, bound in enumerate(bounds):
        if _binds(bound, remaining):
            chain = frozenset({number}).union(*(chains.get(kind, ()) for kind in bound.takes))
            chains.update((kind, chain) for each in chain for kind in bounds[each].takes)
    return {
        kind: Pool(bounds[min(chain)].name, min(bounds[each].tickets for each in chain))
        for kind, chain in chains.items()
    }


def within(pool: Pool | None, left: Remaining) -> Remaining:
    """Give what a kind of seat may offer of what is left of it."""
    return min(left, pool.most) if pool and isinstance(left, int) else left


def _binds(bound: Bound[K], remaining: Mapping[K, Remaining]) -> bool:
    lefts = [(remaining[kind], takes) for kind, takes in bound.takes.items()]
    wanted = sum(left * takes for left, takes in lefts if isinstance(left, int))
    return len(lefts) > 1 and wanted > bound.left
