"""What a person pastes, and the one form in which it is stored."""

from pathlib import Path

import pytest

from providers.errors import ConfigurationError
from providers.onix import PROVIDER
from providers.onix.identifier import folder, is_listing


@pytest.mark.parametrize(
    ("pasted", "stored"),
    [
        ("https://bac.example/onix/catalogue.xml", "https://bac.example/onix/catalogue.xml"),
        (" « http://BAC.example:80/onix/ » ", "https://bac.example/onix/"),
        ("bac.example/onix.xml?jour=1", "https://bac.example/onix.xml?jour=1"),
        ("https://bac.example/été.xml", "https://bac.example/%C3%A9t%C3%A9.xml"),
        ("/srv/onix", "file:///srv/onix"),
        ("file:///srv/onix 3/", "file:///srv/onix%203/"),
    ],
)
def test_an_address_is_stored_in_one_form(pasted, stored):
    assert PROVIDER.read_identifier(pasted) == stored
    assert PROVIDER.read_identifier(stored) == stored


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("", "identifier_empty"),
        ("<?xml version='1.0'?><ONIXMessage/>", "identifier_content"),
        ("mon catalogue", "identifier_unreadable"),
        ("ftp://bac.example/onix.xml", "identifier_unreadable"),
        ("file://elsewhere/onix", "identifier_unreadable"),
        ("https://user:secret@bac.example/onix.xml", "identifier_secret"),
        ("https://bac.example/" + "x" * 2_000, "identifier_unreadable"),
    ],
)
def test_what_is_no_address_is_told_with_what_to_paste_instead(pasted, code):
    with pytest.raises(ConfigurationError) as raised:
        PROVIDER.read_identifier(pasted)
    assert raised.value.code == code
    assert "ONIX" in raised.value.sentence
    assert "secret" not in str(raised.value)


def test_a_folder_is_an_operator_s_alone():
    assert folder("file:///srv/onix%203/", for_venue=False) == Path("/srv/onix 3")
    assert folder("https://bac.example/onix/", for_venue=True) is None
    with pytest.raises(ConfigurationError):
        folder("file:///srv/onix", for_venue=True)


def test_an_address_that_ends_as_a_folder_is_one():
    assert is_listing("https://bac.example/onix/")
    assert not is_listing("https://bac.example/onix.xml?of=/")
