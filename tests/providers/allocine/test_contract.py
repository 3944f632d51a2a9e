"""The contract, for Allociné."""

from pathlib import Path

from providers.allocine import PROVIDER
from providers.contract import ProviderContract


class TestAllocine(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@lune.example", "La Lune", "P00")
    refused_settings = ({"key": "brouette", "capacity": "beaucoup"},)
    matters = {"Sous l’écluse": "Sur l’écluse"}
    noise = {'"role": "[^"]*"': '"role": "La péniche"'}
