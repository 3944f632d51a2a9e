"""Which shop a person means by what they pasted."""

import pytest

from providers.errors import ConfigurationError
from providers.pretix import PROVIDER
from providers.pretix.identifier import Shop


@pytest.mark.parametrize(
    ("pasted", "stored"),
    [
        ("https://pretix.eu/ecluse/", "https://pretix.eu/ecluse"),
        ("http://www.pretix.eu/ecluse", "https://pretix.eu/ecluse"),
        ("pretix.eu/ecluse/bateliers/", "https://pretix.eu/ecluse/bateliers"),
        ("ecluse", "https://pretix.eu/ecluse"),
        (" « ecluse/bateliers » ", "https://pretix.eu/ecluse/bateliers"),
        (
            "https://Billets.Example.org/ecluse/bateliers/42/?item=3",
            "https://billets.example.org/ecluse/bateliers",
        ),
        ("billets.example.org:8443/ecluse", "https://billets.example.org:8443/ecluse"),
        ("https://pretix.eu/control/organizer/ecluse/team/3", "https://pretix.eu/ecluse"),
        ("https://pretix.eu/control/event/ecluse/bateliers/items/", "https://pretix.eu/ecluse/bateliers"),
        ("https://pretix.eu/api/v1/organizers/ecluse/events/", "https://pretix.eu/ecluse"),
        (
            "https://pretix.eu/api/v1/organizers/ecluse/events/bateliers/quotas/",
            "https://pretix.eu/ecluse/bateliers",
        ),
        ("https://pretix.eu/ecluse/account/orders", "https://pretix.eu/ecluse"),
        ("https://pretix.eu/th.2/", "https://pretix.eu/th.2"),
    ],
)
def test_what_is_pasted_is_stored_in_one_form(pasted, stored):
    assert PROVIDER.read_identifier(pasted) == stored
    assert PROVIDER.read_identifier(stored) == stored
    assert Shop.of(stored).written == stored


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("  ", "identifier_empty"),
        ("billets@example.org", "identifier_email"),
        ("https://pretix.eu/", "identifier_no_organiser"),
        ("pretix.eu", "identifier_no_organiser"),
        ("https://pretix.eu/fr/", "identifier_no_organiser"),
        ("ftp://pretix.eu/ecluse", "identifier_unreadable"),
        ("https://[::1/ecluse", "identifier_unreadable"),
        ("https://pretix.eu:99999/ecluse", "identifier_unreadable"),
        ("https://pretix.eu/le théâtre/", "identifier_unreadable"),
        ("https://localhost/ecluse", "identifier_unreadable"),
    ],
)
def test_what_names_no_shop_is_refused_in_french_with_what_to_paste(pasted, code):
    with pytest.raises(ConfigurationError) as refusal:
        PROVIDER.read_identifier(pasted)
    assert refusal.value.code == code
    assert "https://pretix.eu/mon-theatre/" in refusal.value.sentence
