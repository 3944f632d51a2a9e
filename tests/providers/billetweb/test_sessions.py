"""The dates of an event: what is left of each, and when it is, whatever Billetweb writes."""

from datetime import UTC, datetime

import pytest

from models.vocabulary import Reason
from providers.errors import DataError
from providers.records import UNKNOWN, LeftOut
from tests.providers.billetweb.counter import (
    ECLUSE,
    NOW,
    REUNION,
    Sells,
    avail,
    date,
    event,
    series,
    sold_by,
    stocks_of,
    ticket,
)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"quota": "100", "total_sales": "12"}, 88),
        ({"quota": 100, "total_sales": 12}, 88),
        ({"quota": "100", "total_sales": "100"}, 0),  # sold out
        ({"quota": "100", "total_sales": "104"}, -4),  # oversold
        ({"quota": "100", "total_sales": "-3"}, 100),
        ({"quota": "-1", "total_sales": "12"}, None),  # unlimited
        ({"quota": False, "total_sales": "12"}, None),
        ({"quota": "0", "total_sales": "0"}, UNKNOWN),  # no gauge, or none left: not told
        ({"quota": "", "total_sales": "12"}, UNKNOWN),
        ({"quota": None, "total_sales": "12"}, UNKNOWN),
        ({"quota": "100", "total_sales": ""}, UNKNOWN),
        ({"quota": "beaucoup", "total_sales": "1"}, UNKNOWN),
        ({"quota": True, "total_sales": "1"}, UNKNOWN),
    ],
)
def test_what_is_left_of_a_session_is_its_gauge_less_its_sales(tmp_path, said, left):
    assert stocks_of(Sells(series(), [date(**said)]), tmp_path)["910"].remaining == left


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ([avail("31", "40")], 40),
        ([avail("31", 40), avail(None, "25", "event")], 25),  # the whole room has less
        ([avail("31", "-1")], None),  # « Illimité »
        ([avail("31", "-1"), avail(None, "7", "event")], 7),
        ([avail("31", "-4")], -4),  # oversold
        ([avail("31", "0"), avail(None, "-1", "event")], 0),
        ([avail("32", "3")], UNKNOWN),  # of another tariff only
        ([avail("7", "9", "category", name="Balcon")], UNKNOWN),
        ([avail("31", "bientôt")], UNKNOWN),
        ([], UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_an_event_of_a_single_date_has_what_avail_tells(tmp_path, told, left):
    stocks = stocks_of(Sells(event(), avail=told), tmp_path)
    assert {ref: stock.remaining for ref, stock in stocks.items()} == {"48213": left}


def test_a_category_bounds_its_own_seats(tmp_path):
    told = [avail("31", "40"), avail("5", "3", "category", name="Balcon")]
    sold = Sells(event(), [], [ticket(category="Balcon")], told)
    assert stocks_of(sold, tmp_path)["48213"].remaining == 3


def test_a_disabled_session_is_cancelled(tmp_path):
    stocks = stocks_of(Sells(series(), [date("910"), date("911", disabled="1")]), tmp_path)
    assert {ref: stock.cancelled for ref, stock in stocks.items()} == {"910": False, "911": True}


def test_a_moved_session_keeps_its_ref(tmp_path):
    (before,) = stocks_of(Sells(series(), [date("910")]), tmp_path).values()
    (after,) = stocks_of(Sells(series(), [date("910", "2030-02-08 20:30:00")]), tmp_path).values()
    assert before.ref == after.ref
    assert before.starts_at != after.starts_at


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2030-02-01 20:30:00", datetime(2030, 2, 1, 19, 30, tzinfo=UTC)),
        ("2030-07-01 20:30", datetime(2030, 7, 1, 18, 30, tzinfo=UTC)),
        ("2030-07-01T20:30:00", datetime(2030, 7, 1, 18, 30, tzinfo=UTC)),
        ("2030-03-31 02:30:00", datetime(2030, 3, 31, 1, 30, tzinfo=UTC)),  # skipped: an hour later, 3.30
        ("2030-10-27 02:30:00", datetime(2030, 10, 27, 0, 30, tzinfo=UTC)),  # comes twice: the first
    ],
)
def test_times_are_those_of_paris(tmp_path, written, instant):
    (stock,) = stocks_of(Sells(series(), [date(start=written)]), tmp_path).values()
    assert stock.starts_at == instant


@pytest.mark.parametrize(
    ("venue", "times", "hour"),
    [(REUNION, "paris", 19), (REUNION, "lieu", 16), (ECLUSE, "lieu", 19), (None, "lieu", 19)],
)
def test_a_venue_overseas_may_say_that_the_hours_are_its_own(tmp_path, venue, times, hour):
    (stock,) = stocks_of(Sells(series(), [date()]), tmp_path, venue=venue, times=times).values()
    assert stock.starts_at == datetime(2030, 2, 1, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize("nothing", ["0000-00-00 00:00:00", "0000-00-00", "", None])
def test_an_event_without_a_date_is_left_out(tmp_path, nothing):
    assert sold_by(Sells(event(start=nothing, end=nothing)), tmp_path) == LeftOut("48213", Reason.NO_DATE)


@pytest.mark.parametrize("dates", [[], [date(start="0000-00-00 00:00:00")]])
def test_a_series_without_a_session_to_come_is_left_out(tmp_path, dates):
    assert sold_by(Sells(series(), dates), tmp_path) == LeftOut("48213", Reason.NO_UPCOMING_DATE)


def test_what_is_over_is_not_listed_and_an_event_that_is_over_is_left_out(tmp_path):
    dates = [date("909", "2030-01-14 20:30:00"), date("910")]
    assert list(stocks_of(Sells(series(), dates), tmp_path)) == ["910"]
    assert sold_by(Sells(series(), dates[:1]), tmp_path) == LeftOut("48213", Reason.OVER)
    going_on = date("908", "2030-01-15 10:00:00") | {"end": "2030-01-15 18:00:00"}
    assert list(stocks_of(Sells(series(), [going_on]), tmp_path)) == ["908"]


def test_an_end_before_its_start_is_no_end(tmp_path):
    stocks = stocks_of(Sells(event(end="2030-02-01 19:00:00")), tmp_path)
    assert stocks["48213"].ends_at is None


@pytest.mark.parametrize(
    "written", ["demain", "2030-13-01 20:00:00", "2030-02-30", "0012-01-01 00:00:00", 12, {}]
)
def test_an_unreadable_date_puts_the_event_aside(tmp_path, written):
    with pytest.raises(DataError) as refusal:
        sold_by(Sells(series(), [date() | {"start": written}]), tmp_path)
    assert refusal.value.code == "unreadable_date"


def test_a_session_s_own_name_is_its_label(tmp_path):
    dates = [date("910", name="Visite libre"), date("911", name="LES BATELIERS")]
    assert [each.label for each in stocks_of(Sells(series(), dates), tmp_path).values()] == [
        "Visite libre",
        "",
    ]


@pytest.mark.parametrize(
    ("dates", "tickets"),
    [
        ([date(), None], [ticket()]),
        ([date(), date("91 0")], [ticket()]),
        ({"message": "oups", "code": 12}, [ticket()]),
        ([date()], {"message": "oups"}),
        ([date()], [ticket("32", "Tarif réduit", 9), ticket() | {"id": None}]),
    ],
)
def test_what_no_number_names_puts_the_event_aside_and_takes_nothing_from_it(tmp_path, dates, tickets):
    with pytest.raises(DataError) as refusal:
        sold_by(Sells(series(), dates, tickets), tmp_path)
    assert refusal.value.code == "unreadable_list"


def test_php_s_lists_with_gaps_are_lists(tmp_path):
    sold = Sells(series(), {"3": date("910"), "7": date("911")}, {"1": ticket()})
    assert list(stocks_of(sold, tmp_path)) == ["910", "911"]


def test_a_sale_changes_the_fingerprint_and_time_does_only_where_something_turns(tmp_path):
    from tests.providers.billetweb.counter import Counter, items_of, visiting  # noqa: PLC0415

    def fingerprint(sales="12", now=NOW):
        counter = Counter()
        counter.puts(Sells(series(), [date(total_sales=sales)]))
        with visiting(counter, tmp_path, clock=lambda: now) as visit:
            return items_of(visit)["48213"].fingerprint

    assert fingerprint() == fingerprint(now=datetime(2030, 1, 20, tzinfo=UTC))
    assert fingerprint() != fingerprint("13")
    assert fingerprint() != fingerprint(now=datetime(2030, 2, 2, tzinfo=UTC))
