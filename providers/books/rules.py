"""What the pass Culture does not offer of a catalogue of books, and why; the rules are in `rules.toml`."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from models.vocabulary import Reason
from providers.books import subjects

CLIL: Final = "clil"
THEMA: Final = "thema"
FORM: Final = "onix_form"
TRADE_CATEGORY: Final = "onix_trade_category"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Codes of one scheme that are refused; `exactly`: what lies under them is not."""

    reason: Reason
    scheme: str
    codes: frozenset[str]
    exceptions: frozenset[str] = frozenset()
    exactly: bool = False

    def holds(self, code: str) -> bool:
        if code in self.exceptions:
            return False
        over = (code,) if self.exactly else subjects.lineage(self.scheme, code)
        return not self.codes.isdisjoint(over)


@cache
def refusals() -> tuple[Refusal, ...]:
    """Give the rules as written."""
    written = tomllib.loads(files(__package__).joinpath("rules.toml").read_text("utf-8"))
    return tuple(
        Refusal(
            Reason(rule["reason"]),
            rule["scheme"],
            frozenset(rule["codes"]),
            frozenset(rule.get("except", ())),
            rule.get("exactly", False),
        )
        for rule in written["refusal"]
    )


@lru_cache(maxsize=8192)
def refusal_of(scheme: str, code: str) -> Reason | None:
    """Say why one code is refused; None: it is not."""
    return next((rule.reason for rule in refusals() if rule.scheme == scheme and rule.holds(code)), None)


def refusal(codes: Iterable[tuple[str, str]]) -> Reason | None:
    """Say why a product is refused, by what says what it is, as (scheme, code); None: it may be offered.

    The first code that is refused gives the reason. Whoever asks gives only codes that decide: the
    main CLIL subject where one is marked, else all of them; Thema where there is no CLIL.
    """
    return next((reason for scheme, code in codes if (reason := refusal_of(scheme, code))), None)
