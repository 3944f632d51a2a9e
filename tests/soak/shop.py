"""Sources that list copies of books, by the stock protocol."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.soak.source import Answer, Source, Spoil
from tests.workers.shop import ean

TITLES = 60
"""Books that the catalogue knows, by the number of their EAN; a shop also lists one that it does not."""


def catalogue_price(number: int) -> str:
    return f"{8 + number % 20}.50"


class Shop(Source):
    """A bookseller's list by the stock protocol; every second shop lists its books in the other order."""

    provider = "stock-api"
    pace = 4.0
    eventful = 2
    full = True
    a_page = 9
    """The most lines that it gives at once, whatever is asked."""

    def __init__(self, number: int, chance: Random) -> None:
        super().__init__(number)
        self.lines: dict[str, tuple[int, str | None, datetime]] = {}
        for each in chance.sample(range(TITLES), 2 * TITLES // 3):
            self._puts(each, chance)
        self._puts(TITLES + number, chance)  # no catalogue knows it
        self.wrong = ean(TITLES + 1_000 + number)[:-1] + "x"

    @property
    def key(self) -> str:
        return self.siret

    @property
    def identifier(self) -> str:
        return f"https://shop-{self.number}.soak.example/stocks"

    def evolve(self, chance: Random) -> None:
        refs = sorted(self.lines)
        what = chance.random()
        if what < 0.5:
            for ref in chance.sample(refs, min(3, len(refs))):
                _, price, _ = self.lines[ref]
                self.lines[ref] = (chance.choice((0, 1, 2, 5, 12)), price, datetime.now(UTC))
        elif what < 0.65:
            self._puts(chance.randrange(TITLES), chance)
        elif what < 0.8 and len(refs) > TITLES // 3:
            del self.lines[chance.choice(refs)]
        elif what < 0.83:
            for ref in chance.sample(refs, len(refs) // 3):
                del self.lines[ref]
        elif what < 0.87:
            for each in range(TITLES):
                if ean(each) not in self.lines:
                    self._puts(each, chance)

    def _puts(self, number: int, chance: Random) -> None:
        euros = None if number % 3 else f"{6 + chance.randrange(12)}.90"
        self.lines[ean(number)] = (chance.choice((0, 1, 2, 5, 12)), euros, datetime.now(UTC))

    def answer(self, address: str, spoil: Spoil) -> Answer:
        asked = dict(parse_qsl(urlsplit(address).query))
        since = asked.get("modifiedSince", "")
        rows: list[dict[str, Any]] = [
            {"ref": ref, "available": available} | ({} if price is None else {"price": float(price)})
            for ref, (available, price, changed) in self.lines.items()
            if not since or changed >= datetime.fromisoformat(since) - timedelta(seconds=1)
        ]
        rows.append({"ref": self.wrong, "available": 1})
        backwards = self.number % 2 == 1
        rows.sort(key=lambda row: str(row["ref"]), reverse=backwards)
        after = asked.get("after", "")
        met = [row for row in rows if after and (row["ref"] >= after if backwards else row["ref"] <= after)]
        start = len(met)
        listed = spoil(rows[start : start + min(self.a_page, int(asked["limit"]))])
        said = {"total": len(rows), "limit": self.a_page, "offset": start, "stocks": listed}
        return Answer("application/json", json.dumps(said).encode())

    def expected(self) -> dict[str, Any]:
        known = {ean(number): number for number in range(TITLES)}
        return {
            ref: {
                "title": f"Livre {known[ref]}",
                "dates": [["", price or catalogue_price(known[ref]), available]],
            }
            for ref, (available, price, _) in self.lines.items()
            if ref in known
        }

    def quarantined(self) -> list[str]:
        return [self.wrong]
