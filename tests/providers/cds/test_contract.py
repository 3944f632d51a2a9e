"""The contract, for CDS."""

from pathlib import Path

from providers.cds import PROVIDER
from providers.contract import ProviderContract


class TestCds(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@lune.example", "ftp://lune.cds.example/vad/", "La Lune")
    refused_settings = ({"token": "brouette", "gauge": "la moitié"},)
    noise = {'"lastmodified": "[^"]*"': '"lastmodified": "2031-01-01T00:00:00.000+0100"'}
