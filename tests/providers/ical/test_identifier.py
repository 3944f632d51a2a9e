"""Which address a person means."""

import pytest

from providers.errors import ConfigurationError
from providers.ical import PROVIDER

STORED = "https://www.vaubreal.example/agenda.ics"
PUBLIC = "https://calendar.google.com/calendar/ical/abc123%40group.calendar.google.com/public/basic.ics"


@pytest.mark.parametrize(
    ("pasted", "stored"),
    [
        (STORED, STORED),
        ("  <https://www.vaubreal.example/agenda.ics>\n", STORED),
        ("webcal://www.vaubreal.example/agenda.ics", STORED),
        ("WEBCALS://WWW.Vaubreal.example/agenda.ics", STORED),
        ("http://www.vaubreal.example:80/agenda.ics", STORED),
        ("https://www.vaubreal.example:443/agenda.ics#top", STORED),
        ("www.vaubreal.example/agenda.ics", STORED),
        ("« www.vaubreal.example/agenda.ics »", STORED),
        ("https://vaubreal.example", "https://vaubreal.example/"),
        ("https://vaubreal.example/?ical=1", "https://vaubreal.example/?ical=1"),
        ("https://vaubreal.example/évènements.ics", "https://vaubreal.example/%C3%A9v%C3%A8nements.ics"),
        ("https://vaubreal.example/a%20b.ics", "https://vaubreal.example/a%20b.ics"),
        ("https://moi:secret@vaubreal.example/a.ics", "https://moi:secret@vaubreal.example/a.ics"),
        (PUBLIC, PUBLIC),
        (
            "https://calendar.google.com/calendar/embed?src=abc123%40group.calendar.google.com&ctz=Europe",
            PUBLIC,
        ),
        (
            "https://calendar.google.com/calendar/u/0?cid=YWJjMTIzQGdyb3VwLmNhbGVuZGFyLmdvb2dsZS5jb20",
            PUBLIC,
        ),
    ],
)
def test_an_address_is_stored_in_one_form(pasted, stored):
    assert PROVIDER.read_identifier(pasted) == stored
    assert PROVIDER.read_identifier(stored) == stored


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("", "identifier_empty"),
        ("   ", "identifier_empty"),
        ("agenda", "identifier_unreadable"),
        ("mon agenda", "identifier_unreadable"),
        ("ftp://vaubreal.example/agenda.ics", "identifier_unreadable"),
        ("javascript:alert(1)", "identifier_unreadable"),
        ("https://[vaubreal/agenda.ics", "identifier_unreadable"),
        ("https://vaubreal.example:x/agenda.ics", "identifier_unreadable"),
        ("https://vaubreal.example/" + "a" * 3000, "identifier_unreadable"),
        ("contact@vaubreal.example", "identifier_email"),
        ("C:\\Users\\moi\\agenda.ics", "identifier_file"),
        ("file:///home/moi/agenda.ics", "identifier_file"),
        ("BEGIN:VCALENDAR\nVERSION:2.0", "identifier_content"),
        ("https://calendar.google.com/calendar/u/0/r/month", "identifier_page"),
        ("https://outlook.live.com/owa/calendar/x/calendar.html", "identifier_page"),
        ("https://openagenda.com/vaubreal", "identifier_open_agenda"),
    ],
)
def test_what_is_no_address_of_a_calendar_is_refused_with_what_to_paste(pasted, code):
    with pytest.raises(ConfigurationError) as raised:
        PROVIDER.read_identifier(pasted)
    assert raised.value.code == code
    assert raised.value.sentence.endswith(".")
