"""What a message says of itself, and what its products need of it."""

import re
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import quoteattr

from providers.errors import DataError
from providers.onix.dates import moment
from providers.onix.tags import Element, tree_of
from providers.text import one_line

_PREFIXES: Final = re.compile(rb"\sxmlns:[\w.-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*')")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a message says of itself.

    Parameters
    ----------
    order
        Ranks messages by when they were sent, then by number; None where the header says neither.
    wrapping
        The start tag that goes before each product; `END` goes after it.
    """

    sender: str = ""
    order: str | None = None
    wrapping: bytes = b"<message>"


END: Final = b"</message>"


def envelope_of(root: bytes, header: bytes) -> Envelope:
    """Read what stands between a message's start tag and its first product; unreadable, it says nothing."""
    said: dict[str, str] = {}
    name = root[1:].split(None, 1)[0].rstrip(b">/")
    try:
        for element in tree_of(root + header + b"</" + name + b">").iter():
            _take_said(element, said)
    except DataError:
        said = {}
    prefixes = b"".join(_PREFIXES.findall(root))
    sent = moment(said.get("SentDateTime", ""))
    number = said.get("MessageNumber", "")
    order = None
    if sent is not None:
        order = f"{sent:%Y%m%dT%H%M%SZ}" + (f"#{int(number):015d}" if _is_number(number) else "")
    defaults = "".join(f" {key}={quoteattr(said[name])}" for name, key in _DEFAULTS.items() if said.get(name))
    return Envelope(
        one_line(said.get("SenderName", ""))[:200], order, b"<message" + prefixes + defaults.encode() + b">"
    )


_DEFAULTS: Final = {
    "DefaultLanguageOfText": "language",
    "DefaultPriceType": "price_type",
    "DefaultCurrencyCode": "currency",
}


def _take_said(element: Element, said: dict[str, str]) -> None:
    if element.text and element.text.strip():
        said.setdefault(element.tag, element.text.strip())


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 15
