"""`passerelle new-provider`: what it writes passes at once, and nothing else is touched."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cli.scaffold
from cli.main import app
from cli.scaffold import Kind

HERE = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path, monkeypatch):
    for folder in ("providers", "tests/providers", "docs/providers"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(cli.scaffold, "CLONE", tmp_path)
    return tmp_path


def new(*words: str, code: int = 0):
    done = CliRunner().invoke(app, ["new-provider", *words, "--json"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def files_of(clone: Path) -> set[str]:
    """The files of a folder that a repository would keep."""
    files = {path.relative_to(clone) for path in clone.rglob("*") if path.is_file()}
    return {str(path) for path in files if "__pycache__" not in path.parts}


@pytest.mark.parametrize("kind", Kind)
def test_an_adapter_a_page_a_test_and_answers_are_written_and_nothing_else(clone, kind):
    done = new("grand-parvis", "--from", kind)
    written = files_of(clone)
    assert written == set(done["written"])
    assert written >= {
        "providers/grand_parvis.py",
        "tests/providers/grand_parvis/test_contract.py",
        "tests/providers/grand_parvis/recorded/answers.json",
        "docs/providers/grand-parvis.md",
    }
    assert len(done["next"]) == 3
    adapter = (clone / "providers" / "grand_parvis.py").read_text()
    assert len(adapter.splitlines()) <= 130
    assert len((clone / "tests/providers/grand_parvis/test_contract.py").read_text().splitlines()) <= 25
    assert not any("__slug" in (clone / name).read_text() for name in written)


def test_what_is_written_passes_the_contract_and_the_linters_at_once(clone):
    for kind in Kind:
        new(f"parvis-{kind}", "--from", kind)
    # the clone's package of adapters, with the new ones beside ours
    conftest = f"import providers\nproviders.__path__.append({str(clone / 'providers')!r})\n"
    (clone / "conftest.py").write_text(conftest)
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:valkey", "--import-mode=importlib"]
    docs = "test_the_page_names_every_setting"  # it looks for the page in the tree that the contract is in
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-k", f"not {docs}", "tests"],
        cwd=clone,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert int(done.stdout.rpartition(" passed")[0].split()[-1]) > 200
    for check in (["check"], ["format", "--check"]):
        ruff = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "--config", HERE / "pyproject.toml", clone / "providers"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ruff.returncode == 0, ruff.stdout


@pytest.mark.parametrize(
    ("name", "code"),
    [("Parvis", "bad_name"), ("par_vis", "bad_name"), ("../x", "bad_name"), ("pretix", "name_taken"), ("text", "name_taken")],
)  # fmt: skip
def test_a_name_that_cannot_be_is_refused(clone, name, code):
    assert new(name, "--from", "csv", code=2)["error"]["code"] == code
    assert not files_of(clone)


def test_what_is_there_is_not_overwritten(clone):
    new("parvis", "--from", "csv")
    before = (clone / "providers" / "parvis.py").read_text()
    assert new("parvis", "--from", "xml", code=2)["error"]["code"] == "already_there"
    assert (clone / "providers" / "parvis.py").read_text() == before
