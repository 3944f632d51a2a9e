"""A secret in a form: never shown, asked for once, and left empty to keep it."""

from pydantic import Field, SecretStr

from providers.base import provider
from providers.settings import OfferDefaults
from tests.web.page.test_screens import send
from tests.workers.scripted import Scripted
from web.page import forms
from workers.sealing import seal, unseal

TOKEN = "k9" * 32


def test_a_secret_is_asked_for_at_first_and_may_stay_empty_afterwards():
    settings = provider("pretix").Settings
    (asked,) = (each for each in forms.fields(settings) if each.name == "token")
    assert (asked.kind, asked.required) == ("secret", True)
    (kept,) = (each for each in forms.fields(settings, kept={"token"}) if each.name == "token")
    assert (kept.required, kept.value) == (False, "")
    assert kept.description.endswith("Laissez vide pour garder celle qui est enregistrée.")


def test_what_is_wrong_with_a_secret_does_not_quote_it():
    (sentence,) = forms.problems(provider("pretix").Settings, {"token": "trop court"}).values()
    assert sentence.startswith("Indiquez une clé d’API de pretix")
    assert "trop court" not in sentence


class WithKey(OfferDefaults):
    key: SecretStr = Field(title="Clé")


def test_an_edited_source_keeps_the_key_that_was_left_empty_and_takes_another(venue, monkeypatch):
    monkeypatch.setattr(Scripted, "Settings", WithKey)
    link = venue.link(capacity=5)
    venue.db.execute("UPDATE link SET secrets = %s", [seal(venue.site.settings, {"key": TOKEN})])
    browser, path = venue.opened(), f"{venue.home}/sources/{link}/modifier"

    def saves(**data):
        answer = send(
            browser, path, capacity="8", etape="enregistrer", **{"capacity-choix": "nombre"}, **data
        )
        assert answer.status_code == 200, answer.text
        (row,) = venue.rows("link")
        assert TOKEN not in answer.text + repr(row["settings"])
        return row["settings"], unseal(venue.site.settings, row["secrets"])

    assert saves() == ({"capacity": 8}, {"key": TOKEN})
    assert saves(key="autre clé") == ({"capacity": 8}, {"key": "autre clé"})
    assert [row["action"] for row in venue.rows("link_event")] == ["edited", "key_changed"]
