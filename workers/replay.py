"""Trying quarantined items again, from the payloads that were kept: after our adapter was mended."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from providers.base import Check, Item, Page, Provider, Visit
from providers.records import Detail, LeftOut, OfferRecord, Record
from workers import payloads


class Replayed(Provider[Any]):
    """An adapter whose partner is its quarantine: it lists what was kept there, and nothing else."""

    def __init__(self, adapter: Provider[Any], kept: Sequence[Mapping[str, Any]]) -> None:
        self._adapter = adapter
        self._kept = kept
        for name in ("slug", "label", "family", "version", "traits", "cadence", "limits", "Settings"):
            setattr(self, name, getattr(adapter, name))

    def check(self, visit: Visit[Any]) -> Iterator[Check]:
        return self._adapter.check(visit)

    def fetch(self, visit: Visit[Any]) -> Iterator[Page]:
        items = [
            Item(
                row["ref"],
                blake2b(row["payload"], digest_size=16).digest(),
                payloads.load(row["payload"]),
                row["kind"],
            )
            for row in self._kept
        ]
        asked_at = min((row["asked_at"] for row in self._kept), default=visit.clock())
        yield Page(items, None, asked_at, estimate=len(items), last=True)

    def normalise(self, item: Item, visit: Visit[Any]) -> Sequence[Record]:
        return self._adapter.normalise(item, visit)

    def complete(self, record: OfferRecord, detail: Detail, visit: Visit[Any]) -> OfferRecord | LeftOut:
        return self._adapter.complete(record, detail, visit)
