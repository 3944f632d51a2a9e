"""What an adapter makes of answers that went wrong: the right error, and nothing withdrawn."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from providers.base import Visit
from providers.contract.form import is_french
from providers.contract.stage import Stage
from providers.errors import DataError, PartnerError
from providers.faults import FAULTS, Outcome
from providers.recorded import Ask, Told

MOST_CUTS: Final = 24
FEWEST_CUTS: Final = 6
ALL_CUTS: Final = 72
"""Positions at which each answer is cut, and all answers together where there are not many."""


class FailingContract(Stage):
    """Faults in every answer, in one answer, and cuts."""

    @pytest.mark.parametrize("fault", FAULTS)
    def test_when_every_answer_fails_the_error_is_the_right_one(self, fault: str) -> None:
        expected = (self.html,) if fault == "html" else FAULTS[fault].expected
        outcome = self.outcome(FAULTS[fault])
        if outcome.error is None:
            assert FAULTS[fault].may_pass, f"{fault}: no error, {outcome.pages} pages"
        else:
            assert isinstance(outcome.error, expected), repr(outcome.error)
            assert is_french(outcome.error.sentence), outcome.error.sentence
            assert outcome.error.code
        self._withdraws_nothing(outcome, fault)

    @pytest.mark.parametrize("fault", FAULTS)
    def test_when_one_answer_fails_nothing_is_withdrawn(self, fault: str) -> None:
        for ask in self.asks():
            outcome = self.outcome(_at(ask, fault))
            self._withdraws_nothing(outcome, f"{fault} of {ask.url}")

    def test_a_body_cut_anywhere_withdraws_nothing(self) -> None:
        asks = self.asks()
        each = min(MOST_CUTS, max(FEWEST_CUTS, ALL_CUTS // max(1, len(asks))))
        for ask in asks:
            body = self.recording.find(ask).body
            for at in _positions(body, each):
                outcome = self.outcome(_cut(ask, at))
                self._withdraws_nothing(outcome, f"{ask.url} cut at {at} of {len(body)}")

    def test_an_endless_body_is_stopped(self) -> None:
        def endless(_: Ask, told: Told) -> Told:
            return replace(told, endless=True)

        with self.limits(body=1024 * 1024):
            assert isinstance(self.outcome(endless).error, DataError)

    def test_nothing_of_a_failure_is_kept_as_an_item(self) -> None:
        """What an error page says must not become an offer."""
        for name in ("html", "server_error", "empty"):
            with self.visit(FAULTS[name]) as visit:
                assert not list(self._met(visit)), name

    def _met(self, visit: Visit[Any]) -> Iterator[str]:
        try:
            for page in self.provider.fetch(visit):
                yield from (item.ref for item in page.items)
        except PartnerError:
            return

    def _withdraws_nothing(self, outcome: Outcome, where: str) -> None:
        gone = outcome.withdraws(self.whole, self.provider.traits.primary)
        assert not gone, f"{where}: taken for gone: {sorted(gone)[:5]}"


class _at:  # noqa: N801 - reads as a word
    """A fault in the answer to one request."""

    def __init__(self, ask: Ask, fault: str) -> None:
        self._ask = ask
        self._fault = FAULTS[fault]

    def __call__(self, ask: Ask, told: Told) -> Told:
        return self._fault(ask, told) if ask == self._ask else told


class _cut:  # noqa: N801
    """A cut in the answer to one request, where the network cannot tell."""

    def __init__(self, ask: Ask, at: int) -> None:
        self._ask = ask
        self._at = at

    def __call__(self, ask: Ask, told: Told) -> Told:
        return replace(told, body=told.body[: self._at]) if ask == self._ask else told


def _positions(body: bytes, most: int) -> list[int]:
    """Give where to cut: after the ends of lines, and evenly in between."""
    ends = [at + 1 for at, byte in enumerate(body) if byte == 0x0A]
    step = -(-len(ends) // (most // 2)) or 1
    evenly = range(1, len(body), -(-len(body) // (most // 2)) or 1)
    return sorted({*ends[:-1][::step], *evenly, max(len(body) - 3, 0)})
