"""What the engine relies on when it reads a partner: pages, cursors, refs, fingerprints."""

import ast
import inspect
import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NoReturn

import pytest

from providers.base import Item, Page, Traversal
from providers.contract.alterations import (
    items_reversed,
    keys_reversed,
    of_json,
    rewritten,
    said_otherwise,
    unfolded,
)
from providers.contract.stage import Stage
from providers.errors import ConfigurationError
from providers.lines import Lines
from providers.records import LeftOut, OfferRecord, ProductRecord, StockLevel, dump

_CLOCKS: Final = frozenset(
    {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.sleep"}
)
_CLIENTS: Final = frozenset(
    {"requests", "httpx", "socket", "http", "aiohttp", "sqlalchemy", "celery", "redis"}
)
_LONGEST_REF: Final = 500


class TraversingContract(Stage):
    """Pages, cursors, refs, fingerprints."""

    def test_a_traversal_has_items_and_ends_once(self) -> None:
        pages = self.pages()
        assert any(page.items for page in pages), "the recorded answers bring no item"
        assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]

    def test_pages_say_when_the_partner_was_asked(self) -> None:
        for page in self.pages():
            assert page.requested_at.tzinfo is not None
            assert page.requested_at == self.at
            assert page.estimate is None or page.estimate >= 0

    def test_cursors_are_json_without_secrets(self) -> None:
        cursors = [page.cursor for page in self.pages()]
        assert all(cursor is None or isinstance(cursor, dict) for cursor in cursors)
        assert json.loads(json.dumps(cursors)) == cursors
        if self.provider.traits.traversal is Traversal.CHANGES:
            assert cursors[-1] is not None, "the next changes traversal starts at the last cursor"

    def test_items_are_well_made(self) -> None:
        kinds = {self.provider.traits.primary, *self.provider.traits.completes}
        for item in self.items():
            assert isinstance(item.ref, str)
            assert 0 < len(item.ref) <= _LONGEST_REF
            assert item.ref == item.ref.strip()
            assert "\0" not in item.ref
            assert isinstance(item.fingerprint, bytes)
            assert 8 <= len(item.fingerprint) <= 64
            assert item.kind in kinds
            assert _can_be_kept(item.payload), f"{item.ref}: {type(item.payload).__name__}"

    def test_refs_are_unique(self) -> None:
        met = [(item.kind, item.ref) for item in self.items()]
        assert sorted(set(met)) == sorted(met)
        assert any(kind == self.provider.traits.primary for kind, _ in met)

    def test_refs_and_fingerprints_are_stable(self) -> None:
        before = self.fingerprints()
        assert self.fingerprints() == before
        assert self.fingerprints(later=timedelta(seconds=50)) == before, "they depend on the minute"

    def test_different_items_have_different_fingerprints(self) -> None:
        found = self.items()
        payloads = {repr(item.payload) for item in found}
        if len(payloads) < 2:
            self.does_not_apply("fewer than two items were recorded")
        assert len({item.fingerprint for item in found}) >= len(payloads)

    def test_what_changed_has_another_fingerprint(self) -> None:
        before = self.fingerprints(unfolded)
        after = self.fingerprints(said_otherwise(self._changes()))
        changed = {key for key in before if after.get(key) != before[key]}
        assert changed, f"nothing was noticed of {dict(self._changes())}"

    def _changes(self) -> dict[str, str]:
        if self.matters:
            return dict(self.matters)
        for read in self.read():
            for record in read.records:
                if isinstance(record, OfferRecord | ProductRecord) and record.title:
                    words = record.title
                    return {words: words[:-1] + ("x" if words[-1] != "x" else "y")}
        raise AssertionError("no offer or product was recorded: say what `matters`")

    def test_what_is_written_anew_at_each_export_does_not_matter(self) -> None:
        assert self.noise, "say the `noise`, or why there is none in `skips`"
        again = rewritten(self.noise)
        told = [(ask, self.recording.find(ask)) for ask in self.asks()]
        assert any(again(*each).body != each[1].body for each in told), "the `noise` is not in the answers"
        assert self.fingerprints(again) == self.fingerprints()

    def test_the_order_of_keys_does_not_matter(self) -> None:
        assert self.fingerprints(of_json(keys_reversed)) == self.fingerprints(of_json(lambda each: each))

    def test_the_order_of_items_does_not_matter(self) -> None:
        try:
            reversed_ = self._said(items_reversed)
        except ConfigurationError as error:
            if "no answer in" not in str(error):
                raise
            self.does_not_apply("what is asked for next depends on the last item")
        assert reversed_ == self._said(unfolded)

    def _said(self, change: Any) -> dict[tuple[str, str], Any]:
        said: dict[tuple[str, str], Any] = {}
        for read in self.read(change):
            for record in read.records:
                whole: dict[str, Any] = dump(record)
                whole["stocks"] = sorted(whole.get("stocks", ()), key=lambda stock: str(stock["ref"]))
                said[read.item.kind, read.item.ref] = whole
        return said

    @pytest.mark.parametrize("items", [1, 2, 3, 7])
    def test_pages_may_be_cut_anywhere(self, items: int) -> None:
        whole = self.fingerprints()
        with self.limits(page_items=items):
            assert self.fingerprints() == whole
            self._goes_on_from_every_cursor(whole)

    def test_a_traversal_goes_on_from_every_cursor(self) -> None:
        self._goes_on_from_every_cursor(self.fingerprints())

    def _goes_on_from_every_cursor(self, whole: dict[tuple[str, str], bytes]) -> None:
        pages = self.pages()
        for number, page in enumerate(pages[:-1], 1):
            assert page.cursor is not None, f"page {number} of {len(pages)} has no cursor"
            before = {} if page.restarted else _fingerprints(pages[:number])
            rest = self.pages(cursor=json.loads(json.dumps(page.cursor)))
            assert rest, f"nothing comes after page {number}"
            assert rest[-1].last
            if rest[0].restarted:
                before = {}
            assert before | _fingerprints(rest) == whole, f"after page {number} of {len(pages)}"

    def test_a_hint_narrows_what_is_read(self) -> None:
        if not self.provider.traits.hints:
            self.does_not_apply("its partner sends no hints")
        primary = self.provider.traits.primary
        ref = next(item.ref for item in self.items() if item.kind == primary)
        assert {item.ref for item in self.items(only=frozenset({ref}))} == {ref}

    def test_the_network_is_reached_by_the_visits_client_alone(self) -> None:
        def nowhere(*_: Any, **__: Any) -> NoReturn:
            raise AssertionError("the adapter opened a connection of its own")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", nowhere)
            patch.setattr(socket.socket, "connect", nowhere)
            assert self.read()
            assert self.checks()

    def test_it_has_no_clock_and_no_client_of_its_own(self) -> None:
        found = [
            f"{file.name}:{node.lineno} {name}"
            for file in _sources(inspect.getmodule(type(self.provider)))
            for node, name in _named(ast.parse(file.read_text(encoding="utf-8")))
            if name in _CLOCKS or name.partition(".")[0] in _CLIENTS
        ]
        assert not found

    def test_pages_of_lines_are_read_when_needed(self) -> None:
        with self.visit() as visit:
            pages = [page.items for page in self.provider.fetch(visit) if isinstance(page.items, Lines)]
        if not pages:
            self.does_not_apply("its items are no lines")
        for lines in pages:
            assert not {"_cut", "_told"} & vars(lines).keys(), "it was read although nobody asked"
            assert len(lines) == len(list(lines))
            assert all(isinstance(item, Item) for item in lines[:3])
            whole = Lines(lines._body, lines._read, lines.kind)
            assert list(lines) == list(whole), "cut apart it says something else than read whole"
            assert lines.beside(lines.refs, lines.texts) in (None, {}), "it differs from itself"
        assert all(
            isinstance(record, StockLevel | LeftOut) for read in self.read() for record in read.records
        )


def _fingerprints(pages: list[Page]) -> dict[tuple[str, str], bytes]:
    return {(item.kind, item.ref): item.fingerprint for page in pages for item in page.items}


def _can_be_kept(payload: Any) -> bool:
    """Tell whether a payload is bytes, or JSON values with `Decimal` and bytes in them."""
    if isinstance(payload, dict):
        return all(isinstance(key, str) and _can_be_kept(value) for key, value in payload.items())
    if isinstance(payload, list | tuple):
        return all(_can_be_kept(each) for each in payload)
    return payload is None or type(payload).__name__ in {"str", "int", "float", "bool", "bytes", "Decimal"}


def _sources(module: ModuleType | None) -> Iterator[Path]:
    """Give the files of an adapter: its module, or all of its package."""
    file = Path(str(getattr(module, "__file__", "")))
    if file.name == "__init__.py":
        yield from sorted(file.parent.rglob("*.py"))
    elif file.is_file():
        yield file


def _named(tree: ast.AST) -> Iterator[tuple[Any, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node, f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module
