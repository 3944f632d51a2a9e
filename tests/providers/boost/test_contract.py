"""The contract, for Boost."""

from pathlib import Path

from providers.boost import PROVIDER
from providers.contract import ProviderContract


class TestBoost(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@lune.example", "ftp://lune.boost.example/", "La Lune")
    refused_settings = ({"username": "passculture", "password": "deux\nlignes"},)
    noise = {'"lastModification": "[^"]*"': '"lastModification": "2031-01-01T00:00:00+01:00"'}
