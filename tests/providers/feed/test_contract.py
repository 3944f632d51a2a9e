"""The contract, for feeds."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.feed import PROVIDER


class TestFeed(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@vaubreal.example", "ftp://vaubreal.example/feed", "flux")
    refused_settings = ({"capacity": "beaucoup"},)
    noise = {"<lastBuildDate>[^<]*": "<lastBuildDate>Tue, 01 Jan 2031 06:00:00 +0000"}
