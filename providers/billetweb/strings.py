"""Reads Billetweb's values, most of them written as strings: `"1"`, `""`, `"0000-00-00 00:00:00"`, `12.5`."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from providers.errors import DataError
from providers.text import one_line, plain, without_contacts

YEARS: Final = range(1990, 2200)
MOST: Final = 2**31 - 1

_MOMENT: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,15}(?:\.0{1,6})?")
_AMOUNT: Final = re.compile(r"[0-9]{1,8}(?:\.[0-9]{1,20})?")
_ZEROES: Final = re.compile(r"[0\s:T.-]*")


def words(said: Any, longest: int = 300) -> str:
    """Give a value as words on one line, without tags, e-mail addresses or telephone numbers."""
    return without_contacts(one_line(plain(said[:4_000])))[:longest].strip() if isinstance(said, str) else ""


def key(said: Any) -> str:
    """Give an identifier, a number or its digits; empty when it is neither."""
    if isinstance(said, bool):
        return ""
    written = str(said).strip() if isinstance(said, str | int) else ""
    return written if re.fullmatch(r"[\w.-]{1,60}", written) else ""


def whole(said: Any) -> int | None:
    """Give a whole number; None when there is none to read."""
    if isinstance(said, bool) or not isinstance(said, str | int | Decimal):
        return None
    written = str(said)[:60].strip()
    if not _WHOLE.fullmatch(written):
        return None
    return max(-MOST, min(int(written.partition(".")[0]), MOST))


def is_set(said: Any, *, default: bool) -> bool:
    """Read `"1"`, `"0"`, true; `default` where nothing is said. Any other state counts as set."""
    if said is None or said == "":
        return default
    return not (said is False or str(said)[:20].strip().lower() in {"0", "false", "no", "non"})


def amount(said: Any) -> Decimal | None:
    """Give euros to the cent, from `12.5`, `"12.50"` or `"12,50"`; None when there are none to read."""
    if isinstance(said, bool) or not isinstance(said, str | int | Decimal):
        return None
    # numbers come from JSON as int or Decimal, in the very digits that were written
    written = re.sub(r"[\s\u00a0\u202f€]", "", str(said)[:60]).replace(",", ".")
    if not _AMOUNT.fullmatch(written):
        return None
    return Decimal(written).quantize(Decimal("0.01"))


def moment(said: Any, zone: ZoneInfo) -> datetime | None:
    """Give a wall clock of `zone` as an instant; zeroes and nothing at all are no moment.

    An hour that the clock skips is an hour later, one that comes twice is the first.

    Raises
    ------
    DataError
        Something is written that is no moment of our time.
    """
    if said is None or said is False or (isinstance(said, str) and _ZEROES.fullmatch(said)):
        return None
    found = _MOMENT.fullmatch(said.strip()) if isinstance(said, str) else None
    try:
        if found is None or int(found[1]) not in YEARS:
            raise ValueError("no moment")  # noqa: TRY301
        wall = datetime(*(int(part or 0) for part in found.groups()), tzinfo=zone)  # type: ignore[arg-type, misc]
        return wall.astimezone(UTC)
    except ValueError:
        sentence = f"La date « {str(said)[:40]} » n’est pas lisible."
        raise DataError("unreadable_date", sentence, repr(said)[:200]) from None


def rows(said: Any) -> Sequence[Mapping[str, Any]]:
    """Give the objects of a list; PHP writes an empty one, or one with gaps, as an object.

    Raises
    ------
    DataError
        Something in it is no object (`{"message": "…"}` is no list).
    """
    several = list(said.values()) if isinstance(said, Mapping) else said if isinstance(said, list) else []
    if not all(isinstance(each, Mapping) for each in several):
        raise _unlisted(said)
    return several


def numbered(said: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """Give number → object; one listed twice is as it was listed last.

    Raises
    ------
    DataError
        One has no number: which of those we know is gone, nobody can tell.
    """
    found = {key(each.get("id")): each for each in said}
    if "" in found:
        raise _unlisted(found[""])
    return found


def _unlisted(said: Any) -> DataError:
    sentence = "Cet évènement n’est pas lisible : Billetweb en donne une liste que nous ne connaissons pas."
    return DataError("unreadable_list", sentence, repr(said)[:500])
