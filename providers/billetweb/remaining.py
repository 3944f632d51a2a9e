"""What Billetweb can still sell: of a session its gauge less its sales, of a single date what `avail` tells.

Of a session `quota` 0 is not told from « no gauge »: nothing is said then. In `avail` -1 is « Illimité ».
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from providers.billetweb.strings import key, whole
from providers.billetweb.tickets import Kind
from providers.pools import Bound
from providers.records import UNKNOWN, NotSaid, Remaining
from providers.text import fold

UNLIMITED: Final = -1

_OF_A_TARIFF: Final = frozenset({"ticket", "tickets", "tarif", "price", "product"})
_OF_A_CATEGORY: Final = frozenset({"category", "categorie"})


def left_of_session(said: Mapping[str, Any]) -> Remaining:
    """Give a session's quota less its sales, below zero when oversold; of -1, or false, it is unlimited."""
    if said.get("quota") is False:
        return None
    quota, sales = whole(said.get("quota")), whole(said.get("total_sales"))
    if quota == UNLIMITED:
        return None
    if quota is None or quota <= 0 or sales is None:
        return UNKNOWN
    return quota - max(0, sales)


def left_of_event(kind: Kind, avail: Iterable[Mapping[str, Any]]) -> Remaining:
    """Give the least that is told of a kind of seat, of its category, and of the whole event."""
    told = [_left(each) for each in avail if _is_of(kind, each)]
    numbers = [left for left in told if isinstance(left, int)]
    if not told or any(isinstance(left, NotSaid) for left in told):
        return min(numbers) if numbers and min(numbers) <= 0 else UNKNOWN
    return min(numbers, default=None)


def bounds_of(
    session: str, kinds: Sequence[Kind], avail: Iterable[Mapping[str, Any]]
) -> Sequence[Bound[str]]:
    """Give what is told of several kinds of seat together: of the whole event first, then of a category."""
    told = sorted(
        ((_scope(each) == "category", _left(each), each) for each in avail), key=lambda each: each[0]
    )
    bounds = []
    for is_category, left, said in told:
        takes = {kind.ref: 1 for kind in kinds if _is_of(kind, said)}
        if isinstance(left, int) and len(takes) > 1:
            bounds.append(Bound(f"{session}-{key(said.get('id'))}" if is_category else session, left, takes))
    return bounds


def _left(said: Mapping[str, Any]) -> Remaining:
    left = whole(said.get("avail"))
    if said.get("avail") is False or left == UNLIMITED:
        return None
    return UNKNOWN if left is None else left


def _scope(said: Mapping[str, Any]) -> str:
    kind = fold(str(said.get("type") or ""))[:40]
    if kind in _OF_A_CATEGORY:
        return "category"
    return "tariff" if kind in _OF_A_TARIFF else "event"


def _is_of(kind: Kind, said: Mapping[str, Any]) -> bool:
    match _scope(said):
        case "category":
            return bool(kind.tariff.category) and fold(str(said.get("name"))[:200]) == fold(
                kind.tariff.category
            )
        case "tariff":
            return key(said.get("id")) == kind.tariff.id
    return True
