"""Whatever the payload, an event is read or put aside; nothing else is ever raised."""

import json
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from providers.base import Item, Visit
from providers.billetweb import PROVIDER
from providers.billetweb.event import PARIS, bare_item, is_worth_reading, ref_of
from providers.billetweb.settings import BilletwebSettings
from providers.errors import DataError
from providers.http import PoliteClient
from providers.records import LeftOut, OfferRecord, dump, load
from tests.providers.billetweb.counter import ECLUSE, KEY, NOW, USER, avail, date, series, ticket

TO = Visit(USER, BilletwebSettings(key=KEY), lambda: NOW, PoliteClient(), Path("/nonexistent"), ECLUSE)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["0000-00-00 00:00:00", "2030-02-01 20:30:00", "9999-12-31 23:59:59", "1e9", "-1", "0", "1", "１２"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


def read(payload: object) -> None:
    try:
        (record,) = PROVIDER.normalise(Item("48213", b"", payload), TO)
    except DataError:
        return
    assert isinstance(record, OfferRecord | LeftOut)
    assert load(dump(record)) == record
    assert "\\u0000" not in json.dumps(dump(record))


def whole() -> dict[str, object]:
    return {
        "event": series(),
        "dates": [date("910"), date("911", tickets={"31": "1"})],
        "tickets": [ticket("31", category="Orchestre"), ticket("33", "Balcon", Decimal("9.5"))],
        "avail": [avail("31", "4"), avail(None, "-1", "event")],
        "asked": NOW.isoformat(),
    }


PATHS = [
    *((name,) for name in whole()),
    *(("event", name) for name in series()),
    *((where, number, name)
      for where, shape in (("dates", date()), ("tickets", ticket()), ("avail", avail("1", "1")))
      for number in (0, 1) for name in shape),
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
    read(payload)


@settings(deadline=None)  # a busy machine is no failure
@given(json_values)
def test_any_json_is_read_or_put_aside(payload):
    read(payload)


@settings(deadline=None)  # a busy machine is no failure
@given(st.sampled_from(sorted(series())), json_values)
def test_any_listed_event_is_an_item(name, value):
    changed = series() | {name: value}
    if not ref_of(changed):
        assert name == "id"
        return
    assert isinstance(is_worth_reading(changed), bool)
    read(bare_item(changed, NOW, PARIS).payload)
