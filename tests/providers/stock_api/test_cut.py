"""Two readings of a page, one beside the other: what a glance tells is what reading both would tell."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from providers.errors import PartnerError
from providers.lines import Lines
from providers.stock_api.body import read_lines
from providers.stock_api.cut import cut
from tests.providers.stock_api.service import E1, E2, E3, answer, row

CODES = [f"{9_782_000_000_000 + number}" for number in range(12)]


def lines(content: bytes) -> Lines:
    return Lines(content, read_lines, cut=cut)


def page(changed: dict[int, Any] | None = None, **style: Any) -> bytes:
    """A page of twelve rows, some of them others."""
    rows = [row(code, index) for index, code in enumerate(CODES)]
    for index, other in (changed or {}).items():
        rows[index] = other
    return answer(*rows, **style)


def beside(old: bytes, new: bytes) -> dict[int, Any] | None:
    """What differs, by a glance: index → the row's payload."""
    before = lines(old)
    found = lines(new).beside(before.refs, before.texts)
    return None if found is None else {index: item.payload for index, (_, item) in found.items()}


@pytest.mark.parametrize("style", [{}, {"separators": (",", ":")}])
def test_rows_that_say_something_else_are_told_without_reading_the_others(monkeypatch, style):
    changed = {3: row(CODES[3], 70), 11: row(CODES[11], 0, title="neuf, et cher")}
    before, after = lines(page(**style)), page(changed, **style)
    refs, texts = before.refs, before.texts
    whole = read_lines(after)
    monkeypatch.setattr(Lines, "_told", None)
    found = lines(after).beside(refs, texts)
    assert {index: (item.ref, item.payload) for index, (_, item) in found.items()} == {
        index: (whole[index].ref, whole[index].payload) for index in changed
    }


@pytest.mark.parametrize(
    "other",
    [
        row(E3),
        row("abc"),
        row(CODES[5], title="{"),
        row(CODES[5], title="a]"),
        row(CODES[5], title='"'),
        row(CODES[5], also={"ref": CODES[5]}),
        {"available": 3},
        CODES[5],
    ],
)
def test_another_row_at_its_place_takes_a_reading(other):
    assert beside(page(), page({5: other})) is None


@pytest.mark.parametrize(
    ("plain", "odd"),
    [
        (f'"{CODES[5]}", "available": 5', f'"{CODES[5]}", "ref": "{E3}"'),
        (f'5}}, {{"ref": "{CODES[6]}"', f'5, "title": "}}, {{", "ref": "{CODES[6]}"'),
    ],
)
def test_a_ref_said_twice_takes_a_reading(plain: str, odd: str):
    assert plain.encode() in page()
    assert beside(page(), page().replace(plain.encode(), odd.encode())) is None


def test_rows_that_came_went_or_moved_and_many_changes_take_a_reading():
    rows = [row(code) for code in CODES]
    whole = answer(*rows)
    assert beside(whole, answer(*rows[1:])) is None
    assert beside(whole, answer(*rows, row(E1))) is None
    assert beside(whole, answer(*rows[:5], rows[6], rows[5], *rows[7:])) is None
    assert beside(whole, answer(*(row(code, 9) for code in CODES[:4]), *rows[4:])) is None
    assert beside(whole, answer(*rows, indent=1)) is None
    assert beside(whole, b"<html>") is None


codes = st.sampled_from([*CODES[:3], E2])
words = st.text(st.sampled_from('{}[]\\",: é"ref19782\n'), max_size=9)
rows = st.builds(lambda code, more: row(code) | more, codes, st.dictionaries(words, words, max_size=1)) | (
    st.dictionaries(words | st.just("ref"), words | codes, max_size=2)
)


@st.composite
def revisions(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A page, and what it became: a row or two replaced, or some characters."""
    listed = draw(st.lists(st.builds(row, codes, st.integers(0, 9)), min_size=4, max_size=8))
    old = json.dumps({"stocks": listed})
    for _ in range(draw(st.integers(0, 2))):
        listed[draw(st.integers(0, len(listed) - 1))] = draw(rows)
    new = json.dumps({"stocks": listed}, ensure_ascii=draw(st.booleans()))
    if draw(st.booleans()):
        at = draw(st.integers(0, len(new)))
        new = new[:at] + draw(words) + new[at + draw(st.integers(0, 9)) :]
    return old.encode(), new.encode()


def read(content: bytes) -> Sequence[tuple[str, Any]] | None:
    """Every row read, as the format says; None: the page is not one."""
    try:
        return [(line.ref, line.payload) for line in read_lines(content)]
    except PartnerError:
        return None


@given(revisions())
@settings(max_examples=1_000, deadline=None)
@example((answer(row(E1), row(E2), row(E1), row(E2)), answer(row(E1), row(E2, 7), row(E1), row(E2))))
def test_a_glance_tells_what_reading_both_pages_tells(pages: tuple[bytes, bytes]):
    old, new = pages
    before, whole = read(old), read(new)
    assert before is not None
    if whole is None:
        return
    found = beside(old, new)
    if found is not None:
        assert [ref for ref, _ in whole] == [ref for ref, _ in before]
        assert {
            index: after
            for index, ((_, said), (_, after)) in enumerate(zip(before, whole, strict=True))
            if said != after
        } == {index: payload for index, payload in found.items() if payload != before[index][1]}
