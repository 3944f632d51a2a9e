"""A partner's key on the command line: stored encrypted, kept when it is not given again, shown nowhere."""

import pytest

from runtime.settings import settings
from tests.providers.pretix.box_office import SHOP, TOKEN, BoxOffice, Sells, event, on_loopback
from workers.sealing import unseal

NEW = "n3" * 32


@pytest.fixture
def office(passerelle, monkeypatch):
    office = BoxOffice()
    office.puts(Sells(event(date_from="2099-02-01T19:00:00Z")))
    with on_loopback(office) as address:
        monkeypatch.setenv("PASSERELLE_HOST_MAP", f"pretix.eu={address}")
        settings.cache_clear()
        yield office


def stored(passerelle):
    row = passerelle.db.execute("SELECT * FROM link").fetchone()
    return row["settings"], unseal(settings(), row["secrets"])


def everything(passerelle):
    tables = ("link", "link_event", "sync_run", "source_item")
    return repr([passerelle.db.execute(f"SELECT * FROM {table}").fetchall() for table in tables])


def test_a_key_is_stored_apart_and_never_shown(passerelle, office):
    made = passerelle(
        "link", passerelle.venue(), "pretix", "ecluse", "--set", f"token={TOKEN}", "--set", "category=Musique"
    )
    assert stored(passerelle) == ({"category": "musique"}, {"token": TOKEN})
    assert made["settings"] == {"category": "musique"}
    assert [check["state"] for check in made["checks"]] == ["ok", "ok", "ok"]
    done = passerelle.import_(made["id"])
    assert done["counts"]["new"] == 1
    shown = repr([made, done, passerelle("links"), passerelle("check", "--link", made["id"])])
    assert TOKEN not in shown + everything(passerelle)


def test_a_key_that_is_not_given_again_is_kept(passerelle, office):
    venue = passerelle.venue()
    passerelle("link", venue, "pretix", SHOP, "--set", f"token={TOKEN}")
    passerelle("link", venue, "pretix", f"{SHOP}/", "--set", "category=Musique")
    assert stored(passerelle) == ({"category": "musique"}, {"token": TOKEN})


def test_another_key_is_written_in_the_history_and_is_no_edit(passerelle, office):
    venue = passerelle.venue()
    passerelle("link", venue, "pretix", SHOP, "--set", f"token={TOKEN}")
    office.token = NEW
    passerelle("link", venue, "pretix", SHOP, "--set", f"token={NEW}")
    assert stored(passerelle) == ({}, {"token": NEW})
    actions = [row["action"] for row in passerelle.db.execute("SELECT action FROM link_event ORDER BY id")]
    assert actions == ["linked", "key_changed"]
    edited = passerelle.db.execute("SELECT settings_edited_at FROM link").fetchone()
    assert edited["settings_edited_at"] is None
    assert NEW not in everything(passerelle)


def test_without_a_key_the_setting_is_named(passerelle, office):
    error = passerelle("link", passerelle.venue(), "pretix", SHOP, code=2)["error"]
    assert (error["code"], "token\u00a0: à indiquer (Clé d’API)" in error["message"]) == (
        "settings_invalid",
        True,
    )


def test_a_refused_key_is_said_and_nothing_is_linked(passerelle, office):
    error = passerelle("link", passerelle.venue(), "pretix", SHOP, "--set", f"token={NEW}", code=2)["error"]
    assert error["message"].startswith("Clé refusée par pretix.")
    assert passerelle("links") == []


def test_disconnecting_erases_the_key(passerelle, office):
    link = passerelle("link", passerelle.venue(), "pretix", SHOP, "--set", f"token={TOKEN}")["id"]
    passerelle("unlink", link)
    assert stored(passerelle) == ({}, {})
