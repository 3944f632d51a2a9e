"""The budget of requests that all workers share, a partner's key at a time."""

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

    All budgets of a process use the same connections and, without Redis, the same memory, so a new
    one may be made for every run.

    Parameters
    ----------
    broker_url
        The Redis that Celery uses; `redis+socket:///path` is understood too. Nothing is connected
        before the first `wait`.
    requests, period
        What the partner grants us (`providers.base.Limits`); the period counts in whole seconds.
    """

    def __init__(self, broker_url: str, *, requests: int, period: timedelta) -> None:
        seconds = max(1, ceil(period.total_seconds()))
        self._whole = RateLimitItemPerSecond(requests, seconds)
        self._quarter = (
            RateLimitItemPerSecond(requests // SHARE, seconds)
            if requests >= SHARE
            else RateLimitItemPerSecond(requests, seconds * SHARE)
        )
        self._counters = _counters.setdefault(broker_url, _Counters(broker_url))

    def wait(self, key: str) -> float:
        """Give the seconds after which to ask again; 0: go, and the request is counted."""
        return self._counters.wait(key, shared=self._whole, alone=self._quarter)


class _Counters:
    """Where this process counts: in Redis while it answers, else in memory."""

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url
        self._away_until: float | None = None

    def wait(self, key: str, *, shared: RateLimitItem, alone: RateLimitItem) -> float:
        if self._away_until is None or monotonic() >= self._away_until:
            try:
                seconds = _take(self._in_redis, shared, key)
            except RedisError as error:
                self._is_away(error)
            else:
                self._is_back()
                return seconds
        return _take(self._in_memory, alone, key)

    @cached_property
    def pool(self) -> ConnectionPool:
        # a pool notices that it was forked, and connects anew
        return ConnectionPool.from_url(
            _as_redis_url(self._broker_url),
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )

    @cached_property
    def _in_redis(self) -> MovingWindowRateLimiter:
        # the URL only says which client library to use; the pool knows where Redis is
        storage = RedisStorage("redis://", connection_pool=self.pool, key_prefix=_PREFIX)
        return MovingWindowRateLimiter(storage)

    @cached_property
    def _in_memory(self) -> MovingWindowRateLimiter:
        return MovingWindowRateLimiter(MemoryStorage())

    def _is_away(self, error: RedisError) -> None:
        if self._away_until is None:
            _log.warning("budget.alone", reason=type(error).__name__, share=f"1/{SHARE}")
        self._away_until = monotonic() + AWAY

    def _is_back(self) -> None:
        if self._away_until is not None:
            _log.info("budget.shared")
        self._away_until = None


_counters: Final[dict[str, _Counters]] = {}
"""Of this process, by broker."""


def _take(limiter: MovingWindowRateLimiter, grant: RateLimitItem, key: str) -> float:
    if limiter.hit(grant, key):
        return 0.0
    return max(SOONEST, limiter.get_window_stats(grant, key).reset_time - time())


def _as_redis_url(broker_url: str) -> str:
    """Give a Celery broker URL as the Redis client spells it."""
    url = broker_url.replace("redis+socket://", "unix://", 1)
    return url.replace("virtual_host=", "db=", 1) if url.startswith("unix://") else url
