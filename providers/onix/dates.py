"""Dates and moments as ONIX writes them (code list 55), as precise as they are."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

_BY_LENGTH: Final = {8: "00", 6: "01", 4: "05"}
_DIGITS: Final = re.compile(r"(\d{4})-?(\d{2})?-?(\d{2})?(?:T.*)?")
_MOMENT: Final = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d)(?::?(\d\d))?(?:\.\d+)?)?\s*(Z|[+-]\d\d:?(?:\d\d)?)?"
)
_DAYS: Final = frozenset({"00", "13", "14"})
_SPREADS: Final = {"06": 8, "07": 6, "11": 4, "09": 5, "08": 6}
_YEARS: Final = frozenset({"03", "04", "05", "09"})


@lru_cache(maxsize=4096)
def iso_date(written: str, form: str = "") -> str:
    """Give a date in ISO 8601 as precise as it is told: `2024-03-14`, `2024-03`, `2024`, or nothing.

    A week gives its month (of its Thursday), a quarter or a season its year, a spread what both its
    ends share. Free text, the Hijri calendar and days that do not exist give nothing.

    Parameters
    ----------
    form
        A code of list 55; without one the digits tell.
    """
    written = written.strip()
    form = form.strip() or _BY_LENGTH.get(sum(sign.isdigit() for sign in written.partition("T")[0]), "00")
    if form in {"06", "07", "11"}:
        half = _SPREADS[form]
        return _shared(iso_date(written[:half]), iso_date(written[half : 2 * half]))
    if form == "02" and re.fullmatch(r"\d{6}", written):
        return _week(int(written[:4]), int(written[4:]))
    if form in {"03", "04"} and re.fullmatch(r"\d{4}[1-4]", written):
        return written[:4]
    found = _DIGITS.fullmatch(written)
    if found is None or form not in _DAYS | {"01", "05"}:
        return ""
    precision = 3 if form in _DAYS else 2 if form == "01" else 1
    parts = [part for part in found.groups()[:precision] if part]
    try:
        date(*(int(part) for part in (*parts, "01", "01")[:3]))
    except ValueError:
        return ""
    return "-".join(parts)


def _week(year: int, week: int) -> str:
    try:
        return f"{date.fromisocalendar(year, week, 4):%Y-%m}"
    except ValueError:
        return ""


def _shared(first: str, last: str) -> str:
    if not first or not last:
        return first or last
    shared = []
    for one, other in zip(first.split("-"), last.split("-"), strict=False):
        if one != other:
            break
        shared.append(one)
    return "-".join(shared)


@lru_cache(maxsize=4096)
def moment(written: str) -> datetime | None:
    """Give an aware moment; what says no zone is taken as UTC, what says no time as midnight."""
    found = _MOMENT.fullmatch(written.strip())
    if found is None:
        return None
    *numbers, zone = found.groups()
    try:
        naive = datetime(*(int(number or 0) for number in numbers), tzinfo=UTC)  # type: ignore[misc, arg-type]
        return naive - _offset(zone)
    except (ValueError, OverflowError):
        return None


def _offset(zone: str | None) -> timedelta:
    if not zone or zone == "Z":
        return timedelta()
    minutes = int(zone[1:3]) * 60 + int(zone[3:].lstrip(":") or 0)
    return timedelta(minutes=-minutes if zone[0] == "-" else minutes)


def has_time(written: str) -> bool:
    return "T" in written
