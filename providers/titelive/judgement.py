"""What a TiteLive sheet is as a thing, and whether the pass Culture offers it.

The codes of supports and of availability are those that pass Culture's public repository documents
(`api/src/pcapi/local_providers/titelive.md`); what is refused is data, in `providers/books/rules.toml`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from models.vocabulary import Form, Reason
from providers.books.rules import CLIL, TRADE_CATEGORY, refusal
from providers.records import Subject
from providers.titelive.values import code, decimal, is_yes, written

GTL: Final = "gtl"
SHELF: Final = "titelive_shelf"

FORMS: Final[Mapping[str, Form]] = {
    **dict.fromkeys(("BD", "BL", "LA", "LC", "LD", "LR", "LV", "M", "P", "R", "T", "TL"), Form.PAPER),
    **dict.fromkeys(("EB", "LE"), Form.DIGITAL),
    "CA": Form.AUDIO,
}

AVAILABLE: Final[Mapping[str, bool]] = {"1": True, **dict.fromkeys("23456789", False)}
"""1 disponible; 2 à paraître, 3 réimpression, 4 et 7 manquant, 5 change de distributeur, 6 arrêt définitif,
8 à reparaître, 9 abandon de parution."""

BOOKLAND: Final = ("978", "979")
"""What the EAN of a book begins with."""


def form_of(article: Mapping[str, Any]) -> Form:
    """Give what it is as a thing; a book that is read aloud is one to hear, on whatever it comes."""
    support = code(article.get("codesupport"))
    form = FORMS.get(support, Form.OTHER)
    return Form.AUDIO if form is Form.PAPER and is_yes(article.get("livre_lu")) else form


def is_available(article: Mapping[str, Any]) -> bool | None:
    return AVAILABLE.get(written(article.get("dispo")))


def refused(ean: str, article: Mapping[str, Any], subjects: Sequence[Subject]) -> Reason | None:
    """Say why the pass Culture does not offer it; None: it may be offered."""
    reason = refusal(_codes(article, subjects))
    if reason is None and form_of(article) is Form.OTHER and not ean.startswith(BOOKLAND):
        return Reason.NOT_A_BOOK
    return reason


def _codes(article: Mapping[str, Any], subjects: Sequence[Subject]) -> Iterator[tuple[str, str]]:
    support = code(article.get("codesupport"))
    rate = decimal(article.get("taux_tva"))
    vat = "" if rate is None else f"{rate.normalize():f}"
    yield from ((each.scheme, each.code) for each in subjects if each.scheme in {GTL, CLIL, SHELF})
    if is_yes(article.get("scolaire")):
        yield TRADE_CATEGORY, "08"
    yield "titelive_press", f"{support} {vat}"
    yield "titelive_vat", vat
    yield "titelive_support", support
    yield "titelive_readership", written(article.get("id_lectorat"))
