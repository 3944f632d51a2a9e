"""The embedded PostgreSQL, on its real binaries."""

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import psutil
import pytest
import sqlalchemy

from runtime import postgres
from runtime.embedded import wait_until
from runtime.errors import SetupError
from runtime.postgres import EmbeddedPostgres

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="PostgreSQL runs under another account only for root")


@pytest.fixture(scope="module")
def started(kept_data_dir):
    server = EmbeddedPostgres(kept_data_dir, durable=False)
    yield server
    server.stop()


@pytest.fixture
def server(started):
    started.start()
    return started


def ask(server: EmbeddedPostgres, sql: str) -> list[tuple]:
    engine = sqlalchemy.create_engine(server.url, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        result = connection.execute(sqlalchemy.text(sql))
        return [tuple(row) for row in result] if result.returns_rows else []


def test_it_is_postgresql_18_in_utf8_with_the_builtin_c_utf8_order(server):
    assert ask(server, "SELECT current_setting('server_version_num')::int / 10000") == [(18,)]
    assert ask(
        server,
        "SELECT pg_encoding_to_char(encoding), datlocprovider::text, datlocale FROM pg_database"
        " WHERE datname = current_database()",
    ) == [("UTF8", "b", "C.UTF-8")]
    assert ask(server, "SELECT upper('é'), 'Z' < 'a'") == [("É", True)]


def test_it_listens_on_no_port_and_its_socket_is_private(server):
    connections = psutil.Process(server.pid()).net_connections("all")
    assert {c.family for c in connections if c.status in ("LISTEN", "NONE")} == {socket.AF_UNIX}
    folder = Path((server.folder / "socket").read_text())
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(str(folder / ".s.PGSQL.5432")) < 100


def test_what_was_written_is_there_after_a_stop(server):
    ask(server, "CREATE TABLE kept AS SELECT 1 AS n")
    server.stop()
    assert not server.alive()
    server.start()
    assert ask(server, "SELECT n FROM kept") == [(1,)]


def test_after_kill_9_it_starts_again_at_the_same_address_and_lost_nothing(server):
    server.stop()
    durable = EmbeddedPostgres(server.data_dir)
    durable.start()
    ask(durable, "CREATE TABLE kept_by_the_log AS SELECT 1 AS n")
    address = durable.url
    os.kill(durable.pid(), signal.SIGKILL)
    assert wait_until(lambda: not durable.alive(), 60)
    durable.start()
    assert durable.url == address
    assert ask(durable, "SELECT n FROM kept_by_the_log") == [(1,)]
    durable.stop()


def test_a_pid_file_that_names_another_living_process_of_its_account_does_not_stop_it(server):
    server.stop()
    cluster = server._place() / "18"
    with subprocess.Popen(["sleep", "1000"], **postgres._as_owner_of(cluster)) as stranger:
        (cluster / "postmaster.pid").write_text(f"{stranger.pid}\n{cluster}\n")
        try:
            server.start()
        finally:
            stranger.kill()
    assert ask(server, "SELECT 1") == [(1,)]


def test_a_server_that_runs_is_adopted_and_can_be_stopped_by_another_process(server):
    other = EmbeddedPostgres(server.data_dir, durable=False)
    other.start()
    assert other.pid() == server.pid()
    other.stop()
    assert not server.alive()
    assert (
        not psutil.pid_exists(server.pid()) or psutil.Process(server.pid()).status() == psutil.STATUS_ZOMBIE
    )


def test_two_data_directories_are_two_servers(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("other")
    other = EmbeddedPostgres(folder, durable=False)
    try:
        other.start()
        ask(server, "CREATE TABLE only_here ()")
        assert ask(other, "SELECT to_regclass('only_here')") == [(None,)]
    finally:
        other.stop()
        other.erase()


def test_a_server_that_cannot_start_says_what_its_log_says(server):
    server.stop()
    configuration = server._place() / "18" / "postgresql.conf"
    good = configuration.read_text()
    configuration.write_text("no_such_setting = 1\n")
    with pytest.raises(SetupError, match="no_such_setting"):
        server.start()
    configuration.write_text(good)


def test_a_cluster_that_was_cut_short_is_made_again(server):
    server.stop()
    cluster = server._place() / "18"
    shutil.rmtree(cluster)
    half = cluster.with_suffix(".new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    server.start()
    assert ask(server, "SELECT 1") == [(1,)]


def test_without_the_extra_it_says_what_to_set_or_install(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "_WHEEL", "a_wheel_that_is_not_installed")
    with pytest.raises(SetupError, match="PASSERELLE_DATABASE_URL"):
        EmbeddedPostgres(tmp_path).start()


@as_root
def test_root_runs_it_as_nobody(server):
    assert psutil.Process(server.pid()).username() == "nobody"


@as_root
def test_out_of_reach_of_nobody_it_lives_elsewhere_and_no_mode_is_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "_others_reach", lambda _: False)  # as for a clone under /root
    before = tmp_path.stat().st_mode
    server = EmbeddedPostgres(tmp_path, durable=False)
    try:
        server.start()
        place = Path((server.folder / "place").read_text())
        assert psutil.Process(server.pid()).exe().startswith(f"{place}/binaries-")
        assert (place / "18").owner() == "nobody"
        assert tmp_path.stat().st_mode == before

        server.stop()
        assert EmbeddedPostgres(tmp_path)._place() == place, "found again"

        shutil.rmtree(server.folder)
        server.folder.mkdir()
        again = EmbeddedPostgres(tmp_path)._place()
        assert again != place, "a data directory made anew has a server made anew"
        assert not place.exists(), "and the old one's is removed"
        shutil.copytree(server.folder, tmp_path / "copy" / "postgres")
        of_copy = EmbeddedPostgres(tmp_path / "copy")
        assert of_copy._place() != again, "a clone that was copied does not share"
        of_copy.erase()
    finally:
        server.stop()
        server.erase()
    assert not Path(again).exists(), "nothing is left outside the data directory"
