"""A list of 20,000 lines as a shop exports it, where the corpus is: the levels are those of its facts."""

import json
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from tests.providers.csv_stock.shop import levels

CORPUS = Path(os.environ.get("PASSERELLE_CORPUS", "/nonexistent"))
EXPORT = CORPUS / "books/csv/stock_20k_cp1252.csv"

pytestmark = pytest.mark.skipif(not EXPORT.is_file(), reason="PASSERELLE_CORPUS names no corpus")


def test_the_levels_are_those_that_the_facts_say(tmp_path):
    facts = json.loads((CORPUS / "facts.json").read_text())["books/csv/stock_20k_cp1252.csv"]
    met = levels(EXPORT.read_bytes(), tmp_path)
    good = {ref: said for ref, said in met.items() if isinstance(said, tuple)}
    wrong = Counter(said for said in met.values() if isinstance(said, str))
    told = facts["last_wins_hyphens_removed"]["negatives_rejected"]
    assert len(good) == told["refs"]
    assert sum(available for available, _ in good.values()) == told["sum_available"]
    assert sum(available > 0 for available, _ in good.values()) == told["in_stock"]
    assert wrong == {
        "level_negative": facts["negative_quantities_on_valid_eans"],
        "ean_scientific": facts["scientific_notation_rows"],
        "ean_check_digit": facts["bad_check_digit_rows"],
    }
    assert all(price is None or price == price.quantize(Decimal("0.01")) for _, price in good.values())
