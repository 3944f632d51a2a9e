"""Reads single values as TiteLive writes them: numbers in quotes, decimal commas, entities encoded twice."""

import html
import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from providers.text import one_line, plain, without_contacts

LONGEST_VALUE: Final = 500

NEVER: Final = date(2070, 1, 1)
"""What TiteLive writes for a publication date that nobody knows."""

_TAG: Final = re.compile(r"</?[a-zA-Z!][^<>]*>")
_DATE: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?:[ T]+([0-9]{2}:[0-9]{2}(?::[0-9]{2})?))?")
_DECIMAL: Final = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,6})?")


def written(value: Any) -> str:
    """Give a value as text, without what surrounds it; nothing for what is none: null, a list, true."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return ""
    try:
        return str(value).strip()
    except ValueError:  # an integer of thousands of digits
        return ""


def unescaped(text: str) -> str:
    """Decode HTML entities, those too that were encoded twice."""
    once = html.unescape(text)
    return html.unescape(once) if "&" in once else once


def words(value: Any) -> str:
    """Give a title or a name on one line, entities decoded, tags and personal contacts taken away."""
    text = unescaped(written(value)[: LONGEST_VALUE * 4])
    return without_contacts(one_line(plain(text) if _TAG.search(text) else text))[:LONGEST_VALUE].strip()


def code(value: Any) -> str:
    """Give a code of letters or digits in capitals; nothing for 0, which stands for none."""
    text = written(value).upper()
    return text if re.fullmatch(r"[A-Z0-9]{1,20}", text) and text.strip("0") else ""


def count(value: Any) -> int | None:
    """Give a number of things; 0 stands for one that nobody knows."""
    text = written(value)
    return int(text) or None if re.fullmatch(r"[0-9]{1,5}", text) else None


def is_yes(value: Any) -> bool:
    return written(value) == "1"


def decimal(value: Any) -> Decimal | None:
    """Give a number with a decimal comma or point; None for what is no number from 0 on."""
    text = written(value)
    if not _DECIMAL.fullmatch(text):
        return None
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None


def day(value: Any) -> date | None:
    """Give a day written dd/mm/yyyy, with or without a time; None for none, and for 01/01/2070."""
    found = _DATE.fullmatch(written(value))
    if not found:
        return None
    try:
        read = date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None
    return None if read >= NEVER or read.year < 1400 else read


def stamp(value: Any) -> str | None:
    """Give « 02/03/2018 14:05:00 » so that later ones sort after earlier ones; None for none."""
    read, found = day(value), _DATE.fullmatch(written(value))
    if read is None or found is None:
        return None
    return f"{read.isoformat()}T{(found[4] or '00:00')[:5]}{(found[4] or '')[5:] or ':00'}"
