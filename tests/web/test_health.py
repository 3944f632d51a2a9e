"""Whether the process lives and can work; what it measures; and when it refuses to start."""

import pytest
from cryptography.fernet import Fernet
from fastapi.testclient import TestClient

from models.database import connect
from runtime.errors import SetupError
from runtime.settings import RuntimeSettings
from tests.conftest import own_database
from tests.web.conftest import AGENDA, build_town, new_key
from web.app import create_app, from_environment
from workers.visits import Site


def test_alive_and_ready(town):
    assert town.client.get("/healthz").json() == {"state": "ok"}
    ready = town.client.get("/readyz")
    assert (ready.status_code, ready.json()["state"], ready.json()["last_tick_at"]) == (200, "ok", None)


def test_a_late_tick_is_said_and_does_not_stop_the_answers(town):
    for minutes, state in ((1, "ok"), (3, "late")):
        town.db.execute(
            """INSERT INTO last_tick (at) VALUES (now() - make_interval(mins => %s))
               ON CONFLICT (singleton) DO UPDATE SET at = excluded.at""",
            [minutes],
        )
        ready = town.client.get("/readyz")
        assert (ready.status_code, ready.json()["state"]) == (200, state)


def test_without_its_database_the_process_lives_and_is_not_ready(services_for_tests, migrated, settings):
    with own_database(services_for_tests, migrated) as url:
        site = Site(url, services_for_tests.broker_url, settings)
        with build_town(site) as town:
            caller = town.bearer()
            name = town.db.execute("SELECT current_database() AS name").fetchone()["name"]
            town.db.close()
            with connect(services_for_tests.admin_url) as admin:
                admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
                )
                assert town.client.get("/healthz").status_code == 200
                ready = town.client.get("/readyz")
                answers = [
                    town.call("POST", f"/venues/{town.venue}/imports", AGENDA, caller=caller),
                    town.client.get("/metrics"),
                ]
                admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            assert (ready.status_code, ready.json()["database"]) == (503, False)
            for answer in answers:
                assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
                assert answer.headers["retry-after"] == "5"
            assert town.client.get("/readyz").status_code == 200
            assert town.call("GET", f"/venues/{town.venue}/links", caller=caller).status_code == 200


def test_an_older_schema_is_not_ready(services_for_tests, settings):
    site = Site(services_for_tests.admin_url, services_for_tests.broker_url, settings)
    with TestClient(create_app(site)) as client:
        ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["migrated"]) == (503, False)


def test_measures_name_no_venue(town):
    town.call("POST", f"/venues/{town.venue}/imports", AGENDA)
    town.call("GET", "/venues/987123/links")
    town.call("GET", "/nowhere/at/all")
    text = town.client.get("/metrics").text
    for line in (
        'passerelle_hook_answers_total{method="POST",route="/venues/{venue}/imports",status="202"} 1.0',
        'passerelle_hook_answers_total{method="GET",route="/venues/{venue}/links",status="404"} 1.0',
        'passerelle_hook_answers_total{method="any",route="none",status="404"} 1.0',
        'passerelle_runs{provider="openagenda",status="queued"} 1.0',
        'passerelle_runs{provider="openagenda",status="succeeded"} 1.0',
        'passerelle_queue_runs{queue="manual"} 1.0',
        'passerelle_queue_runs{queue="stocks"} 0.0',
        'passerelle_open_notices{kind="booked_date_moved"} 1.0',
    ):
        assert line in text
    assert "/987123" not in text


def said(town, name):
    """The lines of one measure: what stands in its braces (or its name's end) → value."""
    lines = town.client.get("/metrics").text.splitlines()
    found = (line.removeprefix(name).rsplit(" ", 1) for line in lines if line.startswith(name))
    return {words: float(value) for words, value in found}


def test_how_stale_the_links_of_a_provider_are_is_a_histogram(town):
    def confirmed(link, ago, **columns):
        run = town.new_run(link, **{"status": "succeeded"} | columns)
        town.db.execute(
            "UPDATE sync_run SET first_request_at = now() - %s::interval WHERE id = %s", [ago, run]
        )

    confirmed(town.link, "10 minutes")
    confirmed(town.link, "1 minute", mode="hinted", status="succeeded")  # of a few items only
    confirmed(town.link, "1 minute", status="failed")
    day_old, never = (town.new_link(town.venue, identifier) for identifier in ("2", "3"))
    confirmed(day_old, "25 hours", status="partial")
    town.db.execute("UPDATE link SET created_at = now() - interval '4 hours' WHERE id = %s", [never])
    paused = town.new_link(town.venue, "4")
    town.db.execute("UPDATE link SET state = 'paused' WHERE id = %s", [paused])

    stale = said(town, "passerelle_staleness_seconds")
    buckets = {
        bound: stale[f'_bucket{{le="{bound}",provider="openagenda"}}']
        for bound in ("300.0", "900.0", "7200.0", "21600.0", "86400.0", "259200.0", "+Inf")
    }
    assert buckets == {
        "300.0": 0,
        "900.0": 1,
        "7200.0": 1,
        "21600.0": 2,
        "86400.0": 2,
        "259200.0": 3,
        "+Inf": 3,
    }
    assert stale['_count{provider="openagenda"}'] == 3
    assert 104_900 < stale['_sum{provider="openagenda"}'] < 105_200


def test_the_delay_from_a_hint_to_its_rows_is_a_histogram(town):
    town.new_run(town.link, status="succeeded")  # nobody hinted
    for seconds, status in ((3, "succeeded"), (45, "partial"), (9, "failed")):
        run = town.new_run(town.link, status=status)
        town.db.execute(
            "UPDATE sync_run SET finished_at = now(), hinted_at = now() - make_interval(secs => %s) WHERE id = %s",
            [seconds, run],
        )
    late = said(town, "passerelle_hint_to_row_seconds")
    assert [late[f'_bucket{{le="{bound}.0",provider="openagenda"}}'] for bound in (2, 5, 30, 60)] == [
        0,
        1,
        1,
        2,
    ]
    assert late['_sum{provider="openagenda"}'] == 48


def test_the_description_is_complete(quiet_town):
    described = quiet_town.client.get("/openapi.json").json()
    assert quiet_town.client.get("/docs").status_code == 200
    schemas = described["components"]["schemas"]
    assert "Problem" in schemas
    assert "HTTPValidationError" not in str(described)
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            assert route["description"], (path, method)
            if path.startswith(("/venues", "/links", "/runs", "/notices", "/providers")):
                assert route["security"] == [{"portal": []}, {"token": []}], path
                assert "401" in route["responses"]


def test_production_does_not_start_without_keys(tmp_path):
    def start(**words):
        settings = RuntimeSettings(environment="production", data_dir=tmp_path, **words)
        return create_app(Site("postgresql://nowhere", "redis://nowhere", settings))

    secret = Fernet.generate_key().decode()
    with pytest.raises(SetupError, match="PASSERELLE_SECRET_KEYS"):
        start(portal_keys=new_key())
    with pytest.raises(SetupError, match="PASSERELLE_PORTAL_KEYS"):
        start(secret_keys=secret)
    with pytest.raises(SetupError, match="PASSERELLE_PORTAL_KEYS"):
        start(secret_keys=secret, portal_keys="whsec_x")
    assert start(secret_keys=secret, portal_keys=new_key())


def test_a_process_without_addresses_does_not_start(monkeypatch):
    monkeypatch.setattr("web.app.settings", RuntimeSettings)
    monkeypatch.setattr("web.app.configure_logging", lambda: None)
    monkeypatch.delenv("PASSERELLE_DATABASE_URL", raising=False)
    with pytest.raises(SetupError, match="PASSERELLE_DATABASE_URL"):
        from_environment()
