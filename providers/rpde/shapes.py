"""What we read of a feed's items: the fields that matter, and nothing of organisers, leaders or attendees."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final

from providers.base import Item

MOST_SUB_EVENTS: Final = 1_000
_DIGITS: Final = 40

_ADDRESS: Final = frozenset({"streetAddress", "addressLocality", "postalCode"})
_PLACE: Final = frozenset({"type", "@type", "name", "address", "geo", "latitude", "longitude", *_ADDRESS})
_OFFER: Final = frozenset(
    {
        *("name", "price", "priceCurrency", "availability"),
        *("ageRestriction", "ageRange", "minValue", "maxValue"),
        *("validThrough", "availabilityEnds", "validThroughBeforeStartDate"),
    }
)
_WORDS: Final = frozenset({"prefLabel", "url", "contentUrl", "@value"})
_OWN: Final = frozenset(
    {
        *("id", "@id", "identifier", "type", "@type"),
        *("name", "title", "description", "url", "image", "category", "activity"),
        *("startDate", "endDate", "duration", "eventStatus", "eventAttendanceMode", "location"),
        *("remainingAttendeeCapacity", "remainingUses", "isAccessibleForFree", "offers", "offer"),
        *("superEvent", "facilityUse", "subEvent", "subEvents"),
    }
)
_NESTED: Final[Mapping[str, frozenset[str]]] = {
    "location": _PLACE,
    "address": _ADDRESS,
    "geo": _PLACE,
    "offers": _OFFER,
    "offer": _OFFER,
    "ageRestriction": _OFFER,
    "ageRange": _OFFER,
    "image": _WORDS,
    "category": _WORDS | {"name"},
    "activity": _WORDS | {"name"},
    "name": _WORDS,
    "description": _WORDS,
    "superEvent": _OWN,
    "facilityUse": _OWN,
    "subEvent": _OWN,
    "subEvents": _OWN,
}


def trim(said: Any, kept: frozenset[str] = _OWN) -> Any:
    """Keep of a value what is read: whoever runs the event, and how to reach them, is dropped."""
    if isinstance(said, Mapping):
        return {
            name: trim(inner, _NESTED.get(name, frozenset())) for name, inner in said.items() if name in kept
        }
    if isinstance(said, list):
        return [trim(each, kept) for each in said[:MOST_SUB_EVENTS]]
    return said


def item_of(said: Any, parent: Any = None) -> Item | None:
    """Give the item of a feed's entry; None when it names none.

    An `id` is unique within a `kind` only, so the ref holds both.
    """
    if not isinstance(said, Mapping) or said.get("state") not in ("updated", "deleted"):
        return None
    kind, number = _name(said.get("kind")), _name(said.get("id"))
    if not kind or not number:
        return None
    order = order_of(said.get("modified"))
    ref = f"{kind}/{number}"
    if said["state"] == "deleted":
        return Item(ref, b"is deleted", None, order=order, deleted=True)
    payload = {"data": trim(said.get("data")), **({"parent": parent} if parent else {})}
    written = json.dumps(payload, sort_keys=True, separators=(",", ":"), default=str)
    return Item(ref, blake2b(written.encode("ascii"), digest_size=16).digest(), payload, order=order)


def _name(said: Any) -> str:
    if isinstance(said, bool) or not isinstance(said, str | int):
        return ""
    written = str(said).strip()
    return written if 0 < len(written) <= 300 and "\x00" not in written else ""


def order_of(modified: Any) -> str | None:
    """Give a `modified` as text that sorts as it does, exact whatever its size; None when it cannot be.

    A number, or text of digits, is padded with zeroes; other text (a timestamp) sorts as it is.
    """
    if isinstance(modified, Decimal):
        if not -_DIGITS < modified.adjusted() < _DIGITS or modified.as_tuple().exponent < -_DIGITS:  # type: ignore[operator]
            return None
        written = f"{modified:f}"
    elif isinstance(modified, str):
        written = modified.strip()
    elif isinstance(modified, int) and not isinstance(modified, bool) and modified < 10**_DIGITS:
        written = str(modified)
    else:
        return None
    if found := re.fullmatch(r"([0-9]{1,40})(?:\.([0-9]{1,80}))?", written, re.ASCII):
        fraction = (found[2] or "").rstrip("0")
        return found[1].zfill(_DIGITS) + (f".{fraction}" if fraction else "")
    is_text = isinstance(modified, str) and 0 < len(written) <= 100
    return written if is_text and written.isascii() and written.isprintable() else None
