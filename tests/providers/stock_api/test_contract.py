"""The contract, for stock services."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.stock_api import PROVIDER


class TestStockApi(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@stocks.example", "ftp://stocks.example/v1")
    refused_settings = ({"siret": "1234"}, {"prices": "dollars"})
    noise = {'"validUntil": "[^"]*"': '"validUntil": "2032-01-01T00:00:00Z"'}
    matters = {'"available": 4': '"available": 5'}
