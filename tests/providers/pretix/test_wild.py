"""Whatever the payload, an event is read or put aside; nothing else is ever raised."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from providers.base import HintRequest, Item, Visit
from providers.errors import DataError
from providers.http import PoliteClient
from providers.pretix import PROVIDER
from providers.pretix.event import bare_item, is_worth_reading
from providers.pretix.identifier import Shop
from providers.pretix.settings import PretixSettings
from providers.pretix.shapes import PretixItem, Quota, SubEvent, trim
from providers.records import LeftOut, OfferRecord, dump, load
from tests.providers.pretix.box_office import (
    ECLUSE,
    NOW,
    SHOP,
    TOKEN,
    date,
    event,
    item,
    override,
    quota,
    series,
    variation,
)

TO = Visit(SHOP, PretixSettings(token=TOKEN), lambda: NOW, PoliteClient(), Path("/nonexistent"), ECLUSE)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.sampled_from(["2030-02-01T19:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "NaN", "1e9"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


def read(payload: object) -> None:
    try:
        (record,) = PROVIDER.normalise(Item("ecluse/bateliers", b"", payload), TO)
    except DataError:
        return
    assert isinstance(record, OfferRecord | LeftOut)
    assert load(dump(record)) == record
    assert "\\u0000" not in json.dumps(dump(record))


def whole() -> dict[str, object]:
    return {
        "event": series(),
        "presentation": {"frontpage_text": {"fr": "Un *texte*"}},
        "items": [item(1), item(2, variations=[variation(5, "A"), variation(6, "B", "9.00")])],
        "dates": [date(11, item_price_overrides=[override(1, "30.00")]), date(12)],
        "quotas": [quota(21, 5, 1, 2, subevent=11, variations=[5]), quota(22, None, 2, subevent=11, variations=[6])],
        "asked": NOW.isoformat(),
    }  # fmt: skip


PATHS = [
    *((name,) for name in whole()),
    *(("event", name) for name in event()),
    *((where, number, name)
      for where, shape in (("items", item(1)), ("dates", date(1)), ("quotas", quota(1)))
      for number in (0, 1) for name in shape),
    *(("items", 1, "variations", 0, name) for name in variation(1, "A")),
    *(("dates", 0, "item_price_overrides", 0, name) for name in override(1, "1.00")),
]  # fmt: skip


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
    read(payload)


@given(json_values)
def test_any_json_is_read_or_put_aside(payload):
    read(payload)


@given(json_values, st.sampled_from(sorted(event())), json_values)
def test_any_listed_event_is_an_item(said, name, value):
    for shape in (PretixItem, SubEvent, Quota):
        trim(shape, said)
    changed = event(**{name: value})
    try:
        kept = bare_item(Shop("pretix.eu", "ecluse"), changed, NOW)
    except DataError:
        assert name == "slug"
        return
    assert isinstance(is_worth_reading(changed, NOW), bool)
    read(kept.payload)


@given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_a_hint_or_none(body):
    assert PROVIDER.hint(HintRequest({}, body)) is None
