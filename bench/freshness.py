"""How stale links are, by importance, under several schedules at the same request budget: a simulation.

python -m bench.freshness [links] [days] [file for the plot]

The schedule is the real one (`schedules.cadence`, `schedules.allotment`), minute by minute; partners, links
and hints are simulated (`bench.links`). Other schedules are the same for comparison: one interval for
all, the average gap between changes as feed readers take it, and the best intervals that there are when
all rates are known. The first third of the days, in which habits are learnt, is not counted.
"""

import heapq
import math
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bench.links import DAY, Simulated, average_gaps, best_intervals, town, until, when
from bench.measure import show
from providers.base import Cadence
from schedules.allotment import AT_ONCE, Due, Till, allot
from schedules.cadence import URGENT, Habit, Link, heeds, wait

HOSTS = 20
MINUTE = 60.0
CADENCE = Cadence(timedelta(minutes=15), timedelta(hours=1), timedelta(days=2))
SHORTEST, LONGEST = CADENCE.shortest.total_seconds(), CADENCE.longest.total_seconds()
FIXED = 2 * 3600.0
"""Seconds: what the budget allows if every link has the same interval. The provider thinks one hour usual."""
LOST, FALSE = 0.2, 0.05
"""Of the changes of a hinted link, and of the hints."""


@dataclass
class Told:
    """What a simulation showed.

    `stale` is a share of time by importance, `most` the busiest hour of a host as a share of its grant,
    `above` the requests by which an hour exceeded it, `longest` the longest time between two visits.
    """

    stale: float = 0.0
    requests: int = 0
    most: float = 0.0
    above: float = 0.0
    longest: float = 0.0
    by_day: list[float] = field(default_factory=list)


class Partner:
    """The simulated days of all links under one schedule."""

    def __init__(
        self, links: list[Simulated], days: int, grants: list[float], *, hints: bool = False
    ) -> None:
        self.links, self.grants = links, grants
        self.start, self.end = days * DAY / 3, days * DAY
        self.chance = random.Random(2)
        number = len(links)
        self.hinted = [hints and index % 3 == 0 for index in range(number)]
        self.silent = [self.next_change(index, 0.0) for index in range(number)]
        self.announced = [math.inf] * number  # since when a change that was hinted at waits
        self.visited = [0.0] * number
        self.counted = [0.0] * number
        self.lost, self.by_day = 0.0, [0.0] * days
        self.told = Told()
        self.hours: dict[tuple[int, int], int] = defaultdict(int)

    def next_change(self, index: int, at: float) -> float:
        """When something changes that no hint tells."""
        share = LOST if self.hinted[index] else 1.0
        sums = self.links[index].changes
        return when(sums, until(sums, at) + self.chance.expovariate(1) / share)

    def next_hint(self, index: int, at: float) -> float:
        sums = self.links[index].changes
        often = (1 - LOST) / (1 - FALSE)
        return when(sums, until(sums, at) + self.chance.expovariate(1) / often)

    def count(self, index: int, at: float) -> None:
        """Add the stale time of a link up to an instant."""
        since = max(min(self.silent[index], self.announced[index]), self.counted[index])
        if since < at:
            weight = self.links[index].weight
            lost = until(weight, at) - until(weight, since)
            self.by_day[min(int(at / DAY), len(self.by_day) - 1)] += lost
            self.lost += until(weight, at) - until(weight, max(since, self.start)) if at > self.start else 0.0
        self.counted[index] = at

    def asked(self, index: int, at: float) -> None:
        """Count a request."""
        host = self.links[index].host
        self.told.requests += at >= self.start
        self.hours[host, int(at / 3600)] += 1

    def visit(self, index: int, at: float) -> tuple[float, bool]:
        """Visit a link; gives the seconds since the last visit, and whether anything had changed."""
        self.asked(index, at)
        self.count(index, at)
        seconds, changed = at - self.visited[index], min(self.silent[index], self.announced[index]) < at
        if self.visited[index] > self.start:
            self.told.longest = max(self.told.longest, seconds)
        self.visited[index] = at
        if self.silent[index] < at:
            self.silent[index] = self.next_change(index, at)
        self.announced[index] = math.inf
        return seconds, changed

    def look(self, index: int, at: float) -> None:
        """Read what a hint pointed at."""
        self.asked(index, at)
        self.count(index, at)
        self.announced[index] = math.inf

    def ended(self) -> Told:
        """Say how it went."""
        for index in range(len(self.links)):
            self.count(index, self.end)
        possible = sum(link.weight[-1] for link in self.links)
        counted = possible - sum(until(link.weight, self.start) for link in self.links)
        self.told.stale = self.lost / counted
        self.told.by_day = [lost / possible * len(self.by_day) for lost in self.by_day]
        for (host, hour), requests in self.hours.items():
            grant = self.grants[host]
            if hour * 3600 >= self.start:
                self.told.most = max(self.told.most, requests / 3600 / grant)
                self.told.above = max(self.told.above, requests - grant * (3600 + AT_ONCE) - 1)
        return self.told


def at_intervals(partner: Partner, interval: Callable[[int], float]) -> Told:
    """Visit every link at its own interval, whatever the others do."""
    due = [(partner.chance.random() * interval(index), index) for index in range(len(partner.links))]
    heapq.heapify(due)
    while due[0][0] < partner.end:
        at, index = heapq.heappop(due)
        partner.visit(index, at)
        heapq.heappush(due, (at + interval(index), index))
    return partner.ended()


def as_scheduled(partner: Partner) -> Told:
    """Visit links as the real schedule does."""
    links, number = partner.links, len(partner.links)
    tills = {str(host): Till(rate) for host, rate in enumerate(partner.grants)}
    habits, hints = [Habit()] * number, [0] * number
    intervals = [CADENCE.usual.total_seconds()] * number
    looks: set[int] = set()
    coming = [(partner.chance.random() * intervals[index], index, False) for index in range(number)]
    coming += [
        (partner.next_hint(index, 0.0), index, True) for index in range(number) if partner.hinted[index]
    ]
    heapq.heapify(coming)
    wanted: dict[int, float] = {}

    def known(index: int, at: float) -> Link:
        return Link(habits[index], links[index].stakes(at))

    now = 0.0
    while (now := now + MINUTE) < partner.end:
        due = list[Due]()
        while coming[0][0] <= now:
            at, index, hint = heapq.heappop(coming)
            key = str(links[index].host)
            if not hint:
                since = wanted.setdefault(index, at)
                urgent = links[index].stakes(now).importance(now) >= URGENT
                due.append(Due(index, key, 1.0, urgent, since, intervals[index]))
                continue
            heapq.heappush(coming, (partner.next_hint(index, at), index, True))
            hints[index] += 1
            if partner.chance.random() >= FALSE:
                partner.count(index, at)
                partner.announced[index] = min(partner.announced[index], at)
            importance = links[index].stakes(at).importance(at)
            if index not in looks and heeds(habits[index], importance, 1.0, CADENCE, tills[key].price):
                looks.add(index)
                due.append(Due(-1 - index, key, 1.0, True, at, SHORTEST))
        allotted = allot(due, tills, now)
        tills = allotted.tills
        for put_off, turn in allotted.later:
            if put_off.link < 0:  # not at once: the link's next visit finds it
                looks.discard(-1 - put_off.link)
            else:
                heapq.heappush(coming, (turn, put_off.link, False))
        for going in allotted.go:
            if going.link < 0:
                looks.discard(-1 - going.link)
                partner.look(-1 - going.link, now)
                continue
            index = going.link
            del wanted[index]
            seconds, changed = partner.visit(index, now)
            habits[index] = habits[index].after(seconds, changed=changed, hints=hints[index])
            hints[index] = 0
            intervals[index] = wait(known(index, now), CADENCE, tills[going.key].price, now)
            heapq.heappush(coming, (now + intervals[index], index, False))
    return partner.ended()


@dataclass
class Measured:
    """One schedule's name and what it showed."""

    name: str
    told: Told


def measured(links: list[Simulated], days: int) -> list[Measured]:
    """Simulate every schedule at the same budgets; hosts grant unequally, so that each has its own price."""
    grants = [len(links) / HOSTS / FIXED * (0.5 + host / (HOSTS - 1)) for host in range(HOSTS)]
    of_host = [[index for index, link in enumerate(links) if link.host == host] for host in range(HOSTS)]
    fixed, best, gaps = dict[int, float](), dict[int, float](), dict[int, float]()
    for grant, indexes in zip(grants, of_host, strict=True):
        those = [links[index] for index in indexes]
        fixed |= dict.fromkeys(indexes, len(those) / grant)
        best |= dict(zip(indexes, best_intervals(those, grant, SHORTEST, LONGEST), strict=True))
        gaps |= dict(zip(indexes, average_gaps(those, grant, SHORTEST, LONGEST), strict=True))
    found = []

    def add(name: str, simulated: Callable[[], Told]) -> None:
        began = time.monotonic()
        found.append(Measured(name, simulated()))
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)

    add("one interval for all", lambda: at_intervals(Partner(links, days, grants), fixed.__getitem__))
    add("average gap between changes", lambda: at_intervals(Partner(links, days, grants), gaps.__getitem__))
    add("best for known rates", lambda: at_intervals(Partner(links, days, grants), best.__getitem__))
    add("ours", lambda: as_scheduled(Partner(links, days, grants)))
    add("ours, a third gives hints", lambda: as_scheduled(Partner(links, days, grants, hints=True)))
    return found


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    days = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    found = measured(list(town(number, days, HOSTS, FIXED)), days)
    granted = number / FIXED * days * DAY * 2 / 3
    show(
        f"{number} links of {HOSTS} hosts, {days} days, the first third to learn",
        ["schedule", "stale, by importance", "requests of those granted", "most in an hour", "longest gap"],
        [
            [
                each.name,
                f"{each.told.stale:.3f}",
                f"{each.told.requests / granted:.1%}",
                f"{each.told.most:.1%}",
                f"{each.told.longest / 3600:.1f} h",
            ]
            for each in found
        ],
    )
    fixed, _, best, ours, hinted = (each.told for each in found)
    closed = (fixed.stale - ours.stale) / (fixed.stale - best.stale)
    print(f"closed of the gap from one interval to the best: {closed:.0%}")
    if len(sys.argv) > 3:
        draw(found, Path(sys.argv[3]))
    targets = {
        "80 % of the gap closed": closed >= 0.8,
        "with hints below the best for known rates": hinted.stale < best.stale,
        "never above a host's grant": max(ours.above, hinted.above) <= 0,
        "no link waits beyond its longest interval": max(ours.longest, hinted.longest) <= LONGEST,
    }
    for target, met in targets.items():
        print(f"{'met   ' if met else 'MISSED'} {target}")
    sys.exit(0 if all(targets.values()) else 1)


def draw(found: list[Measured], file: Path) -> None:
    """Write the plot, if matplotlib is there (the extra `bench`)."""
    try:
        from matplotlib import pyplot as plt  # noqa: PLC0415 - not everybody has it
    except ImportError:
        print(
            f"{file} is not written: matplotlib is missing (pip install 'passerelle[bench]')", file=sys.stderr
        )
        return
    figure, (bars, days) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    names = [each.name for each in found]
    drawn = bars.barh(names, [each.told.stale for each in found], color=[f"C{number}" for number in range(5)])
    bars.bar_label(drawn, fmt="%.3f", padding=3)
    bars.invert_yaxis()
    bars.margins(x=0.15)
    bars.set_xlabel("stale time, weighted by importance")
    for each in found:
        days.plot(range(1, len(each.told.by_day) + 1), each.told.by_day, label=each.name)
    days.set_xlabel("day")
    days.set_ylim(bottom=0)
    days.set_title("as habits are learnt", fontsize="medium")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)


if __name__ == "__main__":
    main()
