"""What a visit teaches about its link, written into the link's row: habit, stakes, next interval."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from models.database import Connection
from models.queries import read_queries
from models.vocabulary import Family
from providers.base import Provider
from schedules.cadence import URGENT, Date, Habit, Link, Stakes, heeds, repriced, spread, wait

SQL = read_queries(Path(__file__).parent / "planning.sql")

SPREAD: Final = 0.05
"""Of an interval: links of the same interval do not stay together."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a complete visit saw.

    Parameters
    ----------
    began
        When the run was taken.
    changed
        Whether it found anything new; None: that says nothing of the partner (other settings, say).
    host, key
        Where most of its requests went, and what they are counted by; empty: nowhere.
    fresh_until
        Until when the partner's answer stays good, as its headers said.
    """

    began: datetime
    changed: bool | None
    requests: int
    host: str = ""
    key: str = ""
    fresh_until: datetime | None = None


def plan_link(connection: Connection, link_id: int, adapter: Provider[Any], seen: Seen) -> None:
    """Write what a complete visit says about when the next one is worth it; in the caller's transaction."""
    names: dict[str, Any] = {"link": link_id, "key": seen.key}
    row = connection.execute(SQL["link_to_plan"], names).fetchone()
    if row is None:
        return
    habit, began = habit_of(row), seen.began.timestamp()
    if row["visited_at"] is not None and seen.changed is not None and began > row["visited_at"]:
        habit = habit.after(began - row["visited_at"], changed=seen.changed, hints=row["hinted"])
    link = Link(habit, _stakes(connection, link_id, adapter), _mean(row["requests"], seen.requests))
    seconds = wait(link, adapter.cadence, current_price(row), row["now"])
    importance = link.stakes.importance(row["now"] + seconds)
    connection.execute(
        SQL["plan_link"],
        names
        | {
            "changes": habit.changes,
            "changed": habit.changed,
            "unchanged": habit.unchanged,
            "hints": habit.hints,
            "hinted": row["hinted"],
            "visited_at": began,
            "requests": link.cost,
            "host": seen.host,
            "importance": importance,
            "urgent": importance >= URGENT,
            "fresh_until": seen.fresh_until,
            "seconds": seconds * (1 - SPREAD * spread(link_id)),
        },
    )


def is_heeded(row: Mapping[str, Any], adapter: Provider[Any]) -> bool:
    """Whether a hint is worth its requests now, by the row that `SQL["heard_hint"]` gave."""
    return heeds(habit_of(row), row["importance"], row["requests"], adapter.cadence, current_price(row))


def charge(connection: Connection, key: str, adapter: Provider[Any], requests: int) -> None:
    """Take from a till what a hint cost: the schedule did not give it out."""
    seconds = requests / adapter.limits.requests * adapter.limits.period.total_seconds()
    connection.execute(SQL["charge"], {"key": key, "seconds": seconds})


def habit_of(row: Mapping[str, Any]) -> Habit:
    """Read a link's habit from its row."""
    return Habit(row["changes"], row["changed_seconds"], row["unchanged_seconds"], row["hints"])


def current_price(row: Mapping[str, Any]) -> float:
    """Give the price of a till at this moment: nothing was wanted since it was reckoned."""
    if row["priced_at"] is None:
        return 1.0
    return repriced(row["price"], wanted=0.0, seconds=row["now"] - row["priced_at"])


def keep_waiting_times(connection: Connection, next_allowed: Mapping[str, datetime]) -> None:
    """Keep what hosts said of when to come back, for every link and after every restart."""
    for host, retry_at in sorted(next_allowed.items()):
        connection.execute(SQL["may_come_back"], {"host": host, "retry_at": retry_at})


def waiting_times(connection: Connection, link_id: int) -> dict[str, datetime]:
    """Give the host of a link with the time at which it lets us come back, if it told us to wait."""
    rows = connection.execute(SQL["told_to_wait"], {"link": link_id})
    return {row["host"]: row["retry_at"] for row in rows}


def _stakes(connection: Connection, link_id: int, adapter: Provider[Any]) -> Stakes:
    if adapter.family is Family.CATALOGUE:  # books have no date
        return Stakes()
    rows = connection.execute(SQL["stakes_of_link"], {"link": link_id}).fetchall()
    dates = tuple(Date(row["starts_at"], row["left"]) for row in rows)
    return Stakes(sum(row["booked"] for row in rows), dates)


def _mean(before: float, now: int) -> float:
    """Give the requests of a visit: an unchanged one takes one, a full one many."""
    return max(1.0, 0.8 * before + 0.2 * now)
