"""Whatever the payload, an item is read or put aside; nothing else is ever raised."""

import json
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from providers.base import Item
from providers.errors import DataError, PartnerError
from providers.openagenda import PROVIDER
from providers.openagenda.detail import fingerprint, ref_of, trim
from providers.records import Detail, LeftOut, OfferRecord, dump, load
from tests.providers.openagenda.agenda import OpenAgenda, calendar, fixture, items, vevent, visit

NOWHERE = Path("/nonexistent")
TO = visit(OpenAgenda(), NOWHERE, places="all")
WHOLE = (vevent(DESCRIPTION="Un\\, deux", DTEND="20300601T200000Z") * 2).replace("\r\n", "\n").encode()
EVENTS = json.loads(fixture("details_1.json"))["events"]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


@st.composite
def mutated(draw, whole: bytes) -> bytes:
    body = bytearray(whole)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(body)))
        cut = draw(st.integers(0, 30))
        body[at : at + cut] = draw(
            st.binary(max_size=12) | st.sampled_from([b"\n", b":", b";", b'"', b"\\", b"\n "])
        )
    return bytes(body)


def read(item: Item) -> None:
    try:
        (record,) = PROVIDER.normalise(item, TO)
    except DataError:
        return
    assert isinstance(record, OfferRecord | LeftOut | Detail)
    assert load(dump(record)) == record
    assert "\\u0000" not in json.dumps(dump(record))


@given(mutated(WHOLE) | st.binary(max_size=300))
def test_any_bytes_are_read_or_put_aside(payload):
    read(Item("7", b"", payload))


@given(mutated(calendar(vevent("1"), vevent("2"), vevent("1"))))
@settings(max_examples=60)
def test_any_calendar_is_read_or_refused(tmp_path_factory, body):
    to = visit(OpenAgenda(body), tmp_path_factory.mktemp("spool"), places="all")
    with suppress(PartnerError):
        for item in items(to).values():
            read(item)


@given(st.sampled_from(EVENTS), st.sampled_from(sorted(EVENTS[0])), json_values)
def test_any_detail_is_read_or_put_aside(event, key, value):
    changed = {**event, key: value}
    trimmed = trim(changed)
    assert fingerprint(trimmed)
    assert isinstance(ref_of(changed), str)
    item = Item("7", b"", trimmed, "detail")
    read(item)
    record = OfferRecord("7", "Un titre", ())
    (detail,) = PROVIDER.normalise(item, TO)
    assert isinstance(PROVIDER.complete(record, detail, TO), OfferRecord | LeftOut)


@given(json_values)
def test_any_json_is_read_or_put_aside(payload):
    read(Item("7", b"", payload, "detail"))
    assert isinstance(ref_of(payload), str)
