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
    skips = {
        "test_when_every_answer_fails_the_error_is_the_right_one[cut_unseen]": "a CSV has no end",
        "test_when_one_answer_fails_nothing_is_withdrawn[cut_unseen]": "a CSV has no end",
        "test_a_body_cut_anywhere_withdraws_nothing": "a CSV has no end",
    }
