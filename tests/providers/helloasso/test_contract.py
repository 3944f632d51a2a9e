"""The contract, for HelloAsso."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.helloasso import PROVIDER


class TestHelloAsso(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@ecluse.example", "https://www.autre.example/mon-theatre")
    refused_settings = ({"client_id": "deux mots", "client_secret": "Zk4y9fQ2Lm7r0Tn3"},)
    noise = {'"updatedAt": "[^"]*"': '"updatedAt": "2031-01-01T00:00:00+01:00"'}
