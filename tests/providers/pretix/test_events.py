"""What an event becomes: its dates, its words, its place; and what is left out."""

from datetime import UTC, datetime

import pytest

from models.vocabulary import Reason, TitleSays
from providers.base import Item
from providers.errors import DataError
from providers.pretix import PROVIDER
from providers.records import LeftOut
from tests.providers.pretix.box_office import (
    BoxOffice,
    Sells,
    date,
    days,
    event,
    items_of,
    quota,
    series,
    shape,
    sold_by,
    stocks_of,
    visiting,
)


def test_a_series_is_one_offer_with_a_stock_a_date(tmp_path):
    dates = [
        date(11, date_from="2030-03-31T00:30:00Z", date_to="2030-03-31T02:00:00+02:00"),
        date(12, date_from="2030-03-31T03:30:00+02:00", date_to=None),
        date(13, date_from=days(40), active=False),
    ]
    stocks = stocks_of(
        Sells(series(), quotas=[quota(20 + n, n, subevent=n) for n in (11, 12, 13)], dates=dates), tmp_path
    )
    assert stocks["11"].starts_at == datetime(2030, 3, 31, 0, 30, tzinfo=UTC)
    assert stocks["11"].ends_at is None  # it ends before it begins
    assert stocks["12"].starts_at == datetime(2030, 3, 31, 1, 30, tzinfo=UTC)
    assert [stock.remaining for stock in stocks.values()] == [11, 12, 13]
    assert [stock.cancelled for stock in stocks.values()] == [False, False, True]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"live": False}, Reason.NOT_ON_SALE),
        ({"testmode": True}, Reason.NOT_ON_SALE),
        ({"is_public": False}, Reason.NOT_ON_SALE),
        ({"all_sales_channels": False, "limit_sales_channels": ["resellers"]}, Reason.NOT_ON_SALE),
        ({"presale_start": days(3)}, Reason.NOT_ON_SALE),
        ({"date_from": days(-2)}, Reason.OVER),
        ({"date_from": days(-2), "date_to": days(-1)}, Reason.OVER),
        ({"has_subevents": True}, Reason.NO_UPCOMING_DATE),
    ],
)
def test_what_is_not_on_sale_is_seen_and_left_out(tmp_path, changes, reason):
    assert sold_by(Sells(event(**changes)), tmp_path) == LeftOut("ecluse/bateliers", reason)


def test_what_sells_nothing_costs_no_further_request(tmp_path):
    office = BoxOffice()
    office.puts(Sells(event("ferme", live=False)), Sells(event("passe", date_from=days(-9))))
    with visiting(office, tmp_path) as visit:
        assert set(items_of(visit)) == {"ecluse/ferme", "ecluse/passe"}
    assert len(office.asked) == 1


def test_a_series_without_dates_to_come_costs_one(tmp_path):
    office = BoxOffice()
    office.puts(Sells(series(), dates=[date(11, date_from=days(-9))]))
    with visiting(office, tmp_path) as visit:
        items_of(visit)
    assert len(office.asked) == 2


def test_dates_that_are_hidden_over_or_not_yet_sold_are_not_listed(tmp_path):
    dates = [
        date(11),
        date(12, is_public=False),
        date(13, presale_start=days(1)),
        date(14, date_from=days(-1)),
        date(15, date_from=days(-1), date_to=days(1)),
    ]
    quotas = [quota(n + 10, 5, subevent=n) for n in range(11, 16)]
    assert list(stocks_of(Sells(series(), quotas=quotas, dates=dates), tmp_path)) == ["11", "15"]


def test_words_are_french_where_there_is_french_and_plain(tmp_path):
    record = sold_by(Sells(event()), tmp_path)
    assert (record.title, record.description) == ("Les Bateliers", "Une nuit sur le canal.")
    assert record.image_url == "https://pretix.eu/media/pub/ecluse/bateliers.jpg"
    assert sold_by(Sells(event(name={"de": "Die Schiffer", "en": "Bargemen"})), tmp_path).title == "Bargemen"
    assert sold_by(Sells(event(name={"nl": "De Schippers", "fr": " "})), tmp_path).title == "De Schippers"
    assert sold_by(Sells(event(name="ANNULÉ : Les Bateliers")), tmp_path).title_says is TitleSays.CANCELLED


def test_nothing_personal_is_kept(tmp_path):
    office = BoxOffice()
    settings = shape("settings", frontpage_text={"fr": "Écrire à jeanne@example.org ou au 06 12 34 56 78"})
    dated = date(11, comment="Jeanne, 06 12 34 56 78")
    office.puts(Sells(series(), dates=[dated], quotas=[quota(21, subevent=11)], settings=settings))
    with visiting(office, tmp_path) as visit:
        (kept,) = items_of(visit).values()
        (record,) = PROVIDER.normalise(kept, visit)
    assert "billets@example.org" not in repr(kept.payload)
    assert "Jeanne, 06" not in repr(kept.payload)
    assert record.description == "Écrire à … ou au …"


def test_settings_that_the_key_may_not_read_are_asked_for_once_and_missed(tmp_path):
    office = BoxOffice()
    office.puts(Sells(event("a"), settings=None), Sells(event("b"), settings=None))
    with visiting(office, tmp_path) as visit:
        items = items_of(visit)
        assert [PROVIDER.normalise(each, visit)[0].description for each in items.values()] == ["", ""]
    assert sum("settings" in each for each in office.asked) == 1


@pytest.mark.parametrize(
    ("changes", "city"),
    [
        ({}, None),
        ({"location": None}, None),
        ({"location": {"fr": "Salle du Lavoir\n3 rue Haute\n21200 Beaune"}}, "Beaune"),
        ({"location": {"fr": "Salle du Lavoir"}, "geo_lat": 47.3201, "geo_lon": 5.0399}, None),
    ],
)
def test_a_place_is_told_where_it_is_not_the_venue(tmp_path, changes, city):
    place = sold_by(Sells(event(**changes)), tmp_path).place
    assert (place and place.city) == city
    if place:
        assert (place.name, place.postal_code) == ("Salle du Lavoir", "21200")


def test_an_event_that_is_not_one_costs_itself(tmp_path):
    office = BoxOffice()
    office.puts(Sells(event("a", date_from="demain")), Sells(event("b")))
    with visiting(office, tmp_path) as visit:
        items = items_of(visit)
        with pytest.raises(DataError) as refusal:
            PROVIDER.normalise(items["ecluse/a"], visit)
        assert PROVIDER.normalise(items["ecluse/b"], visit)
    assert refusal.value.code == "not_an_event"


def test_an_event_without_name_is_put_aside(tmp_path):
    with pytest.raises(DataError, match="without a name"):
        sold_by(Sells(event(name={"fr": "  "})), tmp_path)


def test_a_sale_changes_the_fingerprint_and_an_untouched_event_keeps_it(tmp_path):
    def fingerprint(left, **changes):
        office = BoxOffice()
        office.puts(Sells(event(presale_end=days(2)), quotas=[quota(21, left)]))
        with visiting(office, tmp_path, **changes) as visit:
            return next(iter(items_of(visit).values())).fingerprint

    first = fingerprint(10)
    assert fingerprint(9) != first
    assert fingerprint(10, clock=lambda: datetime(2030, 1, 3, 11, tzinfo=UTC)) == first
    assert fingerprint(10, clock=lambda: datetime(2030, 1, 3, 13, tzinfo=UTC)) != first  # presale over


def test_a_replayed_payload_reads_as_it_did(tmp_path):
    from workers import payloads  # noqa: PLC0415

    office = BoxOffice()
    office.puts(Sells(event(geo_lat=48.1, geo_lon=2.3)))
    with visiting(office, tmp_path) as visit:
        (kept,) = items_of(visit).values()
        again = Item(kept.ref, b"", payloads.load(payloads.dump(kept.payload)))
        assert PROVIDER.normalise(again, visit) == PROVIDER.normalise(kept, visit)
