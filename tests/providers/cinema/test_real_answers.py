"""The partners' answers as they were seen, where the corpus is: what its facts say is what is read."""

import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from providers.errors import DataError
from providers.records import OfferRecord, StockRecord
from tests.providers.allocine import theater
from tests.providers.boost import box_office
from tests.providers.cds import account
from tests.providers.cgr import service
from tests.providers.cinema.site import Link, Site, said
from tests.providers.ems import planning

CORPUS = Path(os.environ.get("PASSERELLE_CORPUS", "/nonexistent"))
TICKETING = CORPUS / "ticketing"

pytestmark = pytest.mark.skipif(not TICKETING.is_dir(), reason="PASSERELLE_CORPUS names no corpus")


def answer(name: str) -> Any:
    return json.loads((TICKETING / name).read_text())


def facts(name: str) -> dict[str, Any]:
    return json.loads((CORPUS / "facts.json").read_text())[f"ticketing/{name}"]


def read(link: Link, site: Site, tmp_path: Path, **changes: Any) -> tuple[dict[str, OfferRecord], list[str]]:
    """The offers that are read, and the refs of the films that are not."""
    offers, broken = {}, []
    with link.visiting(site, tmp_path, **changes) as visit:
        for page in link.provider.fetch(visit):
            for item in page.items:
                try:
                    (offers[item.ref],) = link.provider.normalise(item, visit)
                except DataError:
                    broken.append(item.ref)
    return offers, broken


def stocks_of(offers: dict[str, OfferRecord]) -> dict[str, StockRecord]:
    return {stock.ref: stock for offer in offers.values() for stock in offer.stocks}


@pytest.mark.parametrize("name", ["boost/showtimes_page1.json", "boost/showtimes_trimmed.json"])
def test_boost(tmp_path, name):
    told = facts(name)
    office = box_office.office()
    office.refuse = lambda asked: said(answer(name)) if "showtimes" in asked.path else None
    offers, broken = read(box_office.LINK, office, tmp_path, now=datetime(2022, 11, 1, tzinfo=UTC))

    stocks = stocks_of(offers)
    assert (len(offers), broken) == (told["distinct_films"], [])
    assert {ref: stock.remaining for ref, stock in stocks.items()} == told["remaining"]
    assert {ref: stock.starts_at for ref, stock in stocks.items()} == {
        ref: datetime.fromisoformat(start) for ref, start in told["start"].items()
    }
    assert {ref: stocks[ref].price.amount for ref in told["pcu_prices"]} == {
        ref: Decimal(price) for ref, price in told["pcu_prices"].items()
    }
    unpriced = [ref for ref, stock in stocks.items() if stock.price.amount is None]
    assert len(unpriced) == told["shows_without_pricing"]


def test_cds(tmp_path):
    told = facts("cds/shows.json")
    lists = {name: answer(f"cds/{name}.json") for name in ("cinemas", "media", "vouchertype", "shows")}
    site = account.account(**lists)
    for gauge, remaining in (("auto", told["internet_remaining"]), ("salle", told["remaining"])):
        offers, broken = read(
            account.LINK, site, tmp_path, now=datetime(2022, 6, 1, tzinfo=UTC), settings={"gauge": gauge}
        )
        stocks = stocks_of(offers)
        unknown = {str(number) for number in told["shows_with_unknown_media"]}
        assert {ref: stock.remaining for ref, stock in stocks.items()} == {
            ref: seats for ref, seats in remaining.items() if ref not in unknown
        }
        assert len(broken) == len(unknown)
        for ref, stock in stocks.items():
            assert stock.price.amount == Decimal(told["price_by_show"][ref][0])
            assert stock.cancelled is False


def test_cgr(tmp_path):
    name = "cgr/GetSeancesPassCulture_response.xml"
    told = facts(name)
    site = service.service()
    site.refuse = lambda _: (200, {"Content-Type": "text/xml"}, (TICKETING / name).read_bytes())
    offers, broken = read(service.LINK, site, tmp_path, now=datetime(2023, 1, 1, tzinfo=UTC))

    stocks = stocks_of(offers)
    assert (len(offers), broken) == (told["films"], [])
    assert {ref: stock.remaining for ref, stock in stocks.items()} == told["remaining"]
    assert {ref: stock.price.amount for ref, stock in stocks.items()} == {
        ref: Decimal(price) for ref, price in told["prices"].items()
    }


def test_ems(tmp_path):
    name = "ems/schedules_version0.json"
    told = facts(name)
    site = planning.planning()
    site.refuse = lambda _: (200, {}, (TICKETING / name).read_bytes())
    found: dict[str, OfferRecord] = {}
    for number in ("9997", "0063"):
        now = datetime(2023, 7, 1, tzinfo=UTC)
        offers, broken = read(planning.LINK, site, tmp_path, identifier=number, now=now)
        assert broken == []
        found |= offers

    stocks = stocks_of(found)
    assert (len(found), len(stocks)) == (told["films"], told["shows"])
    assert {ref: stock.price.amount for ref, stock in stocks.items()} == {
        ref: Decimal(price) for ref, price in told["prices"].items()
    }
    paris = ZoneInfo("Europe/Paris")
    assert {ref: f"{stock.starts_at.astimezone(paris):%Y%m%d%H%M}" for ref, stock in stocks.items()} == told[
        "start_local"
    ]


@pytest.mark.parametrize("name", ["allocine/movie_showtime_list.json", "allocine/node_tom_et_jerry.json"])
def test_allocine(tmp_path, name):
    told = facts(name)
    document = answer(name)
    if "node" in document:
        document = {"movieShowtimeList": {"totalCount": 1, "edges": [document]}}
    offers, broken = read(
        theater.LINK, theater.theater(document), tmp_path, now=datetime(2019, 1, 1, tzinfo=UTC)
    )

    assert broken == []
    assert sorted(ref[-2:] for ref in offers) == sorted(
        {"DUBBED": "VF", "ORIGINAL": "VO"}[each] for each in told["versions"]
    )
    paris = ZoneInfo("Europe/Paris")
    starts = [
        f"{stock.starts_at.astimezone(paris):%Y-%m-%dT%H:%M:%S}" for stock in stocks_of(offers).values()
    ]
    assert sorted(starts) == told["starts_local"]
    for offer in offers.values():
        hours, minutes = told["runtime"][0][2:].split("H")
        assert int(hours) * 60 + int(minutes.split("M")[0]) == _minutes(offer.description)
        assert offer.image_url.startswith("https://")
        assert "\\" not in offer.image_url


def _minutes(description: str) -> int:
    length = description.partition("Durée\u00a0: ")[2].partition("\n")[0]
    hours, apart, minutes = length.rpartition("\u00a0h\u00a0")
    return int(hours) * 60 + int(minutes) if apart else int(length.removesuffix("\u00a0min"))
