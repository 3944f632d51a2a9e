"""Pages of public feeds and of the specification, where the corpus is: what they become is what the facts say."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from providers.records import PRICE_NOT_SAID, UNKNOWN, OfferRecord
from providers.rpde import PROVIDER
from tests.providers.rpde.open_feed import Site, visiting

CORPUS = Path(os.environ.get("PASSERELLE_CORPUS", "/nonexistent"))
FEEDS = CORPUS / "ticketing/rpde"
ADDRESS = "https://www.example.com/rpde"
LAST = {"next": "http://www.example.com/last", "items": []}

pytestmark = pytest.mark.skipif(not FEEDS.is_dir(), reason="PASSERELLE_CORPUS names no corpus")


def imported(name: str, tmp_path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the last item of each ref, and what those became that are still there."""
    page = json.loads((FEEDS / f"{name}.json").read_text())
    site = Site()
    site.pages = {ADDRESS: page, page["next"]: {**LAST, "next": page["next"]}}
    clock = datetime(2016, 1, 1, tzinfo=UTC)
    visit = visiting(site, tmp_path, identifier=ADDRESS, venue=None, clock=lambda: clock)
    pages = list(PROVIDER.fetch(visit))
    assert pages[-1].last
    items = {item.ref: item for each in pages for item in each.items}
    records = {}
    for ref, item in items.items():
        if not item.deleted and item.payload["data"].get("name"):
            records[ref] = PROVIDER.normalise(item, visit)[0]
    return items, records


@pytest.mark.parametrize("name", ["single_item", "multiple_items", "last_page", "spec_example_page"])
def test_the_items_of_a_page_are_those_of_the_facts(tmp_path, name):
    facts = json.loads((CORPUS / "facts.json").read_text())[f"ticketing/rpde/{name}.json"]
    items, _ = imported(name, tmp_path)
    assert {ref.partition("/")[2]: item.deleted for ref, item in items.items()} == {
        number: said == "deleted" for number, said in facts["final_ids"].items()
    }
    assert max((int(item.order) for item in items.values()), default=None) == facts["max_modified"]


def test_a_class_is_an_offer_with_its_date_its_places_not_said_and_its_pounds_not_taken_for_euros(tmp_path):
    items, records = imported("single_item", tmp_path)
    ((ref, record),) = records.items()
    said = items[ref].payload["data"]
    (session,) = said["subEvent"]
    assert isinstance(record, OfferRecord)
    (stock,) = record.stocks
    assert record.title == said["name"]
    assert (record.place.name, record.place.latitude) == (
        said["location"]["name"],
        float(said["location"]["geo"]["latitude"]),
    )
    assert stock.starts_at == datetime.fromisoformat(session["startDate"])
    assert stock.ends_at == datetime.fromisoformat(session["endDate"])
    assert (stock.remaining, stock.price) == (UNKNOWN, PRICE_NOT_SAID)
    assert said["offer"]["priceCurrency"] == "GBP"
    assert "@" not in repr(record)
