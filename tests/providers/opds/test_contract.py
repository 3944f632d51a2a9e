"""The contract, for OPDS 1 and 2."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.opds import PROVIDER


class TestOpds(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@larive.example", "ftp://larive.example/opds", "catalogue")
    prices = "price|acquisitions"  # open access says that a book is free
    noise = {"<updated>[^<]*": "<updated>2031-01-01T06:00:00Z"}


class TestOpdsInJson(TestOpds):
    recorded = Path(__file__).parent / "recorded_json"
    noise = {'"modified": "[^"]*"': '"modified": "2031-01-01T00:00:00Z"'}
