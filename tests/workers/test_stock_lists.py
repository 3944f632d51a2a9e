"""Levels from a stock service and from a shop's file, imported by the engine."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import redis

from providers import base
from providers.csv_stock import PROVIDER as CSV_STOCK
from providers.lines import Lines
from providers.stock_api import PROVIDER as STOCK_API
from tests.loopback import serving
from tests.workers.conftest import Scene
from tests.workers.shop import ScriptedCatalogue, book, ean

SIRET = "73282932000074"


@dataclass
class Till:
    """A shop's system: `rows` as the service lists them a page at a time, `file` as it exports it."""

    scene: Scene
    rows: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    file: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    ignores_after: bool = False
    page_lines: int = 2
    style: Mapping[str, Any] = field(default_factory=dict)

    def answer(self, path: str) -> bytes:
        parts = urlsplit(path)
        if parts.path.endswith(".csv"):
            return self.file.encode("cp1252")
        asked = dict(parse_qsl(parts.query))
        assert parts.path == f"/stocks/{SIRET}"
        self.asked.append(asked)
        rows = self.changed if "modifiedSince" in asked else self.rows
        refs = [row.get("ref") for row in rows]
        start = refs.index(asked["after"]) + 1 if "after" in asked and not self.ignores_after else 0
        stocks = rows[start : start + self.page_lines]
        return json.dumps({"total": len(rows), "stocks": stocks}, **self.style).encode()

    def run(self, **columns: Any) -> Mapping[str, Any]:
        return self.scene.run(**columns)

    def reasons(self) -> dict[str, str]:
        return {row["ref"]: row["code"] for row in self.scene.rows("quarantine")}


@pytest.fixture
def till(scene: Scene, monkeypatch: pytest.MonkeyPatch, services_for_tests: Any) -> Iterator[Till]:
    with redis.Redis.from_url(services_for_tests.broker_url) as client:
        client.flushdb()
    adapters: dict[str, base.Provider[Any]] = {
        "stock-api": STOCK_API,
        "csv-stock": CSV_STOCK,
        "scripted-catalogue": ScriptedCatalogue(scene.shelf),
    }
    for module in ("workers.visits", "workers.endings", "workers.decisions", "schedules.tick"):
        monkeypatch.setattr(f"{module}.provider", adapters.__getitem__)
    scene.db.execute("UPDATE venue SET siret = %s", [SIRET])
    till = Till(scene)

    with serving(lambda asked: (200, {}, till.answer(asked.target))) as address:
        host_map = {"till.example": address}
        scene.site = replace(
            scene.site, settings=scene.site.settings.model_copy(update={"host_map": host_map})
        )
        scene.shelf.books = [book(number) for number in range(1, 8)]
        scene.run(scene.new_catalogue())
        yield till


def row(number: int, available: Any, **more: Any) -> dict[str, Any]:
    return {"ref": ean(number), "available": available, **more}


@pytest.fixture
def service(till: Till) -> Till:
    till.scene.link = till.scene.new_link("stock-api", "https://till.example/stocks")
    return till


def test_a_service_is_read_whole_then_by_its_changes_and_whole_again_a_day_later(service):
    service.rows = [row(1, 3, price=12.9), row(2, 1), row(3, 0), row(4, -2), row(5, 4)]
    began = datetime.now(UTC) - timedelta(seconds=1)
    run = service.run()
    assert run["status"] == "partial", run["detail"]
    assert [asked.get("after") for asked in service.asked] == [None, ean(2), ean(4), ean(5)]
    assert service.scene.copies() == {
        "Livre 1": (3, Decimal("12.90"), True),
        "Livre 2": (1, Decimal("12.50"), True),
        "Livre 5": (4, Decimal("12.50"), True),
    }
    assert service.reasons() == {ean(4): "level_negative"}

    service.asked.clear()
    service.changed = [row(2, 6), row(1, 0)]
    service.run()
    (since,) = {asked["modifiedSince"] for asked in service.asked}
    assert f"{began:%Y-%m-%dT%H:%M:%SZ}" <= since <= f"{run['first_request_at']:%Y-%m-%dT%H:%M:%SZ}"
    assert {title: copies for title, (copies, _, _) in service.scene.copies().items()} == {
        "Livre 1": 0,
        "Livre 2": 6,
        "Livre 5": 4,
    }

    service.scene.db.execute("UPDATE link SET full_at = full_at - interval '28 hours'")
    service.rows = [row(1, 0), row(2, 6), row(4, 2)]
    run = service.run()
    assert (run["status"], run["mode"]) == ("succeeded", "full")
    assert [title for title, (_, _, active) in service.scene.copies().items() if not active] == ["Livre 5"]
    assert service.reasons() == {}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_became_of_a_list_its_last_state_is_what_is_shown(service, monkeypatch, seed):
    told: list[int | None] = []

    def beside(lines: Lines, refs: Sequence[str], texts: Sequence[str]) -> Any:
        found = glance(lines, refs, texts)
        told.append(None if found is None else len(found))
        return found

    glance = Lines.beside
    monkeypatch.setattr(Lines, "beside", beside)
    service.scene.shelf.books = [book(number) for number in range(1, 61)]
    service.scene.run(service.scene.row("link", provider="scripted-catalogue")["id"])
    chance = Random(seed)
    service.page_lines = 12
    listed = dict.fromkeys(range(1, 41), 5)
    for _ in range(12):
        for number in chance.sample(sorted(listed), chance.choice([0, 1, 3, 20])):
            listed[number] = chance.randint(1, 30)
        what = chance.choice(["comes", "goes", "same", "same", "same", "written otherwise"])
        if what == "comes":
            listed = {chance.randint(41, 60): 7} | listed
        elif what == "goes":
            del listed[chance.choice(sorted(listed))]
        elif what == "written otherwise":
            service.style = {} if service.style else {"indent": 1}
        service.rows = [row(number, available) for number, available in listed.items()]
        run = service.run(mode="full", queue="stocks", trigger="schedule")
        assert run["status"] == "succeeded", run["detail"]
        shown = {title: copies for title, (copies, _, active) in service.scene.copies().items() if active}
        assert shown == {f"Livre {number}": available for number, available in listed.items()}
    assert None in told, "no page took a reading"
    assert any(told), "no page was told by a glance"


def test_a_service_that_repeats_itself_withdraws_nothing(service):
    service.rows = [row(1, 3), row(2, 1), row(3, 2)]
    service.run()
    service.ignores_after = True
    run = service.run(mode="full")
    assert (run["status"], run["error_code"]) == ("failed", "after_ignored")
    assert all(active for _, _, active in service.scene.copies().values())


def test_a_row_without_reference_is_counted_and_keeps_what_is_not_listed(service):
    service.rows = [row(1, 3), row(2, 1)]
    service.run()
    service.rows = [row(1, 3), {"available": 1}]
    run = service.run(mode="full")
    assert run["status"] == "partial"
    assert list(service.reasons().values()) == ["ref_missing"]
    assert all(active for _, _, active in service.scene.copies().values())


def test_a_file_is_read_and_what_leaves_it_leaves_the_shelf(till):
    till.scene.link = till.scene.new_link("csv-stock", "https://till.example/export/stock.csv")
    lines = [f"{ean(number)};{number};{number},50 €" for number in (1, 2, 3)]
    till.file = "\r\n".join(["Code barre;Qté;Prix TTC", *lines, "CARTE-10;5;10", ""])
    run = till.run()
    assert run["status"] == "succeeded", (run["error_code"], run["detail"])
    assert run["counters"]["filtered"] == {"no_ean": 1}
    assert (
        till.scene.copies()["Livre 2"] == (2, Decimal("2.50"), False)
        or till.scene.copies()["Livre 2"][0] == 2
    )

    till.file = till.file.replace(lines[1] + "\r\n", "")
    run = till.run()
    assert run["status"] == "succeeded", (run["error_code"], run["detail"])
    assert [title for title, (_, _, active) in till.scene.copies().items() if not active] == ["Livre 2"]


def test_a_file_of_changes_and_one_with_rounded_eans_withdraw_nothing(till):
    for settings, line in (({"contents": "changes"}, ""), ({}, "9,78E+12;1;5\n")):
        till.scene.link = till.scene.new_link(
            "csv-stock", f"https://till.example/{len(line)}/stock.csv", **settings
        )
        till.file = f"EAN;Stock;Prix\n{ean(1)};3;5\n{ean(2)};3;5\n"
        till.run()
        till.file = f"EAN;Stock;Prix\n{ean(1)};1;5\n{line}"
        till.run()
        assert all(active for _, _, active in till.scene.copies().values())
