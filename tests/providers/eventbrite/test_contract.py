"""The contract, for Eventbrite."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.eventbrite import PROVIDER


class TestEventbrite(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@ecluse.example", "mon organisation")
    refused_settings = ({"token": "court"},)
    noise = {'"changed": "[^"]*"': '"changed": "2031-01-01T00:00:00Z"'}
