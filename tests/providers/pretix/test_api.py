"""What reaches the wire and what comes back: paging, refusals, waiting, hints, a traversal cut in two."""

import json
from dataclasses import replace

import pytest

from providers.base import HintRequest
from providers.errors import ConfigurationError, DataError, RateLimited, TransientError
from providers.pretix import PROVIDER
from providers.records import OfferRecord
from tests.providers.pretix.box_office import (
    NOW,
    BoxOffice,
    Sells,
    date,
    event,
    items_of,
    quota,
    records_of,
    series,
    visiting,
)


def long_series(number: int, slug: str = "saison") -> Sells:
    dates = [date(each) for each in range(1, number + 1)]
    return Sells(
        series(slug), dates=dates, quotas=[quota(each, each, subevent=each) for each in range(1, number + 1)]
    )


def test_a_long_series_is_read_page_by_page_with_the_quotas_of_its_dates(tmp_path):
    office = BoxOffice()
    office.puts(long_series(120))
    with visiting(office, tmp_path) as visit:
        (record,) = records_of(visit).values()
    assert isinstance(record, OfferRecord)
    assert [stock.remaining for stock in record.stocks] == list(range(1, 121))
    asked = [each for each in office.asked if "/quotas/" in each]
    assert len(asked) == 3
    assert all(each.count("%2C") < 50 and "with_availability=true" in each for each in asked)
    assert not any("page=4" in each for each in office.asked)


def test_the_key_goes_to_the_address_that_was_given_and_nowhere_else(tmp_path):
    office = BoxOffice()
    office.puts(long_series(60))  # its `next` names http://internal
    with visiting(office, tmp_path) as visit:
        assert items_of(visit)


def test_a_list_that_loses_a_row_while_it_is_read_is_read_again_later(tmp_path):
    office = BoxOffice(most=2)
    office.puts(*(Sells(event(f"e{number}", live=False)) for number in range(5)))

    def loses_one(target: str) -> None:
        if "page=2" in target:
            office.sells.pop("e0", None)

    office.refuse = loses_one
    with visiting(office, tmp_path) as visit, pytest.raises(TransientError) as refusal:
        items_of(visit)
    assert refusal.value.code == "listing_moved"


def test_a_page_that_is_gone_is_a_list_that_moved(tmp_path):
    office = BoxOffice(most=2)
    office.puts(*(Sells(event(f"e{number}", live=False)) for number in range(3)))

    def loses_two(target: str) -> None:
        if "page=2" in target:
            office.sells.pop("e0", None)
            office.sells.pop("e1", None)

    office.refuse = loses_two
    with visiting(office, tmp_path) as visit, pytest.raises(TransientError):
        items_of(visit)


def test_an_empty_organiser_is_an_empty_complete_traversal(tmp_path):
    with visiting(BoxOffice(), tmp_path) as visit:
        (page,) = PROVIDER.fetch(visit)
    assert (list(page.items), page.last) == ([], True)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": "x" * 64}, "key_refused"),
        ({"identifier": "https://pretix.eu/autre"}, "shop_not_found"),
        ({"identifier": "https://pretix.eu/ecluse/absent"}, "shop_not_found"),
    ],
)
def test_a_refusal_is_said_in_french_and_never_quotes_the_key(tmp_path, changes, code):
    with visiting(BoxOffice(), tmp_path, **changes) as visit, pytest.raises(ConfigurationError) as refusal:
        items_of(visit)
    assert refusal.value.code == code
    assert "x" * 64 not in str(refusal.value) + refusal.value.sentence + repr(visit)


def test_a_429_is_waited_out_as_told(tmp_path):
    office = BoxOffice()
    office.puts(Sells(event()))
    refusals = [(429, {"Retry-After": "2"}, b"")]
    office.refuse = lambda target: refusals.pop() if "/items/" in target and refusals else None
    with visiting(office, tmp_path) as visit:
        assert len(items_of(visit)) == 1
    office.refuse = lambda target: (429, {"Retry-After": "3600"}, b"") if "/items/" in target else None
    with visiting(office, tmp_path) as visit, pytest.raises(RateLimited) as refusal:
        items_of(visit)
    assert refusal.value.retry_at is not None


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"results": {}}', b'{"count": 1, "results": [null]}'])
def test_what_is_not_pretix_costs_the_run_and_withdraws_nothing(tmp_path, body):
    office = BoxOffice(refuse=lambda _: (200, {"Content-Type": "application/json"}, body))
    with visiting(office, tmp_path) as visit, pytest.raises(DataError):
        items_of(visit)


def test_a_traversal_goes_on_after_the_last_event_that_was_read(tmp_path):
    office = BoxOffice()
    office.puts(Sells(event("a")), Sells(event("b", live=False)), Sells(event("c")), Sells(event("d")))
    with visiting(office, tmp_path) as visit:
        pages = list(PROVIDER.fetch(visit))
        assert [[item.ref for item in page.items] for page in pages] == [
            ["ecluse/b"],
            ["ecluse/a"],
            ["ecluse/c"],
            ["ecluse/d"],
        ]
        assert [page.last for page in pages] == [False, False, False, True]
        assert all(page.requested_at == NOW and page.estimate == 4 for page in pages)
        for number, page in enumerate(pages):
            rest = list(PROVIDER.fetch(replace(visit, cursor=page.cursor)))
            assert [item.ref for each in rest[1:] for item in each.items] == [
                item.ref for each in pages[number + 1 :] for item in each.items
            ]
            assert rest[-1].last


def test_an_event_link_reads_that_event_only(tmp_path):
    office = BoxOffice()
    office.puts(Sells(event("bateliers")), Sells(event("autre")))
    with visiting(office, tmp_path, identifier="https://pretix.eu/ecluse/bateliers") as visit:
        assert list(items_of(visit)) == ["ecluse/bateliers"]
    assert not any("autre" in each or "/events/?" in each for each in office.asked)


def test_a_hinted_visit_reads_what_was_hinted_and_skips_what_is_gone(tmp_path):
    office = BoxOffice()
    office.puts(Sells(event("a")), Sells(event("b")))
    only = frozenset({"ecluse/b", "ecluse/gone", "autre/a", "ecluse/../b", "ecluse/.."})
    with visiting(office, tmp_path, only=only) as visit:
        assert list(items_of(visit)) == ["ecluse/b"]
    assert not any("/events/a/" in each for each in office.asked)


def hint(body: object) -> frozenset[str] | None:
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    return PROVIDER.hint(HintRequest({}, written))


@pytest.mark.parametrize(
    "what",
    [
        {"code": "JK3BJ", "action": "pretix.event.order.placed"},
        {"subevent": 3, "action": "pretix.subevent.changed"},
        {"item": 7, "action": "pretix.event.quota.changed"},  # the quota's id
        {"action": "pretix.event.live.deactivated"},
    ],
)
def test_a_thin_webhook_points_at_its_event(what):
    assert hint({"notification_id": 8, "organizer": "ecluse", "event": "bateliers", **what}) == {
        "ecluse/bateliers"
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        [],
        {"action": "pretix.giftcards.created", "issuer_slug": "ecluse"},
        {"action": "charge.succeeded", "organizer": "a", "event": "b"},
        {"action": "pretix.event.added", "organizer": 1, "event": ["b"]},
    ],
)
def test_an_unknown_shape_is_no_hint(body):
    assert hint(body) is None
