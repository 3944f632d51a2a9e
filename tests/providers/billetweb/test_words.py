"""What an event says in words, where it is, and what a person may paste to name it."""

import pytest

from models.vocabulary import Category, TitleSays
from providers.billetweb import PROVIDER
from providers.billetweb.identifier import event_of, user_of
from providers.billetweb.settings import BilletwebSettings
from providers.errors import ConfigurationError, DataError
from tests.providers.billetweb.counter import ECLUSE, Sells, date, event, series, sold_by


def test_words_are_plain_and_without_contacts(tmp_path):
    record = sold_by(Sells(event(name="Les  <b>Bateliers</b>")), tmp_path)
    assert record.title == "Les Bateliers"
    assert record.description == "Une nuit sur le canal.\n\nRenseignements : …"
    assert record.category is Category.PERFORMING_ARTS
    assert record.image_url == "https://www.billetweb.fr/files/event/48213.jpg"
    assert record.url == "https://www.billetweb.fr/shop.php?event=les-bateliers"
    assert sold_by(Sells(event(name="ANNULÉ : Les Bateliers")), tmp_path).title_says is TitleSays.CANCELLED


@pytest.mark.parametrize(
    "said", ["", "http://images.example/a.jpg", "javascript:alert(1)", "https://", 3, "https://a.example/ b"]
)
def test_only_safe_addresses_are_kept(tmp_path, said):
    record = sold_by(Sells(event(image=said, cover=said, shop=said)), tmp_path)
    assert (record.image_url, record.url) == ("", "")


@pytest.mark.parametrize("name", ["", "  ", None, "<p></p>", 4])
def test_an_event_without_a_name_is_put_aside(tmp_path, name):
    with pytest.raises(DataError) as refusal:
        sold_by(Sells(event(name=name)), tmp_path)
    assert refusal.value.code == "no_title"


def test_a_place_is_told_where_it_is_not_the_venue(tmp_path):
    place = sold_by(Sells(event()), tmp_path).place
    assert (place.name, place.postal_code, place.city) == ("Salle du Lavoir", "21200", "Beaune")
    assert place.address == "3 rue Haute, 21200 Beaune"
    assert sold_by(Sells(event(place=f"{ECLUSE.name}, Dijon, France")), tmp_path).place is None
    assert sold_by(Sells(event(place="")), tmp_path).place is None
    dates = [date("1", place="Salle du Lavoir"), date("2", place="Ailleurs")]
    assert sold_by(Sells(series(place=None), dates), tmp_path).place.name == "Salle du Lavoir"


@pytest.mark.parametrize(
    ("pasted", "stored"),
    [
        ("16254", "16254"),
        (" « tous » ", "tous"),
        ("Toutes", "tous"),
        ("les-bateliers", "les-bateliers"),
        ("https://www.billetweb.fr/les-bateliers", "les-bateliers"),
        ("https://www.billetweb.fr/les-bateliers/", "les-bateliers"),
        ("billetweb.fr/les-bateliers?src=agenda", "les-bateliers"),
        ("https://www.billetweb.fr/shop.php?event=les-bateliers&color=no", "les-bateliers"),
        ("https://www.billetweb.fr/api/events?user=16254&key=secret&version=1", "16254"),
    ],
)
def test_what_is_pasted_is_stored_in_one_form_and_without_a_key(pasted, stored):
    assert PROVIDER.read_identifier(pasted) == stored
    assert PROVIDER.read_identifier(stored) == stored


@pytest.mark.parametrize(
    "pasted",
    ["", "  ", "jeanne@ecluse.example", "https://ecluse.example/x", "https://www.billetweb.fr/", "deux mots",
     "https://www.billetweb.fr/api/events", "https://[", "https://www.billetweb.fr/bo/api.php"],
)  # fmt: skip
def test_what_names_nothing_is_refused(pasted):
    with pytest.raises(ConfigurationError):
        PROVIDER.read_identifier(pasted)


def test_an_identifier_is_an_account_or_an_event():
    assert (user_of("16254"), event_of("16254")) == ("16254", None)
    assert (user_of("tous"), event_of("tous")) == (None, None)
    assert (user_of("cyrano"), event_of("cyrano")) == (None, "cyrano")


def test_a_key_is_a_secret_and_read_as_pasted():
    settings = BilletwebSettings(key=" key=abcd1234 ", user="user=16254", times="Europe/Paris")
    assert (settings.key.get_secret_value(), settings.user, settings.times) == ("abcd1234", "16254", "paris")
    assert "abcd1234" not in repr(settings) + settings.model_dump_json()
    with pytest.raises(ValueError, match="« Paris » ou « lieu »"):
        BilletwebSettings(key="abcd1234", times="Nouméa")
    with pytest.raises(ValueError, match="copiée en entier"):
        BilletwebSettings(key="deux mots")
