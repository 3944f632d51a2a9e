"""What a source of events lists: shows and their dates, which come, go, move and change with each request."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from tests.harm.partner import soon

FEWEST = 6
"""Shows below which none leaves any more, an exodus apart."""


@dataclass
class Show:
    """An event on the same day of some weeks after its first; `left` and `cancelled` are by week."""

    number: int
    title: str
    price: int
    first: datetime
    weeks: list[int]
    left: dict[int, int] = field(default_factory=dict)
    cancelled: set[int] = field(default_factory=set)

    def starts(self, week: int) -> datetime:
        return self.first + timedelta(weeks=week)

    def remaining(self, week: int) -> int:
        return self.left.get(week, 30)


class Programme:
    """The shows of one source; the same chances give the same programme."""

    def __init__(self, chance: Random, shows: int) -> None:
        self._made = 0
        self.shows = [self._new(chance) for _ in range(shows)]
        self.gone: list[Show] = []

    def evolve(self, chance: Random) -> None:
        """Let one thing happen: mostly small, now and then a third of the shows leaves, or all come back."""
        happenings: dict[Callable[[Random], None], int] = {
            self._leave: 16,
            self._come: 18,
            self._retitle: 12,
            self._reprice: 10,
            self._add_week: 10,
            self._drop_week: 8,
            self._postpone: 8,
            self._sell: 24,
            self._cancel: 6,
            self._exodus: 2,
            self._return: 4,
        }
        (happening,) = chance.choices(list(happenings), list(happenings.values()))
        happening(chance)

    def _new(self, chance: Random) -> Show:
        self._made += 1
        weeks = sorted(chance.sample(range(4), chance.choice((1, 1, 2, 3))))
        return Show(
            self._made,
            f"Concert n° {self._made}",
            chance.choice((0, 8, 12, 25)),
            soon(chance.randint(3, 60), chance.randint(8, 20)),
            weeks,
        )

    def _any(self, chance: Random) -> Iterator[Show]:
        if self.shows:
            yield chance.choice(self.shows)

    def _leave(self, chance: Random) -> None:
        if len(self.shows) > FEWEST:
            self.gone.append(self.shows.pop(chance.randrange(len(self.shows))))

    def _come(self, chance: Random) -> None:
        back = self.gone and chance.random() < 0.6
        show = self.gone.pop(chance.randrange(len(self.gone))) if back else self._new(chance)
        self.shows.insert(chance.randint(0, len(self.shows)), show)

    def _retitle(self, chance: Random) -> None:
        for show in self._any(chance):
            show.title = f"Concert n° {show.number}, affiche {chance.randint(1, 99)}"

    def _reprice(self, chance: Random) -> None:
        for show in self._any(chance):
            show.price = chance.choice((0, 8, 12, 25))

    def _add_week(self, chance: Random) -> None:
        for show in self._any(chance):
            show.weeks = sorted({*show.weeks, chance.randrange(6)})

    def _drop_week(self, chance: Random) -> None:
        for show in self._any(chance):
            if len(show.weeks) > 1:
                show.weeks.remove(chance.choice(show.weeks))

    def _postpone(self, chance: Random) -> None:
        for show in self._any(chance):
            show.first += timedelta(days=chance.randint(1, 3))

    def _sell(self, chance: Random) -> None:
        for show in self._any(chance):
            show.left[chance.choice(show.weeks)] = chance.choice((0, 1, 3, 8, 30))

    def _cancel(self, chance: Random) -> None:
        for show in self._any(chance):
            show.cancelled ^= {chance.choice(show.weeks)}

    def _exodus(self, chance: Random) -> None:
        for _ in range(len(self.shows) // 3):
            self.gone.append(self.shows.pop(chance.randrange(len(self.shows))))

    def _return(self, chance: Random) -> None:
        self.shows += self.gone
        self.gone = []
