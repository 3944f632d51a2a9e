"""Whose turn it is: shares what partners grant among the links that are due; pure.

Where a request is sent (a host, an agenda: the budget key) there is a till. It says until when its grant
is spent: a visit moves that instant ahead by the time that the partner grants its requests in. What has
no place yet is put off to the instant at which its turn comes, so after an outage what is late comes back
at the partner's pace, the urgent first, then the oldest, and hides nobody else's links meanwhile.

Instants are POSIX seconds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from schedules.cadence import repriced

AT_ONCE: Final = 60.0
"""Seconds of unused grant that may be spent at once, so that a late tick wastes none. The schedule has
four fifths of what a partner grants: in any five minutes it gives out no more than all of that, and in any
shorter time the budget that workers share holds their requests back."""

LATEST: Final = 3.0
"""Intervals: after an outage all are late, which says little about how much is wanted."""

ANY_NUMBER: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Due:
    """A link whose time has come: its till, the requests of a visit, and since when it is wanted."""

    link: int
    key: str
    cost: float
    urgent: bool
    wanted_at: float
    interval: float
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Till:
    """What is left of a grant.

    Parameters
    ----------
    rate
        Requests a second that the schedule may make.
    spent_until
        When what was given out will have been granted.
    price, priced_at
        `schedules.cadence`: what a request costs, and when that was reckoned.
    closed_until
        A Retry-After or quiet hours.
    """

    rate: float
    spent_until: float = 0.0
    price: float = 1.0
    priced_at: float = 0.0
    closed_until: float = 0.0


@dataclass(slots=True)
class Allotted:
    """Links that go now, links put off and until when, and what the tills say afterwards."""

    go: list[Due] = field(default_factory=list)
    later: list[tuple[Due, float]] = field(default_factory=list)
    tills: dict[str, Till] = field(default_factory=dict)


def allot(
    due: Iterable[Due], tills: Mapping[str, Till], now: float, rooms: Mapping[str, int] = ANY_NUMBER
) -> Allotted:
    """Say which links go now; a link whose key has no till goes.

    `rooms` says how many of a provider's links may go. Those beyond stay due; those that have no turn yet
    take no room from the others.
    """
    allotted, left = Allotted(tills=dict(tills)), dict(rooms)
    queues: dict[str, float] = {}
    for link in sorted(due, key=lambda each: (not each.urgent, each.wanted_at, each.link)):
        till = allotted.tills.get(link.key)
        if till is not None:
            takes = link.cost / till.rate
            turn = max(till.spent_until, till.closed_until) + queues.get(link.key, 0.0)
            if turn > now:
                allotted.later.append((link, turn))
                queues[link.key] = queues.get(link.key, 0.0) + takes
                continue
        if left.get(link.provider) == 0:
            continue
        if link.provider in left:
            left[link.provider] -= 1
        allotted.go.append(link)
        if till is None:
            continue
        lateness = min(LATEST, (now - link.wanted_at) / link.interval)
        allotted.tills[link.key] = replace(
            till,
            spent_until=max(till.spent_until, now - AT_ONCE) + takes,
            price=repriced(till.price, wanted=takes * (1 + lateness), seconds=now - till.priced_at),
            priced_at=now,
        )
    return allotted
