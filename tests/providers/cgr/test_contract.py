"""The contract, for CGR."""

from pathlib import Path

from providers.cgr import PROVIDER
from providers.contract import ProviderContract


class TestCgr(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@lune.example", "ftp://lune.cgr.example/", "La Lune")
    refused_settings = ({"username": "passculture"},)
    skips = {
        "test_what_is_written_anew_at_each_export_does_not_matter": "its answer says nothing of the export"
    }
