"""Whatever the entry, it is an item or none, and its item is read or put aside; nothing else is ever raised."""

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from providers.base import Item, Visit
from providers.errors import DataError
from providers.http import PoliteClient
from providers.records import LeftOut, OfferRecord, dump, load
from providers.rpde import PROVIDER
from providers.rpde.feed import next_address
from providers.rpde.settings import RpdeSettings
from providers.rpde.shapes import item_of, order_of
from tests.providers.rpde.open_feed import FILATURE, HOME, NOW, series, session, updated

TO = Visit(HOME, RpdeSettings(), lambda: NOW, PoliteClient(), Path("/nonexistent"), FILATURE)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["2030-02-01T19:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2030-02-01",
                       "PT45M", "P9999W", "1e9", "https://a.example/b", "https://[", "schema:EventCancelled", "20300201"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["name", "url", "@id", "price", "startDate", "geo", "latitude", "@value", "x"]), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


def read(payload: object) -> None:
    try:
        (record,) = PROVIDER.normalise(Item("Event/1", b"", payload), TO)
    except DataError:
        return
    assert isinstance(record, OfferRecord | LeftOut)
    assert load(dump(record)) == record
    assert "\\u0000" not in json.dumps(dump(record))


def whole() -> dict[str, object]:
    inner = [{"@id": "#1", "startDate": "2030-02-01T18:30:00Z"}, {"startDate": "2030-02-08T18:30:00Z"}]
    return {"data": session(), "parent": series(subEvent=inner, superEvent=series())}


FIELDS = [*session(), "subEvent", "offers", "location", "image", "facilityUse", "eventAttendanceMode"]
PATHS = [
    ("data",), ("parent",),
    *(("data", name) for name in FIELDS),
    *(("data", "superEvent", name) for name in series()),
    *(("data", "superEvent", "location", name) for name in ("address", "geo", "name")),
    *(("data", "superEvent", "offers", 0, name) for name in ("price", "priceCurrency", "name", "validThrough", "ageRange")),
]  # fmt: skip


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.tuples(st.sampled_from(PATHS), json_values), min_size=1, max_size=4))
def test_any_change_is_read_or_put_aside(changes):
    payload = whole()
    for path, value in changes:
        spot = payload
        for step in path[:-1]:
            try:
                spot = spot[step]
            except (KeyError, IndexError, TypeError):
                break
        if isinstance(spot, dict):
            spot[path[-1]] = value
    item = item_of(updated("1", payload.get("data")), payload.get("parent"))
    read(item.payload)
    read(payload)


@settings(deadline=None)  # a busy machine is no failure
@given(json_values)
def test_any_json_is_read_or_put_aside(payload):
    read(payload)


@settings(deadline=None)  # a busy machine is no failure
@given(json_values, json_values, json_values)
def test_any_entry_is_an_item_or_none(kind, number, modified):
    item = item_of(updated(number, session(), modified, kind))
    if item is not None:
        assert len(item.ref) > 2
        assert item.order is None or item.order == order_of(modified)


@settings(deadline=None)  # a busy machine is no failure
@given(st.integers(0, 10**39), st.integers(0, 10**39))
def test_order_is_that_of_the_numbers(one, other):
    assert (order_of(one) < order_of(str(other))) is (one < other)


@settings(deadline=None)  # a busy machine is no failure
@given(st.text(max_size=60) | st.from_regex(r"https?://[a-z@.:\[\]0-9/?&=%-]{1,30}", fullmatch=True))
def test_any_next_stays_on_the_feed_s_site_or_is_refused(following):
    try:
        address = next_address(HOME, HOME, following)
    except DataError:
        return
    assert address.partition("://")[2].startswith(("data.filature.example", "www.data.filature.example"))
