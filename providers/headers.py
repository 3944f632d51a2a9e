"""What a reply's headers ask of us: when to come back, how long the answer stays good."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = timedelta(days=7)
"""Beyond this a partner's word about the future is taken for a mistake."""


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Give when the partner lets us come back, by our clock; it says so in seconds or as a date."""
    written = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", written):
        return now + min(timedelta(seconds=int(written)), LONGEST)
    return _by_our_clock(written, headers, now)


def fresh_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Give until when the answer stays good by Cache-Control and Expires; None when they do not say."""
    control = headers.get("Cache-Control", "").lower()
    if "no-store" in control or "no-cache" in control:
        return None
    if age := re.search(r"(?<![\w-])max-age\s*=\s*\"?(\d{1,9})", control):
        spent = headers.get("Age", "").strip()
        left = int(age[1]) - (int(spent) if re.fullmatch(r"\d{1,9}", spent) else 0)
        return now + min(timedelta(seconds=left), LONGEST) if left > 0 else None
    until = _by_our_clock(headers.get("Expires", "").strip(), headers, now)
    return until if until is not None and until > now else None


def validators(headers: Mapping[str, str]) -> dict[str, str]:
    """Give the validators of an answer, to be sent with the next request: `etag`, `last_modified`."""
    named = {"etag": headers.get("ETag", ""), "last_modified": headers.get("Last-Modified", "")}
    return {name: value for name, value in named.items() if 0 < len(value) < 1024}


def conditions(known: Mapping[str, str]) -> dict[str, str]:
    """Give the request headers that ask whether anything changed since `known`."""
    named = {"If-None-Match": known.get("etag", ""), "If-Modified-Since": known.get("last_modified", "")}
    return {name: value for name, value in named.items() if value}


def _by_our_clock(written: str, headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Give a partner's instant, its clock's error taken out by its own Date header; never the past."""
    instant = _instant(written)
    if instant is None:
        return None
    theirs = _instant(headers.get("Date", "")) or now
    return now + max(timedelta(0), min(instant - theirs, LONGEST))


def _instant(written: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(written)
    except (ValueError, TypeError, OverflowError):
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
