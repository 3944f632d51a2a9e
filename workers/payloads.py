"""Quarantined payloads: an item's payload as JSON bytes, and back, so that it can be tried again."""

import base64
import json
from decimal import Decimal
from typing import Any

LARGEST = 256 * 1024


def dump(payload: Any) -> bytes | None:
    """Give a payload as bytes to keep; None when it is too large or of no kind that can be kept."""
    try:
        kept = json.dumps(_plain(payload), ensure_ascii=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError):
        return None
    return kept if len(kept) <= LARGEST else None


def load(kept: bytes) -> Any:
    """Give back what `dump` kept; tuples come back as lists."""
    return json.loads(kept, object_hook=_rich)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _rich(value: dict[str, Any]) -> Any:
    if value.keys() == {"$bytes"}:
        return base64.b64decode(value["$bytes"])
    if value.keys() == {"$decimal"}:
        return Decimal(value["$decimal"])
    return value
