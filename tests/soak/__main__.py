"""`python -m tests.soak [--minutes M] [--seed S] [--links N]`: soak, print what it came to, exit 1 if wrong."""

import argparse
import secrets
import sys
from pathlib import Path

from tests.soak.soak import soak


def main() -> int:
    parser = argparse.ArgumentParser(description="Imports through a storm, then compares.")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", default="")
    parser.add_argument("--links", type=int, default=24)
    parser.add_argument("--logs", type=Path, help="folder for what each process wrote")
    asked = parser.parse_args()
    seed = asked.seed or str(secrets.randbelow(1_000_000))
    seconds = asked.minutes * 60
    sys.stdout.write(f"Soaking {asked.links} links for {seconds:.0f} s; again with --seed {seed}\n")
    sys.stdout.flush()
    report = soak(seed, links=asked.links, seconds=seconds)
    sys.stdout.writelines(f"{line}\n" for line in report.lines())
    if asked.logs:
        asked.logs.mkdir(parents=True, exist_ok=True)
        for name, log in report.logs.items():
            (asked.logs / f"{name}.log").write_text(log)
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
