"""Makes plain text of what a catalogue says of a book, however many times it was escaped on its way."""

import html
import re
from typing import Final

import nh3

from providers.text import clean, without_contacts

LONGEST: Final = 10_000
MOST_ESCAPES: Final = 3
_SCANNED: Final = 100_000
"""Signs of the partner's text that are looked at."""

_ESCAPED: Final = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_BREAK: Final = re.compile(r"</?(?:p|br|div|ul|ol|li|h[1-6]|blockquote)\s*/?>", re.IGNORECASE)
_ITEM: Final = re.compile(r"<li(?:\s[^<>]*)?>", re.IGNORECASE)
_INLINE: Final = re.compile(r"</?(?:b|i|em|strong|u|span|sup|sub)\s*/?>", re.IGNORECASE)
_ENDS: Final = re.compile(
    r"</?(?:p|br|div|ul|ol|h[1-6]|blockquote|table|tr)(?:\s[^<>]*)?/?>|</li\s*>", re.IGNORECASE
)
_TAG: Final = re.compile(r"</?[a-zA-Z!]")


def plain_description(text: str) -> str:
    """Give the plain text of a description; paragraphs stay apart, scripts and personal contacts vanish.

    Entities are resolved as long as there are some: `&amp;eacute;` and `&amp;lt;p&amp;gt;` are
    what an export made of `é` and `<p>`. What is left of HTML goes through nh3.
    """
    text = text[:_SCANNED]
    for _ in range(MOST_ESCAPES):
        if "&" not in text or not _ESCAPED.search(text):
            break
        text = html.unescape(text)
    if "<" in text:
        text = _without_tags(text)
    return without_contacts(clean(text))[:LONGEST].rstrip()


def _without_tags(text: str) -> str:
    text = _ITEM.sub("\n- ", text)
    text = _INLINE.sub("", _BREAK.sub("\n\n", text))
    if _TAG.search(text):
        text = html.unescape(nh3.clean(_ENDS.sub("\n\n", text), tags=set()))
    return text
