"""Whatever a service sends: the ends of an answer are those of the whole, and a row is read or put aside."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from providers.base import Item
from providers.errors import DataError, PartnerError
from providers.records import LeftOut, StockLevel, dump, load
from providers.stock_api import PROVIDER, body
from tests.providers.stock_api.service import E1, E2, EMPTY, Service, answer, items, row, visit
from workers import payloads

TO = visit(Service(EMPTY))
HOST = "stocks.example"

texts = st.text(max_size=6) | st.sampled_from(
    [E1, E2, "", " ", "{", "}", "[", "]", '"', "\\", "},{", ',{"', '"ref":', "ref", "stocks", "·", "a]", "{b"]
)
numbers = st.integers() | st.floats() | st.sampled_from([0, -1, 3, 12.9, 10**25])
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
keys = st.sampled_from(["ref", "available", "price"]) | texts
rows = (
    st.builds(row, st.sampled_from([E1, E2, "abc", ""]) | values, values)
    | st.dictionaries(keys, values, max_size=4)
    | values
)
flat = st.none() | numbers | texts.filter(lambda text: not set(text) & set('\\[]"'))
plain = st.dictionaries(st.sampled_from(["ref", "available", "x"]), flat, max_size=3).map(
    lambda more: row(E1) | more
)
envelopes = st.dictionaries(texts | st.sampled_from(["total", "limit", "offset"]), values, max_size=3)


@st.composite
def bodies(draw):
    """A document with a list of rows, in any order of keys and any style of writing."""
    listed = draw(st.lists(plain, min_size=1, max_size=4) | st.lists(rows, max_size=4) | values)
    around = list((draw(envelopes) | {"stocks": listed}).items())
    said = json.dumps(
        dict(draw(st.permutations(around))),
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 0, 2])),
        separators=draw(st.sampled_from([None, (",", ":"), (" , ", " : ")])),
    )
    return said.encode(draw(st.sampled_from(["utf-8", "utf-8-sig"])), "surrogatepass")


def whole(content: bytes) -> body.Glance | None:
    with suppress(PartnerError):
        return body._whole(content, HOST)
    return None


@given(bodies())
@settings(max_examples=400, deadline=timedelta(seconds=30))
@example(answer(row(E1), row(E2, 1, title="{")))
@example(answer(row(E1), row(E2, 1, title="],[")))
@example(json.dumps({"stocks": [row(E1)], "errors": [row(E2)]}).encode())
@example(json.dumps({"errors": [row(E2)], "stocks": [row(E1)]}).encode())
@example(json.dumps({"errors": [row(E2)], "stocks": None}).encode())
@example(json.dumps({"meta": {"stocks": [row(E2)]}, "total": 1}).encode())
@example(json.dumps({"stocks": [row(E1), {"x": row(E2)}]}).encode())
@example(b'{"stocks":[{"ref":"a"}],"stocks":[]}')
@example(b'{"st\\u006fcks":[{"ref":"a"}]}')
@example(b'{"stocks":[{"r\\u0065f":"a"}]}')
@example(b'{"note":"[a]","stocks":null}')
def test_the_ends_of_an_answer_are_those_of_the_whole(content):
    small, body._SMALL = body._SMALL, 0
    try:
        ends = body._ends(content)
    finally:
        body._SMALL = small
    assert ends is None or ends == whole(content)


@pytest.mark.parametrize("style", [{}, {"indent": 1}, {"separators": (",", ":")}])
@pytest.mark.parametrize("last", [E2, "abc-1", int(E2)])
def test_the_ends_of_a_plain_answer_are_found_without_the_whole(monkeypatch, style, last):
    content = answer(*(row(f"{9_782_000_000_000 + number}") for number in range(200)), row(last), **style)
    expected = whole(content)
    monkeypatch.setattr(body, "_whole", None)
    assert body.glance(content, HOST) == expected
    assert expected.last == str(last)


@given(bodies() | st.binary(max_size=60))
@settings(max_examples=300, deadline=timedelta(seconds=30))
def test_any_answer_is_read_or_refused(content):
    to = visit(Service(content, EMPTY))
    with suppress(PartnerError):
        for item in items(to):
            read(item)


def read(item: Item) -> None:
    try:
        (record,) = PROVIDER.normalise(item, TO)
    except DataError as error:
        assert error.sentence  # noqa: PT017
    else:
        assert isinstance(record, StockLevel | LeftOut)
        assert record.ref == item.ref
        assert load(dump(record)) == record
    # what the database keeps of it
    for text in (item.ref, (payloads.dump(item.payload) or b"").decode()):
        text.encode()
        assert "\0" not in text


@given(st.dictionaries(keys, values, max_size=4) | values)
@settings(max_examples=300)
def test_any_payload_is_read_or_put_aside(payload):
    try:
        (record,) = PROVIDER.normalise(Item(E1, b"", payload, "level"), TO)
    except DataError as error:
        assert error.sentence  # noqa: PT017
        return
    assert load(dump(record)) == record


@pytest.mark.parametrize(
    "price", ["9" * 39, "1" + ",000" * 9, "0." + "0" * 37, "1e99", "1e-99", "1,2,3", "-,", "1 000 00"]
)
def test_a_number_without_end_is_put_aside_or_read(price):
    with suppress(DataError):
        PROVIDER.normalise(Item(E1, b"", row(E1, price, price=price), "level"), TO)
