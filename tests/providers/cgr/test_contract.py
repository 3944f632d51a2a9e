"""The contract, for CGR."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.cgr import PROVIDER


class TestCgr(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@lune.example", "ftp://lune.cgr.example/", "La Lune")
    refused_settings = ({"username": "passculture"},)
    skips = {}
