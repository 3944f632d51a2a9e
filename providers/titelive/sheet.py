"""A book's sheet: what we keep of an article and its work, whichever source wrote it, and its item.

Both sources come to the same names, those of the API: `{"work": {…}, "article": {…}}`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final

from providers.base import Item
from providers.books.ean import read_ean
from providers.errors import DataError
from providers.titelive.api import as_list
from providers.titelive.values import unescaped, written

PRODUCT: Final = "product"

WORK: Final = ("titre", "auteurs", "auteurs_multi")
ARTICLE: Final = (
    *("gencod", "commentaire", "traducteur", "lu_par", "editeur", "collection", "dateparution", "pages"),
    *("langueiso", "gtl", "code_clil", "csr", "resume", "image", "dispo", "codesupport", "livre_lu"),
    *("prix", "taux_tva", "scolaire", "id_lectorat"),
)
"""Neither shops' stocks nor the date of modification, which changes where nothing else does."""

UNANNOUNCED: Final = "xxx"
"""Title and author of a sheet that holds the place of a book that is not announced, or not any more."""

ABANDONED: Final = "9"
"""Availability code: « abandon de parution », the book will not be published."""

_DEPTH: Final = 6


def items_of(work: Any) -> Iterator[Item]:
    """Give the items of a work as the API writes it: one for each of its articles."""
    articles = as_list(work.get("article")) if isinstance(work, Mapping) else None
    if articles is None:
        yield _unreadable(work)
        return
    for article in articles:
        yield item(work, article) if isinstance(article, Mapping) else _unreadable(article)


def item(work: Mapping[str, Any], article: Mapping[str, Any], order: str | None = None) -> Item:
    """Give the item of a sheet; its ref is the EAN, or what stands in its place until it is judged."""
    kept = {name: _kept(article[name]) for name in ARTICLE if article.get(name) not in (None, "", [])}
    images, prices = article.get("imagesUrl"), article.get("prixpays")
    if isinstance(images, Mapping):
        kept["recto"] = _kept(images.get("recto"))
    if isinstance(prices, Mapping) and prices:
        kept["prixfr"] = _kept(prices.get("fr"))
    payload = {
        "work": {name: _kept(work[name]) for name in WORK if work.get(name) not in (None, "", [])},
        "article": kept,
    }
    return _item(written(article.get("gencod")), payload, order=order, deleted=is_withdrawn(payload))


def misshapen(ean: str, columns: int, line: str) -> Item:
    """Give the item of a line of a `.tit` file that has not the columns that we know."""
    return _item(ean, {"columns": columns, "line": _kept(line[:500])})


def is_withdrawn(payload: Mapping[str, Any]) -> bool:
    """Tell whether TiteLive says that there is no such book: not announced, or its publication given up."""
    work, article = payload["work"], payload["article"]
    title, authors = work.get("titre"), work.get("auteurs")
    is_placeholder = all(unescaped(written(each)).strip().lower() == UNANNOUNCED for each in (title, authors))
    return is_placeholder or written(article.get("dispo")) == ABANDONED


def _item(ean: str, payload: Mapping[str, Any], *, order: str | None = None, deleted: bool = False) -> Item:
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    digest = blake2b(text.encode(), digest_size=16).digest()
    ref = f"sans-ean-{digest.hex()}"
    try:
        ref = read_ean(ean) if ean.strip("0") else ref
    except DataError:
        ref = re.sub(r"[^\x21-\x7e]", "", ean.encode("ascii", "backslashreplace").decode())[:40] or ref
    return Item(ref, digest, payload, PRODUCT, order=order, deleted=deleted)


def _unreadable(value: Any) -> Item:
    return _item("", {"unreadable": repr(value)[:500]})


def _kept(value: Any, depth: int = 0) -> Any:
    """Give a value as JSON that a database keeps: numbers with decimals as text, no NUL, no deep nests."""
    match value:
        case bool() | int() | None:
            return value
        case Decimal() | float():
            return str(value)
        case str():
            return value.replace("\x00", "").encode("utf-8", "replace").decode()
        case Mapping() if depth < _DEPTH:
            return {_kept(str(key)): _kept(each, depth + 1) for key, each in value.items()}
        case list() | tuple() if depth < _DEPTH:
            return [_kept(each, depth + 1) for each in value]
    return None
