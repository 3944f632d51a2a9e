"""What a run counts, from its first page to its last; kept in the run's row with every page."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ITEM_WORDS = ("read", "new", "changed", "unchanged", "withdrawn", "quarantined", "held", "filtered")


@dataclass(slots=True)
class Counts:
    """Counts of items, of the offers and stocks written, and of requests and bytes.

    `items` counts only the kind that makes offers; what completes them is under `details`.
    """

    items: Counter[str] = field(default_factory=Counter)
    details: Counter[str] = field(default_factory=Counter)
    filtered: Counter[str] = field(default_factory=Counter)
    offers: Counter[str] = field(default_factory=Counter)
    stocks: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0

    def copy(self) -> "Counts":
        """Give counts that go on from here without touching these."""
        return self.load(self.dump())

    def from_the_top(self) -> "Counts":
        """Give the counts of a traversal that starts again: what was written stays counted."""
        kept = self.copy()
        for word in ("read", "unchanged", "quarantined", "repeated"):
            del kept.items[word], kept.details[word]
        return kept

    def add(self, other: "Counts") -> None:
        """Add what was counted elsewhere."""
        for name in ("items", "details", "filtered", "offers", "stocks"):
            getattr(self, name).update(getattr(other, name))
        self.requests += other.requests
        self.bytes += other.bytes
        self.seconds += other.seconds

    def dump(self) -> dict[str, Any]:
        """Give the counts as JSON values, every word present."""
        return {
            "items": {word: self.items[word] for word in ITEM_WORDS}
            | {word: number for word, number in self.items.items() if word not in ITEM_WORDS},
            "details": dict(self.details),
            "filtered": dict(self.filtered),
            "offers": {word: self.offers[word] for word in ("created", "updated", "withdrawn")},
            "stocks": {word: self.stocks[word] for word in ("created", "updated", "withdrawn")},
            "requests": self.requests,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
        }

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> "Counts":
        """Give back what `dump` gave."""
        return cls(
            **{
                name: Counter(kept.get(name, {}))
                for name in ("items", "details", "filtered", "offers", "stocks")
            },
            requests=kept.get("requests", 0),
            bytes=kept.get("bytes", 0),
            seconds=kept.get("seconds", 0.0),
        )
