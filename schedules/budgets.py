"""The budget of requests that all workers share, a partner's key at a time."""

from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from math import ceil
from time import monotonic, time
from typing import Final

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

PATIENCE: Final = 1.0
"""Seconds that Redis may take to answer before we do without."""

AWAY: Final = 30.0
"""Seconds during which an unreachable Redis is not asked again."""

SHARE: Final = 4
"""Without Redis a process takes a quarter: a usual machine runs about four."""

SOONEST: Final = 0.05
"""Seconds to wait at least: another worker took the place that was free."""

_PREFIX: Final = "passerelle:budget"

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class SharedBudget:
    """So many requests in any `period`, over all workers, for each key.

    The window moves: a request leaves it exactly one period after it was made. Workers on several
    machines count by their own clocks, so these must agree within a fraction of the period.

    Parameters
    ----------
    broker_url
        The Redis that Celery uses; `redis+socket:///path` is understood too. Nothing is connected
        before the first `wait`, so that a fork shares no connection.
    requests, period
        What the partner grants us (`providers.base.Limits`); the period counts in whole seconds.
    now
        Seconds of a clock that only goes forward.
    """

    def __init__(
        self, broker_url: str, *, requests: int, period: timedelta, now: Callable[[], float] = monotonic
    ) -> None:
        seconds = max(1, ceil(period.total_seconds()))
        self._broker_url = broker_url
        self._whole = RateLimitItemPerSecond(requests, seconds)
        self._quarter = (
            RateLimitItemPerSecond(requests // SHARE, seconds)
            if requests >= SHARE
            else RateLimitItemPerSecond(requests, seconds * SHARE)
        )
        self._now = now
        self._away_until: float | None = None

    def wait(self, key: str) -> float:
        """Give the seconds after which to ask again; 0: go, and the request is counted."""
        if self._away_until is None or self._now() >= self._away_until:
            try:
                seconds = _take(self._shared, self._whole, key)
            except RedisError as error:
                self._is_away(error)
            else:
                self._is_back()
                return seconds
        return _take(self._alone, self._quarter, key)

    def close(self) -> None:
        """Close the connections to Redis; a later `wait` opens them again."""
        self._pool.disconnect()

    @cached_property
    def _pool(self) -> ConnectionPool:
        return ConnectionPool.from_url(
            _as_redis_url(self._broker_url),
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )

    @cached_property
    def _shared(self) -> MovingWindowRateLimiter:
        # the URL only says which client library to use; the pool knows where Redis is
        storage = RedisStorage("redis://", connection_pool=self._pool, key_prefix=_PREFIX)
        return MovingWindowRateLimiter(storage)

    @cached_property
    def _alone(self) -> MovingWindowRateLimiter:
        return MovingWindowRateLimiter(MemoryStorage())

    def _is_away(self, error: RedisError) -> None:
        if self._away_until is None:
            _log.warning("budget.alone", reason=type(error).__name__, share=f"1/{SHARE}")
        self._away_until = self._now() + AWAY

    def _is_back(self) -> None:
        if self._away_until is not None:
            _log.info("budget.shared")
        self._away_until = None


def _take(limiter: MovingWindowRateLimiter, grant: RateLimitItem, key: str) -> float:
    if limiter.hit(grant, key):
        return 0.0
    return max(SOONEST, limiter.get_window_stats(grant, key).reset_time - time())


def _as_redis_url(broker_url: str) -> str:
    """Give a Celery broker URL as the Redis client spells it."""
    url = broker_url.replace("redis+socket://", "unix://", 1)
    return url.replace("virtual_host=", "db=", 1) if url.startswith("unix://") else url
