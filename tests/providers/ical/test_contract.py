"""The contract, for calendars."""

from pathlib import Path

from providers.contract import ProviderContract
from providers.ical import PROVIDER


class TestIcal(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
    refused_identifiers = ("contact@vaubreal.example", "C:\\agenda.ics", "BEGIN:VCALENDAR")
    refused_settings = ({"until_months": "0"}, {"since": "demain"}, {"capacity": "beaucoup"})
    noise = {r"DTSTAMP:\w+": "DTSTAMP:20310101T000000Z", r"SEQUENCE:\d+": "SEQUENCE:9"}
