"""The page on adding a provider is followed word for word, in a copy of the tree."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[1]
PAGE = CLONE / "docs" / "adding-a-provider.md"
COPIED = ("cli", "web", "workers", "schedules", "providers", "models", "runtime", "bench", "docs", "tests")
COMMANDS = {"passerelle": "cli.main", "pytest": "pytest", "ruff": "ruff", "mypy": "mypy"}


def commands() -> list[str]:
    blocks = re.findall(r"(?s)```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"))
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.fixture
def copy(tmp_path):
    """The tree as a clone has it, in a repository of its own."""
    for name in (*COPIED, "pyproject.toml", "celeryconfig.py", ".gitignore"):
        source = CLONE / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    ours = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    for step in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "the tree"]):
        subprocess.run([*ours, *step], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def run(line: str, copy: Path) -> str:
    """Run a command of the page with this environment's tools, in the copy."""
    word, *rest = line.split()
    words = [word, *rest]
    if word in COMMANDS:
        words = [sys.executable, "-m", COMMANDS[word], *rest]
    elif word == "lint-imports":
        words = [str(Path(sys.executable).with_name("lint-imports"))]
    done = subprocess.run(
        words,
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


@pytest.mark.timeout(900)  # the types of the whole tree are checked once, from nothing
def test_the_page_is_followed_word_for_word(copy):
    said = {line: run(line, copy) for line in commands()}
    assert len(said) >= 10
    changed = [line[3:] for line in said["git status --short"].splitlines()]
    assert sorted(changed) == [
        "docs/providers/grand-parvis.md",
        "providers/grand_parvis.py",
        "tests/providers/grand_parvis/",
    ]
    faults = next(text for line, text in said.items() if line.endswith("--faults"))
    assert "Toutes les pannes sont bien prises." in faults
    assert re.search(r"grand-parvis .*gold", said["passerelle providers"])


def test_every_command_that_it_names_is_one():
    text = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"^passerelle ([a-z-]+)", text, re.MULTILINE))
    assert named == {"new-provider", "try", "record", "docs", "describe", "providers"}
