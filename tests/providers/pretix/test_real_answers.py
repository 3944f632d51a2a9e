"""The answers of a real pretix (2026.8), where the corpus is: what remains is what its facts say."""

import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers.base import HintRequest
from providers.pretix import PROVIDER
from tests.providers.pretix.box_office import BoxOffice, Sells, records_of, visiting

CORPUS = Path(os.environ.get("PASSERELLE_CORPUS", "/nonexistent"))
ANSWERS = CORPUS / "ticketing/pretix"

pytestmark = pytest.mark.skipif(not ANSWERS.is_dir(), reason="PASSERELLE_CORPUS names no corpus")


def rows(name: str) -> list[dict[str, Any]]:
    return json.loads((ANSWERS / f"{name}.json").read_text())["results"]


def imported(tmp_path: Path, quotas: str) -> dict[str, Any]:
    concert, festival = rows("events")
    office = BoxOffice()
    office.puts(
        Sells(
            concert,
            [rows("items")[0] | {"id": 5, "default_price": "12.00"}],
            rows("concert_quotas"),
            [],
            None,
        ),
        Sells(festival, rows("items"), rows(quotas), rows("subevents"), None),
    )
    now = datetime(2026, 11, 23, tzinfo=UTC)
    with visiting(office, tmp_path, clock=lambda: now, venue=None) as visit:
        return records_of(visit)


@pytest.mark.parametrize("quotas", ["quotas_with_availability", "quotas_after_order"])
def test_what_remains_is_what_the_facts_say(tmp_path, quotas):
    facts = json.loads((CORPUS / "facts.json").read_text())
    told = facts[f"ticketing/pretix/{quotas}.json"]["effective_availability"]

    festival = imported(tmp_path, quotas)["ecluse/festival"]

    stocks = {stock.ref: stock for stock in festival.stocks}
    assert {ref: stock.remaining for ref, stock in stocks.items()} == {
        ref: told[f"item=3,subevent={ref}"] for ref in ("2", "3", "4", "5")
    }
    assert [ref for ref, stock in stocks.items() if stock.cancelled] == ["5"]
    assert [stock.price.amount for stock in stocks.values()] == [Decimal(30), *[Decimal(25)] * 3]


def test_a_single_event_has_what_its_quota_leaves(tmp_path):
    concert = imported(tmp_path, "quotas_with_availability")["ecluse/concert"]
    (stock,) = concert.stocks
    assert (stock.ref, stock.remaining, stock.starts_at) == (
        "concert",
        5,
        datetime(2027, 3, 28, 2, 30, tzinfo=UTC),
    )
    assert stock.booking_limit_at == datetime(2027, 3, 27, 2, tzinfo=UTC)


def test_every_delivery_of_a_webhook_points_at_its_event():
    deliveries = json.loads((ANSWERS / "webhook_deliveries.json").read_text())
    hints = [PROVIDER.hint(HintRequest({}, each["body"].encode())) for each in deliveries]
    assert hints == [frozenset({"th2/festival"})] * len(deliveries)
