"""Which source a person means by what they pasted."""

from datetime import date

import pytest
from pydantic import ValidationError

from providers.errors import ConfigurationError
from providers.titelive import PROVIDER
from providers.titelive.identifier import Source
from providers.titelive.settings import TiteliveSettings


@pytest.mark.parametrize(
    ("pasted", "stored"),
    [
        ("librairie", "librairie"),
        (" « librairie@example.org » ", "librairie@example.org"),
        ("https://fichiers.example/livre3_19", "https://fichiers.example/livre3_19/"),
        ("http://Fichiers.Example/livre3_19/", "https://fichiers.example/livre3_19/"),
        ("fichiers.example/Quotidien30.tit", "https://fichiers.example/Quotidien30.tit"),
        ("https://fichiers.example/a/QuotidienJJ.tit#haut", "https://fichiers.example/a/QuotidienJJ.tit"),
        ("https://fichiers.example:8443/a/", "https://fichiers.example:8443/a/"),
        (
            "https://fichiers.example/lire?f=Quotidien30.tit",
            "https://fichiers.example/lire?f=Quotidien30.tit",
        ),
    ],
)
def test_what_is_pasted_is_stored_in_one_form(pasted, stored):
    assert PROVIDER.read_identifier(pasted) == stored
    assert PROVIDER.read_identifier(stored) == stored


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("  ", "identifier_empty"),
        ("ma librairie", "identifier_unreadable"),
        ("ftp://fichiers.example/livre3_19/", "identifier_ftp"),
        ("https://moi:secret@fichiers.example/", "identifier_secret"),
        ("https://localhost/a/", "identifier_unreadable"),
        ("https://[::1/a/", "identifier_unreadable"),
        ("file:///etc/passwd", "identifier_unreadable"),
    ],
)
def test_what_is_neither_source_is_refused_in_french(pasted, code):
    with pytest.raises(ConfigurationError) as refusal:
        PROVIDER.read_identifier(pasted)
    assert refusal.value.code == code
    assert "secret@" not in refusal.value.sentence


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("https://f.example/a/", "https://f.example/a/Quotidien07.tit"),
        ("https://f.example/a/Livres-JJ.tit", "https://f.example/a/Livres-07.tit"),
        ("https://f.example/JJ/Quotidien30.tit", "https://f.example/JJ/Quotidien30.tit"),
    ],
)
def test_a_days_file_is_named_by_its_day_of_the_month(address, file):
    assert Source.of(address).file_of(date(2026, 11, 7)) == file


def test_a_day_is_written_as_one_likes_and_a_secret_is_kept():
    for written in ("2026-09-01", "01/09/2026", "1/9/2026", date(2026, 9, 1)):
        assert TiteliveSettings(since=written).since == date(2026, 9, 1)
    assert TiteliveSettings(since="", password="").model_dump() == {
        "password": None,
        "user": "",
        "since": None,
    }
    assert "vanne" not in repr(TiteliveSettings(password="vanne-bleue"))
    for wrong in ("hier", "31/02/2026", "1999-12-31", "2026-13-01"):
        with pytest.raises(ValidationError):
            TiteliveSettings(since=wrong)
