"""An operator's TiteLive catalogue imported by the engine: day after day, and what it does not list stays."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import redis
from psycopg.types.json import Jsonb

from providers.titelive import PROVIDER
from tests.providers.titelive.epagine import HOSTS, LOGIN, PASSWORD, Epagine, ean, on_loopback, titled, work
from tests.workers.conftest import Scene
from workers.sealing import seal


def day(ago: int) -> str:
    """A day as TiteLive writes it, some days ago in Paris."""
    return f"{datetime.now(ZoneInfo('Europe/Paris')) - timedelta(days=ago):%d/%m/%Y}"


@dataclass
class Catalogue:
    scene: Scene
    epagine: Epagine

    def told(self) -> dict[str, tuple[str, bool]]:
        """EAN → (title, whether the catalogue still tells it)."""
        rows = self.scene.db.execute(
            """SELECT ean, source.record ->> 'title' AS title, withdrawn_at IS NULL AS told
               FROM product_source AS source JOIN product ON product.id = product_id"""
        )
        return {row["ean"]: (row["title"], row["told"]) for row in rows}

    def imports(self, status: str = "succeeded") -> Any:
        self.epagine.asked.clear()
        run = self.scene.run()
        assert run["status"] == status, (run["error_code"], run["detail"])
        return run

    def days_asked(self) -> list[str]:
        return list(dict.fromkeys(asked["dateminm"] for asked in self.epagine.asked))


@pytest.fixture
def catalogue(scene: Scene, services_for_tests: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalogue]:
    for module in ("workers.visits", "workers.endings", "workers.decisions"):
        monkeypatch.setattr(f"{module}.provider", {"titelive": PROVIDER}.__getitem__)
    epagine = Epagine(announced=0)
    with redis.Redis.from_url(services_for_tests.broker_url) as client:
        client.flushdb()  # the hour's requests are for one TiteLive; each test's is another
    with on_loopback(epagine) as address:
        mapped = scene.site.settings.model_copy(update={"host_map": dict.fromkeys(HOSTS, address)})
        scene.site = replace(scene.site, settings=mapped)
        since = datetime.now(ZoneInfo("Europe/Paris")).date() - timedelta(days=3)
        scene.link = scene.db.execute(
            """INSERT INTO link (provider, identifier, settings, secrets, "interval", next_run_at)
               VALUES ('titelive', %s, %s, %s, '1 day', now()) RETURNING id""",
            [LOGIN, Jsonb({"since": since.isoformat()}), seal(mapped, {"password": PASSWORD})],
        ).fetchone()["id"]
        yield Catalogue(scene, epagine)


def test_the_first_run_reads_from_the_day_asked_for_and_the_next_from_the_last_day_over(catalogue):
    catalogue.epagine.days = {day(3): [titled("Le Héron", 1)], day(1): [titled("La Vanne", 2)]}
    first = catalogue.imports()
    assert catalogue.told() == {ean(1): ("Le Héron", True), ean(2): ("La Vanne", True)}
    assert catalogue.scene.counts(first, "read", "new") == [2, 2]
    assert catalogue.days_asked() == [day(3), day(2), day(1), day(0)]

    catalogue.epagine.days = {day(0): [titled("La Vanne bleue", 2), titled("L’Étiage", 3)]}
    later = catalogue.imports()
    assert catalogue.days_asked() == [day(1), day(0)]
    assert catalogue.scene.counts(later, "read", "new", "changed") == [2, 1, 1]
    assert catalogue.told()[ean(1)] == ("Le Héron", True)
    assert catalogue.told()[ean(2)] == ("La Vanne bleue", True)


def test_a_book_that_titelive_gives_up_is_not_told_any_more_and_comes_back_when_it_is(catalogue):
    catalogue.epagine.days = {day(0): [work(1), work(2)]}
    catalogue.imports()
    catalogue.epagine.days = {day(0): [work(1, dispo=9)]}
    catalogue.imports()
    assert {ref: told for ref, (_, told) in catalogue.told().items()} == {ean(1): False, ean(2): True}
    catalogue.epagine.days = {day(0): [work(1)]}
    catalogue.imports()
    assert catalogue.told()[ean(1)][1]


def test_an_article_with_a_wrong_ean_waits_with_its_reason(catalogue):
    catalogue.epagine.days = {day(0): [work(1), work(2, gencod="9782000000014"), work(3, gencod="")]}
    run = catalogue.imports("partial")
    assert catalogue.scene.counts(run, "quarantined", "filtered") == [1, 1]
    assert list(catalogue.told()) == [ean(1)]


def test_refused_credentials_ask_a_person_and_change_nothing(catalogue):
    catalogue.epagine.days = {day(0): [work(1)]}
    catalogue.imports()
    catalogue.epagine.instead = lambda target: (401, {}, b"") if "login" in target else None
    run = catalogue.imports("failed")
    assert run["error_code"] == "credentials_refused"
    assert catalogue.scene.row("link", id=catalogue.scene.link)["state"] == "to_check"
    assert catalogue.told()[ean(1)][1]
