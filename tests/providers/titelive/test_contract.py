"""The contract, for TiteLive."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.titelive import PROVIDER


class TestTitelive(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("ma librairie", "ftp://fichiers.example/livre3_19/")
    refused_settings = ({"since": "hier"},)
    matters = {"Les Mar&eacute;es": "Les &Eacute;tiages"}
    noise = {'"datemodification": "[^"]*"': '"datemodification": "23/11/2026"'}
