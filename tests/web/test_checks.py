"""A source tried before it is imported, and an edit previewed, on an agenda of the loopback."""

import time

import pytest
import redis

from cli.sample_agenda import NUMBER, TITLE, SampleAgenda
from cli.sample_partner import sample_partner
from tests.providers.loopback import Partner, answer, silence
from tests.web.conftest import AGENDA, build_town
from tests.web.test_callers import outcome
from workers.sync import synchronise
from workers.visits import Site


@pytest.fixture
def at_agenda(database_url, services_for_tests, settings):
    """Builds a town where Open Agenda is somewhere else; another test's requests to it are forgotten."""
    with redis.Redis.from_url(services_for_tests.broker_url) as client:
        client.flushdb()

    def build(address):
        mapped = settings.model_copy(update={"host_map": {"openagenda.com": address}})
        return build_town(Site(database_url, services_for_tests.broker_url, mapped))

    return build


@pytest.fixture
def town(at_agenda):
    with sample_partner({NUMBER: SampleAgenda()}) as address, at_agenda(address) as town:
        town.db.execute("UPDATE venue SET name = %s WHERE id = %s", [TITLE, town.venue])
        yield town


def test_a_check_says_what_an_import_would_find(town):
    checked = town.call("POST", f"/venues/{town.venue}/checks", AGENDA).json()
    assert checked["ok"]
    assert checked["identifier"] == NUMBER
    assert [check["name"] for check in checked["checks"]] == ["agenda", "places", "samples"]
    assert TITLE in checked["checks"][0]["sentence"]
    assert len(checked["samples"]) == 3
    assert {"title", "dates", "image_url", "category"} <= checked["samples"][0].keys()
    assert checked["samples"][0]["dates"][0]["starts_at"]
    assert len(town.rows("link")) == 1


def test_what_the_partner_refuses_is_a_result(town):
    form = AGENDA | {"identifier": "99"}
    answered = town.call("POST", f"/venues/{town.venue}/checks", form)
    assert answered.status_code == 200
    checked = answered.json()
    assert not checked["ok"]
    assert (checked["checks"][-1]["name"], checked["checks"][-1]["state"]) == ("source", "failed")
    assert checked["samples"] == []


def test_a_wrong_form_is_a_problem(town):
    form = AGENDA | {"identifier": "not an agenda!"}
    assert outcome(town.call("POST", f"/venues/{town.venue}/checks", form))[0] == 422


def test_a_person_does_not_wait_for_a_slow_partner(at_agenda, monkeypatch):
    monkeypatch.setattr("web.checks.try_source.__kwdefaults__", {"seconds": 0.5})
    with Partner() as partner:
        partner.says(silence)
        with at_agenda(partner.base) as town:
            started = time.monotonic()
            checked = town.call("POST", f"/venues/{town.venue}/checks", AGENDA).json()
    assert time.monotonic() - started < 60
    assert (checked["ok"], checked["checks"][-1]["code"]) == (False, "check_too_slow")


def test_too_many_checks_at_once_are_refused(town):
    errands = town.app.state.hook.errands
    while errands.acquire(blocking=False):
        pass
    refused = town.call("POST", f"/venues/{town.venue}/checks", AGENDA)
    assert outcome(refused) == (503, "too_many_errands")
    assert refused.headers["retry-after"] == "5"
    for _ in range(8):
        errands.release()


def test_an_edit_that_narrows_says_what_it_would_withdraw(town):
    imported = town.call(
        "POST", f"/venues/{town.venue}/imports", AGENDA | {"settings": {"places": "tous"}}
    ).json()
    synchronise(imported["run"], town.site)
    assert town.call("GET", f"/runs/{imported['run']}").json()["status"] == "succeeded"
    path = f"/links/{imported['link']}"
    before = town.rows("link"), town.rows("offer")

    previewed = town.call("PATCH", f"{path}?preview=true", {"settings": {"places": [TITLE]}}).json()

    assert previewed["withdrawn"] == ["L’heure du conte"]
    assert previewed["counts"]["withdrawn"] == 1
    assert (town.rows("link"), town.rows("offer")) == before


def test_a_preview_that_fails_is_a_problem(at_agenda):
    with Partner() as partner:
        partner.says(answer(b"nothing", 404))
        with at_agenda(partner.base) as town:
            refused = town.call("PATCH", f"/links/{town.link}?preview=true", {"settings": {}})
    assert outcome(refused)[0] == 422
