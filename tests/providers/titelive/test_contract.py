"""The contract, for TiteLive’s API and its files."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.titelive import PROVIDER


class TestTitelive(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("deux mots", "ftp://fichiers.example/livre3_19/")
    refused_settings = ({"since": "demain"}, {"since": "01/01/1999"})
    noise = {'"libelledispo": "[^"]*"': '"libelledispo": "En stock"', '"magid": "[^"]*"': '"magid": "6506"'}
    matters = {"Batelier": "Baleinier"}


class TestTiteliveFiles(TestTitelive):
    recorded = Path(__file__).parent / "recorded_file"
    noise = {"22/11/2026 04:12:09": "23/11/2026 05:10:00"}
    matters = {"Le Batelier": "Le Baleinier"}
