"""`passerelle try --faults` and `passerelle record`: an adapter in the shell, and answers kept for later."""

import json
from pathlib import Path

from cli.sample_agenda import NUMBER
from runtime.settings import settings
from tests.providers.pretix.box_office import SHOP, TOKEN, BoxOffice, Sells, event, on_loopback

RECORDED = Path(__file__).parents[1] / "providers" / "pretix" / "recorded"


def test_recorded_answers_say_who_they_are_of(passerelle):
    found = passerelle("try", "pretix", "--from", RECORDED)
    assert found["identifier"] == SHOP
    assert found["counts"] == {
        "read": 3,
        "offers": 2,
        "stocks": 4,
        "products": 0,
        "levels": 0,
        "quarantined": 0,
        "filtered": 1,
    }


def test_faults_are_put_on_recorded_answers(passerelle):
    done = passerelle("try", "pretix", "--from", RECORDED, "--faults")
    assert {each["fault"] for each in done["faults"]} >= {"empty", "cut", "slow", "rate_limited", "html"}
    assert all(each["right"] and not each["withdrawn"] for each in done["faults"])
    by_name = {each["fault"]: each["error"]["class"] for each in done["faults"] if each["error"]}
    assert by_name["rate_limited"] == "RateLimited"
    assert "Toutes les pannes sont bien prises." in passerelle.says(
        "try", "pretix", "--from", RECORDED, "--faults"
    )


def test_an_adapter_that_takes_a_fault_for_the_end_is_found_out(passerelle, monkeypatch):
    monkeypatch.setattr("providers.pretix.api.Api._listed", lambda *_: iter(()))
    done = passerelle("try", "pretix", "--from", RECORDED, "--faults", code=1)
    assert not all(each["right"] for each in done["faults"])


def test_faults_need_recorded_answers(passerelle):
    assert passerelle("try", "pretix", "x", "--faults", code=2)["error"]["code"] == "faults_need_answers"
    assert passerelle("try", "pretix", code=2)["error"]["code"] == "usage"


def test_a_partners_answers_are_recorded_and_tried(passerelle, tmp_path, monkeypatch):
    office = BoxOffice()
    office.puts(Sells(event(date_from="2099-02-01T19:00:00Z")))
    folder = tmp_path / "new"
    with on_loopback(office) as address:
        monkeypatch.setenv("PASSERELLE_HOST_MAP", f"pretix.eu={address}")
        settings.cache_clear()
        done = passerelle("record", "pretix", SHOP, "--set", f"token={TOKEN}", "--to", folder)
    assert done["answers"] == len(json.loads((folder / "answers.json").read_text())["answers"]) > 3
    assert TOKEN not in "".join(file.read_text() for file in folder.iterdir())
    assert passerelle("try", "pretix", "--from", folder)["counts"]["offers"] == 1
    assert (
        passerelle("record", "pretix", SHOP, "--set", f"token={TOKEN}", "--to", folder, code=2)["error"][
            "code"
        ]
        == "already_recorded"
    )


def test_what_cannot_be_recorded_is_said(passerelle, tmp_path):
    passerelle.agenda.events = ()
    done = passerelle("record", "openagenda", NUMBER + "9", "--to", tmp_path / "new", code=1)
    assert done["error"]["code"] == "agenda_not_found"
