"""Links as the simulation of freshness has them: rates, days and nights, sessions, bookings."""

import math
import random
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from schedules.cadence import Date, Stakes

HOUR = 3600.0
DAY = 24 * HOUR
STEP = HOUR
"""What changes with time is constant for so long."""


@dataclass(slots=True)
class Simulated:
    """A link whose true rate and importance are known, as sums over time since the start."""

    host: int
    booked: int
    every: float  # seconds between its sessions; 0: it has none
    offset: float
    left: int | None
    changes: "array[float]"  # expected until each step
    weight: "array[float]"

    def stakes(self, at: float) -> Stakes:
        """What the database would say of it."""
        if not self.every:
            return Stakes(self.booked)
        return Stakes(self.booked, (Date(at + (self.offset - at) % self.every, self.left),))


def until(sums: "array[float]", at: float) -> float:
    """Read a sum at an instant."""
    step = min(int(at / STEP), len(sums) - 2)
    return sums[step] + (sums[step + 1] - sums[step]) * (at - step * STEP) / STEP


def when(sums: "array[float]", amount: float) -> float:
    """Say when a sum comes to an amount; infinity: not before the end."""
    if amount >= sums[-1]:
        return math.inf
    step = max(1, bisect_left(sums, amount))
    return (step - 1 + (amount - sums[step - 1]) / (sums[step] - sums[step - 1])) * STEP


def town(number: int, days: int, hosts: int, interval: float, seed: int = 1) -> Iterator[Simulated]:
    """Make links.

    Mean rates are lognormal with σ = 2 around one change in four of these intervals, and importance is
    lognormal with σ = 1, cut at 1 and 8. Rates follow the day, each link's in its own measure and
    two hours earlier or later. Three fifths have sessions, every day to every twenty days; in the last
    day before one, three times as much changes, and a stale level weighs more by the minute.
    """
    chance = random.Random(seed)
    steps = int(days * DAY / STEP)
    for each in range(number):
        rate = 0.25 / interval * math.exp(chance.gauss(0, 2))
        booked = int(20 * (min(8.0, max(1.0, 2 * math.exp(chance.gauss(0, 1)))) - 1))
        every = chance.uniform(1, 20) * DAY if chance.random() < 0.6 else 0.0
        left = None if chance.random() < 0.3 else chance.randint(0, 100)
        link = Simulated(each % hosts, booked, every, chance.random() * every, left, array("d"), array("d"))
        depth, shift = chance.uniform(0.3, 0.95), chance.uniform(-2, 2)
        changes = weight = 0.0
        for step in range(steps + 1):
            link.changes.append(changes)
            link.weight.append(weight)
            middle = (step + 0.5) * STEP
            day = 1 + depth * math.cos(2 * math.pi * (middle / HOUR - 15 - shift) / 24)
            near = 3 if every and (link.offset - middle) % every < DAY else 1
            changes += rate * day * near * STEP
            weight += link.stakes(middle).importance(middle) * STEP
        yield link


def best_intervals(links: list[Simulated], budget: float, shortest: float, longest: float) -> list[float]:
    """Give the intervals that are best when every mean rate and mean importance is known.

    `budget` in requests a second. At the best ones the last request gains as much for every link.
    """
    days = (len(links[0].changes) - 1) * STEP
    known = [(link.changes[-1] / days, link.weight[-1] / days) for link in links]

    def at_price(price: float) -> list[float]:
        return [_best(rate, price * rate / weight, shortest, longest) for rate, weight in known]

    low, high = 1e-3, 1e9
    for _ in range(50):
        price = math.sqrt(low * high)
        spent = sum(1 / interval for interval in at_price(price))
        low, high = (price, high) if spent > budget else (low, price)
    return at_price(high)


def average_gaps(links: list[Simulated], budget: float, shortest: float, longest: float) -> list[float]:
    """Give what feed readers take: an interval in proportion to the average gap between a link's changes."""
    days = (len(links[0].changes) - 1) * STEP
    gaps = [days / link.changes[-1] for link in links]

    def of_gaps(share: float) -> list[float]:
        return [min(longest, max(shortest, share * gap)) for gap in gaps]

    low, high = 1e-3, 1e3
    for _ in range(50):
        share = math.sqrt(low * high)
        low, high = (share, high) if sum(1 / each for each in of_gaps(share)) > budget else (low, share)
    return of_gaps(high)


def _best(rate: float, needed: float, shortest: float, longest: float) -> float:
    early, late = shortest, longest
    for _ in range(25):
        middle = (early + late) / 2
        gain = 1 - (1 + rate * middle) * math.exp(-rate * middle)
        early, late = (early, middle) if gain >= needed else (middle, late)
    return late
