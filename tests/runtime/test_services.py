"""Processes that share one pair of servers, and the ways in which they leave."""

import os
import signal
import tempfile
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from runtime.embedded import wait_until
from runtime.postgres import EmbeddedPostgres
from runtime.services import services
from runtime.settings import RuntimeSettings
from runtime.valkey import EmbeddedValkey


def servers(data_dir: Path) -> list[EmbeddedPostgres | EmbeddedValkey]:
    return [EmbeddedPostgres(data_dir), EmbeddedValkey(data_dir)]


def gone(data_dir: Path) -> bool:
    return not any(server.alive() for server in servers(data_dir))


def both_answer(data_dir: Path) -> bool:
    return all(server.answers() for server in servers(data_dir))


def keepers(data_dir: Path) -> list[psutil.Process]:
    return [
        p
        for p in psutil.process_iter()
        if str(data_dir) in command_of(p) and "runtime.keeper" in command_of(p)
    ]


def command_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_the_operators_addresses_are_taken_as_given_and_nothing_is_started(data_dir):
    given = RuntimeSettings(
        data_dir=data_dir, database_url="postgresql+psycopg://db/p", broker_url="redis://r/0"
    )
    with services(given) as found:
        assert (found.database_url, found.broker_url) == ("postgresql+psycopg://db/p", "redis://r/0")
        assert gone(data_dir)


def test_both_run_for_the_length_of_the_block_and_leave_nothing_behind(data_dir):
    with services(
        RuntimeSettings(data_dir=data_dir, database_url=None, broker_url=None), durable=False
    ) as found:
        with psycopg.connect(found.database_url.replace("+psycopg", "")) as database:
            assert database.execute("SELECT current_database()").fetchone() == ("passerelle",)
        with redis.Redis.from_url(found.broker_url) as broker:
            assert broker.ping()
        socket_folder = Path((data_dir / "postgres" / "socket").read_text())
    assert gone(data_dir)
    assert not socket_folder.exists()


def test_the_last_of_several_users_stops_them(start_user, data_dir):
    first, second = start_user(), start_user()
    assert first.urls == second.urls
    first.leave()
    assert both_answer(data_dir)
    second.leave()
    assert gone(data_dir)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_however_the_only_user_ends_both_are_stopped(start_user, data_dir, number):
    user = start_user()
    assert user.urls
    user.process.send_signal(number)
    user.process.wait()
    assert wait_until(lambda: gone(data_dir), 60)


def test_a_killed_user_takes_nothing_from_another(start_user, data_dir):
    killed, other = start_user(), start_user()
    assert killed.urls == other.urls
    killed.end()
    assert both_answer(data_dir)
    other.leave()
    assert gone(data_dir)


def test_a_user_who_comes_while_they_are_being_stopped_finds_them_running(start_user):
    first = start_user()
    assert first.urls
    first.process.kill()
    second = start_user()
    assert second.urls
    second.leave()


def test_a_signal_to_the_users_process_group_does_not_reach_them(start_user, data_dir):
    user = start_user()
    assert user.urls
    ours = os.getpgid(user.process.pid)
    assert all(os.getpgid(server.pid()) != ours for server in servers(data_dir))
    assert all(os.getsid(server.pid()) != os.getsid(user.process.pid) for server in servers(data_dir))


@pytest.mark.parametrize("kind", [EmbeddedPostgres, EmbeddedValkey])
def test_a_server_that_is_killed_in_use_comes_back_at_the_same_address(start_user, data_dir, kind):
    user = start_user()
    assert user.urls
    server = kind(data_dir)
    address, killed = server.url, server.pid()
    os.kill(killed, signal.SIGKILL)
    assert wait_until(lambda: server.pid() != killed and server.answers(), 60)
    assert server.url == address


def test_what_a_killed_keeper_left_running_is_adopted_and_stopped(start_user, data_dir):
    user = start_user()
    assert user.urls
    for keeper in keepers(data_dir):
        keeper.kill()
    assert wait_until(lambda: not keepers(data_dir), 60)
    assert both_answer(data_dir), "the servers themselves live on"
    numbers = [server.pid() for server in servers(data_dir)]
    next_user = start_user()
    assert next_user.urls == user.urls
    assert [server.pid() for server in servers(data_dir)] == numbers
    user.end()
    next_user.leave()
    assert gone(data_dir)


def test_the_last_user_stops_them_even_when_their_keepers_were_killed(start_user, data_dir):
    user = start_user()
    assert user.urls
    for keeper in keepers(data_dir):
        keeper.kill()
    user.leave()
    assert gone(data_dir)


def test_two_data_directories_run_side_by_side(start_user, data_dir):
    with tempfile.TemporaryDirectory(prefix="passerelle-test-") as other:
        Path(other).chmod(0o711)
        here, there = start_user(), start_user(Path(other))
        assert not set(here.urls) & set(there.urls)
        there.leave()
        assert gone(Path(other))
        assert both_answer(data_dir)


def test_the_test_sessions_own_servers_answer(services_for_tests):
    with psycopg.connect(services_for_tests.admin_url.replace("+psycopg", "")) as database:
        assert database.execute("SHOW fsync").fetchone() == ("off",)
    with redis.Redis.from_url(services_for_tests.broker_url) as broker:
        assert broker.ping()
