"""The contract, for Billetweb."""

from pathlib import Path

from providers.billetweb import PROVIDER
from providers.contract import ProviderContract


class TestBilletweb(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@ecluse.example", "https://www.ecluse.example/billets")
    refused_settings = ({"key": "deux mots"},)
    noise = {'"last_update": "[^"]*"': '"last_update": "2031-01-01 00:00:00"'}
    skips = {
        "test_when_every_answer_fails_the_error_is_the_right_one[forbidden]": "the front before Billetweb says so",
        "test_when_every_answer_fails_the_error_is_the_right_one[html]": "the front before Billetweb says so",
    }
