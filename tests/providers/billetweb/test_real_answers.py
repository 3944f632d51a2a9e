"""Billetweb's own examples, where the corpus is: what remains and what it costs is what the facts say."""

import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers.errors import ConfigurationError, RateLimited
from tests.providers.billetweb.counter import Counter, Sells, items_of, stocks_of, visiting

CORPUS = Path(os.environ.get("PASSERELLE_CORPUS", "/nonexistent"))
ANSWERS = CORPUS / "ticketing/billetweb"

pytestmark = pytest.mark.skipif(not ANSWERS.is_dir(), reason="PASSERELLE_CORPUS names no corpus")


def rows(name: str) -> list[dict[str, Any]]:
    return json.loads((ANSWERS / f"{name}.json").read_text())


def test_the_example_is_an_offer_with_what_the_facts_say(tmp_path):
    facts = json.loads((CORPUS / "facts.json").read_text())
    left = facts["ticketing/billetweb/event_dates.json"]["remaining"]
    prices = facts["ticketing/billetweb/event_tickets.json"]["prices"]
    (event,) = rows("events")
    now = datetime(2015, 12, 1, tzinfo=UTC)

    stocks = stocks_of(
        Sells(event, rows("event_dates"), rows("event_tickets")), tmp_path, clock=lambda: now, venue=None
    )

    assert {ref: stock.remaining for ref, stock in stocks.items()} == left
    assert {stock.price.amount for stock in stocks.values()} == {Decimal(price) for price in prices.values()}
    assert [stock.starts_at for stock in stocks.values()] == [datetime(2016, 2, 1, 19, tzinfo=UTC)]


def test_the_refusals_that_were_seen_are_known(tmp_path):
    found = []
    for said in rows("errors"):
        with (
            visiting(Counter(refuse=lambda _, said=said: said), tmp_path) as visit,
            pytest.raises((RateLimited, ConfigurationError)) as refusal,
        ):
            items_of(visit)
        found.append(type(refusal.value))
    assert found == [RateLimited, ConfigurationError]
