"""How long a person's importation waits to start while 10,000 of the background are queued.

python -m bench.manual [people] [queued]

A durable PostgreSQL, Redis, the hook, and the workers and beat as `passerelle serve` starts them; a
partner on loopback. Someone asks through the hook every second. Half of their sources have a run among
those of the background, which moves to the people's queue; the others have none. What is told is the time
from the moment the request leaves until it is answered, until a worker begins the run, and to its end.
"""

import contextlib
import json
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.agenda import agenda, partner
from bench.hook import served, signature
from bench.measure import show
from cli.processes import all_workers, kept_running
from models.database import Connection, connect, migrate
from runtime.services import services
from runtime.settings import RuntimeSettings
from workers.visits import Site

TARGET = 1.0
"""Seconds that 95 of 100 people wait at most."""
EVERY = 1.0
"""Seconds between two people."""
TIMINGS = 320
"""Of each agenda, in twenty events."""
HOSTS = 100
"""Of the calendars: what each grants allows more than the workers do."""

FILL = """
    WITH structure AS (
        INSERT INTO offerer (siren, name, validated_at) VALUES ('732829320', 'Essai', now()) RETURNING id
    ), place AS (
        INSERT INTO venue (offerer_id, name)
        SELECT structure.id, 'Lieu ' || number FROM structure, generate_series(1, %(links)s) AS number
        RETURNING id
    ), numbered AS (SELECT id, row_number() OVER () AS number FROM place)
    INSERT INTO link (venue_id, provider, identifier, settings, "interval", next_run_at)
    SELECT id, CASE number %% 2 WHEN 0 THEN 'openagenda' ELSE 'ical' END,
        CASE number %% 2 WHEN 0 THEN (10000000 + number)::text
             ELSE format('https://lieu%%s.example/%%s.ics', number / 2 %% %(hosts)s, number) END,
        '{"capacity": "unlimited"}'::jsonb
            || CASE number %% 2 WHEN 0 THEN '{"places": "all"}' ELSE '{}' END::jsonb,
        '1 hour', now() + interval '1 day'
    FROM numbered ORDER BY number
"""
QUEUE = """
    INSERT INTO sync_run (link_id, queue, trigger)
    SELECT id, 'agendas', 'schedule' FROM link ORDER BY id LIMIT %s
"""
GOING = """
    SELECT count(*) FILTER (WHERE status = 'queued') AS queued,
        count(*) FILTER (WHERE finished_at IS NOT NULL) AS ended,
        count(*) FILTER (WHERE status = 'failed') AS failed
    FROM sync_run WHERE queue <> 'manual'
"""
OURS = """
    SELECT id, queue, status, message, extract(epoch FROM started_at)::float8 AS started,
        extract(epoch FROM finished_at)::float8 AS ended
    FROM sync_run WHERE id = ANY (%s) AND finished_at IS NOT NULL
"""


def ask(port: int, link: int) -> tuple[int, float, float]:
    """Ask for a source's importation; gives the run, and when the request left and was answered."""
    target, body = f"/links/{link}/runs", "{}"
    left = time.time()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{target}", body.encode(), signature(target, body)
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        run = int(json.load(answer)["run"])
    return run, left, time.time()


def going(db: Connection) -> Mapping[str, int]:
    """Count the background's runs: queued, ended, failed."""
    row = db.execute(GOING).fetchone()
    assert row is not None
    return row


def wait_for(db: Connection, query: str, value: object, rows: int) -> Sequence[Mapping[str, Any]]:
    """Wait until a query gives so many rows."""
    until = time.monotonic() + 300
    while len(found := db.execute(query, [value]).fetchall()) < rows:
        if time.monotonic() > until:
            sys.exit(f"after five minutes {len(found)} of {rows} runs have ended")
        time.sleep(0.2)
    return found


def measured(db: Connection, port: int, links: Sequence[int]) -> tuple[dict[str, list[float]], str]:
    """Have somebody ask every second; gives the seconds until each thing, and what else went on."""
    wait_for(db, "SELECT FROM sync_run WHERE finished_at IS NOT NULL AND queue <> %s LIMIT 8", "manual", 8)
    before, began = going(db), time.monotonic()
    with ThreadPoolExecutor(len(links)) as people:
        asked = []
        for number, link in enumerate(links):
            time.sleep(max(0.0, began + number * EVERY - time.monotonic()))
            asked.append(people.submit(ask, port, link))
        answered = {run: (left, at) for run, left, at in (each.result() for each in asked)}
    after, seconds = going(db), time.monotonic() - began
    done = wait_for(db, OURS, list(answered), len(answered))
    for row in done:
        if (row["queue"], row["status"]) != ("manual", "succeeded"):
            sys.exit(f"the run of a person: {row}")
    waited = {
        "until the answer": [at - left for left, at in answered.values()],
        "until it starts": [row["started"] - answered[int(row["id"])][0] for row in done],
        "until it ended": [row["ended"] - answered[int(row["id"])][0] for row in done],
    }
    told = (
        f"{after['queued']:,} of the background still queued, {after['ended'] - before['ended']} ended in"
        f" {seconds:.0f} s, {after['failed']} failed; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    return {name: sorted(each) for name, each in waited.items()}, told


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    queued = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="passerelle-bench-")))
        folder.chmod(0o711)
        calendar = folder / "agenda.ics"
        # one file serves all of them, so it does not say which it is
        calendar.write_bytes(b"".join(agenda(TIMINGS)).replace(b"X-WR-RELCALID:1\r\n", b""))
        here = f"http://127.0.0.1:{stack.enter_context(partner(calendar))}"
        hosts = {f"lieu{number}.example": here for number in range(HOSTS)} | {"openagenda.com": here}
        settings = RuntimeSettings(data_dir=folder, database_url=None, broker_url=None, host_map=hosts)
        found = stack.enter_context(services(settings))
        migrate(found.database_url, settings)
        site = Site(found.database_url, found.broker_url, settings)
        db = stack.enter_context(connect(found.database_url))
        # more than that: some end before the last person comes
        spare = queued + 20 * people
        db.execute(FILL, {"links": spare + people, "hosts": HOSTS})
        db.execute(QUEUE, [spare])
        db.execute("VACUUM ANALYZE")
        links = [
            row["id"] for row in db.execute("SELECT id FROM link ORDER BY id DESC LIMIT %s", [2 * people])
        ]
        log = stack.enter_context((folder / "workers.log").open("w"))
        stack.enter_context(kept_running(site, all_workers(site), output=log))
        port = stack.enter_context(served(found.database_url, found.broker_url))
        # two that have a run, two that have none: of agendas and of calendars alike
        chosen = [links[number + (people if number % 4 < 2 else 0)] for number in range(people)]
        waited, told = measured(db, port, chosen)
        least = going(db)["queued"]
    show(
        f"{people} people, one every {EVERY:.0f} s",
        ["", "p50", "p95", "longest"],
        [
            [name, *(f"{percentile(each, share):.2f} s" for share in (0.5, 0.95, 1))]
            for name, each in waited.items()
        ],
    )
    late = percentile(waited["until it starts"], 0.95)
    print(f"{told}\n95 of 100 start within {late:.2f} s (target {TARGET:.0f} s)")
    sys.exit(0 if late <= TARGET and least >= queued else 1)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Give the figure that this share of an ordered list does not exceed."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


if __name__ == "__main__":
    main()
