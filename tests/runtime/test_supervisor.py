"""Children that run, die, refuse to end and have children of their own."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from runtime.embedded import wait_until
from runtime.supervisor import Child, Patience, Supervisor

HURRIED = Patience(grace=5, first_delay=0.05, longest_delay=0.2, give_up_after=3)
CLONE = Path(__file__).parents[2]


def python(name: str, code: str, **env: str) -> Child:
    return Child(name, [sys.executable, "-u", "-c", code], env)


def sleeper(name: str) -> Child:
    return Child(name, ["sleep", "1000"])


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def number_in(path: Path) -> int:
    assert wait_until(lambda: path.exists() and path.read_text().endswith("\n"), 60)
    return int(path.read_text())


@pytest.fixture
def output():
    return io.StringIO()


def test_children_run_and_end_with_the_block():
    with Supervisor([sleeper("one"), sleeper("two")], patience=HURRIED) as supervisor:
        assert wait_until(lambda: len(supervisor.pids()) == 2, 60)
        pids = supervisor.pids()
        assert all(runs(pid) for pid in pids.values())
    assert not any(runs(pid) for pid in pids.values())
    assert supervisor.pids() == {}


def test_each_line_is_written_after_the_childs_name(output):
    talkers = [python("beat", "print('tick'); input()"), python("worker", "print('prêt'); input()")]
    with Supervisor(talkers, output=output, patience=HURRIED):
        assert wait_until(lambda: "tick" in output.getvalue() and "prêt" in output.getvalue(), 60)
    assert "beat   | tick\n" in output.getvalue()
    assert "worker | prêt\n" in output.getvalue()


def test_a_child_has_our_environment_and_what_is_added_for_it(output, monkeypatch):
    monkeypatch.setenv("OURS", "a")
    child = python("child", "import os; print(os.environ['OURS'], os.environ['ITS_OWN'])", ITS_OWN="b")
    with Supervisor([child], output=output, patience=HURRIED):
        assert wait_until(lambda: "a b" in output.getvalue(), 60)


def test_a_child_that_is_killed_is_started_again():
    with Supervisor([sleeper("worker")], patience=HURRIED) as supervisor:
        assert wait_until(lambda: "worker" in supervisor.pids(), 60)
        first = supervisor.pids()["worker"]
        os.kill(first, signal.SIGKILL)
        assert wait_until(lambda: supervisor.pids().get("worker", first) != first, 60)


def test_what_a_dead_child_had_started_ends_before_it_is_started_again(tmp_path, output):
    note = tmp_path / "grandchild"
    child = Child("worker", ["sh", "-c", f"sleep 1000 & echo $! > {note}; wait"])
    with Supervisor([child], output=output, patience=HURRIED) as supervisor:
        orphan = number_in(note)
        os.kill(supervisor.pids()["worker"], signal.SIGKILL)
        assert wait_until(lambda: not runs(orphan), 60)


def test_a_child_that_dies_again_and_again_is_given_up_and_all_are_stopped(output, tmp_path):
    count = tmp_path / "count"
    hopeless = Child("hopeless", ["sh", "-c", f"echo x >> {count}; exit 7"])
    with Supervisor([sleeper("other"), hopeless], output=output, patience=HURRIED) as supervisor:
        assert wait_until(lambda: "other" in supervisor.pids(), 60)
        other = supervisor.pids()["other"]
        assert supervisor.wait() == 1
    assert count.read_text() == "x\n" * HURRIED.give_up_after
    assert not runs(other)


def test_a_program_that_does_not_exist_is_given_up(output):
    with Supervisor([Child("ghost", ["/no/such/program"])], output=output, patience=HURRIED) as supervisor:
        assert supervisor.wait() == 1
    assert "ghost | " in output.getvalue()


def test_children_are_asked_to_end_before_they_are_killed(tmp_path, output):
    ended = tmp_path / "ended"
    polite = (
        "import signal, sys\n"
        "def end(*_):\n"
        f"    open({str(ended)!r}, 'a').write(sys.argv[1] + '\\n'); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('ready')\n"
        "while True: signal.pause()\n"
    )
    children = [Child(name, [sys.executable, "-u", "-c", polite, name]) for name in ("web", "worker")]
    with Supervisor(children, output=output, patience=HURRIED):
        assert wait_until(lambda: output.getvalue().count("ready") == 2, 60)
    assert sorted(ended.read_text().split()) == ["web", "worker"]


def test_a_child_that_ignores_sigterm_is_killed_after_the_grace_with_its_own_children(tmp_path, output):
    note = tmp_path / "grandchild"
    stubborn = Child(
        "stubborn", ["sh", "-c", f"trap '' TERM; sleep 1000 & echo $! > {note}; while :; do wait; done"]
    )
    supervisor = Supervisor([stubborn], output=output, patience=Patience(grace=0.3))
    supervisor.start()
    grandchild = number_in(note)
    child = supervisor.pids()["stubborn"]
    supervisor.stop()
    assert not runs(child)
    assert not runs(grandchild)


def test_stopping_twice_or_before_a_child_is_up_is_harmless():
    supervisor = Supervisor([sleeper("one")], patience=HURRIED)
    supervisor.start()
    supervisor.stop()
    supervisor.stop()
    assert supervisor.pids() == {}


def test_two_children_of_one_name_are_refused():
    with pytest.raises(ValueError, match="same name"):
        Supervisor([sleeper("one"), sleeper("one")])


SUPERVISE = """
import signal, sys, threading, time
from runtime.supervisor import Child, Patience, Supervisor

note, told = sys.argv[1:]
trap = "trap : TERM; " if told == "stubborn" else ""
parent = f"{trap}sleep 1001 & echo $! > {note}; while :; do wait; done"
children = [Child("plain", ["sleep", "1000"]), Child("parent", ["sh", "-c", parent])]

def say_when_signals_are_heard():
    while len(supervisor.pids()) < 2 or signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        time.sleep(0.01)
    print(*supervisor.pids().values(), flush=True)

with Supervisor(children, patience=Patience(grace=60 if trap else 1)) as supervisor:
    threading.Thread(target=say_when_signals_are_heard).start()
    sys.exit(supervisor.wait())
"""


@pytest.fixture
def supervise(tmp_path):
    started, left = [], []

    def start(told: str = "plain") -> tuple[subprocess.Popen, list[int]]:
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, str(tmp_path / "grandchild"), told],
            stdout=subprocess.PIPE,
            text=True,
            cwd=CLONE,
        )
        started.append(process)
        pids = [int(word) for word in process.stdout.readline().split()]
        pids.append(number_in(tmp_path / "grandchild"))
        left.extend(pids)
        return process, pids

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_supervisor_with_all_its_processes(supervise, number):
    process, pids = supervise()
    process.send_signal(number)
    assert process.wait(60) == 0
    assert not any(runs(pid) for pid in pids)


def test_a_second_signal_ends_the_grace(supervise):
    process, pids = supervise("stubborn")
    process.send_signal(signal.SIGINT)
    assert wait_until(lambda: not runs(pids[0]), 60), "the first one has arrived"
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert not any(runs(pid) for pid in pids)


def test_when_the_supervisor_is_killed_nothing_that_it_started_lives_on(supervise):
    process, pids = supervise()
    assert all(runs(pid) for pid in pids)
    process.kill()
    process.wait()
    assert wait_until(lambda: not any(runs(pid) for pid in pids), 60)


def test_a_guard_that_is_killed_is_replaced():
    supervisor = Supervisor([sleeper("one")], patience=HURRIED)
    supervisor.start()
    assert wait_until(lambda: "one" in supervisor.pids(), 60)
    guard, child = supervisor._guard.pid, supervisor.pids()["one"]
    os.kill(guard, signal.SIGKILL)
    assert wait_until(lambda: not runs(guard), 60)
    os.kill(child, signal.SIGKILL)  # what is told next finds nobody
    assert wait_until(lambda: supervisor.pids().get("one", child) != child, 60)
    assert supervisor._guard.pid != guard
    supervisor.stop()


def test_the_supervisor_leaves_no_thread_behind():
    before = threading.active_count()
    with Supervisor([sleeper("one")], patience=HURRIED):
        pass
    assert threading.active_count() <= before
