"""Kinds of seat that share places: whatever is sold of them, no bound is ever exceeded."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from providers.pools import Bound, Pool, pools, within
from providers.records import UNKNOWN

KINDS = "ABCD"
takes = st.dictionaries(st.sampled_from(KINDS), st.integers(1, 3), min_size=1)
bounds = st.lists(st.tuples(st.integers(0, 20), takes), max_size=5)


def told(said: list[tuple[int, dict[str, int]]]) -> tuple[list[Bound[str]], dict[str, int]]:
    """The bounds by number, and of each kind the least that they leave; without any, thirty."""
    found = [Bound(str(number), left, taking) for number, (left, taking) in enumerate(said)]
    lefts = {
        kind: min((each.left // each.takes[kind] for each in found if kind in each.takes), default=30)
        for kind in KINDS
    }
    return found, lefts


def most_taken(bound: Bound[str], offered: Mapping[str, int], pooled: Mapping[str, Pool]) -> int:
    """How much of a bound can be sold: a pool has as many places as the largest number of its stocks."""
    taken = 0
    for name in {pooled[kind].name if kind in pooled else kind for kind in KINDS}:
        members = [kind for kind in KINDS if (pooled[kind].name if kind in pooled else kind) == name]
        places = max(offered[kind] for kind in members)
        for kind in sorted(members, key=lambda kind: -bound.takes.get(kind, 0)):
            sold = min(places, offered[kind])
            places -= sold
            taken += sold * bound.takes.get(kind, 0)
    return taken


@given(bounds)
def test_no_bound_is_exceeded_whatever_is_sold(said):
    found, lefts = told(said)
    pooled = pools(found, lefts)
    offered = {kind: within(pooled.get(kind), left) for kind, left in lefts.items()}
    for bound in found:
        assert most_taken(bound, offered, pooled) <= bound.left


@given(bounds)
def test_what_sells_all_that_it_has_without_a_pool_is_in_none(said):
    found, lefts = told(said)
    for kind in pools(found, lefts):
        assert any(most_taken(bound, lefts, {}) > bound.left for bound in found), kind


def test_unlimited_and_unknown_are_held_to_nothing():
    found = [Bound("room", 5, {"A": 1, "B": 1, "C": 1})]
    pooled = pools(found, {"A": None, "B": UNKNOWN, "C": 5})
    assert (pooled, within(Pool("room", 3), None), within(Pool("room", 3), UNKNOWN)) == ({}, None, UNKNOWN)
