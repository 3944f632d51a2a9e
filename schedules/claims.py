"""Claiming: due links get a run each, as far as breakers, queues and the partners' grants allow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from models.database import Connection
from models.queries import read_queries
from models.vocabulary import Queue
from providers.base import Cadence, Limits
from schedules.allotment import Allotted, Due, Till, allot

SQL = read_queries(Path(__file__).parent / "claims.sql")

GRANTED: Final = 0.8
"""Of what a partner grants, for the schedule; the rest is for people, hints and repetitions."""

AHEAD: Final = 25
"""Runs open for each that a provider may have going: an urgent one never has many before it."""

MOST: Final = 500
"""Links that one tick looks at: of a provider's urgent ones, of the others, of those put off of either. Of a
provider that is not known so many go, too: their runs say what is wrong."""

FRANCE: Final = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Terms:
    """What an adapter declares of its runs."""

    queue: Queue
    limits: Limits
    cadence: Cadence


def claim(connection: Connection, terms: Mapping[str, Terms], shut: Mapping[str, int]) -> int:
    """Give due links a queued run each; returns how many.

    `shut` names the providers whose breaker is not closed, with how many links may try it: 0 or 1.
    """
    with connection.transaction():
        rooms = {**_rooms(connection, terms), **shut}
        rows = connection.execute(
            SQL["due_links"], {"providers": list(rooms), "rooms": list(rooms.values()), "most": MOST}
        ).fetchall()
        if not rows:
            return 0
        provider_of = {row["id"]: row["provider"] for row in rows}
        now, tills, reasons = _tills(connection, rows, terms)
        allotted = allot((_due(row) for row in rows), tills, now, rooms)
        _write(connection, allotted, tills, reasons, now)
        going = [due.link for due in allotted.go]
        for row in _companions(connection, going, terms):
            provider_of[row["id"]] = row["provider"]
            going.append(row["id"])
        queues = [_queue(terms, provider_of[link]) for link in going]
        connection.execute(SQL["claim"], {"links": going, "queues": queues})
        return len(going)


def _queue(terms: Mapping[str, Terms], slug: str) -> Queue:
    return terms[slug].queue if slug in terms else Queue.AGENDAS


def _companions(
    connection: Connection, going: Sequence[int], terms: Mapping[str, Terms]
) -> Sequence[dict[str, Any]]:
    """Give the links that go along with others of their feed, at no cost of the partner's."""
    sharing = [slug for slug, known in terms.items() if known.limits.shared_for is not None]
    if not sharing or not going:
        return []
    found: dict[int, dict[str, Any]] = {}
    for row in connection.execute(SQL["companions"], {"links": list(going), "sharing": sharing}):
        found[row["id"]] = row
    return list(found.values())


def _rooms(connection: Connection, terms: Mapping[str, Terms]) -> dict[str, int]:
    """How many more runs of each provider may wait."""
    going = {row["provider"]: row["runs"] for row in connection.execute(SQL["open_runs"])}
    return {
        slug: max(0, known.limits.parallel_runs * AHEAD - going.get(slug, 0)) for slug, known in terms.items()
    }


def _due(row: Mapping[str, Any]) -> Due:
    return Due(
        row["id"],
        row["budget_key"],
        row["requests"],
        row["urgent"],
        row["since"],
        max(1.0, row["seconds"]),
        row["provider"],
    )


def _tills(
    connection: Connection, rows: Sequence[Mapping[str, Any]], terms: Mapping[str, Terms]
) -> tuple[float, dict[str, Till], dict[str, str]]:
    """Give the database's time, the tills of the links, and why those are closed that are.

    A link that never asked anybody has no till: its first visit tells where it asks.
    """
    names = sorted({name for row in rows for name in (row["host"], row["budget_key"]) if name})
    connection.execute(SQL["open_tills"], {"hosts": sorted({row["budget_key"] for row in rows} - {""})})
    kept = {row["host"]: row for row in connection.execute(SQL["tills"], {"hosts": names})}
    found = connection.execute(SQL["now"]).fetchone()
    now: float = found["now"] if found else 0.0
    tills, reasons = dict[str, Till](), dict[str, str]()
    for row in rows:
        known, key = terms.get(row["provider"]), row["budget_key"]
        if known is None or not key:
            continue
        grant = known.limits.requests / known.limits.period.total_seconds() * GRANTED
        till = tills.get(key) or _till(kept.get(key), grant)
        for name in {row["host"], key} & kept.keys():
            until, reason = _closed(kept[name], now)
            if until > till.closed_until:
                till, reasons[key] = replace(till, closed_until=until), reason
        tills[key] = till
    return now, tills, reasons


def _till(kept: Mapping[str, Any] | None, grant: float) -> Till:
    if kept is None or kept["spent_until"] is None:
        return Till(grant)
    return Till(grant, kept["spent_until"], kept["price"], kept["priced_at"])


def _closed(kept: Mapping[str, Any], now: float) -> tuple[float, str]:
    """Until when a host is not asked, and why; the past: it is."""
    until = quiet_until(kept["quiet_from"], kept["quiet_until"], now)
    retry_at: float = kept["retry_at"] or 0.0
    if max(until, retry_at) <= now:
        return 0.0, ""
    return (until, "quiet") if until > retry_at else (retry_at, "retry_after")


def quiet_until(begins: time | None, ends: time | None, now: float) -> float:
    """Give when the quiet hours end that an instant falls in, French time; 0: it falls in none."""
    if begins is None or ends is None:
        return 0.0
    here = datetime.fromtimestamp(now, FRANCE)
    inside = begins <= here.time() < ends if begins < ends else here.time() >= begins or here.time() < ends
    if not inside:
        return 0.0
    day = here.date() + timedelta(days=1) if here.time() >= ends else here.date()
    return datetime.combine(day, ends, FRANCE).astimezone(UTC).timestamp()


def _write(
    connection: Connection,
    allotted: Allotted,
    before: Mapping[str, Till],
    reasons: Mapping[str, str],
    now: float,
) -> None:
    """Write what was put off, and the tills that were used."""
    if allotted.later:
        connection.execute(
            SQL["put_off"],
            {
                "links": [due.link for due, _ in allotted.later],
                "turns": [turn for _, turn in allotted.later],
                "reasons": [
                    reasons[due.key] if before[due.key].closed_until > now else "budget"
                    for due, _ in allotted.later
                ],
            },
        )
    used = {key: till for key, till in allotted.tills.items() if till != before[key]}
    if used:
        connection.execute(
            SQL["keep_tills"],
            {
                "hosts": list(used),
                "spent": [till.spent_until for till in used.values()],
                "prices": [till.price for till in used.values()],
                "priced": [till.priced_at for till in used.values()],
            },
        )
