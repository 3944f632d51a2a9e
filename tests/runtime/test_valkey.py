"""The embedded broker, on its real binary."""

import os
import signal
import socket

import psutil
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from runtime import valkey
from runtime.embedded import wait_until
from runtime.errors import SetupError
from runtime.valkey import EmbeddedValkey


@pytest.fixture
def server(data_dir):
    server = EmbeddedValkey(data_dir)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(server):
    with redis.Redis.from_url(server.url) as client:
        yield client


def test_it_refuses_to_evict_and_appends_to_a_file(client):
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert client.config_get("appendonly") == {"appendonly": "yes"}
    assert client.config_get("save") == {"save": ""}


def test_it_listens_on_the_loopback_only_and_asks_for_its_password(server):
    listening = [c.laddr for c in psutil.Process(server.pid()).net_connections() if c.status == "LISTEN"]
    assert [address.ip for address in listening] == ["127.0.0.1"]
    no_retry = Retry(NoBackoff(), 0)
    with (
        redis.Redis(port=listening[0].port, retry=no_retry) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()
    assert (server.folder / "address").stat().st_mode & 0o777 == 0o600
    assert (server.folder / "conf").stat().st_mode & 0o777 == 0o600


def test_keys_and_address_are_there_after_a_stop(server, client):
    client.set("kept", "1")
    address = server.url
    server.stop()
    assert not server.alive()
    server.start()
    assert server.url == address
    assert client.get("kept") == b"1"


def test_keys_and_address_are_there_after_kill_9(server, client):
    client.set("kept", "1")
    client.execute_command("WAITAOF", 1, 0, 2000)
    address = server.url
    os.kill(server.pid(), signal.SIGKILL)
    assert wait_until(lambda: not server.alive(), 60)
    server.start()
    assert server.url == address
    assert client.get("kept") == b"1"


def test_when_its_port_is_taken_it_takes_another(server):
    port = int((server.folder / "address").read_text().split()[0])
    server.stop()
    with socket.create_server(("127.0.0.1", port)):
        server.start()
    assert f":{port}/" not in server.url
    assert server.answers()


def test_without_any_server_it_says_what_to_set_or_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(valkey.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SetupError, match="PASSERELLE_BROKER_URL"):
        EmbeddedValkey(tmp_path).start()
