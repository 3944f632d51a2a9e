"""What a venue sees of its sessions' seats, of when they were confirmed, of a refused key and of hint addresses."""

from datetime import UTC, datetime

import pytest
from pydantic import Field, SecretStr

from models.french import hour
from providers.base import Traits
from providers.errors import ConfigurationError
from providers.settings import OfferDefaults
from tests.web.page.test_screens import send
from tests.workers.scripted import Scripted, at, date, event
from workers.sealing import seal, unseal


@pytest.fixture
def theatre(venue, monkeypatch):
    """A venue whose partner knows what remains, and hints."""
    traits = Traits(knows_remaining=True, keeps_session_ids=True, hints=True)
    monkeypatch.setattr(Scripted, "traits", traits)
    return venue


def text(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def shown(venue):
    """The page of the one offer."""
    return text(venue.opened(), f"{venue.home}/offres/{venue.one('SELECT id FROM offer')}")


def test_each_session_says_what_is_left_and_when_the_partner_said_so(theatre):
    left = {"s1": 12, "s2": 0, "s3": None}
    theatre.imported(event("e", *(date(at(2), ref=ref, remaining=each) for ref, each in left.items())))
    theatre.book(theatre.one("SELECT id FROM stock WHERE ref = 's1'"), 5)
    page = shown(theatre)
    now = hour(datetime.now(UTC), "Europe/Paris")
    assert page.count("confirmé à ") == 3
    assert f"confirmé à {now}" in page or theatre.one("SELECT now() - max(snapshot_at) > '10 s' FROM stock")
    assert "<td>7<br>" in page
    assert "<td>illimitées<br>" in page
    assert page.count("<strong>complet</strong>") == 1


def test_a_later_run_that_found_nothing_changed_confirms_too(theatre):
    link = theatre.imported(event("e", date(at(2), ref="s1", remaining=12)))
    theatre.db.execute(
        "UPDATE stock SET snapshot_at = '2026-03-12 13:05Z', answered_at = '2026-03-12 13:05Z'"
    )
    theatre.db.execute("UPDATE sync_run SET first_request_at = '2026-03-12 13:05Z'")
    assert "confirmé le 12\u00a0mars à 14\u00a0h\u00a005" in shown(theatre)
    theatre.run(link)
    assert "confirmé à " in shown(theatre)


def test_an_offer_that_can_no_longer_be_read_is_not_confirmed_by_the_others(theatre):
    link = theatre.imported(event("e", date(at(2), ref="s1", remaining=12)))
    theatre.db.execute("UPDATE stock SET snapshot_at = '2026-03-12 13:05Z'")
    theatre.partner.events["e"] = "illisible"
    theatre.run(link)
    assert "confirmé le 12\u00a0mars à 14\u00a0h\u00a005" in shown(theatre)


def test_a_number_that_a_person_gave_is_nobodys_confirmation(venue):
    venue.imported(event("e"))
    assert "confirmé" not in shown(venue)


def test_the_list_of_offers_says_complet_and_counts_a_room_once(theatre):
    seats = [date(at(2), ref=ref, label=ref, remaining=9, pool="salle") for ref in ("Orchestre", "Balcon")]
    theatre.imported(event("full", date(at(2), remaining=0)), event("room", *seats))
    page = text(theatre.opened(), f"{theatre.home}/offres")
    assert "complet</p>" in page
    assert "9\u00a0places restantes" in page


class WithKey(OfferDefaults):
    key: SecretStr = Field(title="Clé")


def test_a_source_whose_key_was_refused_asks_for_a_new_one_and_goes_on_with_it(venue, monkeypatch):
    monkeypatch.setattr(Scripted, "Settings", WithKey)
    link = venue.link(capacity=5)
    venue.db.execute("UPDATE link SET secrets = %s", [seal(venue.site.settings, {"key": "ancienne"})])
    venue.partner.lists(event("e"))
    refused = ConfigurationError("key_refused", "Clé refusée par Partenaire d’essai. Créez-en une autre.")
    venue.partner.fails_before_page = (0, refused)
    venue.run(link)

    browser, path = venue.opened(), f"{venue.home}/sources/{link}/modifier"
    home = text(browser, venue.home)
    assert "Clé refusée par Partenaire d’essai." in home
    assert "à vérifier" in home
    assert path in home
    asked = text(browser, path)
    assert "Clé refusée par Partenaire d’essai." in asked
    assert 'type="password"' in asked
    assert "ancienne" not in asked
    assert "Laissez vide" not in asked  # the refused one is not kept
    again = send(browser, path, capacity="5", etape="enregistrer", **{"capacity-choix": "nombre"})
    assert again.status_code == 422

    venue.partner.fails_before_page = None
    send(browser, path, capacity="5", etape="enregistrer", key="nouvelle", **{"capacity-choix": "nombre"})
    (row,) = venue.rows("link")
    assert (row["state"], unseal(venue.site.settings, row["secrets"])) == ("active", {"key": "nouvelle"})
    venue.run(link)
    assert "Clé refusée" not in text(browser, venue.home)
    assert venue.rows("notice", resolved_at=None) == []


def test_an_address_for_the_partners_signals_is_made_shown_once_and_revoked(theatre):
    link = theatre.imported(event("e", date(at(2), remaining=3)))
    browser, path = theatre.opened(), f"{theatre.home}/sources/{link}"
    assert "Créer une adresse" in text(browser, path)
    made = send(browser, f"{path}/signaux", page=path)
    address = made.text.split("/hooks/scripted/")[1].split('"')[0]
    assert theatre.one("SELECT count(*) FROM hint_token") == 1
    page = text(browser, path)
    assert address not in page
    assert "aucun signal reçu encore" in page
    assert browser.post(f"/hooks/scripted/{address}", content=b"{}").status_code == 202

    send(browser, f"{path}/signaux/{theatre.one('SELECT id FROM hint_token')}/revoquer", page=path)
    assert browser.post(f"/hooks/scripted/{address}", content=b"{}").status_code == 404
    assert "Adresse créée" not in text(browser, path)


def test_a_partner_that_gives_no_signals_is_offered_no_address(venue):
    link = venue.imported(event("e"))
    assert "signaux" not in text(venue.opened(), f"{venue.home}/sources/{link}")
