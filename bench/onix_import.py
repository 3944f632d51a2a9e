"""An operator's ONIX message imported by the engine, then sent again with another date and nothing else new.

python -m bench.onix_import [products] [rounds]
"""

import sys
import tempfile
from pathlib import Path

from bench import catalogue
from bench.measure import Rounds, Written, show, writing
from bench.stand import Worker, servers
from models.database import Connection, connect, engine, migrate
from workers.visits import Site

FILLED = "link, product, source_item"
KEPT = {"sync_run", "link", "seen_mark", "alembic_version"}
"""Tables that say what a run did, and that something was seen; the rest is what readers see."""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    found, written = Rounds(), dict[str, Written]()
    with servers() as (running, settings), tempfile.TemporaryDirectory() as folder:
        migrate(running.database_url, settings)
        engine(running.database_url).dispose()
        worker = Worker(Site(running.database_url, running.broker_url, settings))
        message = Path(folder) / "message.xml"
        with connect(running.database_url) as db:
            for each in range(-1, rounds):
                catalogue.write(message, count if each >= 0 else 10)  # the first one warms up
                link = _link(db, message)
                for name in ("first", "unchanged"):
                    run = _ask(db, link)

                    def read(run: int = run, name: str = name, *, is_told: bool = each >= 0) -> None:
                        found.take(name if is_told else "warming up", lambda: worker.run(run))

                    written[name] = writing(db, read)
                    _send_again(message)
    show(
        f"ONIX message of {count:,} products imported, medians of {rounds}",
        ["", "seconds", "spread", "products/s", "× first", "asked", "rows written"],
        [
            [
                words,
                f"{found.median(name):.2f}",
                found.spread(name),
                f"{count / found.median(name):,.0f}",
                f"{found.median('first') / found.median(name):.1f}",
                "≥ 1.5" if name == "unchanged" else "",
                _rows(written[name]),
            ]
            for name, words in (
                ("first", "first reading"),
                ("unchanged", "sent again, another date in its header"),
            )
        ],
    )


def _link(db: Connection, message: Path) -> int:
    """Link a catalogue to empty tables."""
    db.execute(f"TRUNCATE {FILLED} RESTART IDENTITY CASCADE")
    db.execute("VACUUM ANALYZE")
    db.execute("CHECKPOINT")
    row = db.execute(
        """INSERT INTO link (provider, identifier, "interval") VALUES ('onix', %s, '6 hours') RETURNING id""",
        [message.as_uri()],
    ).fetchone()
    assert row is not None
    return int(row["id"])


def _ask(db: Connection, link: int) -> int:
    row = db.execute(
        "INSERT INTO sync_run (link_id, queue, trigger) VALUES (%s, 'catalogues', 'schedule') RETURNING id",
        [link],
    ).fetchone()
    assert row is not None
    return int(row["id"])


def _send_again(message: Path) -> None:
    """Write the message anew, a day later."""
    message.write_bytes(message.read_bytes().replace(b"20300101T0300Z", b"20300102T0300Z", 1))


def _rows(written: Written) -> str:
    told = {table: rows for table, rows in written.rows.items() if table not in KEPT}
    return ", ".join(f"{rows:,} {table}" for table, rows in sorted(told.items())) or "none"


if __name__ == "__main__":
    main()
