"""What a check says of stock levels: how many, the first of them in words, and the unit of their prices."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from providers.base import Check, CheckState
from providers.books.levels import PriceUnit
from providers.errors import DataError
from providers.records import LeftOut, Record, StockLevel
from providers.text import counted, typeset

SAMPLES: Final = 3
_CENTS_FROM: Final = Decimal(300)
_EUROS_BELOW: Final = Decimal(1)


@dataclass(slots=True)
class Tried:
    """The first lines of a list, as an import would read them."""

    lines: int = 0
    levels: list[StockLevel] = field(default_factory=list)
    left_out: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    sentences: dict[str, str] = field(default_factory=dict)

    def add(self, read: Iterable[Record | DataError]) -> None:
        for each in read:
            self.lines += 1
            if isinstance(each, StockLevel):
                self.levels.append(each)
            elif isinstance(each, LeftOut):
                self.left_out += 1
            elif isinstance(each, DataError):
                self.wrong[each.code] += 1
                self.sentences.setdefault(each.code, each.sentence)


def levels_check(tried: Tried, *, announced: int | None = None, complete: bool) -> Check:
    """Say how many lines there are, what the first say, and what is wrong with some.

    `announced` is how many there are in all; `complete`: those that were tried are all of them.
    """
    facts: dict[str, Any] = {
        "lines": tried.lines if announced is None else announced,
        "wrong": dict(tried.wrong),
        "left_out": tried.left_out,
        "samples": [
            {"ean": level.ean, "available": level.available, "price": _amount(level.price)}
            for level in _samples(tried.levels)
        ],
    }
    if not tried.lines:
        return _check("levels", CheckState.WARNING, "La liste des stocks est vide.", facts)
    if not tried.levels:
        first = next(iter(tried.sentences.values()), "Aucun article n’y porte d’EAN.")
        sentence = f"Aucune des {counted(tried.lines, 'ligne')} lues n’est utilisable. {first}"
        return _check("levels", CheckState.FAILED if complete else CheckState.WARNING, sentence, facts)
    said = " ; ".join(words(level) for level in _samples(tried.levels))
    number = counted(facts["lines"], "ligne")
    if not tried.wrong:
        return _check("levels", CheckState.OK, f"{number} de stock. Par exemple : {said}.", facts)
    wrong = counted(tried.wrong.total(), "ligne")
    reasons = " ".join(tried.sentences[code] for code, _ in tried.wrong.most_common(2))
    sentence = (
        f"{number} de stock. Par exemple : {said}. "
        f"À corriger, parmi {counted(tried.lines, 'ligne')} : {wrong}. {reasons}"
    )
    return _check("levels", CheckState.WARNING, sentence, facts)


def prices_check(levels: Sequence[StockLevel], unit: PriceUnit) -> Check:
    """Say whether prices are plausible in the unit that the link says; nothing is converted on a guess."""
    priced = [level for level in levels if level.price]
    if not priced:
        sentence = "La liste ne donne pas de prix : c’est le prix fixé par l’éditeur qui sera affiché."
        return _check("prices", CheckState.OK, sentence, {"unit": unit.value, "priced": 0})
    middle = statistics.median(level.price for level in priced if level.price)
    facts = {"unit": unit.value, "priced": len(priced), "median": _amount(middle)}
    example = words(priced[0])
    if unit is PriceUnit.EUROS and middle >= _CENTS_FROM:
        sentence = (
            f"Les prix semblent être en centimes ({example}) : choisissez « centimes » dans les réglages."
        )
        return _check("prices", CheckState.WARNING, sentence, facts | {"plausible": PriceUnit.CENTS.value})
    if unit is PriceUnit.CENTS and middle < _EUROS_BELOW:
        sentence = f"Les prix semblent être en euros ({example}) : choisissez « euros » dans les réglages."
        return _check("prices", CheckState.WARNING, sentence, facts | {"plausible": PriceUnit.EUROS.value})
    sentence = f"Les prix sont plausibles : la moitié dépassent {euros(middle)}."
    return _check("prices", CheckState.OK, sentence, facts)


def words(level: StockLevel) -> str:
    """Give a level as a person would say it."""
    copies = counted(level.available, "exemplaire")
    return f"{level.ean}, {copies}" + (f" à {euros(level.price)}" if level.price is not None else "")


def euros(amount: Decimal) -> str:
    return f"{amount:.2f} €".replace(".", ",")


def _samples(levels: Sequence[StockLevel]) -> Sequence[StockLevel]:
    """Give the first that can be had, else the first."""
    return ([level for level in levels if level.available] or levels)[:SAMPLES]


def _amount(price: Decimal | None) -> str | None:
    return None if price is None else f"{price:.2f}"


def _check(name: str, state: CheckState, sentence: str, facts: Mapping[str, Any]) -> Check:
    return Check(name, state, typeset(sentence), facts)
