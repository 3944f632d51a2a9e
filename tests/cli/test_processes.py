"""Commands as they are typed: real services, real workers, and nothing left running afterwards."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

import cli.waiting
from cli.sample_agenda import NUMBER, SampleAgenda
from cli.sample_partner import sample_partner
from runtime.settings import RuntimeSettings
from tests.conftest import place_for_servers
from workers.sync import synchronise
from workers.visits import Site

CLONE = Path(__file__).parents[2]


class Shell:
    """A folder and an environment of its own; knows what it left running."""

    def __init__(self, folder: Path, partner: str) -> None:
        self.folder = folder
        self._mark = uuid.uuid4().hex
        self._started: list[subprocess.Popen[str]] = []
        ours = {name: value for name, value in os.environ.items() if not name.startswith("PASSERELLE_")}
        self.environment = ours | {
            "TMPDIR": str(folder),
            "MARK": self._mark,
            "PASSERELLE_DATA_DIR": str(folder / "here"),
            "PASSERELLE_HOST_MAP": f"openagenda.com={partner}",
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", *words],
            cwd=CLONE,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def run(self, *words: str, code: int = 0) -> str:
        process = self.start(*words)
        out, err = process.communicate(timeout=150)
        assert process.returncode == code, f"{process.returncode}\n{out}\n{err}"
        return out

    def end(self) -> None:
        """End what a failed test left running, so that the next one finds nothing of it."""
        for process in self._started:
            if process.returncode is None:
                process.terminate()
                process.communicate(timeout=60)

    def left_running(self) -> list[str]:
        found = []
        for process in psutil.process_iter():
            try:
                command = " ".join(process.cmdline())
                if str(self.folder) in command or process.environ().get("MARK") == self._mark:
                    found.append(command)
            except (psutil.NoSuchProcess, psutil.ZombieProcess, psutil.AccessDenied):
                continue
        return found


@pytest.fixture
def shell() -> Iterator[Shell]:
    folder = Path(tempfile.mkdtemp(prefix="passerelle-test-", dir=place_for_servers()))
    folder.chmod(0o711)  # root's PostgreSQL runs under another account
    try:
        with sample_partner({NUMBER: SampleAgenda()}) as partner:
            begun = Shell(folder, partner)
            yield begun
            begun.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_the_demonstration_shows_the_whole_path_and_leaves_nothing(shell):
    document = json.loads(shell.run("demo", "--json"))
    assert [run["status"] for run in document["imports"]] == ["succeeded"] * 3
    again = document["imports"][1]
    assert again["details"] == {"read": 9, "unchanged": 9}
    assert [again["counts"][word] for word in ("new", "changed", "unchanged")] == [0, 0, 9]
    assert [(change["title"], change["change"]) for change in document["changes"]] == [
        ("Bal des marées", "modifiée"),
        ("Bal des marées", "modifiée"),
        ("Conférence : les écluses de Bretagne", "nouvelle"),
        ("Conférence : les écluses de Bretagne", "retirée"),
        ("Nuit des contes", "retirée"),
        ("Nuit des contes", "retirée"),
    ]
    assert "corpus" not in document
    assert shell.left_running() == []
    assert list(shell.folder.iterdir()) == []


def test_an_import_starts_the_workers_it_needs_and_serve_ends_with_all_it_started(shell):
    venue = json.loads(shell.run("venue", "add", "--siren", "732829320", "--name", "La Halle", "--json"))[
        "id"
    ]
    choices = ("--set", "capacity=10", "--set", "places=all")
    link = json.loads(shell.run("link", str(venue), "openagenda", NUMBER, *choices, "--json"))["id"]
    alone = json.loads(shell.run("import", str(link), "--json"))
    assert (alone["status"], alone["offers"]["created"]) == ("succeeded", 9)
    assert shell.left_running() == []

    serve = shell.start("serve", "--json")
    assert serve.stdout is not None
    assert _document_from(serve)["serving"] is True
    began = time.monotonic()
    again = json.loads(shell.run("import", str(link), "--json"))
    assert (again["status"], again["details"]["unchanged"]) == ("succeeded", 9)
    assert time.monotonic() - began < 100
    second = shell.start("serve", "--json")
    assert json.loads(second.communicate(timeout=120)[0])["error"]["code"] == "already_serving"
    assert second.returncode == 2
    serve.send_signal(signal.SIGINT)
    _, said = serve.communicate(timeout=120)
    assert serve.returncode == 0, said
    assert "Traceback" not in said
    assert shell.left_running() == []


def test_with_an_operators_broker_and_no_worker_the_command_says_who_is_missing_and_waits(
    passerelle, monkeypatch, services_for_tests, database_url, tmp_path
):
    link = passerelle.link()
    monkeypatch.setattr(cli.waiting, "PATIENCE", 0.3)
    site = Site(database_url, services_for_tests.broker_url, RuntimeSettings(data_dir=tmp_path))
    told = threading.Event()
    who_is_missing = cli.waiting._who_is_missing

    def tell(*asked: Any) -> str:
        told.set()
        return who_is_missing(*asked)

    monkeypatch.setattr(cli.waiting, "_who_is_missing", tell)

    def take_it_late() -> None:
        told.wait(60)
        synchronise(1, site)

    worker = threading.Thread(target=take_it_late)
    worker.start()
    said = passerelle.says("import", link)
    worker.join()
    assert "Personne ne prend les importations de la file « manual »" in said
    assert "Importation n° 1" in said


def _document_from(process: subprocess.Popen[str]) -> dict:
    """Read the document that `serve` prints while it goes on."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("}"):
            break
    return json.loads("".join(lines))
