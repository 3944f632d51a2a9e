"""The contract, for pretix."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.pretix import PROVIDER


class TestPretix(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@ecluse.example", "https://pretix.eu/", "ftp://pretix.eu/ecluse")
    refused_settings = ({"token": "court"}, {"token": "deux mots de passe"})
    noise = {'"last_modified": "[^"]*"': '"last_modified": "2031-01-01T00:00:00Z"'}
