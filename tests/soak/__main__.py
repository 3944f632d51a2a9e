"""`python -m tests.soak [--minutes M] [--seed S] [--links N]`: soak, print what it came to, exit 1 if wrong."""

import argparse
import secrets
import sys

from tests.soak.soak import soak

SECONDS_A_DECK = 20


def main() -> int:
    parser = argparse.ArgumentParser(description="Imports through a storm, then compares.")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", default="")
    parser.add_argument("--links", type=int, default=24)
    asked = parser.parse_args()
    seed = asked.seed or str(secrets.randbelow(1_000_000))
    seconds = asked.minutes * 60
    print(f"Soaking {asked.links} links for {seconds:.0f} s; again with --seed {seed}", flush=True)
    report = soak(
        seed, links=asked.links, seconds=seconds, decks=max(1, round(seconds / SECONDS_A_DECK))
    )
    print("\n".join(report.lines()))
    if report.logs:
        print(report.logs, file=sys.stderr)
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
