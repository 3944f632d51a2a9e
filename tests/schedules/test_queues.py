"""Which queue a provider's background runs wait in."""

import pytest

from models.vocabulary import Queue
from schedules.tick import queue_of


@pytest.mark.parametrize(
    ("slug", "queue"),
    [
        ("openagenda", Queue.AGENDAS),
        ("pretix", Queue.STOCKS),
        ("stock-api", Queue.STOCKS),
        ("csv-stock", Queue.STOCKS),
    ],
)
def test_levels_and_tickets_do_not_wait_behind_agendas_and_catalogues(slug, queue):
    assert queue_of(slug) is queue
