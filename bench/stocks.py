"""A shop's stock list read whole: the first time, unchanged, 1 % changed, 5 % gone, beside other loaders.

python -m bench.stocks [lines] [rounds]

The partner speaks the stock protocol from a process of its own, in pages of 1,000 lines. Ours is timed
with everything on (HTTP, validation, ledger, fingerprints, withdrawal) in a process like a worker's;
its engine time is the run's wall time less that of the same traversal into a sink that only reads the
bodies, in alternation. The peers are given the same rows already in memory.
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from psycopg.types.json import Jsonb

from bench.loaders import LOADERS
from bench.measure import Rounds, Written, show, writing
from bench.stock_partner import eans, rows, stock_partner
from models.database import Connection, connect, migrate
from providers.stock_api import StockApi
from runtime.services import services
from runtime.settings import RuntimeSettings
from workers.sync import Ended, synchronise
from workers.visits import Site, open_source

HOST = "stocks.librairie.example"
STEPS = ("first", "unchanged", "changed", "vanished")
VARIANT = {"first": "same", "unchanged": "same", "changed": "changed", "vanished": "vanished"}


def in_memory(lines: int, variant: str) -> list[tuple[str, int, str | None]]:
    """The same rows for the loaders: (EAN, copies, price in euros)."""
    import json  # noqa: PLC0415

    found = []
    for ref, row in rows(eans(lines), variant):
        said = json.loads(row, parse_float=str)
        price = said.get("price")
        found.append((ref, said["available"], None if price is None else str(price)))
    return found


class Shop:
    """A venue with a stock list, and its runs in this process."""

    def __init__(self, site: Site, db: Connection) -> None:
        self.site, self.db = site, db
        self._shops = 0

    def opened(self) -> int:
        """Link another venue's list."""
        self._shops += 1
        row = self.db.execute(
            """WITH structure AS (INSERT INTO offerer (siren, name) VALUES (%s, 'Essai') RETURNING id),
                    place AS (INSERT INTO venue (offerer_id, name, siret)
                              SELECT id, 'Librairie', %s FROM structure RETURNING id)
               INSERT INTO link (venue_id, provider, identifier, settings, "interval")
               SELECT id, 'stock-api', %s, %s, '1 hour' FROM place RETURNING id""",
            [f"{self._shops:09}", f"{self._shops:09}00011", f"https://{HOST}/stocks", Jsonb({})],
        ).fetchone()
        return int(row["id"]) if row else 0

    def asked(self, link: int) -> int:
        """Ask for a whole reading, as the day's is."""
        self.db.execute("UPDATE link SET full_at = now() - interval '2 days' WHERE id = %s", [link])
        row = self.db.execute(
            "INSERT INTO sync_run (link_id, queue, trigger) VALUES (%s, 'stocks', 'schedule') RETURNING id",
            [link],
        ).fetchone()
        return int(row["id"]) if row else 0

    def run(self, run: int) -> None:
        while (ended := synchronise(run, self.site)) is Ended.GAVE_WAY:
            pass
        status = self.db.execute("SELECT status, detail FROM sync_run WHERE id = %s", [run]).fetchone()
        if ended is not Ended.FINISHED or status is None or status["status"] not in {"succeeded", "review"}:
            raise RuntimeError(f"the run ended {ended}: {status}")

    def sink(self, link: int) -> None:
        """The same traversal, its bodies read and dropped."""
        run = {
            "id": 0,
            "mode": "full",
            "cursor": None,
            "traversals": 1,
            "only_refs": None,
            "lease_token": None,
        }
        with open_source(self.site, self.db, link, run, lambda: None) as source:
            for _ in source.provider.fetch(source.visit):
                pass


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    # The partner here is ours: what is measured is the import, not the wait for its budget.
    StockApi.limits = replace(StockApi.limits, requests=100_000_000)
    found, written = Rounds(), dict[tuple[str, str], Written]()
    with tempfile.TemporaryDirectory() as folder, stock_partner(lines) as partner:
        settings = RuntimeSettings(data_dir=Path(folder) / "data")
        with services(settings) as running:
            settings = settings.model_copy(update={"host_map": {HOST: partner.base}})
            migrate(running.database_url, settings)
            with connect(running.database_url) as db:
                fill_catalogue(db, lines)
                shop = Shop(Site(running.database_url, running.broker_url, settings), db)
                variants = {variant: in_memory(lines, variant) for variant in ("same", "changed", "vanished")}
                for _ in range(rounds):
                    link = shop.opened()
                    for step in STEPS:
                        partner.become(VARIANT[step])
                        run = shop.asked(link)
                        found.take(f"sink {step}", lambda: shop.sink(link))
                        written["ours", step] = writing(
                            db, lambda: found.take(f"ours {step}", lambda: shop.run(run))
                        )
                        found.add(
                            f"engine {step}",
                            found.figures[f"ours {step}"][-1] - found.figures[f"sink {step}"][-1],
                        )
                    db.execute("VACUUM ANALYZE")
                    for loader in LOADERS:
                        loaded = loader(running.database_url)
                        for step in STEPS:
                            written[loaded.name, step] = writing(
                                db,
                                lambda: found.take(
                                    f"{loaded.name} {step}", lambda: loaded.load(variants[VARIANT[step]])
                                ),
                            )
                        loaded.forget()
                    for step in STEPS:
                        print(
                            step,
                            {
                                name: round(values[-1], 3)
                                for name, values in found.figures.items()
                                if name.endswith(step)
                            },
                            {k[0]: v.wal // 1000 for k, v in written.items() if k[1] == step},
                            flush=True,
                        )
    _tell(lines, rounds, found, written)


def fill_catalogue(db: Connection, lines: int) -> None:
    """A catalogue that knows every book of the list."""
    with (
        db.transaction(),
        db.cursor() as cursor,
        cursor.copy("COPY product (ean, record) FROM STDIN") as copy,
    ):
        for number, ref in enumerate(eans(lines)):
            record = {
                "ean": ref,
                "title": f"La traversée du canal, tome {number}",
                "description": "Un récit de voyage et de patience, au fil des écluses.",
                "price": {"amount": f"{5 + number % 40}.{90 + number % 10}", "certainty": "certain"},
                "form": "paper",
                "cover_url": f"https://couvertures.example/{ref}.jpg",
            }
            copy.write_row((ref, Jsonb(record)))
    db.execute("ANALYZE product")


def _tell(lines: int, rounds: int, found: Rounds, written: dict[tuple[str, str], Written]) -> None:
    for step in STEPS:
        floor = found.median(f"floor {step}")
        names = [
            "engine",
            *[name for name in ("ours", "floor", "core", "orm", "dlt") if f"{name} {step}" in found.figures],
        ]
        show(
            f"Stock list of {lines:,} lines, {step}, medians of {rounds}",
            ["", "seconds", "spread", "lines/s", "floor ÷ this", "WAL", "row versions"],
            [
                [
                    name,
                    f"{(seconds := found.median(f'{name} {step}')):.3f}",
                    found.spread(f"{name} {step}"),
                    f"{lines / seconds:,.0f}",
                    f"{floor / seconds:.2f}",
                    f"{written[name, step].wal / 1e6:.2f} MB" if (name, step) in written else "",
                    ", ".join(f"{table} {n:,}" for table, n in written[name, step].rows.items())
                    if (name, step) in written
                    else "",
                ]
                for name in names
            ],
        )


if __name__ == "__main__":
    main()
