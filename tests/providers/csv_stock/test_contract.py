"""The contract, for stock files."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.csv_stock import PROVIDER


class TestCsvStock(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@ecluse.example", "ftp://ecluse.example/stock.csv", "folder:../x")
    refused_settings = ({"contents": "peut-être"}, {"prices": "dollars"})
    noise = {"14/01/2030 22:00": "15/01/2030 22:00"}
    matters = {";3;": ";4;"}
