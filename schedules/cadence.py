"""How long until a link is worth its next visit; the whole policy, without a clock or a database.

Four things decide, between the shortest and the longest interval that the provider declares:

- the link's *habit*: how often its visits found something new. A visit only shows whether anything
  changed, not how often, and the estimate allows for that (Cho & Garcia-Molina 2003);
- its *stakes*: what a stale level costs, by the bookings and by the dates that are near and nearly full;
- the *price* of a request where it is sent. It rises while more is wanted than the partner grants, and
  falls back to 1, where a link that nothing is known of gets the usual interval. A visit that gains less
  fresh time than its price waits, so nobody has to know all the links at once (Azar et al. 2018);
- *hints*: what the partner tells by itself, polls do not find; a habit learnt from polls alone leaves to
  polls what hints miss (after Busa-Fekete et al. 2025).

Instants are POSIX seconds. docs/decisions/0012-cadence.md says what was tried and left out,
docs/benchmarks.md what it gains.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, expm1, log1p
from typing import Final, NamedTuple

from providers.base import Cadence

MEMORY: Final = 0.96
"""What a visit leaves of all that was known before: the last twenty-five count."""

CHANGES: Final = 0.5
"""Changes expected in the usual interval of a link that nothing is known of."""

BELIEF: Final = 1.0
"""Visits that this expectation weighs as much as."""

NEARS: Final = 6 * 3600.0
"""Seconds: a date is twice as urgent so much nearer to it."""

FEW: Final = 10
"""Places left: with so many or fewer, the next booking may be one too many."""

MOST: Final = 8.0
"""How much more a stale level weighs when a date begins with few places left, or with many bookings."""

URGENT: Final = 8.0
"""From this importance on a link goes before those that have waited for longer."""

IN_TIME: Final = 0.94
"""Of the longest interval; the rest is for its turn to come."""

PATIENCE: Final = 6 * 3600.0
"""Seconds of unused grant after which a price has fallen to 1/e of itself; it rises as slowly."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What a link's complete visits showed, older ones forgotten little by little.

    Parameters
    ----------
    changes
        How many of them found a change.
    changed, unchanged
        Seconds that had passed before these, and before the others.
    hints
        Hints that the partner gave in all these seconds.
    """

    changes: float = 0.0
    changed: float = 0.0
    unchanged: float = 0.0
    hints: float = 0.0

    def after(self, seconds: float, *, changed: bool, hints: int = 0) -> "Habit":
        """Give the habit after another visit, so many seconds after the one before."""
        return Habit(
            self.changes * MEMORY + changed,
            self.changed * MEMORY + (seconds if changed else 0.0),
            self.unchanged * MEMORY + (0.0 if changed else seconds),
            self.hints * MEMORY + hints,
        )

    def rate(self, cadence: Cadence) -> float:
        """Give the changes a second that only visits find.

        For visits at regular intervals this is the likeliest rate, -ln(1 - share that found a change) a
        visit, corrected by visits that were never made: what is expected of a new link. So neither
        « always changed » nor « never changed » is taken for infinity or for nought.
        """
        usual, share = cadence.usual.total_seconds(), -expm1(-CHANGES)
        changes = self.changes + BELIEF * share
        changed = self.changed + BELIEF * share * usual
        unchanged = self.unchanged + BELIEF * (1 - share) * usual
        return changes / changed * log1p(changed / unchanged)

    def hinted(self) -> float:
        """Give the hints a second."""
        seconds = self.changed + self.unchanged
        return self.hints / seconds if seconds else 0.0


class Date(NamedTuple):
    """A coming date; `left` places, None where nobody counts them."""

    starts_at: float
    left: int | None


@dataclass(frozen=True, slots=True)
class Stakes:
    """Whom a stale level would hurt: seats booked on the coming dates, and these dates, the nearest first."""

    booked: int = 0
    dates: Sequence[Date] = ()

    def importance(self, at: float) -> float:
        """Give what a stale second weighs at an instant; 1: nothing is near, nobody booked.

        It only rises until the dates have begun: what comes after is not known here.
        """
        near = max(
            (_scarcity(date) * 2 ** (-max(0.0, date.starts_at - at) / NEARS) for date in self.dates),
            default=0,
        )
        return min(MOST, 1 + self.booked / 20) * (1 + (MOST - 1) * near)


@dataclass(frozen=True, slots=True)
class Link:
    """What the policy knows of a link; `cost` is the requests of one visit."""

    habit: Habit = Habit()
    stakes: Stakes = Stakes()
    cost: float = 1.0


def wait(link: Link, cadence: Cadence, price: float, now: float) -> float:
    """Give the seconds after which a visit is worth its price, between the shortest and the longest interval.

    Visits every s seconds of what changes at a rate r gain, by a bit more of them, the fresh time
    (1 - (1 + rs) exp(-rs)) / r a visit; where importance × gain / cost is the same for all links, and is
    the price, no other intervals do better.

    By this alone, what changes faster than it can be followed is given up: fresh only for moments, it
    wastes requests. Here it is visited every usual interval × price all the same: the busiest box
    office is given up only as far as requests are scarce.
    """
    rate = link.habit.rate(cadence)
    needed = price * link.cost * _unit(cadence) * rate
    shortest, usual = cadence.shortest.total_seconds(), cadence.usual.total_seconds()
    longest = cadence.longest.total_seconds() * IN_TIME
    if rate * usual > CHANGES:
        longest = min(longest, max(shortest, usual * price))

    def is_worth(seconds: float) -> bool:
        return link.stakes.importance(now + seconds) * _gain(rate * seconds) >= needed

    if not is_worth(longest):
        return longest
    if is_worth(shortest):
        return shortest
    early, late = shortest, longest
    while late - early > late / 200:
        middle = (early + late) / 2
        early, late = (early, middle) if is_worth(middle) else (middle, late)
    return late


def heeds(habit: Habit, importance: float, cost: float, cadence: Cadence, price: float) -> bool:
    """Whether a hint is worth its request: a link that changes all the time is stale again at once.

    While requests are not scarce, every hint is.
    """
    rate = habit.rate(cadence) + habit.hinted()
    return price <= 1 or importance >= price * cost * _unit(cadence) * rate


def spread(link_id: int) -> float:
    """Give a link's place between 0 and 1; neighbours lie far apart (the golden ratio)."""
    return link_id * 0.6180339887498949 % 1


def full_is_due(link_id: int, cadence: Cadence, *, since: float, now: float) -> bool:
    """Whether a changes traversal has to read everything again: once a day, at an hour of the link's own.

    A full visit less than three hours (an eighth of a day) before that hour stands for it.
    """
    every = cadence.full_every.total_seconds()
    soonest = since + every / 8
    return now >= soonest + (every * spread(link_id) - soonest) % every


def repriced(price: float, *, wanted: float, seconds: float) -> float:
    """Give a price after some seconds in which requests were wanted.

    Parameters
    ----------
    wanted
        Seconds of the grant that these requests take; a late one counts as often as it would have come.
    seconds
        Since the price was last reckoned.
    """
    return max(1.0, price * exp(max(-50.0, min(50.0, (wanted - seconds) / PATIENCE))))


def _gain(changes: float) -> float:
    """The share of the time between changes that a visit makes fresh, so many changes after another."""
    return changes * changes / 2 if changes < 1e-4 else 1 - (1 + changes) * exp(-changes)


def _unit(cadence: Cadence) -> float:
    """The price 1, in seconds: what the visit of a link that nothing is known of gains."""
    return _gain(CHANGES) / CHANGES * cadence.usual.total_seconds()


def _scarcity(date: Date) -> float:
    """How much a stale level of a date hurts, from 0 to 1."""
    return 0.1 if date.left is None else FEW / max(FEW, date.left)
