"""The contract, for ONIX."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.onix import PROVIDER


class TestOnix(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@bac.example", "<ONIXMessage>", "ftp://bac.example/onix.xml")
    refused_settings = ({"complete": "peut-être"},)
    noise = {
        "<SentDateTime>[^<]*": "<SentDateTime>20310101T0300Z",
        "<MessageNumber>[^<]*": "<MessageNumber>99",
    }
