"""What an opportunity costs the public, and until when it is sold."""

from datetime import UTC, datetime

import pytest

from models.vocabulary import Certainty
from providers.records import PRICE_NOT_SAID
from tests.providers.rpde.open_feed import offer, series, session, stock_of


@pytest.mark.parametrize(
    ("offers", "amount"),
    [
        ([offer("12.50")], "12.50"),
        (offer(12), "12.00"),
        ([offer(20, "Adult"), offer(10, "Child"), offer(15, "Adult member")], "20.00"),
        ([offer(20, "Adult non-member"), offer(15, "Adult member")], "20.00"),
        ([offer(9, "Concession"), offer(14, "")], "14.00"),
        ([offer(30, "Junior", ageRestriction={"maxValue": 15}), offer(14, "A")], "14.00"),
        ([offer(30, "A", ageRange={"minValue": 60}), offer(14, "B")], "14.00"),
        ([offer(0, priceCurrency=None)], "0.00"),
    ],
)
def test_the_price_is_the_public_s(tmp_path, offers, amount):
    price = stock_of(session(offers=offers), tmp_path).price
    assert (str(price.amount), price.certainty) == (amount, Certainty.CERTAIN)


@pytest.mark.parametrize(
    "offers",
    [
        [offer(priceCurrency="GBP")],
        [offer(priceCurrency=None)],
        [offer(None)],
        [offer("douze")],
        [offer(-1)],
        [offer(True)],
    ],
)
def test_a_price_that_is_not_told_in_euros_is_not_guessed(tmp_path, offers):
    assert stock_of(session(offers=offers), tmp_path).price == PRICE_NOT_SAID


def test_what_is_free_says_so(tmp_path):
    free = session(superEvent=series(offers=None, isAccessibleForFree=True))
    assert stock_of(free, tmp_path).price.amount == 0
    assert stock_of(session(superEvent=series(offers=None)), tmp_path).price == PRICE_NOT_SAID


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        ({"validThroughBeforeStartDate": "PT2H"}, datetime(2030, 2, 1, 16, 30, tzinfo=UTC)),
        ({"validThroughBeforeStartDate": "P1DT30M"}, datetime(2030, 1, 31, 18, tzinfo=UTC)),
        ({"validThrough": "2030-01-31T12:00:00+01:00"}, datetime(2030, 1, 31, 11, tzinfo=UTC)),
        ({"validThrough": "bientôt"}, None),
        ({}, None),
    ],
)
def test_a_booking_limit_follows_the_start(tmp_path, changes, limit):
    assert stock_of(session(offers=[offer(**changes)]), tmp_path).booking_limit_at == limit
