"""A bookshop and its page: it uploads its stock file, and the operator's catalogue knows some of its books."""

import json
import re
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient

from tests.web.page.conftest import Venue
from tests.workers.shop import ean

FORM = "/importer/csv-stock"


def told(number: int, title: str = "", price: str | None = "12.50", **words: Any) -> dict[str, Any]:
    """A record as a catalogue's import would keep it."""
    money = {"price": {"amount": price, "certainty": "certain"}} if price else {}
    return {
        "record": "ProductRecord",
        "ean": ean(number),
        "title": title or f"Livre {number}",
        "contributors": [{"name": "Ana Vaubréal"}, {"name": "Paul Rive", "role": "translator"}],
        "publisher": "Éditions du Bac",
        "published": "2029-03-14",
        "form": "paper",
        "cover_url": f"https://couvertures.example/{number}.jpg",
        **money,
        **words,
    }


def picture(red: int = 36, green: int = 71, blue: int = 107) -> bytes:
    """A cover, of one colour: a PNG."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 80, 120, 8, 2, 0, 0, 0)
    lines = (b"\0" + bytes((red, green, blue)) * 80) * 120
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", head),
            chunk(b"IDAT", zlib.compress(lines)),
            chunk(b"IEND", b""),
        )
    )


def csv(*rows: tuple[Any, ...]) -> bytes:
    """A stock file: a row is (number or code, copies) or (number or code, copies, price)."""
    lines = [
        ";".join(map(str, (ean(code) if isinstance(code, int) else code, *rest))) for code, *rest in rows
    ]
    return "\n".join(["EAN;Stock;Prix", *lines]).encode("cp1252")


@dataclass
class Bookshop:
    venue: Venue

    def catalogue_tells(self, *records: dict[str, Any]) -> None:
        for record in records:
            self.venue.db.execute(
                "INSERT INTO product (ean, record) VALUES (%s, %s::jsonb)"
                " ON CONFLICT (ean) DO UPDATE SET record = excluded.record",
                [record["ean"], json.dumps(record)],
            )

    def uploads(
        self, content: bytes, *, browser: TestClient | None = None, name: str = "stock.csv", **answers: str
    ) -> Any:
        """Send the form with a file; gives the answer."""
        browser = browser or self.venue.opened()
        page = self.venue.home + FORM
        return browser.post(
            f"{page}/fichier",
            data={"jeton": token(browser.get(page).text), "etape": "verifier", "contents": "snapshot"}
            | answers,
            files={"fichier": (name, content, "text/csv")},
        )

    def imports(self, *rows: tuple[Any, ...], name: str = "stock.csv") -> int:
        """Upload a file, look at what it would bring, import it; gives the run."""
        browser = self.venue.opened()
        trial = self.uploads(csv(*rows), browser=browser, name=name)
        assert trial.status_code == 200, trial.text
        return self.presses_import(browser, trial.text)

    def presses_import(self, browser: TestClient, screen: str) -> int:
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', screen)
        answer = browser.post(self.venue.home + FORM, data=dict(fields) | {"etape": "importer"})
        assert "/importations/" in str(answer.url), answer.text
        return int(str(answer.url).rpartition("/")[2])

    @property
    def link(self) -> int:
        return self.venue.rows("link", provider="csv-stock")[0]["id"]

    def see(self, path: str = "") -> str:
        answer = self.venue.opened().get(self.venue.home + path)
        assert answer.status_code == 200, answer.text
        return answer.text


def token(screen: str) -> str:
    return re.search(r'name="jeton" value="([^"]+)"', screen)[1]
