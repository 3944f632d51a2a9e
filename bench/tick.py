"""What a tick costs with a million links of which a thousand are due, against the same with ten thousand.

python -m bench.tick [rounds]

A database of its own for each size, on an embedded PostgreSQL that is durable like a real one. A round
makes the same thousand links due and ticks until all of them have their runs; only the ticks are timed.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench.measure import show
from models.database import Connection, connect, migrate
from providers.base import provider_modules
from runtime.services import services
from runtime.settings import RuntimeSettings
from schedules.tick import tick

SIZES = (10_000, 1_000_000)
DUE = 1_000
TARGET = 1.5

FILL = """
    INSERT INTO link (venue_id, provider, identifier, "interval", next_run_at, host, budget_key, urgent)
    SELECT venue.id, slugs[1 + abs(hashint4(number)::bigint) %% cardinality(slugs)], number,
        make_interval(mins => 15 + number %% 1000),
        now() + interval '2 hours' + make_interval(secs => number %% 80000), 'host' || number %% 5000,
        'key' || number, number %% 100 = 0
    FROM venue, generate_series(1, %s) AS number, (SELECT %s::text[] AS slugs) AS known
"""
ANY_DUE = "SELECT 1 FROM link WHERE next_run_at <= now() AND state = 'active' LIMIT 1"
MAKE_DUE = """
    UPDATE link SET next_run_at = now() - make_interval(secs => id %% 600), wanted_at = NULL, put_off = NULL
    WHERE id IN (SELECT 1 + number * (SELECT max(id) FROM link) / %(due)s
                 FROM generate_series(0, %(due)s - 1) AS number)
"""


def filled(database_url: str, size: int) -> Connection:
    """Give a connection to a database of so many links, as after a VACUUM of a calm night."""
    connection = connect(database_url)
    connection.execute("INSERT INTO offerer (siren, name) VALUES ('732829320', 'Essai')")
    connection.execute("INSERT INTO venue (offerer_id, name) SELECT id, 'Essai' FROM offerer")
    connection.execute(FILL, [size, list(provider_modules())])
    connection.execute("VACUUM ANALYZE link")
    return connection


def round_of_ticks(connection: Connection, settings: RuntimeSettings, broker_url: str) -> tuple[float, int]:
    """Claim and publish a thousand due links; gives the seconds of all ticks, and how many these were."""
    connection.execute("DELETE FROM sync_run")
    connection.execute("DELETE FROM host_state")
    connection.execute(MAKE_DUE, {"due": DUE})
    connection.execute("VACUUM ANALYZE sync_run")
    spent, ticks = 0.0, 0
    while connection.execute(ANY_DUE).fetchone():
        began = time.perf_counter()
        tick(connection, settings, broker_url, lambda _run, _queue: True)
        spent += time.perf_counter() - began
        ticks += 1
        connection.execute("UPDATE sync_run SET status = 'succeeded' WHERE status = 'queued'")
    row = connection.execute("SELECT count(*) AS runs FROM sync_run").fetchone()
    if row is None or row["runs"] != DUE:
        sys.exit(f"{row} runs for {DUE} due links")
    return spent, ticks


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory(prefix="passerelle-bench-") as folder:
        Path(folder).chmod(0o711)
        settings = RuntimeSettings(data_dir=Path(folder))
        with services(settings) as found:
            connections = {}
            with connect(found.database_url) as admin:
                for size in SIZES:
                    admin.execute(f"CREATE DATABASE links_{size}")
            for size in SIZES:
                url = found.database_url.replace("/passerelle?", f"/links_{size}?", 1)
                migrate(url, settings)
                connections[size] = filled(url, size)
            taken = {size: list[float]() for size in SIZES}
            ticks = dict.fromkeys(SIZES, 0)
            for number in range(rounds + 1):
                for size in SIZES:
                    spent, ticks[size] = round_of_ticks(connections[size], settings, found.broker_url)
                    if number:  # the first warms up
                        taken[size].append(spent)
            for connection in connections.values():
                connection.close()
    rows = []
    for size in SIZES:
        median = statistics.median(taken[size])
        each = f"{median / ticks[size] * 1000:.1f} ms"
        low, high = min(taken[size]) * 1000, max(taken[size]) * 1000
        rows.append([str(size), str(ticks[size]), f"{median * 1000:.0f} ms", f"{low:.0f}–{high:.0f}", each])
    show(f"{DUE} due links, {rounds} rounds", ["links", "ticks", "median", "spread", "a tick"], rows)
    small, large = (statistics.median(taken[size]) for size in SIZES)
    print(f"{large / small:.2f} times (target {TARGET})")
    sys.exit(0 if large <= TARGET * small else 1)


if __name__ == "__main__":
    main()
