"""Whatever the payload, an article is read, left out or put aside; nothing else is ever raised."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from providers.base import Item
from providers.errors import DataError
from providers.records import LeftOut, ProductRecord, dump, load
from providers.titelive import sheet, tit
from tests.providers.titelive.epagine import became, line, work

ARTICLE = work()["article"]["1"]
at_leisure = settings(
    deadline=None, max_examples=60
)  # the first example reads the tables of subjects and of rules

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["9782000000013", "&amp;amp;eacute;", "<b>x", "01/01/2070", "1,5", "٣", "http://[x", "\ud800", "1e999", "xxx"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6) | st.sampled_from(["first", "fr", "recto", "code", "value"]), inner, max_size=2),
    max_leaves=8,
)  # fmt: skip


def read(item: Item) -> None:
    assert item.ref
    assert "\\u0000" not in json.dumps([item.ref, item.payload])
    try:
        record = became(item)
    except DataError:
        return
    assert isinstance(record, ProductRecord | LeftOut)
    assert load(dump(record)) == record
    json.dumps(dump(record), ensure_ascii=False).encode()
    assert "\\u0000" not in json.dumps(dump(record))


@at_leisure
@given(st.dictionaries(st.sampled_from(sorted(ARTICLE)), json_values, min_size=1, max_size=4), json_values)
def test_any_change_of_an_article_is_read_or_put_aside(changes, title):
    written = work(**{"gencod": "9782000000013"} | changes)
    for one in (written, written | {"titre": title, "auteurs_multi": title}):
        for item in sheet.items_of(one):
            read(item)


@at_leisure
@given(json_values)
def test_any_json_is_a_work_or_put_aside(written):
    for item in sheet.items_of(written):
        read(item)
    for item in sheet.items_of({"article": written}):
        read(item)


@at_leisure
@given(json_values)
def test_any_payload_is_read_or_put_aside(payload):
    for each in (payload, {"work": payload, "article": payload}, {"columns": payload}):
        try:
            became(Item("x", b"", each, sheet.PRODUCT))
        except DataError:
            continue


@at_leisure
@given(st.sampled_from(["45", "62"]), st.dictionaries(st.integers(0, 44), st.text(max_size=12), max_size=5))
def test_any_line_is_read_or_put_aside(layout, changes):
    read(tit.item_of(tit.Line(line(layout, **{f"c{column}": text for column, text in changes.items()}))))


@at_leisure
@given(st.text(max_size=200))
def test_any_text_is_a_line(text):
    read(tit.item_of(tit.Line(text)))
