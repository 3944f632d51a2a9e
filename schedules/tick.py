"""The tick: gives due links their runs, publishes what has its turn, takes back what a lost worker held.

Beat sends one every few seconds; two beats, a replayed tick or a late one are harmless.
"""

from collections.abc import Callable
from pathlib import Path

import redis
import structlog

from models.database import Connection
from models.queries import read_queries
from models.vocabulary import Family, Queue
from providers.base import provider, provider_modules
from runtime.settings import RuntimeSettings
from schedules.breaker import look_at_breakers
from schedules.claims import Terms, claim

SQL = read_queries(Path(__file__).parent / "tick.sql")
MARKER = "passerelle:tick:marker"
"""A Redis key that the tick keeps: when it is gone, so are the messages."""
PURGED = "passerelle:tick:purged"
"""A Redis key that lasts an hour: what is past its retention is looked for that often."""
MOST = 500
"""Runs published by one tick; the next one goes on."""
DEAD = "L’importation a été interrompue plusieurs fois au même endroit. Notre équipe est prévenue."

log = structlog.get_logger(__name__)


def tick(
    connection: Connection, settings: RuntimeSettings, broker_url: str, send: Callable[[int, str], bool]
) -> None:
    """Do one tick; `send` puts a run's id in a queue and says whether Redis took it."""
    take_back_expired(connection, settings)
    terms = _terms()
    claim(connection, terms, look_at_breakers(connection))
    if is_first(broker_url, MARKER):
        connection.execute(SQL["unpublish"])
    publish_waiting(connection, settings, send)
    if is_first(broker_url, PURGED, expires=3600):
        purge(connection)
    connection.execute(SQL["ticked"])


def take_back_expired(connection: Connection, settings: RuntimeSettings) -> int:
    """Put runs whose lease ran out back in their queues, ending what their workers left behind."""
    with connection.transaction():
        expired = connection.execute(SQL["expired_leases"]).fetchall()
        for row in expired:
            name = f"passerelle run {row['id']} lease {row['lease_token']}"
            connection.execute(SQL["end_backends"], {"name": name})
            taken = connection.execute(
                SQL["take_back"],
                {
                    "run": row["id"],
                    "token": row["lease_token"],
                    "lease": settings.lease,
                    "message": DEAD,
                },
            ).fetchone()
            if taken is not None:
                log.warning("lease_expired", run=row["id"], status=taken["status"])
                if taken["status"] == "dead":
                    connection.execute(SQL["rest_link"], {"link": taken["link_id"]})
    return len(expired)


def publish_waiting(
    connection: Connection, settings: RuntimeSettings, send: Callable[[int, str], bool], *, most: int = MOST
) -> int:
    """Publish the queued runs that have a place, and those that nobody took; returns how many."""
    terms, half = _terms(), max(1, settings.background_runs // 2)
    waiting = connection.execute(
        SQL["to_publish"],
        {
            "again_after": settings.republish_after,
            "most": most,
            "providers": list(terms),
            "places": [min(known.limits.parallel_runs, half) for known in terms.values()],
        },
    ).fetchall()
    for number, row in enumerate(waiting):
        if not send(row["id"], row["queue"]):
            return number
        connection.execute(SQL["published"], {"run": row["id"]})
    return len(waiting)


def is_first(broker_url: str, key: str, *, expires: int | None = None) -> bool:
    """Set a key in Redis, for `expires` seconds; whether it was not there. False when Redis is away."""
    try:
        with redis.Redis.from_url(broker_url, socket_connect_timeout=2, socket_timeout=2) as client:
            return bool(client.set(key, "1", nx=True, ex=expires))
    except redis.exceptions.RedisError as error:
        log.warning("redis_away", error=str(error))
        return False


def purge(connection: Connection) -> None:
    """Forget what is past its retention."""
    for statement in (name for name in SQL if name.startswith("purge_")):
        connection.execute(SQL[statement])


def queue_of(slug: str) -> Queue:
    """Give the queue of a provider's background runs: levels do not wait behind catalogues."""
    adapter = provider(slug)
    if adapter.traits.primary == "level":
        return Queue.STOCKS
    match adapter.family:
        case Family.AGENDA:
            return Queue.AGENDAS
        case Family.CATALOGUE:
            return Queue.CATALOGUES
        case _:
            return Queue.STOCKS


def _terms() -> dict[str, Terms]:
    """The terms of the providers that can be imported; a broken one stops nobody else's links."""
    found: dict[str, Terms] = {}
    for slug in provider_modules():
        try:
            adapter = provider(slug)
            found[slug] = Terms(queue_of(slug), adapter.limits, adapter.cadence)
        except Exception:  # whatever an adapter's module does when imported
            log.exception("provider_broken", provider=slug)
    return found
