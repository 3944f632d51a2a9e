"""The contract, for RPDE feeds."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.rpde import PROVIDER


class TestRpde(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@filature.example", "ftp://filature.example/rpde", "flux")
    refused_settings = ({"capacity": "beaucoup"}, {"price": "cher"}, {"series": "mon flux"})
    noise = {'"modified": 1001': '"modified": 1002'}
