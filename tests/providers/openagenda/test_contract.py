"""The contract, for Open Agenda."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.openagenda import PROVIDER


class TestOpenAgenda(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "fixtures"
    refused_identifiers = ("contact@vaubreal.example", "https://www.vaubreal.example/agenda")
    refused_settings = ({"since": "demain"}, {"capacity": "beaucoup"}, {"price": "cher"})
    noise = {r"DTSTAMP:\w+": "DTSTAMP:20310101T000000Z"}
