"""The contract, for Billetweb."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.billetweb import PROVIDER


class TestBilletweb(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@ecluse.example", "https://www.ecluse.example/billets")
    refused_settings = ({"key": "deux mots"},)
    noise = {'"last_update": "[^"]*"': '"last_update": "2031-01-01 00:00:00"'}
