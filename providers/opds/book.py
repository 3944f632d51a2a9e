"""Makes a product of a notice: its EAN, its form, and the one price that the public pays for it."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from models.vocabulary import Certainty, Form, Reason
from providers.books import rules
from providers.books.description import plain_description, plain_line
from providers.books.ean import read_ean
from providers.books.languages import bibliographic
from providers.books.subjects import label_of
from providers.errors import DataError
from providers.opds.notice import PUBLIC, Acquisition, Said, line, role_of, understood
from providers.records import PRICE_NOT_SAID, Contributor, LeftOut, Price, ProductRecord, Subject
from providers.text import without_contacts

MOST_PAGES: Final = 20_000

_DAY: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:[T ].*)?", re.ASCII | re.DOTALL)
_AMOUNT: Final = re.compile(r"(\d{1,8})(?:[.,](\d{1,2})0*)?", re.ASCII)
_PAGES: Final = re.compile(r"(?<![\d.,])(\d{1,5})\s*(?:p|pp|pages?)\b", re.ASCII | re.IGNORECASE)
_NO_TITLE: Final = re.compile(r"https?://\S+")
_AUDIO: Final = re.compile(r"^audio/|audiobook")
_DIGITAL: Final = re.compile(
    r"epub|/pdf|mobi|ebook|comicbook|x-cb[rz7]|webpub|divina|fb2|fictionbook|djvu|kindle|azw|streaming-text"
)
_PAPER: Final = frozenset({"paperback", "hardcover"})
_GONE: Final = frozenset({"unavailable", "removed"})


def read(ref: str, payload: object) -> ProductRecord | LeftOut:
    """Say what an entry is.

    Raises
    ------
    DataError
        `several_eans`, `ean_…`, `no_title`, `not_a_notice`.
    """
    said = understood(payload)
    ean = ean_of(said)
    if ean is None:
        return LeftOut(ref, Reason.NO_EAN)
    title = without_contacts(plain_line(said.title))
    if not title or _NO_TITLE.fullmatch(title):
        raise DataError("no_title", f"Le livre {ean} n’a pas de titre dans le catalogue.", said.title[:200])
    return ProductRecord(
        ref=ref,
        ean=ean,
        title=title[:500],
        subtitle=without_contacts(plain_line(said.subtitle))[:500],
        contributors=_contributors(said),
        publisher=plain_line(said.publisher)[:300],
        collection=plain_line(said.collection)[:300],
        published=published(said.published),
        language=next(filter(None, map(bibliographic, said.languages)), ""),
        pages=_pages(said.pages),
        form=form_of(said),
        subjects=tuple(dict.fromkeys(map(_subject, said.subjects))),
        description=plain_description(said.description),
        cover_url=said.cover if said.cover.isprintable() and len(said.cover) <= 2000 else "",
        available=_available(said.acquisitions),
        price=public_price(said.acquisitions),
        refused=rules.refusal(_deciding(said)),
    )


def ean_of(said: Said) -> str | None:
    """Give the book's EAN: the entry's own identifier where it is one, else the only other that it names.

    Raises
    ------
    DataError
        None of those it names is valid, or it names several books.
    """
    if said.ean:
        return read_ean(said.ean)
    valid: dict[str, None] = {}
    wrong: DataError | None = None
    for each in said.eans:
        try:
            valid[read_ean(each)] = None
        except DataError as error:
            wrong = wrong or error
    if len(valid) > 1:
        sentence = (
            f"La notice porte {len(valid)} ISBN différents : on ne sait pas lequel est celui de ce livre. "
            "Demandez au catalogue une notice par ISBN."
        )
        raise DataError("several_eans", sentence, ", ".join(valid)[:500])
    if not valid and wrong is not None:
        raise wrong
    return next(iter(valid), None)


def public_price(acquisitions: Iterable[Acquisition]) -> Price:
    """Give what the public pays in euros; unknown unless the ways to buy agree on one amount.

    What is lent, subscribed to, licensed to libraries or a sample says nothing of it; a price in
    another currency neither. Only « open access » says that a book is free.
    """
    ways = [each for each in acquisitions if each.how in PUBLIC]
    amounts = {
        _euros(written)
        for each in ways
        for currency, written in each.prices
        if currency.strip().upper() == "EUR"
    }
    if any(each.how == "open" and not each.prices for each in ways):
        amounts.add(Decimal(0))
    amount = amounts.pop() if len(amounts) == 1 else None
    return PRICE_NOT_SAID if amount is None else Price(amount, Certainty.CERTAIN)


def form_of(said: Said) -> Form:
    """Say what the book is as a thing, by its declared format, its type, else what one receives."""
    if _last_part(said.book_format) in _PAPER:
        return Form.PAPER
    kind = _last_part(said.schema_type)
    if "audiobook" in kind:
        return Form.AUDIO
    if kind == "ebook":
        return Form.DIGITAL
    types = [each for way in said.acquisitions if way.how != "sample" for each in way.types]
    found = {form for each in (*types, *said.formats) if (form := _form_of_type(each)) is not None}
    return found.pop() if len(found) == 1 else Form.OTHER


@lru_cache(maxsize=1024)
def _form_of_type(media_type: str) -> Form | None:
    folded = media_type.lower()
    if _AUDIO.search(folded):
        return Form.AUDIO
    return Form.DIGITAL if _DIGITAL.search(folded) else None


def published(written: str) -> str:
    """Give an ISO 8601 day, month or year as precise as it is written; empty when it is none.

    Years before 1000 are what programs write for « unknown » (0001-01-01).
    """
    if re.fullmatch(r"\d{8}", written, re.ASCII):
        written = f"{written[:4]}-{written[4:6]}-{written[6:]}"
    parts = _DAY.fullmatch(written)
    if parts is None or not 1000 <= int(parts[1]) <= 2200:
        return ""
    try:
        date(int(parts[1]), int(parts[2] or 1), int(parts[3] or 1))
    except ValueError:
        return ""
    return "-".join(filter(None, parts.groups()))


def _contributors(said: Said) -> tuple[Contributor, ...]:
    named = ((plain_line(name)[:200], role_of(role)) for name, role in said.contributors)
    return tuple(dict.fromkeys(Contributor(name, role) for name, role in named if name))


def _subject(said: tuple[str, str, str]) -> Subject:
    scheme, code, label = map(line, said)
    return Subject(scheme, code, label_of(scheme, code) or label)


def _deciding(said: Said) -> Sequence[tuple[str, str]]:
    """Give what says whether the book may be offered: its CLIL subjects, else those of Thema."""
    codes = [(scheme, code) for scheme, code, _ in said.subjects]
    return [each for each in codes if each[0] == rules.CLIL] or [
        each for each in codes if each[0] == rules.THEMA
    ]


def _pages(written: str) -> int | None:
    if written.isascii() and written.isdecimal() and len(written) <= 5:
        number = int(written)
    else:
        found = _PAGES.findall(written)
        number = int(found[0]) if len(found) == 1 else 0
    return number if 0 < number <= MOST_PAGES else None


def _available(acquisitions: Sequence[Acquisition]) -> bool | None:
    """Whether the public can have the book; a loan says nothing of it."""
    ways = [each for each in acquisitions if each.how in PUBLIC]
    return any(each.state.lower() not in _GONE for each in ways) if ways else None


def _euros(written: str) -> Decimal | None:
    amount = _AMOUNT.fullmatch(written.strip())
    return Decimal(f"{amount[1]}.{amount[2] or 0}") if amount else None


def _last_part(name: str) -> str:
    """Give « ebook » of « http://schema.org/EBook » or « schema:EBook »."""
    return re.split(r"[/:#]", name.strip().rstrip("/"))[-1].lower()
