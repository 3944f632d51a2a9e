"""The contract, for EMS."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.ems import PROVIDER


class TestEms(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@lune.example", "La Lune")
    refused_settings = ({"address": "planning", "username": "passculture", "password": "brouette"},)
    noise = {'"version": [0-9]+': '"version": 86401'}
