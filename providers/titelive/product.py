"""Says what a TiteLive sheet is in our terms: a product, or why it is none."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from models.vocabulary import Certainty, Reason
from providers.base import Item
from providers.books.description import plain_description
from providers.books.ean import read_ean
from providers.books.languages import bibliographic
from providers.books.rules import CLIL
from providers.books.subjects import label_of
from providers.errors import DataError
from providers.records import PRICE_NOT_SAID, Contributor, LeftOut, Price, ProductRecord, Record, Subject
from providers.text import fold, without_contacts
from providers.titelive import judgement
from providers.titelive.api import as_list
from providers.titelive.sheet import UNANNOUNCED, is_withdrawn
from providers.titelive.values import code, count, day, decimal, is_yes, unescaped, words, written

MOST_CONTRIBUTORS: Final = 50
MOST_SUBJECTS: Final = 20

COVER: Final = "https://images.epagine.fr/{last}/{ean}_1_75.jpg"
"""Where the API puts a book's front cover; the files only say that there is one."""

_NOTHING: Final = frozenset({"", UNANNOUNCED, "0", "non precise", "non precisee"})
_PLACEHOLDER: Final = re.compile(r"no[_-]?image", re.IGNORECASE)
_EURO: Final = frozenset({"€", "EUR", "EURO", "EUROS"})


def read(item: Item) -> Record:
    """Give the product of a sheet, or why it is left out.

    Raises
    ------
    DataError
        The sheet cannot be read; the sentence says what is wrong with it.
    """
    work, article = _parts(item.payload)
    gencod = written(article.get("gencod"))
    if not gencod.strip("0"):
        return LeftOut(item.ref, Reason.NO_EAN)
    ean = read_ean(gencod[:40])
    if is_withdrawn(item.payload):
        return LeftOut(item.ref, Reason.NOT_ANNOUNCED)
    title = without_contacts(words(work.get("titre")))
    if not title:
        raise DataError(
            "no_title", f"L’article « {ean} » n’a pas de titre chez TiteLive.", f"{ean}: no title"
        )
    published, subjects = day(article.get("dateparution")), tuple(_subjects(article))[:MOST_SUBJECTS]
    return ProductRecord(
        ref=ean,
        ean=ean,
        title=title,
        subtitle=without_contacts(_said(article.get("commentaire"))),
        contributors=_contributors(work, article),
        publisher=_said(article.get("editeur")),
        collection=_said(article.get("collection")),
        published=published.isoformat() if published else "",
        language=bibliographic(written(article.get("langueiso"))),
        pages=count(article.get("pages")),
        form=judgement.form_of(article),
        subjects=subjects,
        description=plain_description(written(article.get("resume"))),
        cover_url=_cover(ean, article),
        available=judgement.is_available(article),
        price=_price(ean, article),
        refused=judgement.refused(ean, article, subjects),
    )


def _parts(payload: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    if isinstance(payload, Mapping):
        if "columns" in payload:
            sentence = "Cette ligne n’a pas les colonnes que TiteLive annonce : elle n’est pas lisible."
            raise DataError("tit_columns", sentence, f"{written(payload['columns'])} columns")
        work, article = payload.get("work"), payload.get("article")
        if isinstance(work, Mapping) and isinstance(article, Mapping):
            return work, article
    raise DataError("not_an_article", "Cet article de TiteLive n’est pas lisible.", repr(payload)[:500])


def _said(value: Any) -> str:
    """Give a name; nothing for the words that stand for none."""
    text = words(value)
    return "" if fold(text) in _NOTHING else text


def _contributors(work: Mapping[str, Any], article: Mapping[str, Any]) -> tuple[Contributor, ...]:
    """Give the authors, one by one where TiteLive tells them apart, then who translated and who reads."""
    several = work.get("auteurs_multi")
    if isinstance(several, Mapping):  # TiteLive's number of each → name
        several = [name for number, name in several.items() if written(number).isdigit()]
    authors = several if isinstance(several, list) else [several]
    if not any(_said(each) for each in authors):
        authors = [work.get("auteurs")]
    told = (
        *((each, "author") for each in authors),
        (article.get("traducteur"), "translator"),
        (article.get("lu_par"), "narrator"),
    )
    named = dict.fromkeys((_said(name), role) for name, role in told)
    return tuple(Contributor(name, role) for name, role in named if name)[:MOST_CONTRIBUTORS]


def _subjects(article: Mapping[str, Any]) -> Iterator[Subject]:
    """Give the GTL from the broadest to the narrowest, the CLIL, and the shelf of files that have neither."""
    gtl = article.get("gtl")
    levels = as_list(gtl.get("first")) if isinstance(gtl, Mapping) else None
    for level in levels or ():
        if isinstance(level, Mapping) and (genre := _gtl(level.get("code"))):
            yield Subject(judgement.GTL, genre, words(level.get("libelle")))
    if clil := code(article.get("code_clil")):
        yield Subject(CLIL, clil, label_of(CLIL, clil))
    shelf = article.get("csr")
    if isinstance(shelf, Sequence) and len(shelf) == 2 and (number := code(shelf[0])):
        yield Subject(judgement.SHELF, number, words(shelf[1]))


def _gtl(value: Any) -> str:
    """Give the eight digits of a GTL code, two a level; TiteLive drops a first zero, at times the last."""
    digits = written(value)
    if not re.fullmatch(r"[0-9]{1,8}", digits) or not digits.strip("0"):
        return ""
    return digits.zfill(8) if len(digits) > 6 else digits.zfill(6).ljust(8, "0")


def _cover(ean: str, article: Mapping[str, Any]) -> str:
    """Give the address of the front cover; none where TiteLive says so, or shows what stands for none."""
    if "recto" not in article:
        return COVER.format(last=ean[-3:], ean=ean) if is_yes(article.get("image")) else ""
    url = written(article["recto"])
    if written(article.get("image")) == "0" or _PLACEHOLDER.search(url) or len(url) > 2000:
        return ""
    url = re.sub(r"^(?:http:)?//", "https://", url)
    if not url.isascii() or not url.isprintable() or " " in url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme == "https" and parts.hostname and "@" not in parts.netloc else ""


def _price(ean: str, article: Mapping[str, Any]) -> Price:
    """Give the publisher's price in France, tax included; 0 stands for one that nobody knows."""
    value = article.get("prix")
    if "prixfr" in article:
        france = article["prixfr"]
        if not isinstance(france, Mapping) or not _is_euro(france.get("devise")):
            return PRICE_NOT_SAID
        value = france.get("value")
    if not written(value):
        return PRICE_NOT_SAID
    amount = decimal(value)
    if amount is None or amount != amount.quantize(Decimal("0.01")) or amount >= 100_000_000:
        sentence = f"Le prix de l’article « {ean} » n’est pas lisible : « {written(value)[:20]} »."
        raise DataError("price_unreadable", sentence, f"{ean}: price {written(value)[:40]!r}")
    return Price(amount.quantize(Decimal("0.01")), Certainty.CERTAIN) if amount else PRICE_NOT_SAID


def _is_euro(value: Any) -> bool:
    return unescaped(written(value)).strip().upper() in _EURO
