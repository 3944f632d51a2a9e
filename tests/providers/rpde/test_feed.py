"""How a feed is read: its order, its end, what was filtered or deleted, where `next` may lead."""

from datetime import timedelta

import pytest

from providers.errors import DataError
from providers.rpde import PROVIDER
from providers.rpde.feed import canonical, next_address
from providers.rpde.shapes import order_of
from tests.providers.rpde.open_feed import (
    HOME,
    NOW,
    Feed,
    Site,
    deleted,
    items_of,
    pages_of,
    session,
    updated,
    visiting,
)


def three() -> Site:
    return Site(updated("a", session(), 1), updated("b", session(), 1), updated("c", session(), 2))


def broken(site, tmp_path, **changes):
    with pytest.raises(DataError) as refusal:
        pages_of(site, tmp_path, **changes)
    return refusal.value.code


def test_a_feed_is_read_to_the_empty_page_that_leads_to_itself(tmp_path):
    pages = pages_of(three(), tmp_path)
    assert [[item.ref for item in page.items] for page in pages] == [
        ["ScheduledSession/a", "ScheduledSession/b"],
        ["ScheduledSession/c"],
        [],
    ]
    assert [page.last for page in pages] == [False, False, True]
    assert pages[-1].cursor == {"next": f"{HOME}?afterTimestamp=2&afterId=c", "read_at": NOW.isoformat()}


def test_a_feed_that_was_read_goes_on_at_its_end(tmp_path):
    site = three()
    end = pages_of(site, tmp_path)[-1].cursor
    site.asked.clear()
    assert items_of(site, tmp_path, cursor=end) == []
    assert site.asked == [end["next"]]
    site.feed.entries += [deleted("a", 3)]
    (item,) = items_of(site, tmp_path, cursor=end)
    assert (item.ref, item.deleted, item.payload) == ("ScheduledSession/a", True, None)


def test_a_traversal_goes_on_after_each_page(tmp_path):
    site = three()
    pages = pages_of(site, tmp_path)
    for number, page in enumerate(pages):
        rest = pages_of(site, tmp_path, cursor=page.cursor)
        read = [item.ref for each in rest for item in each.items]
        assert read == [item.ref for each in pages[number + 1 :] for item in each.items]
        assert rest[-1].last
        assert not any(each.restarted for each in rest)


@pytest.mark.parametrize(("days", "restarts"), [(6.9, False), (7, True), (30, True)])
def test_a_cursor_older_than_seven_days_reads_all(tmp_path, days, restarts):
    site = three()
    cursor = pages_of(site, tmp_path)[0].cursor
    pages = pages_of(site, tmp_path, cursor=cursor, clock=lambda: NOW + timedelta(days=days))
    assert pages[0].restarted is restarts
    assert not any(page.restarted for page in pages[1:])
    assert sum(len(page.items) for page in pages) == (3 if restarts else 1)


@pytest.mark.parametrize(
    "cursor", [{"next": HOME}, {"next": 3, "read_at": NOW.isoformat()}, {"read_at": "hier"}, {"after": "x"}]
)
def test_a_cursor_that_makes_no_sense_reads_all(tmp_path, cursor):
    pages = pages_of(three(), tmp_path, cursor=cursor)
    assert pages[0].restarted
    assert sum(len(page.items) for page in pages) == 3


def test_a_page_that_was_filtered_empty_is_not_the_end(tmp_path):
    site = three()
    site.feed.shows = lambda each: each["id"] == "c"
    pages = pages_of(site, tmp_path)
    assert [[item.ref for item in page.items] for page in pages] == [[], ["ScheduledSession/c"], []]


def test_an_empty_feed_is_an_empty_complete_traversal(tmp_path):
    (page,) = pages_of(Site(), tmp_path)
    assert (list(page.items), page.last) == ([], True)


def test_an_item_seen_twice_is_ranked_by_its_modified(tmp_path):
    site = three()
    site.pages[HOME] = {"next": f"{HOME}?p=2", "items": [updated("a", session(), 9007199254740993)]}
    site.pages[f"{HOME}?p=2"] = {
        "next": f"{HOME}?p=3",
        "items": [updated("a", session(), "9007199254740992")],
    }
    site.pages[f"{HOME}?p=3"] = {"next": f"{HOME}?p=3", "items": []}
    newer, older = items_of(site, tmp_path)
    assert newer.ref == older.ref
    assert newer.order > older.order


def test_modified_sorts_as_text_whatever_its_size_and_form():
    rising = [0, 1, "2", 10, 99, "100", 1453931101, 2**53, 2**53 + 1, str(2**53 + 2), 2**63, 10**39]
    orders = [order_of(each) for each in rising]
    assert orders == sorted(orders)
    assert len(set(orders)) == len(orders)
    assert order_of(7) == order_of("7") == order_of("007")
    stamps = ["2030-01-01T00:00:00Z", "2030-01-01T00:00:01Z", "2031-01-01T00:00:00Z"]
    assert [order_of(each) for each in stamps] == stamps


def test_a_modified_with_decimals_sorts_too(tmp_path):
    from decimal import Decimal  # noqa: PLC0415

    rising = [Decimal("1.5"), 2, Decimal("2.25"), Decimal("2.5"), "2.75", 3, Decimal("1E+2")]
    orders = [order_of(each) for each in rising]
    assert orders == sorted(orders)


@pytest.mark.parametrize("modified", [None, True, "", "é", "x" * 200, [], {}, 10**41, -1, "1\x00"])
def test_a_modified_that_cannot_rank_leaves_the_order_of_arrival(modified):
    assert order_of(modified) is None


def test_ids_are_unique_within_a_kind_only(tmp_path):
    site = Site(updated(7, session(), kind="ScheduledSession"), updated("7", session(), 2, kind="Event"))
    assert [item.ref for item in items_of(site, tmp_path)] == ["ScheduledSession/7", "Event/7"]


@pytest.mark.parametrize(
    "entry",
    [None, "x", [], {}, {"state": "updated", "kind": "Event"}, deleted(None), deleted("a", kind=None),
     {**deleted("a"), "state": "moved"}, deleted(True), deleted("")],
)  # fmt: skip
def test_an_entry_that_names_nothing_lets_nothing_be_taken_for_gone(tmp_path, entry):
    site = Site()
    site.pages[HOME] = {"next": f"{HOME}?p=2", "items": [entry, updated("b", session())]}
    site.pages[f"{HOME}?p=2"] = {"next": f"{HOME}?p=2", "items": []}
    pages = pages_of(site, tmp_path)
    assert [item.ref for page in pages for item in page.items] == ["ScheduledSession/b"]
    assert pages[-1].last
    assert pages[-1].unidentified
    assert pages_of(site, tmp_path, cursor=pages[0].cursor)[-1].unidentified  # also when it goes on later


def test_a_large_page_is_cut_and_left_only_after_its_last_part(tmp_path):
    site = Site(*(updated(f"{n:04}", session(), n) for n in range(1_100)))
    site.feed.size = 5_000
    pages = pages_of(site, tmp_path)
    assert [len(page.items) for page in pages] == [500, 500, 100, 0]
    assert [page.cursor["next"] == HOME for page in pages] == [True, True, False, False]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (HOME, None),
        (f"{HOME}?p=2", HOME),
        (f"{HOME}?p=2", f"{HOME}?p=2"),
        (f"{HOME}?p=2", "http://www.data.filature.example:80/rpde/scheduled-sessions/"),
    ],
)
def test_pages_that_lead_in_a_circle_are_found_out(tmp_path, first, second):
    site = Site()
    site.pages[HOME] = {"next": first, "items": [updated("a", session())]}
    site.pages[f"{HOME}?p=2"] = {"next": second, "items": [updated("b", session())]}
    assert broken(site, tmp_path) == "feed_loops"


def test_empty_pages_that_lead_in_a_circle_are_no_end(tmp_path):
    site = Site()
    site.pages[HOME] = {"next": f"{HOME}?p=2", "items": []}
    site.pages[f"{HOME}?p=2"] = {"next": HOME, "items": []}
    assert broken(site, tmp_path) == "feed_loops"


@pytest.mark.parametrize(
    ("following", "leads_to"),
    [
        (
            "https://data.filature.example/x?afterId=%7Ba%7D",
            "https://data.filature.example/x?afterId=%7Ba%7D",
        ),
        ("http://data.filature.example/x", "http://data.filature.example/x"),  # the client asks over https
        ("/x?a=1", "https://data.filature.example/x?a=1"),
        ("?a=1", f"{HOME}?a=1"),
        ("next-page", "https://data.filature.example/rpde/next-page"),
        ("//data.filature.example/x", "https://data.filature.example/x"),
        ("https://www.data.filature.example/x", "https://www.data.filature.example/x"),
        ("http://localhost:5000/x?a=1", "https://data.filature.example/x?a=1"),
        ("http://10.0.0.7/x", "https://data.filature.example/x"),
        ("http://feeds.internal:8080/x", "https://data.filature.example/x"),
    ],
)
def test_next_is_followed_as_given_on_the_feed_s_own_site(following, leads_to):
    assert next_address(HOME, HOME, following) == leads_to


@pytest.mark.parametrize(
    ("following", "code"),
    [
        ("https://evil.example/x", "next_elsewhere"),
        ("https://data.filature.example.evil.example/x", "next_elsewhere"),
        ("https://data.filature.example:8443/x", "next_elsewhere"),
        ("https://data.filature.example@evil.example/x", "next_elsewhere"),
        ("file:///etc/passwd", "not_rpde"),
        ("javascript:alert(1)", "not_rpde"),
        ("https://[", "not_rpde"),
        ("https://data.filature.example:port/x", "not_rpde"),
        ("https://data.filature.example/" + "x" * 5_000, "not_rpde"),
    ],
)
def test_next_that_leads_elsewhere_is_not_followed(tmp_path, following, code):
    site = Site()
    site.pages[HOME] = {"next": following, "items": [updated("a", session())]}
    assert broken(site, tmp_path) == code
    assert site.asked == [HOME]


@pytest.mark.parametrize(
    "said",
    [
        b"<html>",
        b"",
        [],
        "x",
        {},
        {"items": []},
        {"items": {}, "next": HOME},
        {"items": [], "next": ""},
        {"items": [], "next": 3},
    ],
)
def test_what_is_no_page_costs_the_run_and_withdraws_nothing(tmp_path, said):
    site = Site()
    site.pages[HOME] = said
    assert broken(site, tmp_path) in {"not_rpde", "not_json"}


def test_spellings_of_one_address_are_one():
    assert canonical("https://A.example/x?b=%7B1%7D&a=") == canonical("http://www.a.example:80/x/?a=&b={1}")
    assert canonical("https://a.example/x?b=1") != canonical("https://a.example/x?b=2")


def test_an_unchanged_item_keeps_its_fingerprint_whatever_its_modified_and_its_organiser(tmp_path):
    def fingerprint(data, modified=1):
        (item,) = items_of(Site(updated("a", data, modified)), tmp_path)
        return item.fingerprint

    first = fingerprint(session())
    assert fingerprint(session(), 9) == first
    assert fingerprint(session(organizer={"name": "Autre"})) == first
    assert fingerprint(session(remainingAttendeeCapacity=7)) != first


def test_a_deleted_item_has_no_record(tmp_path):
    site = Site(deleted("a"))
    (item,) = items_of(site, tmp_path)
    with pytest.raises(DataError):
        PROVIDER.normalise(item, visiting(site, tmp_path))


def test_a_feed_by_change_number_is_followed_too(tmp_path):
    site = Site()
    site.feed = site.feeds[HOME] = Feed([updated("a", session(), 3)])
    site.pages[HOME] = {"next": f"{HOME}?afterChangeNumber=3", "items": [updated("a", session(), 3)]}
    site.pages[f"{HOME}?afterChangeNumber=3"] = {"next": f"{HOME}?afterChangeNumber=3", "items": []}
    assert len(items_of(site, tmp_path)) == 1
