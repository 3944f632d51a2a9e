"""What a log line looks like, and what never stands in one."""

import io
import json
import logging
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from runtime.logging import configure_logging, redact, redact_text

CLONE = Path(__file__).parents[2]


@pytest.fixture
def lines(monkeypatch):
    """Everything logged since, each line as a dict; logging is put back afterwards."""
    monkeypatch.delenv("PASSERELLE_LOG_JSON", raising=False)
    root = logging.getLogger()
    before = (root.handlers, root.level)
    stream = io.StringIO()
    configure_logging(stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers, root.level = before
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def test_a_line_is_one_json_document_with_its_time_and_level(lines):
    structlog.get_logger("workers.sync").info("run taken", run=12, venue="Théâtre")
    (line,) = lines()
    assert line["timestamp"].endswith("Z")
    del line["timestamp"]
    assert line == {
        "event": "run taken", "run": 12, "venue": "Théâtre", "level": "info", "logger": "workers.sync",
    }  # fmt: skip


def test_standard_logging_takes_the_same_way(lines):
    logging.getLogger("celery.worker").warning("lost %s", "redis://:hidden@127.0.0.1:6379/0")
    (line,) = lines()
    assert line["event"] == "lost redis://***@127.0.0.1:6379/0"
    assert (line["level"], line["logger"]) == ("warning", "celery.worker")


def test_what_is_bound_to_the_context_is_in_every_line(lines):
    with structlog.contextvars.bound_contextvars(run=12):
        logging.getLogger("sqlalchemy").warning("slow")
    assert lines()[0]["run"] == 12


def test_a_trace_is_in_the_line_and_masked(lines):
    try:
        int("https://example.org/?key=hidden")
    except ValueError:
        structlog.get_logger().exception("fetch failed")
    (line,) = lines()
    assert "https://example.org/?key=***" in line["exception"]
    assert "hidden" not in line["exception"]


def test_less_severe_than_the_level_is_not_written(lines):
    structlog.get_logger().debug("quiet")
    assert lines() == []


@pytest.mark.parametrize(
    "key",
    [
        "authorization",
        "Authorization",
        "api_key",
        "apiKey",
        "X-Api-Key",
        "secrets",
        "hint_token",
        "set-cookie",
        "password",
    ],
)
def test_a_value_whose_key_names_a_secret_is_masked(key):
    assert redact(None, "info", {"settings": {key: "hidden"}}) == {"settings": {key: "***"}}


@pytest.mark.parametrize("key", ["monkey", "keyboard", "tokenizer", "identifier", "event", "published"])
def test_a_value_whose_key_only_resembles_one_is_kept(key):
    assert redact(None, "info", {key: "shown"}) == {key: "shown"}


def test_a_missing_secret_is_seen_to_be_missing():
    assert redact(None, "info", {"password": None}) == {"password": None}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("GET https://api.example.org/v2?key=abc&size=10", "GET https://api.example.org/v2?key=***&size=10"),
        (
            "https://u:p@example.org/f.ics?access_token=a.b#x",
            "https://***@example.org/f.ics?access_token=***#x",
        ),
        ("postgresql+psycopg://passerelle:p%40ss@db:5432/p", "postgresql+psycopg://***@db:5432/p"),
        ("Authorization: Token abc123", "Authorization: Token ***"),
        (
            "{'Authorization': 'Bearer eyJ.x-y_z', 'Accept': '*/*'}",
            "{'Authorization': 'Bearer ***', 'Accept': '*/*'}",
        ),
        ("refused bearer eyJhbGciOiJIUzI1NiJ9.x-y_z==", "refused bearer ***"),
        ("Unexpected token identifier", "Unexpected token identifier"),
        ("https://example.org/monkey=1?page=2", "https://example.org/monkey=1?page=2"),
        ("un jeton basic", "un jeton basic"),
    ],
)
def test_secrets_within_a_text_are_masked(text, masked):
    assert redact_text(text) == masked


def test_structures_are_masked_to_the_bottom():
    event = {
        "requests": [{"headers": {"Authorization": "hidden"}, "url": "https://h/?token=hidden"}],
        "error": OSError("key=hidden"),
    }
    assert "hidden" not in str(redact(None, "info", event))


LOG = "from runtime.logging import configure_logging; import structlog; configure_logging(); structlog.get_logger().info('ready')"


def on_a_terminal(**environment: str) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", LOG], stderr=theirs, cwd=CLONE, env=os.environ | environment
    ) as process:
        process.wait(60)
    os.close(theirs)
    with os.fdopen(ours, "rb") as terminal:
        return terminal.read1().decode()


def in_a_pipe(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", LOG],
        capture_output=True,
        text=True,
        cwd=CLONE,
        env=os.environ | environment,
        check=True,
    )
    assert done.stdout == "", "stdout is for results"
    return done.stderr


def test_a_person_on_a_terminal_reads_words_and_a_pipe_gets_json():
    assert not on_a_terminal().startswith("{")
    assert json.loads(in_a_pipe())["event"] == "ready"


def test_the_environment_decides_otherwise():
    assert json.loads(on_a_terminal(PASSERELLE_LOG_JSON="1"))["event"] == "ready"
    assert not in_a_pipe(PASSERELLE_LOG_JSON="0").startswith("{")
