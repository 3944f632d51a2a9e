"""A stand-in for TiteLive on loopback: its token, its search by day, its files, and their refusals."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from providers.base import Item, Page, Visit
from providers.http import PoliteClient
from providers.records import ProductRecord, Record
from providers.titelive import PROVIDER
from providers.titelive.settings import TiteliveSettings
from tests.loopback import serving

FIXTURES = Path(__file__).parent / "fixtures"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LOGIN, PASSWORD = "librairie@example.org", "vanne-bleue-7"
FOLDER = "https://fichiers.example/livre3_19/"
HOSTS = ("login.epagine.fr", "catsearch.epagine.fr", "fichiers.example")

Answer = tuple[int, dict[str, str], bytes]


def ean(number: int) -> str:
    """A book's EAN of our own making, with a right check digit."""
    digits = f"97820{number:07}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def work(number: int = 1, /, **changes: Any) -> dict[str, Any]:
    """A work with one article, as the API writes it; changes are the article's."""
    written = json.loads((FIXTURES / "work.json").read_text())
    written["id"] = number
    written["article"]["1"] |= {"gencod": ean(number), **changes}
    return written


def titled(title: str, number: int = 1, **changes: Any) -> dict[str, Any]:
    return work(number, **changes) | {"titre": title}


def line(layout: str, /, **changes: str) -> str:
    """A line of a `.tit` file; `layout` is the number of its columns, changes are by column number."""
    fields = (FIXTURES / f"{layout}.tit").read_bytes().decode("iso-8859-1").strip("\r\n").split("~")
    for column, value in changes.items():
        fields[int(column.removeprefix("c"))] = value
    return "~".join(fields)


def tit(*lines: str) -> bytes:
    return "".join(f"{each}\r\n" for each in lines).encode("iso-8859-1")


def said(status: int, document: Any) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(document).encode()


@dataclass
class Epagine:
    """What was modified on which day, and what it was asked; `instead` answers in its place.

    A page holds `size` works, fewer where `gaps` says so; `announced` is what it claims to find.
    Tokens last for `lasts` searches.
    """

    days: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    signed_in: int = 0
    size: int = 2
    gaps: dict[int, int] = field(default_factory=dict)
    announced: Any = 50_000
    lasts: int = 1_000_000
    instead: Callable[[str], Answer | None] = lambda _: None
    folder_key: str = ""
    _left: int = 0

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        parts = urlsplit(target)
        if given := self.instead(target):
            return given
        if method == "POST":
            return self._token(parts.path, body)
        if parts.path == "/v1/search":
            return self._search(dict(parse_qsl(parts.query)), headers.get("authorization", ""))
        self.fetched.append(parts.path)
        if self.folder_key and headers.get("authorization") != self.folder_key:
            return 401, {}, b""
        held = self.files.get(parts.path.rpartition("/")[2])
        return (404, {}, b"") if held is None else (200, {"Content-Type": "text/plain"}, held)

    def _token(self, path: str, body: bytes) -> Answer:
        if path != f"/v1/login/{LOGIN}/token" or json.loads(body) != {"password": PASSWORD}:
            return said(401, {"title": "Unauthorized"})
        self.signed_in += 1
        self._left = self.lasts
        return said(200, {"token": f"jeton-numero-{self.signed_in}"})

    def _search(self, asked: dict[str, str], authorization: str) -> Answer:
        self.asked.append(asked)
        if self._left < 1 or authorization != f"Bearer jeton-numero-{self.signed_in}":
            return said(401, {"title": "Expired token"})
        self._left -= 1
        rows = self.days.get(asked["dateminm"], [])
        if part := asked.get("dispo"):
            rows = [row for row in rows if str(row["article"]["1"]["dispo"]) == part]
        number = int(asked["page"])
        some = rows[(number - 1) * self.size : number * self.size][self.gaps.get(number, 0) :]
        return said(
            200,
            {
                "type": 1,
                "magid": "6505",
                "nombre": int(asked["nombre"]),
                "page": asked["page"],
                "result": deepcopy(some),
                "suggestions": [],
                "nbreponses": self.announced,
                "changeEncodingTo": "UTF-8",
            },
        )


def on_loopback(epagine: Epagine) -> AbstractContextManager[str]:
    """Serve it; gives the base address."""
    return serving(lambda asked: epagine.answer(asked.method, asked.target, asked.headers, asked.body))


@contextmanager
def visiting(epagine: Epagine, spool: Path, **changes: Any) -> Iterator[Visit[TiteliveSettings]]:
    """A visit over the real client; the settings are what else is given, since yesterday if nothing is."""
    values = {name: changes.pop(name) for name in ("identifier", "clock", "cursor") if name in changes}
    values = {"identifier": LOGIN, "clock": lambda: NOW, **values}
    settings = TiteliveSettings(**{"password": PASSWORD, "since": "2026-11-22", **changes})
    with (
        on_loopback(epagine) as address,
        PoliteClient(host_map=dict.fromkeys(HOSTS, address), sleep=lambda _: None) as client,
    ):
        yield Visit(settings=settings, http=client, spool=spool, **values)


def pages_of(epagine: Epagine, spool: Path, **changes: Any) -> list[Page]:
    with visiting(epagine, spool, **changes) as visit:
        return list(PROVIDER.fetch(visit))


def items_of(pages: list[Page]) -> list[Item]:
    return [item for page in pages for item in page.items]


def refs_of(pages: list[Page]) -> list[str]:
    return [item.ref for item in items_of(pages)]


def became(item: Item) -> Record:
    """What an item becomes; the visit has no part in it."""
    (record,) = PROVIDER.normalise(item, None)  # type: ignore[arg-type]
    return record


def product(item: Item) -> ProductRecord:
    record = became(item)
    assert isinstance(record, ProductRecord), record
    return record
