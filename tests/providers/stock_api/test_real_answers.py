"""The answers of real services, where the corpus is: the levels are those that its facts say."""

import json
import os
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from stdnum import ean

from providers.records import StockLevel
from tests.providers.stock_api.service import EMPTY, Service, items, read, visit

CORPUS = Path(os.environ.get("PASSERELLE_CORPUS", "/nonexistent"))
STOCKS = CORPUS / "stocks"

pytestmark = pytest.mark.skipif(not STOCKS.is_dir(), reason="PASSERELLE_CORPUS names no corpus")


@pytest.mark.parametrize(
    ("shop", "unit"), [("provider_api", "euros"), ("sans_prix", "euros"), ("titelive_2018", "centimes")]
)
def test_the_levels_are_those_that_the_facts_say(shop, unit):
    facts = json.loads((CORPUS / "facts.json").read_text())[f"stocks/{shop}"]
    answers = [path.read_bytes() for path in sorted((STOCKS / shop).glob("page*.json"))]
    to = visit(Service(*answers, EMPTY), prices=unit)
    met = items(to)
    assert len(met) == facts["rows"]
    assert len({item.ref for item in met}) == facts["distinct_refs"]

    last = {item.ref: read(item, to) for item in met}
    valid = {ref: said for ref, said in facts["final"].items() if ean.is_valid(ref)}
    assert {ref for ref, found in last.items() if isinstance(found, StockLevel)} == set(valid)
    for ref, said in valid.items():
        cents = Decimal(said["price"] or 0) / (100 if unit == "centimes" else 1)
        price = cents.quantize(Decimal("0.01"), ROUND_HALF_UP) if said["price"] else None
        assert last[ref] == StockLevel(ref, said["available"], price)
    wrong = {found for found in last.values() if isinstance(found, str)}
    assert wrong <= {"ean_check_digit", "level_missing"}
    assert all(last[ref] == "ean_check_digit" for ref in facts["rejected_refs"])
