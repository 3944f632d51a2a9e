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
    town.call("GET", "/venues/999999/links")
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
    assert "999999" not in text


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
