"""What an entry says of a book, whatever the version of OPDS: the shape that both readers fill.

A notice holds what becomes a record and nothing else: no dates of the feed, no addresses of acquisition
links (they carry tokens). So its digest is the item's fingerprint. It goes about as JSON text.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_json

from providers.errors import DataError
from providers.text import clean

LONGEST_TEXT: Final = 50_000
MOST: Final = 100
"""Of contributors, subjects, links or identifiers of one entry; the rest is left."""

PUBLIC: Final = frozenset({"buy", "open", "any"})
"""The ways by which the public has a book for good."""

Notice: TypeAlias = dict[str, Any]
"""The values of a `Said`, those at their defaults left out: JSON only."""

Text: TypeAlias = Annotated[str, Field(max_length=LONGEST_TEXT)]


class Acquisition(BaseModel):
    """A way to have the book.

    Parameters
    ----------
    how
        `buy`, `open`, `any` (not said how), `borrow`, `subscribe`, `sample`, `licence` or `other`.
    types
        Media types of what one has in the end, behind all indirections.
    prices
        (currency, amount) as written.
    state
        The availability as written; only of the ways in `PUBLIC`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    how: Text = "other"
    types: tuple[Text, ...] = ()
    prices: tuple[tuple[Text, Text], ...] = ()
    state: Text = ""


class Said(BaseModel):
    """An entry as read; every value is the partner's own words, on one line but for the description.

    Parameters
    ----------
    ean
        The entry's own identifier, where it says that it is an ISBN or EAN; `eans`: its other ones.
    contributors
        (name, role), the role in the words of `records.Contributor`.
    subjects
        (scheme, code, label) of the schemes that we know.
    description
        Plain, or HTML that nobody cleaned yet.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Text = ""
    subtitle: Text = ""
    ean: Text = ""
    eans: tuple[Text, ...] = ()
    contributors: tuple[tuple[Text, Text], ...] = ()
    publisher: Text = ""
    collection: Text = ""
    published: Text = ""
    languages: tuple[Text, ...] = ()
    pages: Text = ""
    subjects: tuple[tuple[Text, Text, Text], ...] = ()
    description: Text = ""
    cover: Text = ""
    schema_type: Text = ""
    book_format: Text = ""
    formats: tuple[Text, ...] = ()
    acquisitions: tuple[Acquisition, ...] = ()


@dataclass(slots=True)
class Entry:
    """One entry of a feed, its notice as JSON text; `updated` as written, for telling it from a tombstone."""

    ref: str
    notice: str = ""
    updated: str = ""
    deleted: bool = False

    @property
    def fingerprint(self) -> bytes:
        """Digest the notice; what a signed cover address rewrites at each export is left out."""
        text = _SIGNED.sub("", self.notice) if "?" in self.notice else self.notice
        return blake2b(text.encode(), digest_size=16).digest()


_SIGNED: Final = re.compile(
    r"(?<=[?&])(?:x-amz-[a-z-]+|x-goog-[a-z-]+|expires|signature|key-pair-id|policy|awsaccesskeyid|token|sig|se|st)"
    r"=[^&#\"\\\s]*&?",
    re.IGNORECASE,
)


def written(notice: Notice) -> str:
    """Give a notice as JSON text, in the one order of its values, without those that are empty."""
    return to_json({name: value for name in _ORDER if (value := notice.get(name))}).decode()


_ORDER: Final = tuple(Said.model_fields)


def understood(payload: object) -> Said:
    """Give back what `written` gave.

    Raises
    ------
    DataError
        It is no notice.
    """
    if isinstance(payload, str):
        try:
            return Said.model_validate_json(payload)
        except (ValidationError, UnicodeError) as error:
            raise DataError(
                "not_a_notice", _UNREADABLE, f"{type(error).__name__}: {payload[:200]!r}"
            ) from None
    raise DataError("not_a_notice", _UNREADABLE, repr(payload)[:200])


def by_how(way: Mapping[str, Any]) -> tuple[str, Sequence[str], Sequence[Sequence[str]]]:
    """Give what ways to have a book are put in order by: exports shuffle them."""
    return way["how"], way.get("types") or [], way.get("prices") or []


_UNREADABLE: Final = "La notice n’est pas lisible."


def line(text: str | None, longest: int = 1_000) -> str:
    """Give text on one line, without control characters."""
    if not text:
        return ""
    if text.isprintable() and "  " not in text:
        return text.strip()[:longest]
    flat = " ".join(text.split())
    if not flat.isprintable():
        flat = " ".join(clean(flat).split())
    return flat[:longest]


def block(text: str | None) -> str:
    """Give a longer text without control characters, its lines kept."""
    return clean(text)[:LONGEST_TEXT] if text else ""


_SAYS_EAN: Final = re.compile(
    r"(?:urn:)?(?:e?isbn|ean|gtin)(?:-?1[034])?(?:\s*:\s*|\s+)(\S.*)", re.IGNORECASE
)
_EAN_SCHEME: Final = re.compile(r"(?:^|[^a-z])e?(?:isbn|ean|gtin)(?:[^a-z]|$)", re.IGNORECASE)
_LOOKS_LIKE_ISBN: Final = re.compile(r"97[89](?:[\s\u00a0-]?[0-9]){9}[\s\u00a0-]?[0-9Xx]")


def said_ean(identifier: str, scheme: str = "") -> str:
    """Give the ISBN or EAN that an identifier says it is, as written; empty when it is another thing.

    A number is one by its prefix (`urn:isbn:`), its scheme, or by beginning with 978 or 979 and having
    an ISBN's length; ten digits alone are not, for many shops number their books so.
    """
    if said := _SAYS_EAN.fullmatch(identifier):
        return said[1].strip()[:40]
    if (scheme and _EAN_SCHEME.search(scheme)) or _LOOKS_LIKE_ISBN.fullmatch(identifier):
        return identifier[:40]
    return ""


_SCHEMES: Final = {
    "thema": ("thema", re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}")),
    "bisac": ("bisac", re.compile(r"[A-Z]{3}[0-9]{6}")),
    "bisg": ("bisac", re.compile(r"[A-Z]{3}[0-9]{6}")),
    "clil": ("clil", re.compile(r"[0-9]{4}")),
}


@lru_cache(maxsize=4096)
def known_subject(scheme: str, code: str, label: str) -> tuple[str, str, str] | None:
    """Give (scheme, code, label) of a subject in Thema, BISAC or CLIL; None for another scheme."""
    folded = scheme.lower()
    for word, (name, shape) in _SCHEMES.items():
        if word in folded:
            bare = code.rstrip("/").rpartition("/")[2].strip().upper()
            return (name, bare, line(label, 300)) if shape.fullmatch(bare) else None
    return None


_MARC_ROLES: Final = {
    "aut": "author",
    "edt": "editor",
    "ill": "illustrator",
    "art": "illustrator",
    "trl": "translator",
    "nrt": "narrator",
}
_ROLES: Final = frozenset(_MARC_ROLES.values())


def role_of(word: str) -> str:
    """Give the role of a contributor in our words, from a MARC code or a plain word."""
    folded = word.strip().lower().rpartition("/")[2]
    return folded if folded in _ROLES else _MARC_ROLES.get(folded, "other")
