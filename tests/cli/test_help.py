"""Every command explains itself: an example, --json, and what is wrong with what was typed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from cli.main import app

CLONE = Path(__file__).parents[2]


def commands() -> list[tuple[str, ...]]:
    found = []

    def walk(words, command):
        inner = getattr(command, "commands", None)
        for name, each in (inner or {}).items():
            walk((*words, name), each)
        if inner is None or getattr(command, "invoke_without_command", False):
            found.append(words)

    walk((), typer.main.get_command(app))
    return found


def test_every_command_that_was_promised_is_there():
    assert {" ".join(words) for words in commands()} >= {
        *("demo", "serve", "migrate", "providers", "describe", "try", "venue add", "venue list", "link"),
        *("links", "check", "preview", "import", "runs", "runs show", "history", "quarantine", "notices"),
        *("notices answer", "pause", "resume", "unlink", "replay"),
        *("new-provider", "record", "docs"),
    }


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_help_ends_with_an_example_and_names_json(words):
    done = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200"})
    assert done.exit_code == 0
    assert f"Example: passerelle {' '.join(words)}" in done.stdout
    assert "--json" in done.stdout


@pytest.mark.parametrize(
    "words", [["link"], ["import", "one"], ["nothing"], ["import", "1", "--wrong"]], ids=" ".join
)
def test_wrong_usage_is_exit_code_2_and_one_json_document(words):
    done = _passerelle(*words, "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "usage"
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_help_of_the_whole_needs_no_services(tmp_path):
    done = _passerelle("--help")
    assert done.returncode == 0
    assert "passerelle demo" in done.stdout


def _passerelle(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *words], cwd=CLONE, capture_output=True, text=True, check=False
    )
