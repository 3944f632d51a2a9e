"""Normalising as the engine does it: pure, total, quick and frugal, whatever the payload."""

import copy
import json
import random
import time
import tracemalloc
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final, NoReturn

import hypothesis
from hypothesis import strategies as st

from providers.base import Item
from providers.contract.alterations import altered, opened, paths, put, without
from providers.contract.records import problems
from providers.contract.stage import Stage
from providers.http import PoliteClient
from providers.records import OfferRecord, dump, load

EXAMPLES: Final = 75
DEEP: Final[list[Any]] = []
for _ in range(60):
    DEEP[:] = [copy.copy(DEEP)]

_INSTANTS: Final = (
    *("2030-02-01T19:00:00Z", "2030-02-01", "2030-02-01T19:00:00", "0001-01-01T00:00:00+14:00"),
    *("9999-12-31T23:59:59-12:00", "2030-02-30T25:61:00Z", "20300201T190000Z", "0"),
)
_NUMBERS: Final = ("NaN", "-1", "1e9", "1E+30", "12,50", "0x10", "٣", "Infinity", "9" * 400)
_WILD: Final[Sequence[Any]] = (
    *(None, True, False, "", " ", "\0", "\ud800", "x" * 30_000, -1, 0, 1, 2**31, 2**63, -(2**63), 10**400),
    *(0.1, 1e308, Decimal("1E+9999"), Decimal("-0.001"), Decimal("12.345"), [], {}, [None], [[]], {"": None}),
    *(_INSTANTS + _NUMBERS),
    *("https://", "javascript:alert(1)", "http://[::1", "//x", "ftp://partner.example/x", DEEP),
)
_LINES: Final = (
    b"\n",
    b"\r\n",
    b":",
    b";",
    b'"',
    b"\\",
    b"\n ",
    b"<",
    b">",
    b"&",
    b"]]>",
    b"9",
    b"-",
    b"\0",
    b"\xff",
)


class Unreachable(PoliteClient):
    """Fails a test that asks it anything."""

    def get(self, *_: Any, **__: Any) -> NoReturn:
        raise AssertionError("normalise asked the partner")

    post = download = get


class NormalisingContract(Stage):
    """Pure, total, quick, frugal."""

    def test_normalise_is_pure(self) -> None:
        items = self.items()
        with self.visit(http=Unreachable()) as visit:
            payloads = copy.deepcopy([item.payload for item in items])
            first = [self.normalised(item, visit).records for item in items]
            again = [self.normalised(item, visit).records for item in reversed(items)][::-1]
        assert first == again, "it depends on what was read before"
        assert payloads == [item.payload for item in items], "it changed a payload"

    def test_normalise_takes_what_quarantine_kept(self) -> None:
        """A payload that was kept as JSON comes back with lists for tuples."""
        with self.visit(http=Unreachable()) as visit:
            for item in self.items():
                kept = Item(item.ref, item.fingerprint, _as_kept(item.payload), item.kind, item.order)
                assert self.normalised(kept, visit).records == self.normalised(item, visit).records

    def test_normalise_is_total(self) -> None:
        items = [item for item in self.items() if not item.deleted]
        inside = [paths(opened(item.payload)) for item in items]

        @st.composite
        def mutated(draw: st.DrawFn) -> Item:
            number = draw(st.integers(0, len(items) - 1))
            item, payload = items[number], items[number].payload
            if isinstance(payload, bytes):
                payload = _bytes(payload, draw)
            else:
                for path in draw(st.lists(st.sampled_from(inside[number]), min_size=1, max_size=3)):
                    payload = altered(payload, partial(_value, path=path, draw=draw))
            return Item(item.ref, item.fingerprint, payload, item.kind)

        with self.visit(http=Unreachable()) as visit:

            @hypothesis.settings(
                max_examples=EXAMPLES,
                deadline=None,
                derandomize=True,  # the same alterations each time: a contract is not a lottery
                report_multiple_bugs=False,
                suppress_health_check=list(hypothesis.HealthCheck),
            )
            @hypothesis.given(mutated())
            def any_payload(item: Item) -> None:
                read = self.normalised(item, visit)
                for record in read.records:
                    assert record.ref == item.ref
                    assert not (wrong := problems(record)), wrong
                    kept = dump(record)
                    assert load(kept) == record
                    assert "\\u0000" not in json.dumps(kept), "NUL cannot be stored"
                assert read.error is None or read.error.sentence

            any_payload()

    def test_what_is_no_payload_is_put_aside(self) -> None:
        with self.visit(http=Unreachable()) as visit:
            for kind in {item.kind for item in self.items()}:
                for payload in (None, 1, "", "x", b"", b"\xff\0", [], {}, {"x": DEEP}, DEEP):
                    read = self.normalised(Item("1", b"x" * 16, payload, kind), visit)
                    assert read.error is not None or not any(isinstance(r, OfferRecord) for r in read.records)

    def test_normalise_is_quick(self) -> None:
        items = self._some()
        with self.visit(http=Unreachable()) as visit:
            for item in items:
                self.normalised(item, visit)
            began = time.process_time()
            for item in items:
                self.normalised(item, visit)
            took = (time.process_time() - began) / len(items)
        assert took <= self.slowest, f"{took * 1000:.1f} ms an item"

    def test_normalise_is_frugal(self) -> None:
        items = self._some()
        with self.visit(http=Unreachable()) as visit:
            self.normalised(items[0], visit)
            tracemalloc.start()
            try:
                before, _ = tracemalloc.get_traced_memory()
                for item in items:
                    self.normalised(item, visit)
                now, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert peak - before <= self.largest, f"{(peak - before) // 1024} kB at once"
        assert now - before <= self.largest // 4, f"{(now - before) // 1024} kB stay after {len(items)} items"

    def _some(self) -> list[Item]:
        """Give a hundred items or so: those recorded, again and again."""
        items = self.items()
        return [copy.copy(items[number % len(items)]) for number in range(max(len(items), 100))]


def _as_kept(payload: Any) -> Any:
    if isinstance(payload, dict):
        return {key: _as_kept(value) for key, value in payload.items()}
    return [_as_kept(each) for each in payload] if isinstance(payload, list | tuple) else payload


def _value(payload: Any, path: tuple[Any, ...], draw: st.DrawFn) -> Any:
    try:
        taken_out: bool = draw(st.booleans())
        if path and taken_out:
            return without(payload, path)
        return put(payload, path, draw(st.sampled_from(_WILD) | st.text(max_size=12)))
    except (KeyError, IndexError, TypeError, AttributeError):
        return payload  # an earlier change took the path away


def _bytes(payload: bytes, draw: st.DrawFn) -> bytes:
    body = bytearray(payload)
    lines = payload.splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(body)))
        cut = draw(st.integers(0, 40))
        wild: st.SearchStrategy[bytes] = st.sampled_from([*_LINES, *lines]) | st.binary(max_size=12)
        body[at : at + cut] = draw(wild)
    if draw(st.booleans()) and lines:
        shuffled = body.splitlines(keepends=True)
        random.Random(draw(st.integers(0, 99))).shuffle(shuffled)  # noqa: S311 - an order, no secret
        body = bytearray(b"".join(shuffled))
    return bytes(body)
