"""Makes plain text of what a catalogue says of a book, however many times it was escaped on its way."""

import html
import re
from typing import Final

import nh3

from providers.text import clean, one_line, plain, without_contacts

LONGEST: Final = 10_000
MOST_ESCAPES: Final = 3
_SCANNED: Final = 100_000
"""Signs of the partner's text that are looked at."""

_ESCAPED: Final = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_MARKUP: Final = re.compile(r"<[^<>]*>")
_TAG: Final = re.compile(r"</?[a-zA-Z!]")
_LINES: Final = re.compile(r"\s*\n\s*")
_ITEM: Final = re.compile(r"<li(?:\s[^<>]*)?>", re.IGNORECASE)
_ENDS: Final = re.compile(
    r"</?(?:p|br|div|ul|ol|h[1-6]|blockquote|table|tr)(?:\s[^<>]*)?/?>|</li\s*>", re.IGNORECASE
)

_BLOCKS: Final = ("p", "br", "div", "ul", "ol")
_INLINE: Final = ("b", "i", "em", "strong", "u", "span")
_PLAIN: Final = {
    spelled: ends
    for names, ends in ((_BLOCKS, "\n\n"), (_INLINE, ""))
    for name in names
    for tag in (f"<{name}>", f"</{name}>", f"<{name}/>", f"<{name} />")
    for spelled in (tag, tag.upper())
} | {tag: ends for name in ("li", "LI") for tag, ends in ((f"<{name}>", "\n- "), (f"</{name}>", "\n"))}
"""Tags without attributes, of which there is nothing to fear, and what stands for them in plain text."""


def plain_description(text: str) -> str:
    """Give the plain text of a description; paragraphs stay apart, scripts and personal contacts vanish.

    Entities are resolved as long as there are some: `&amp;eacute;` and `&amp;lt;p&amp;gt;` are
    what an export made of `é` and `<p>`. HTML beyond the plainest tags goes through nh3.
    """
    text = text[:_SCANNED]
    for _ in range(MOST_ESCAPES):
        if "&" not in text or not _ESCAPED.search(text):
            break
        text = html.unescape(text)
    if "<" in text:
        text = _without_tags(text)
    return without_contacts(clean(text))[:LONGEST].rstrip()


def plain_line(text: str) -> str:
    """Give a title or a name on one line, without the entities and tags that were left in it."""
    if "&" in text:
        for _ in range(MOST_ESCAPES):
            text, number = _ESCAPED.subn(_unescaped, text)
            if not number:
                break
    if "<" in text and _TAG.search(text):
        text = plain(text)
    return one_line(text)


def _unescaped(entity: re.Match[str]) -> str:
    return html.unescape(entity[0])


def _without_tags(text: str) -> str:
    tags = set(_MARKUP.findall(text))
    if "\n" in text and _ENDS.search(text):
        text = _LINES.sub(" ", text)  # in HTML the line's end is a space
    if tags <= _PLAIN.keys():
        for tag in tags:
            text = text.replace(tag, _PLAIN[tag])
    if "<" in text and _TAG.search(text):
        text = html.unescape(nh3.clean(_ENDS.sub("\n\n", _ITEM.sub("\n- ", text)), tags=set()))
    return text
