"""From when on dates are imported, in the venue's time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from providers.base import VenueFacts


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("Europe/Paris")


def zone_of(venue: VenueFacts | None) -> ZoneInfo:
    """Give the venue's timezone; Paris when there is no venue."""
    return _zone(venue.timezone if venue else "Europe/Paris")


@dataclass(frozen=True, slots=True)
class Window:
    """From when on dates are imported: what ended before `since` is over, and what ended by `now`."""

    since: datetime
    now: datetime | None

    @classmethod
    def of(cls, since: Literal["today"] | date, now: datetime, zone: ZoneInfo) -> "Window":
        """Give the window of a link's setting; a chosen day brings back all that ended after it."""
        if since != "today":
            return cls(datetime.combine(since, time(), zone).astimezone(UTC), None)
        today = now.astimezone(zone).date()
        return cls(datetime.combine(today, time(), zone).astimezone(UTC), now)

    def is_over(self, starts_at: datetime, ends_at: datetime | None) -> bool:
        """Tell whether a date is over; without an end, once its day is."""
        if ends_at is None:
            return starts_at < self.since
        return ends_at <= (self.now or self.since)
