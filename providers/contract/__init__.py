"""The tests that every adapter gets: a class attribute and a folder of recorded answers, no code.

    from pathlib import Path

    from providers.contract import ProviderContract
    from providers.parvis import PROVIDER

    class TestParvis(ProviderContract):
        provider = PROVIDER
        recorded = Path(__file__).parent / "recorded"
        refused_identifiers = ("parvis", "contact@example.org")
        noise = {'"generated": "[^"]*"': '"generated": "2031-01-01"'}

`recorded` is what `passerelle record` writes (`providers.recorded.Recording` says the format); what
its `answers.json` says of identifier, settings, time and venue may be said in the class instead.
`Stage` lists every attribute. What a trait excludes is skipped by itself; any other skip needs its
reason, by the test's name: `skips = {"test_…": "why it cannot hold for this partner"}`.

Needs the extra `testing` (pytest, hypothesis); nothing else of Passerelle imports it.
"""

try:
    import hypothesis
    import pytest
except ImportError as missing:
    raise ImportError(
        f"the contract's tests need {missing.name}: install the extra, passerelle[testing]"
    ) from missing

del hypothesis
pytest.register_assert_rewrite(
    *(f"{__name__}.{part}" for part in ("failing", "form", "normalising", "privacy", "records", "traversing"))
)

from providers.contract.failing import FailingContract  # noqa: E402 - their assertions are rewritten first
from providers.contract.form import FormContract  # noqa: E402
from providers.contract.normalising import NormalisingContract  # noqa: E402
from providers.contract.privacy import PrivacyContract  # noqa: E402
from providers.contract.records import RecordsContract  # noqa: E402
from providers.contract.traversing import TraversingContract  # noqa: E402

__all__ = ["ProviderContract"]


class ProviderContract(
    FormContract,
    TraversingContract,
    FailingContract,
    RecordsContract,
    NormalisingContract,
    PrivacyContract,
):
    """What must be true of every adapter; the module says how it is applied."""
