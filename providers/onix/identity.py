"""Which product a block of bytes is, what kind of notice of it, and its fingerprint; without parsing it.

The product's own identifiers stand before its first block (`DescriptiveDetail`…), so those of
related products and of parts, which come later, are never looked at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

from providers.base import Item
from providers.books.ean import read_ean
from providers.errors import DataError
from providers.onix.envelope import END, Envelope
from providers.onix.tags import Element, tree_of

KIND: Final = "product"
PARTIAL: Final = "04"
WITHDRAWN: Final = "05"
NO_NEWS: Final = frozenset({"08", "09", "88", "89"})
"""Notices of sale and of acquisition, and tests: they say nothing of a book that is offered."""

_ATTRIBUTES: Final = rb"(?:\s[^<>]*)?>\s*"
_FIRST_BLOCK: Final = re.compile(
    rb"<(?:[A-Za-z_][\w.-]*:)?(?:descriptive|collateral|publishing|promotion|content)detail"
    rb"|<(?:[A-Za-z_][\w.-]*:)?(?:relatedmaterial|productiondetail|productsupply)",
    re.IGNORECASE,
)
_IDENTIFIER: Final = re.compile(
    rb"<(?:ProductIDType|b221)" + _ATTRIBUTES + rb"(15|03)\s*</[^>]*>\s*"
    rb"(?:<(?:IDTypeName|b233)" + _ATTRIBUTES + rb"[^<]*</[^>]*>\s*)?"
    rb"<(?:IDValue|b244)" + _ATTRIBUTES + rb"([\d\s-]*)</"
)
_NOTIFICATION: Final = re.compile(rb"<(?:NotificationType|a002)" + _ATTRIBUTES + rb"(\d\d)\s*</")
_REFERENCE: Final = re.compile(rb"<(?:RecordReference|a001)" + _ATTRIBUTES + rb"([^<>&]{1,300}?)\s*</")
_PRICE_DATE: Final = re.compile(rb"<(pricedate)[\s>](.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_DAY: Final = re.compile(rb">\s*(\d{4})-?(\d\d)-?(\d\d)(?:T[^<]*)?\s*<")


@dataclass(frozen=True, slots=True)
class Named:
    """What a product calls itself; `ean` and `isbn` as written, nothing where it has none.

    One that has several which differ has them all, and so no right one.
    """

    reference: str
    notification: str
    isbn: str
    ean: str

    @property
    def written(self) -> str:
        """The identifier that counts: the ISBN-13 (type 15), else the EAN-13 (type 03)."""
        return self.isbn or self.ean


@dataclass(frozen=True, slots=True)
class Identified:
    """A product as an item; `changes` is the next day on which one of its prices begins or ends.

    A partial notice says only what changed of the product, so what came before it counts too.
    """

    item: Item
    changes: date | None
    is_named: bool
    is_partial: bool


def identify(block: bytes, envelope: Envelope, today: date) -> Identified:
    """Give the item of a product: its ref is its EAN-13, or where that is none, its record reference.

    A notice that brings no news keeps away from the product's own item. The day counts where a
    price has dates: on another side of one of them, the same bytes say another price.
    """
    named = _named(block) or named_in_tree(block, envelope)
    payload = b"%b%b%b" % (envelope.wrapping, block, END)
    digest, changes = _digest(payload, len(envelope.wrapping), today)
    ref = _ref(named)
    is_named = bool(ref)
    if not ref:
        ref = f"sans-reference-{digest.hex()}"
    if named.notification in NO_NEWS:
        ref = f"{ref}/{named.notification}"
    return Identified(
        Item(
            ref,
            digest,
            payload,
            KIND,
            envelope.order,
            deleted=named.notification == WITHDRAWN,
        ),
        changes,
        is_named,
        named.notification == PARTIAL,
    )


def _ref(named: Named) -> str:
    if named.written:
        try:
            return read_ean(named.written)
        except DataError:
            pass
    return named.reference or named.written[:40]


def _named(block: bytes) -> Named | None:
    """Read the usual way of writing; None: it has to be parsed."""
    first = block.find(b"<DescriptiveDetail>")
    if first < 0:
        found = _FIRST_BLOCK.search(block)
        first = found.start() if found else len(block)
    head = block[:first]
    reference, notification = _REFERENCE.search(head), _NOTIFICATION.search(head)
    if reference is None or notification is None or b"<!" in head:
        return None
    isbn = ean = ""
    for kind, value in _IDENTIFIER.findall(head):
        if kind == b"15":
            isbn = _with(isbn, value.decode())
        else:
            ean = _with(ean, value.decode())
    if not (isbn or ean):
        return None
    return Named(reference[1].decode("utf-8", "replace").strip(), notification[1].decode(), isbn, ean)


def named_in_tree(block: bytes, envelope: Envelope) -> Named:
    """Read what a product calls itself from its parsed form; nothing where it cannot be parsed."""
    try:
        return named(tree_of(envelope.wrapping + block + END)[0])
    except (DataError, IndexError):
        return Named("", "", "", "")


def named(product: Element) -> Named:
    """Give what a parsed product calls itself."""
    reference = notification = isbn = ean = ""
    for child in product:
        tag = child.tag
        if tag == "ProductIdentifier":
            kind, value = identifier(child)
            if kind == "15":
                isbn = _with(isbn, value)
            elif kind == "03":
                ean = _with(ean, value)
        elif tag == "RecordReference":
            reference = reference or (child.text or "").strip()[:300]
        elif tag == "NotificationType":
            notification = notification or (child.text or "").strip()
    return Named(reference, notification, isbn, ean)


def _with(before: str, value: str) -> str:
    value = value.strip()
    if not (before and value):
        return before or value
    bare = value.replace("-", "").replace(" ", "")
    same = bare in before.replace("-", "").replace(" ", "").split("/")
    return before if same else f"{before} / {value}"


def identifier(composite: Element) -> tuple[str, str]:
    """Give (code of list 5, value) of a ProductIdentifier."""
    kind = value = ""
    for leaf in composite:
        tag = leaf.tag
        if tag == "ProductIDType":
            kind = (leaf.text or "").strip()
            if kind not in ("15", "03"):
                break
        elif tag == "IDValue":
            value = (leaf.text or "").strip()
    return kind, value


def _digest(payload: bytes, begins: int, today: date) -> tuple[bytes, date | None]:
    """Digest a product without the attributes of its tag: exports stamp it with their own date."""
    tag_end = payload.find(b">", begins)
    if payload.find(b"=", begins, tag_end) < 0:
        digest = sha256(payload)
    else:
        name_end = begins + len(payload[begins:tag_end].split(None, 1)[0])
        digest = sha256(payload[:name_end])
        digest.update(payload[tag_end:])
    changes = None
    if payload.rfind(b"PriceDate") > 0 or payload.rfind(b"pricedate") > 0:
        bounds = sorted(set(_bounds(payload)))
        digest.update(b"".join(b"+" if bound <= today else b"-" for bound in bounds))
        changes = next((bound for bound in bounds if bound > today), None)
    return digest.digest()[:16], changes


def _bounds(payload: bytes) -> Iterator[date]:
    """Give the days on which something may begin or end: each date, and the day after it."""
    for _, body in _PRICE_DATE.findall(payload):
        for numbers in _DAY.findall(body):
            try:
                bound = date(*(int(number) for number in numbers))
                yield bound
                yield bound + timedelta(days=1)
            except (ValueError, OverflowError):
                continue
