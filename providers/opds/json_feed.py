"""Reads an OPDS 2 document, publication by publication: the whole of it is never objects at once."""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NoReturn

from providers import bodies
from providers.errors import DataError
from providers.opds.feed import Feed, cut, refused
from providers.opds.notice import Entry, line
from providers.opds.publication import links_of, read_publication, relations_of, text_of

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of one document: it is held as text."""

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_COLLECTIONS: Final = frozenset({"publications", "navigation", "groups"})
_PAGING: Final = frozenset({"numberOfItems", "itemsPerPage", "currentPage"})


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)


def read(path: Path, feed: Feed) -> Iterator[Entry]:
    """Give the publications of a document, those of its groups too, and fill `feed` meanwhile.

    Raises
    ------
    DataError
        It is no OPDS 2 feed; what came before may be kept.
    TransientError
        It ends before its end.
    """
    size = path.stat().st_size
    if size > LARGEST:
        raise bodies.too_large(path.name, LARGEST, f"{size} bytes of JSON in one document")
    content = path.read_bytes()
    try:
        yield from _feed(bodies.as_text(content, "", path.name), feed)
    except (ValueError, ArithmeticError, RecursionError, DataError) as error:
        detail = f"{path.name}: {type(error).__name__}: {error}"[:300]
        if not content.rstrip().endswith(b"}") and "Extra data" not in str(error):
            raise cut(detail) from None
        if isinstance(error, DataError):
            raise
        sentence = "Le catalogue n’est pas du JSON bien formé. Prévenez le site qui le publie."
        raise DataError("not_json", sentence, detail, content[:2048]) from None


def _feed(text: str, feed: Feed) -> Iterator[Entry]:
    found: set[str] = set()
    metadata: Mapping[str, Any] = {}
    for key, spot in _members(text):
        found.add(key)
        match key:
            case "publications" if text[spot.at : spot.at + 1] == "[":
                for publication in _elements(text, spot):
                    yield from _entry(publication, feed)
            case "metadata":
                value = spot.value(text)
                metadata = value if isinstance(value, Mapping) else {}
            case "links":
                _take_links(spot.value(text), feed)
            case "navigation":
                _take_navigation(spot.value(text), feed)
            case "groups":
                yield from _groups(spot.value(text), feed)
            case _:
                spot.value(text)
    if not found & _COLLECTIONS and not metadata.keys() & _PAGING:
        head = text[:2048].encode("utf-8", "replace")
        if found >= {"metadata", "links"}:
            sentence = "Cette adresse est celle d’un seul livre. Collez celle du catalogue."
            raise DataError("no_collection", sentence, "no publications, navigation or groups", head)
        raise refused(head, "a JSON object without any collection")
    feed.title = line(text_of(metadata.get("title")), 200)
    total = metadata.get("numberOfItems")
    feed.total = total if isinstance(total, int) and not isinstance(total, bool) and total >= 0 else None


# --- the text, walked through ---


class _Spot:
    """Where a value begins; `at` is moved to its end when it is read."""

    __slots__ = ("at",)

    def __init__(self, at: int) -> None:
        self.at = at

    def value(self, text: str) -> Any:
        value, self.at = _DECODER.raw_decode(text, self.at)
        return value

    def skip(self, text: str) -> str:
        """Pass white space; give the sign after it."""
        self.at = _SPACE.match(text, self.at).end()  # type: ignore[union-attr]
        if self.at >= len(text):
            raise ValueError("the text ends too early")
        return text[self.at]

    def past(self, text: str, sign: str) -> None:
        if self.skip(text) != sign:
            raise json.JSONDecodeError(f"Expecting {sign!r}", text, self.at)
        self.at += 1


def _members(text: str) -> Iterator[tuple[str, _Spot]]:
    """Give the keys of the object that the text is, each with its value's spot: who reads it moves on."""
    spot = _Spot(0)
    spot.past(text, "{")
    if spot.skip(text) == "}":
        spot.at += 1
    else:
        while True:
            if spot.skip(text) != '"':
                raise json.JSONDecodeError("Expecting a key", text, spot.at)
            key = spot.value(text)
            spot.past(text, ":")
            spot.skip(text)
            yield key, spot
            if spot.skip(text) != ",":
                break
            spot.at += 1
        spot.past(text, "}")
    if text[spot.at :].strip():
        raise json.JSONDecodeError("Extra data", text, spot.at)


def _elements(text: str, spot: _Spot) -> Iterator[Any]:
    """Give the elements of the array at a spot, one at a time."""
    spot.past(text, "[")
    if spot.skip(text) == "]":
        spot.at += 1
        return
    while True:
        spot.skip(text)
        yield spot.value(text)
        if spot.skip(text) != ",":
            break
        spot.at += 1
    spot.past(text, "]")


# --- what the parts mean ---


def _entry(publication: object, feed: Feed) -> Iterator[Entry]:
    feed.entries += 1
    feed.publications += 1
    entry = read_publication(publication, feed.url)
    if entry is None:
        feed.nameless += 1
    else:
        yield entry


def _take_links(links: object, feed: Feed) -> None:
    for link in links_of(links):
        for relation in relations_of(link):
            feed.takes_link(feed.url, relation, text_of(link.get("href")))


def _take_navigation(links: object, feed: Feed) -> None:
    for link in links_of(links):
        feed.entries += 1
        if link.get("templated") is True:
            continue
        relation = next(iter(relations_of(link)), "subsection")
        kind = text_of(link.get("type")) or "application/opds+json"
        feed.takes_section(feed.url, relation, text_of(link.get("href")), kind)


def _groups(groups: object, feed: Feed) -> Iterator[Entry]:
    """Read the groups; one that shows only some of its publications is read where all of them are."""
    for group in groups if isinstance(groups, list) else ():
        if not isinstance(group, Mapping):
            continue
        _take_navigation(group.get("navigation"), feed)
        publications = group.get("publications")
        publications = publications if isinstance(publications, list) else []
        for publication in publications:
            yield from _entry(publication, feed)
        metadata = group.get("metadata")
        total = metadata.get("numberOfItems") if isinstance(metadata, Mapping) else None
        if publications and total == len(publications):
            continue
        for link in links_of(group.get("links")):
            if "self" in relations_of(link):
                kind = text_of(link.get("type")) or "application/opds+json"
                feed.takes_section(feed.url, "subsection", text_of(link.get("href")), kind)
