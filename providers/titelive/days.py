"""Which days a run reads, and where in a day it goes on.

A day is one of Paris. It is completed once it is over and was read to its end; a run begins with
the last one that was, read again, and ends with today, which the next run reads again too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from providers.base import Cursor, Visit
from providers.titelive.settings import TiteliveSettings

FIRST_DAYS: Final = 30
"""Days that a first run reads when nothing else was asked."""

MOST_DAYS: Final = 3653
"""Days that a first run reads at most: ten years."""

ONE_DAY: Final = timedelta(days=1)
_PARIS: Final = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a traversal goes on.

    Parameters
    ----------
    done
        Pages of the day (API) or lines of its file that were read.
    part
        Which share of a day that is too large: an availability code of TiteLive; empty: all of it.
    listed
        Articles that this search gave so far.
    sha256
        Of the file that was being read.
    over
        That file was read to its end.
    bad
        Code of the error of a file met before, which ends the run when the others are read.
    """

    day: date
    done: int = 0
    part: str = ""
    listed: int = 0
    sha256: str = ""
    over: bool = False
    bad: str = ""

    @classmethod
    def of(cls, visit: Visit[TiteliveSettings], *, most: int = MOST_DAYS) -> "Place":
        """Give where a visit begins: at its cursor, else at the day asked for, `most` days ago at most."""
        now = today(visit)
        at = _read(visit.cursor or {})
        first = visit.settings.since or now - timedelta(days=FIRST_DAYS)
        if at is None or at.day > now:
            at = cls(min(first, now))
        bound = now - timedelta(days=most)
        return at if at.day >= bound else cls(bound)

    @property
    def cursor(self) -> Cursor:
        """What `of` reads again; what is at its default is left out."""
        written = {"day": self.day.isoformat(), "done": self.done, "part": self.part}
        written |= {"listed": self.listed, "sha256": self.sha256, "over": self.over, "bad": self.bad}
        return {name: value for name, value in written.items() if value}

    def next_day(self) -> "Place":
        return Place(self.day + ONE_DAY, bad=self.bad)

    def at(self, **changes: Any) -> "Place":
        return replace(self, **changes)


def today(visit: Visit[TiteliveSettings]) -> date:
    return visit.clock().astimezone(_PARIS).date()


def start_of_next(last: date) -> Place:
    """Give where the next run begins after one that read until `last`, a day that was not over."""
    return Place(last - ONE_DAY)


def _read(cursor: Mapping[str, Any]) -> Place | None:
    try:
        return Place(
            date.fromisoformat(cursor["day"]),
            int(cursor.get("done", 0)),
            str(cursor.get("part", "")),
            int(cursor.get("listed", 0)),
            str(cursor.get("sha256", "")),
            bool(cursor.get("over", False)),
            str(cursor.get("bad", "")),
        )
    except (KeyError, TypeError, ValueError):
        return None
