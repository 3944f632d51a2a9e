"""A breaker a provider: while a partner answers nobody, its links wait, and one probe asks if it is back.

It opens when most of the runs that ended lately found no answer; only the tick writes it, from the ledger.
While it is open nothing of the provider's background is claimed or published; half open, one run is. A
person's run goes whatever it says, and its success closes it.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import structlog

from models.database import Connection

WINDOW: Final = timedelta(minutes=15)
"""How long ago a run may have ended that counts."""

ENOUGH: Final = 5
"""Runs without an answer, of so many links: fewer say something of the links, and backoff is for these."""

SHARE: Final = 0.6
"""Of the runs that ended: so many without an answer open it."""

FIRST_PROBE: Final = timedelta(minutes=1)
LAST_PROBE: Final = timedelta(minutes=30)
"""The wait before a probe doubles from the one to the other."""

log = structlog.get_logger(__name__)

ENDED = """
    SELECT link.provider, count(*) AS ended,
        count(*) FILTER (WHERE error_kind = 'transient') AS silent,
        count(DISTINCT link_id) FILTER (WHERE error_kind = 'transient') AS silent_links,
        min(finished_at) FILTER (WHERE error_kind = 'transient') AS since
    FROM sync_run JOIN link ON link.id = sync_run.link_id
    LEFT JOIN provider_state ON provider_state.provider = link.provider
    WHERE finished_at > clock_timestamp() - %(window)s AND sync_run.status <> 'dead'
      AND coalesce(error_kind, '') NOT IN ('rate_limited', 'bug')
      AND finished_at > coalesce(provider_state.changed_at, '-infinity')
      AND coalesce(provider_state.breaker, 'closed') = 'closed'
    GROUP BY link.provider
"""
PROBED = """
    SELECT provider_state.provider, provider_state.failures, answered.silent
    FROM provider_state CROSS JOIN LATERAL (
        SELECT error_kind IS NOT DISTINCT FROM 'transient' AS silent
        FROM sync_run JOIN link ON link.id = sync_run.link_id
        WHERE link.provider = provider_state.provider AND finished_at > provider_state.changed_at
          AND started_at >= provider_state.changed_at AND error_code IS DISTINCT FROM 'unlinked'
        ORDER BY silent, finished_at LIMIT 1) AS answered
    WHERE breaker = 'half_open' OR breaker = 'open' AND NOT answered.silent
"""
OPEN = """
    INSERT INTO provider_state (provider, breaker, changed_at, failures, retry_at, since)
    VALUES (%(provider)s, 'open', clock_timestamp(), 1, clock_timestamp() + %(wait)s, %(since)s)
    ON CONFLICT (provider) DO UPDATE SET breaker = 'open', changed_at = excluded.changed_at, failures = 1,
        retry_at = excluded.retry_at, since = excluded.since
    WHERE provider_state.breaker = 'closed'
    RETURNING provider
"""
OPEN_AGAIN = """
    UPDATE provider_state SET breaker = 'open', changed_at = clock_timestamp(), failures = failures + 1,
        retry_at = clock_timestamp() + least(%(last)s, %(first)s * power(2, least(failures, 20)))
    WHERE provider = %(provider)s AND breaker <> 'closed'
"""
CLOSE = """
    UPDATE provider_state SET breaker = 'closed', changed_at = clock_timestamp(), failures = 0,
        retry_at = NULL
    WHERE provider = %(provider)s AND breaker <> 'closed' RETURNING since
"""
PROBE = """
    UPDATE provider_state SET breaker = 'half_open', changed_at = clock_timestamp()
    WHERE breaker = 'open' AND retry_at <= clock_timestamp()
"""
NOT_CLOSED = """
    SELECT provider, breaker = 'half_open' AND NOT EXISTS (
        SELECT FROM sync_run JOIN link ON link.id = sync_run.link_id
        WHERE link.provider = provider_state.provider AND sync_run.status IN ('queued', 'running')
          AND sync_run.queue <> 'manual') AS may_probe
    FROM provider_state WHERE breaker <> 'closed'
"""


def look_at_breakers(connection: Connection) -> Mapping[str, int]:
    """Open, half-open and close the breakers; gives provider → links that may try it, where not closed."""
    for row in connection.execute(PROBED).fetchall():
        _judge_probe(connection, row)
    for row in connection.execute(ENDED, {"window": WINDOW}).fetchall():
        if row["silent_links"] >= ENOUGH and row["silent"] >= SHARE * row["ended"]:
            _open(connection, row)
    connection.execute(PROBE)
    rows = connection.execute(NOT_CLOSED)
    return {row["provider"]: int(row["may_probe"]) for row in rows}


def _open(connection: Connection, row: Mapping[str, Any]) -> None:
    names = {"provider": row["provider"], "wait": FIRST_PROBE, "since": row["since"]}
    if connection.execute(OPEN, names).fetchone() is not None:
        log.warning(
            "breaker_opened",
            provider=row["provider"],
            since=row["since"].isoformat(),
            without_answer=row["silent"],
            runs=row["ended"],
        )


def _judge_probe(connection: Connection, row: Mapping[str, Any]) -> None:
    if row["silent"]:
        connection.execute(
            OPEN_AGAIN, {"provider": row["provider"], "first": FIRST_PROBE, "last": LAST_PROBE}
        )
        return
    closed = connection.execute(CLOSE, {"provider": row["provider"]}).fetchone()
    if closed is not None:
        log.warning("breaker_closed", provider=row["provider"], since=closed["since"].isoformat())
