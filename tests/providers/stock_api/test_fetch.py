"""What is asked of a stock service, page by page, and where a traversal goes on."""

import json

import pytest

from providers.base import provider
from providers.errors import DataError
from providers.records import StockLevel
from providers.stock_api import LARGE, PROVIDER
from tests.providers.stock_api.service import (
    E1,
    E2,
    E3,
    E4,
    E5,
    EMPTY,
    FIXTURES,
    NOW,
    SERVICE,
    SIRET,
    Service,
    answer,
    items,
    paging,
    read,
    row,
    visit,
)

LIST = [row(ref, number) for number, ref in enumerate((E1, E2, E3, E4, E5))]


def pages(to):
    return list(PROVIDER.fetch(to))


def test_the_provider_is_found_by_its_slug():
    assert provider("stock-api") is PROVIDER


def test_a_list_is_read_in_pages_until_an_empty_one():
    service = Service(*((FIXTURES / f"page_{number}.json").read_bytes() for number in (1, 2, 3)))
    to = visit(service)
    found = pages(to)
    assert service.urls == [f"{SERVICE}/{SIRET}"] * 3
    assert service.asked == [
        {"limit": "1000"},
        {"limit": "1000", "after": "2-00-000002-9"},
        {"limit": "1000", "after": E5},
    ]
    assert [[item.ref for item in page.items] for page in found] == [[E1, E2, E3], [E4, E5], []]
    assert [page.last for page in found] == [False, False, True]
    assert [page.estimate for page in found] == [5, 5, None]
    assert not any(page.unidentified for page in found)
    assert found[0].requested_at == NOW
    records = [read(item, to) for page in found for item in page.items]
    assert [(each.ref, each.available, str(each.price)) for each in records if isinstance(each, StockLevel)] == [
        (E1, 4, "12.90"),
        (E2, 0, "None"),
        (E3, 7, "8.00"),
        (E4, 1, "None"),
        (E5, 2, "5.51"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "end", [b"", b" \r\n", EMPTY, b"{}", b'{"stocks": null}', b'{"total":"null","stocks":[ ]}']
)
def test_an_empty_list_or_an_empty_body_is_the_end(end):
    found = pages(visit(Service(answer(*LIST), end)))
    assert [(len(page.items), page.last) for page in found] == [(5, False), (0, True)]


def test_a_shop_without_books_is_a_complete_answer():
    (page,) = pages(visit(Service(b"")))
    assert (page.last, len(page.items)) == (True, 0)


# --- changes ---


def test_the_next_traversal_asks_for_what_changed_since_this_one_began():
    service = Service(paging(LIST))
    last = pages(visit(service))[-1]
    assert last.cursor == {"since": "2030-01-15T12:30:45Z"}

    changes = Service(answer(row(E3, 9)), EMPTY)
    found = pages(visit(changes, cursor=last.cursor))
    assert [asked.get("modifiedSince") for asked in changes.asked] == ["2030-01-15T12:30:45Z"] * 2
    assert changes.asked[1]["after"] == E3
    assert found[-1].cursor == {"since": "2030-01-15T12:30:45Z"}  # this stand-in's clock begins anew


@pytest.mark.parametrize("first", [1, 2, 3])
@pytest.mark.parametrize("since", ["", "2030-01-14T00:00:00Z"])
def test_it_goes_on_after_any_page(first, since):
    start = {"since": since} if since else None
    whole = Service(paging(LIST))
    found = pages(visit(whole, cursor=start))
    rest = Service(paging(LIST))
    again = pages(visit(rest, cursor=json.loads(json.dumps(found[first - 1].cursor))))
    assert rest.asked == whole.asked[first:]
    assert [list(page.items) for page in again] == [list(page.items) for page in found[first:]]
    assert again[-1].cursor == found[-1].cursor
    assert not any(page.restarted for page in again)


# --- the cursor is over raw rows ---


def test_a_page_whose_rows_are_all_invalid_does_not_end_the_run():
    bad = [row("abc", 1), row(E2, -1), {"ref": " 42 "}]
    service = Service(answer(row(E1)), answer(*bad), answer(row(E5)), EMPTY)
    to = visit(service)
    found = {item.ref: read(item, to) for item in items(to)}
    assert [asked.get("after") for asked in service.asked] == [None, E1, " 42 ", E5]
    assert found[E2] == "level_negative"
    assert isinstance(found[E5], StockLevel)


def test_rows_that_name_nothing_are_passed_over_by_the_cursor_and_nothing_unseen_is_taken_for_gone():
    service = Service(answer(row(E1), row(E2), {"available": 3}, row(None), row("")), EMPTY)
    to = visit(service)
    found = pages(to)
    assert service.asked[1]["after"] == E2
    assert found[-1].unidentified
    assert [read(item, to) for item in found[0].items][2:] == ["ref_missing"] * 3


def test_what_named_nothing_is_not_forgotten_when_a_run_goes_on_later():
    (first, *_) = pages(visit(Service(answer(row(E1), {"available": 3}), EMPTY)))
    assert pages(visit(Service(EMPTY), cursor=first.cursor))[-1].unidentified


def test_a_page_without_any_reference_is_as_far_as_we_come():
    found = pages(visit(Service(answer(row(E1)), answer({"available": 3}, row(None)))))
    assert [(len(page.items), page.last, page.unidentified) for page in found] == [
        (1, False, False),
        (2, True, True),
    ]


def test_a_list_without_any_reference_is_none():
    with pytest.raises(DataError) as raised:
        pages(visit(Service(answer({"available": 3}))))
    assert raised.value.code == "no_refs"


@pytest.mark.parametrize(
    "answers",
    [
        [answer(*LIST[:2])],  # the same bytes
        [answer(*LIST[:2], total=total) for total in (5, 4, 3)],  # a stamp in it changes
        [answer(*LIST[:2]), answer(row(E3), *LIST[:2])],  # the same last row
        [answer(*LIST[:2]), answer(row(E3), row(E4)), answer(row(E1), row(E5))],  # round and round
        [answer(row(E1)), answer(row(E2)), answer(row(E3)), answer(row(E2))],  # round, beside the first
    ],
)
def test_a_service_that_takes_no_notice_of_after_is_an_error(answers):
    with pytest.raises(DataError) as raised:
        pages(visit(Service(*answers)))
    assert raised.value.code == "after_ignored"
    assert "«\u00a0after\u00a0»" in raised.value.sentence


def test_after_is_seen_to_be_ignored_when_a_run_goes_on_later():
    (first, *_) = PROVIDER.fetch(visit(Service(paging(LIST))))
    with pytest.raises(DataError) as raised:
        pages(visit(Service(answer(*LIST[:2], total=5)), cursor=first.cursor))
    assert raised.value.code == "after_ignored"


def test_a_service_that_repeats_the_row_asked_after_is_followed():
    found = pages(visit(Service(answer(row(E1), row(E2)), answer(row(E2), row(E3)), EMPTY)))
    assert [item.ref for page in found for item in page.items] == [E1, E2, E2, E3]


@pytest.mark.parametrize("total", [0, 1, 99, "null", None, -3, True, "9" * 5000, 10**12, 2.5])
def test_a_total_that_lies_changes_nothing(total):
    found = pages(visit(Service(answer(*LIST, total=total), EMPTY)))
    assert [(len(page.items), page.last) for page in found] == [(5, False), (0, True)]
    assert found[0].estimate in {None, 5, 99}


def test_an_answer_of_a_whole_shop_at_once_becomes_several_pages():
    rows = [row(f"{9_780_000_000_000 + number}", 3, title="x" * 400) for number in range(4_500)]
    body = answer(*rows)
    assert len(body) > LARGE
    found = pages(visit(Service(body, EMPTY)))
    assert [len(page.items) for page in found] == [1000, 1000, 1000, 1000, 500, 0]
    cursors = [json.dumps(page.cursor) for page in found]
    assert len(set(cursors)) == len(cursors)
    again = Service(body, EMPTY)
    assert len(next(PROVIDER.fetch(visit(again, cursor=found[1].cursor))).items) == 1000
    assert again.asked[0] == {"limit": "1000"}
    assert len({item.ref for page in found for item in page.items}) == 4_500
