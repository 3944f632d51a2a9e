"""What every adapter does to a partner's words: clean, fold, make plain, and drop what is personal."""

import html
import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import nh3

HIDDEN: Final = "…"
"""Stands where an e-mail address or a telephone number was."""

_UNWANTED: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
)
_LINE_ENDS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_EMAIL: Final = re.compile(
    r"[\w.+%-]{1,64}\s?(?:@|[\[(]\s?(?:at|arobase|@)\s?[\])])\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
    re.IGNORECASE,
)
_AT: Final = re.compile(r"@|[\[(]\s?(?:at|arobase)", re.IGNORECASE)
_DIGITS: Final = re.compile("[0-9]{2}")
_PHONE: Final = re.compile(
    r"(?<!\w)(?:(?:\+|00)[0-9]{2,3}(?:[ \u00a0.-]?\(0\))?[ \u00a0.-]?[0-9]|0[1-9])"
    r"(?:[ \u00a0\u202f.-]?[0-9]{2}){4}(?!\w)"
)
_BLOCK_ENDS: Final = re.compile(r"(?i)<br\s*/?>|</(?:p|div|h[1-6]|li|ul|ol|blockquote|tr|table)\s*>")
_LIST_ITEM: Final = re.compile(r"(?i)<li[^>]*>")
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_ACTIVE: Final = re.compile(
    r"(?i)</?(?:script|style|iframe|object|embed|svg|form|meta|link|base|img)\b[^<>]*>?"
)
_MARKDOWN: Final = (
    (re.compile(r"!\[([^\]\n]{0,500})\]\([^)\s]*\)"), r"\1"),
    (re.compile(r"\[([^\]\n]{1,500})\]\((https?://[^)\s]+)\)"), r"\1 (\2)"),
    (re.compile(r"(?m)^ {0,3}#{1,6} +(.+?) *#*$"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)(.{1,2000}?)(?<=\S)\1", re.DOTALL), r"\2"),
    (re.compile(r"(?<![\w*_])([*_])(?=\S)([^*_\n]{1,1000}?)(?<=\S)\1(?![\w*_])"), r"\2"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!>~|-])"), r"\1"),
)


_BEFORE_BREAKS: Final = re.compile(r" (?=[;:!?»€](?:\W|$))|(?<=«) |(?<=\bn°) ")


def typeset(sentence: str) -> str:
    """Give a French sentence the no-break spaces that its « guillemets » and signs take."""
    return _BEFORE_BREAKS.sub("\u00a0", sentence)


def clean(text: str) -> str:
    """Give text without control characters, and never more than one blank line."""
    if not text.replace("\n", "").replace("\u00a0", "").isprintable():
        text = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))
    text = "\n".join([line.strip() for line in text.split("\n")])
    return (re.sub(r"\n{3,}", "\n\n", text) if "\n\n\n" in text else text).strip()


def one_line(text: str) -> str:
    """Give clean text on one line, for a title or a name."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(clean(text).split())


def plain(text: str) -> str:
    """Give the plain text of HTML or of Markdown; paragraphs stay apart, scripts and styles vanish."""
    if _TAG.search(text):
        text = _LIST_ITEM.sub("- ", _BLOCK_ENDS.sub("\n\n", text))
        text = html.unescape(nh3.clean(text, tags=set()))
        text = _ACTIVE.sub("", text)  # what was escaped twice: never shown as HTML, and harmless if it is
        text = re.sub(r"(?m)^(- .*)\n\n(?=- )", r"\1\n", clean(text))
    else:
        for pattern, replacement in _MARKDOWN:
            text = pattern.sub(replacement, text)
    return clean(text)


def without_contacts(text: str) -> str:
    """Give text with e-mail addresses and telephone numbers hidden: adapters keep neither."""
    if ("@" in text or "(" in text or "[" in text) and _AT.search(text):
        text = _EMAIL.sub(HIDDEN, text)
    return _PHONE.sub(HIDDEN, text) if _DIGITS.search(text) else text


def hide_contacts(text: str) -> str:
    """Give text whose e-mail addresses and telephone numbers are nobody's; one stays one."""

    def address(found: re.Match[str]) -> str:
        return f"contact-{blake2b(found[0].encode(), digest_size=3).hexdigest()}@example.org"

    return _PHONE.sub("01 00 00 00 00", _EMAIL.sub(address, text) if _AT.search(text) else text)


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Give text for comparing: no accents, no case, no punctuation, single spaces."""
    apart = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae"))
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", bare).split())


def counted(number: int, word: str) -> str:
    """Give « 0 évènement », « 1 date », « 2 500 dates »: the French plural begins at two."""
    return f"{number:,} {word}{'s' if number >= 2 else ''}".replace(",", "\u202f")
