"""Sets up a real pretix in an environment of its own, once: its wheel, and an SQLite with its tables to copy.

`python -m tests.peers.pretix.install` takes a minute or two, and nothing when it is there already.
"""

import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Mapping
from pathlib import Path

VERSION = "2026.8.0"
ROOT = Path(__file__).parents[3]
HOME = Path(
    os.environ.get("PASSERELLE_PRETIX")
    or ROOT / ".passerelle" / "peers" / f"pretix-{VERSION}-py{sys.version_info[0]}.{sys.version_info[1]}"
)
PYTHON = HOME / "venv" / "bin" / "python"
FRESH = HOME / "fresh"
READY = HOME / "ready"
INSIDE = Path(__file__).parent / "inside.py"

CONFIGURATION = """\
[pretix]
instance_name=pretix
url={url}
datadir={data}
registration=off
allow_http_to_private_networks=on
[database]
backend=sqlite3
[mail]
from=contact@example.org
host=127.0.0.1
port=9
"""


def environment(data: Path, url: str = "http://127.0.0.1") -> Mapping[str, str]:
    """Give the environment of a pretix that keeps its data in a folder, configured there."""
    data.mkdir(parents=True, exist_ok=True)
    configuration = data / "pretix.cfg"
    configuration.write_text(CONFIGURATION.format(url=url, data=data))
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PASSERELLE_", "PYTHON"))
    }
    return {**kept, "PRETIX_CONFIG_FILE": str(configuration)}


def install() -> None:
    """Install what is missing; what was begun and not finished is begun again."""
    if READY.exists():
        return
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    with (HOME / "install.log").open("w") as log:
        _timed("an environment", lambda: venv.create(HOME / "venv", with_pip=True))
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _timed("the wheel and what it needs", lambda: _run([*pip, f"pretix=={VERSION}"], log, os.environ))
        tables = [str(PYTHON), str(INSIDE), "tables"]
        _timed("its tables", lambda: _run(tables, log, environment(FRESH)))
    READY.touch()


def _run(command: list[str], log: object, given: Mapping[str, str]) -> None:
    done = subprocess.run(
        command, check=False, cwd=HOME, env=dict(given), stdout=log, stderr=subprocess.STDOUT
    )
    if done.returncode:
        words = (HOME / "install.log").read_text(errors="replace").splitlines()[-20:]
        sys.exit(
            "\n".join([*words, f"pretix {VERSION} could not be set up; all of it is in {HOME}/install.log"])
        )


def _timed(what: str, work: object) -> None:
    started = time.monotonic()
    work()
    sys.stderr.write(f"pretix {VERSION}: {what} ({time.monotonic() - started:.0f} s)\n")


if __name__ == "__main__":
    install()
