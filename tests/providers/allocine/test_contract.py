"""The contract, for Allociné."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.allocine import PROVIDER


class TestAllocine(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@lune.example", "La Lune", "P00")
    refused_settings = ({"key": "brouette", "capacity": "beaucoup"},)
    noise = {'"totalCount": 3': '"totalCount": 2'}
