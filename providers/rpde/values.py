"""Reads the values of schema.org and OpenActive, in the several shapes in which feeds write them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from providers.errors import DataError
from providers.text import one_line, plain, without_contacts

YEARS: Final = range(1990, 2200)
MOST: Final = 2**31 - 1

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DURATION: Final = re.compile(
    r"P(?:([0-9]{1,4})W)?(?:([0-9]{1,4})D)?(?:T(?:([0-9]{1,5})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,7})(?:\.[0-9]+)?S)?)?"
)
_AMOUNT: Final = re.compile(r"[0-9]{1,8}(?:\.[0-9]{1,20})?")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,15}(?:\.0{1,6})?")


@dataclass(frozen=True, slots=True)
class Moment:
    """A start or an end as an instant; `is_day` when a day was all that was said: its midnight."""

    at: datetime
    is_day: bool


def text(said: Any) -> str:
    """Give text that may be written as such, as `{"@value": …}`, or as a list of either."""
    if isinstance(said, Mapping):
        said = said.get("@value") or said.get("prefLabel") or said.get("name")
    if isinstance(said, list):
        return next((found for each in said[:20] if not isinstance(each, list) and (found := text(each))), "")
    return said if isinstance(said, str) else ""


def words(said: Any, longest: int = 300) -> str:
    """Give text on one line, without tags, e-mail addresses or telephone numbers."""
    return without_contacts(one_line(plain(text(said)[:4_000])))[:longest].strip()


def several(said: Any) -> Sequence[Any]:
    """Give the values of a list; one alone stands for itself."""
    if said is None:
        return ()
    return said if isinstance(said, list) else [said]


def objects(said: Any) -> Sequence[Mapping[str, Any]]:
    """Give the objects of a list, or the one that stands alone."""
    return [each for each in several(said) if isinstance(each, Mapping)]


def term(said: Any) -> str:
    """Give the last part of a term: « EventCancelled » of `https://schema.org/EventCancelled`."""
    return re.split(r"[/#:]", text(said)[:200].strip())[-1]


def address(said: Any) -> str:
    """Give an address on the web, over https only."""
    written = text(said).strip()
    try:
        parts = urlsplit(written if len(written) <= 2_000 else "")
        is_safe = parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        return ""
    return written if is_safe and not re.search(r"[\s<>\"\x00-\x1f]", written) else ""


def whole(said: Any) -> int | None:
    """Give a whole number; None when there is none to read."""
    if isinstance(said, bool) or not isinstance(said, str | int | Decimal):
        return None
    written = str(said)[:60].strip()
    if not _WHOLE.fullmatch(written):
        return None
    return max(-MOST, min(int(written.partition(".")[0]), MOST))


def amount(said: Any) -> Decimal | None:
    """Give an amount to the cent, from a number or its digits; None when there is none to read."""
    if isinstance(said, bool) or not isinstance(said, str | int | Decimal):
        return None
    written = str(said)[:60].strip()
    return Decimal(written).quantize(Decimal("0.01")) if _AMOUNT.fullmatch(written) else None


def moment(said: Any, zone: ZoneInfo) -> Moment | None:
    """Give a date, or a date and time; one without an offset is of `zone`, the venue's.

    Raises
    ------
    DataError
        Something is written that is no moment of our time.
    """
    if said is None or said == "":
        return None
    written = said.strip() if isinstance(said, str) else ""
    try:
        at = datetime.fromisoformat(written)
        if at.year not in YEARS:
            raise ValueError(f"year {at.year}")  # noqa: TRY301
        return Moment(
            (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC), bool(_DAY.fullmatch(written))
        )
    except (ValueError, OverflowError) as error:
        sentence = f"La date « {str(said)[:40]} » n’est pas lisible."
        raise DataError("unreadable_date", sentence, f"{said!r}: {error}"[:300]) from None


def duration(said: Any) -> timedelta | None:
    """Give a length of time (`PT45M`, `P1DT2H`); None when there is none to read."""
    found = _DURATION.fullmatch(said.strip()) if isinstance(said, str) else None
    if found is None or not any(found.groups()):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
