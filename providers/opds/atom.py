"""Reads an OPDS 1 document from disk, entry by entry, in flat memory: Atom with lxml.

No entities, no DTD, no network; control characters that XML forbids are dropped on the way.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from lxml import etree

from providers.errors import DataError
from providers.opds.atom_entry import ATOM, XML_BASE, Element, attribute, local_name, read_entry, whole_text
from providers.opds.feed import Feed, cut, refused
from providers.opds.links import based
from providers.opds.notice import Entry, line

_HEAD: Final = 64 * 1024
_FORBIDDEN: Final = bytes((*range(9), 0x0B, 0x0C, *range(0x0E, 0x20)))
_TOMBSTONE: Final = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
_COMPLETE: Final = "{http://purl.org/syndication/history/1.0}complete"
_TOTAL: Final = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
_ROOT: Final = re.compile(rb"<([a-zA-Z][\w.:-]*)(?=[\s/>])[^>]*>")
_TRAILING: Final = rb"\s*>(?:\s|<!--.{0,400}?-->)*$"
_TAIL: Final = 1024
_TAGS: Final = (f"{{{ATOM}}}entry", "entry", _TOMBSTONE)


def read(path: Path, feed: Feed) -> Iterator[Entry]:
    """Give the entries of a document that are no links to sections, and fill `feed` meanwhile.

    A tombstone comes after the entries, unless an entry of its ref was written since.

    Raises
    ------
    DataError
        It is no Atom feed, or hostile; what came before may be kept.
    TransientError
        It ends before its end.
    """
    head = _head(path)
    buried = _tombstones(path, head) if _has_tombstones(path) else {}
    for entry in _parsed(path, head, feed):
        when = buried.get(entry.ref)
        if when is None:
            yield entry
        elif _instant(entry.updated) > _instant(when):
            del buried[entry.ref]
            yield entry
    for ref in buried:
        yield Entry(ref, deleted=True)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if b"<!DOCTYPE" in head.replace(b"\0", b"").upper():
        error = refused(head, f"{path.name}: a document type declaration")
        if error.code in {"web_page", "rss", "onix"}:
            raise error
        raise _hostile(head)
    return head


def _hostile(head: bytes) -> DataError:
    sentence = (
        "Le catalogue contient une déclaration DOCTYPE, que nous refusons. Prévenez le site qui le publie."
    )
    return DataError("doctype", sentence, "a document type declaration", head)


class _Legal:
    """A file without the bytes that XML forbids and that exports leave in texts all the same."""

    def __init__(self, file: IO[bytes], head: bytes) -> None:
        self._file = file
        self._is_wide = head[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in head[:4]
        file.seek(len(head) - len(head.lstrip(b" \t\r\n")))  # a blank line before the declaration

    def read(self, size: int = -1) -> bytes:
        while piece := self._file.read(size):
            if self._is_wide:
                return piece
            if legal := piece.translate(None, _FORBIDDEN):
                return legal
        return b""


def _parser(file: IO[bytes], head: bytes, tags: tuple[str, ...]) -> "etree.iterparse[tuple[str, Element]]":
    return etree.iterparse(
        _Legal(file, head),
        events=("end",),
        tag=tags,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
        recover=False,
    )


def _parsed(path: Path, head: bytes, feed: Feed) -> Iterator[Entry]:
    with path.open("rb") as file:
        parser = _parser(file, head, _TAGS)
        base, previous = "", None
        try:
            for _, element in parser:
                parent = element.getparent()
                if parent is None or parent.getparent() is not None or element.tag == _TOMBSTONE:
                    continue  # the document is an entry; an entry within an entry; read before
                if previous is None:
                    _refuse_doctype(parent, head)
                    base = based(feed.url, parent.get(XML_BASE))
                else:
                    parent.remove(previous)
                previous = element
                if entry := read_entry(element, base, feed):
                    yield entry
        except etree.XMLSyntaxError as error:
            raise _broken(error, head, path) from None
        root = parser.root
    yield from _finish(root, head, feed)


def _finish(root: Element | None, head: bytes, feed: Feed) -> Iterator[Entry]:
    """Read what the feed says of itself, wherever among its entries; a lone entry is a feed of one."""
    if root is None:
        raise refused(head, "no root element")
    name = local_name(root)
    _refuse_doctype(root, head)
    if root.tag not in {f"{{{ATOM}}}{name}", name} or name not in {"feed", "entry"}:
        raise refused(head, f"the root is {str(root.tag)[:200]}")
    base = based(feed.url, root.get(XML_BASE))
    if name == "entry":
        feed.begins = False  # a part of something that it does not tell
        entry = read_entry(root, feed.url, feed)
        yield from (entry,) if entry else ()
        return
    for child in root:
        match local_name(child):
            case "link":
                href, relation = attribute(child, "href"), attribute(child, "rel") or "alternate"
                feed.takes_link(based(base, child.get(XML_BASE)), relation, href)
            case "title":
                feed.title = feed.title or line(whole_text(child), 200)
            case "complete" if child.tag == _COMPLETE:
                feed.complete = True
            case "totalResults" if child.tag == _TOTAL:
                written = (child.text or "").strip()
                feed.total = (
                    int(written) if written.isascii() and written.isdecimal() and len(written) < 10 else None
                )
            case _:
                pass


def _refuse_doctype(element: Element, head: bytes) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise _hostile(head)


def _broken(error: etree.XMLSyntaxError, head: bytes, path: Path) -> Exception:
    """Tell a document that was cut from one that is badly written, and from one that is no feed."""
    detail = f"{path.name}: {error}"[:300]
    root = _ROOT.search(head.replace(b"\0", b""))
    is_feed = root is not None and root[1].rpartition(b":")[2] in {b"feed", b"entry"}
    if not is_feed and (root is not None or b"<?xml" not in head[:8]):
        return refused(head, detail)
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        tail = file.read().replace(b"\0", b"")
    ended = root is not None and re.search(rb"</" + re.escape(root[1]) + _TRAILING, tail, re.DOTALL)
    if not ended and "Extra content" not in str(error):
        return cut(detail)
    sentence = "Le catalogue n’est pas du XML bien formé. Prévenez le site qui le publie."
    return DataError("not_xml", sentence, detail, head)


# --- tombstones ---


def _has_tombstones(path: Path) -> bool:
    with path.open("rb") as file:
        tail = b""
        while piece := file.read(1024 * 1024):
            if b"deleted-entry" in tail + piece:
                return True
            tail = piece[-16:]
    return False


def _tombstones(path: Path, head: bytes) -> dict[str, str]:
    """Give ref → when it was deleted, as written; none of a document that is not well formed."""
    buried: dict[str, str] = {}
    with path.open("rb") as file:
        try:
            for _, element in _parser(file, head, (_TOMBSTONE,)):
                if ref := line(element.get("ref")):
                    buried[ref] = element.get("when", "")
                element.clear()
        except etree.XMLSyntaxError:
            return {}
    return buried


def _instant(written: str) -> datetime:
    try:
        instant = datetime.fromisoformat(written.strip())
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
