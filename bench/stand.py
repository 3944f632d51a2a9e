"""Where the benches of stock lists run: servers of their own, a catalogue, shops and their runs."""

import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from psycopg.types.json import Jsonb

from bench.stock_partner import StockPartner, price, ref
from models.database import Connection, connect, engine, migrate
from runtime.services import Services, services
from runtime.settings import RuntimeSettings
from workers.app import spare_what_is_loaded
from workers.sync import Ended, synchronise
from workers.visits import Site, open_source

DLT_FOLDER = "dlt"
HOST = "stocks.librairie.example"
ADDRESS = f"https://{HOST}/stocks"
EMPTIED = "offerer, seen_mark, offer_change"
"""With all that hangs on them, what imports write; products stay."""


@dataclass(frozen=True)
class Shop:
    """A venue that sells books, and its link to a list."""

    venue: int
    link: int


@dataclass(frozen=True)
class Stand:
    """A database with a catalogue, and the partner whose list it follows."""

    site: Site
    db: Connection
    partner: StockPartner
    log: Path

    @property
    def database_url(self) -> str:
        return self.site.database_url

    def empty(self) -> None:
        """Forget all that was imported; whoever comes next starts from the same tables."""
        self.wait_until_alone()
        self.db.execute(f"TRUNCATE {EMPTIED} RESTART IDENTITY CASCADE")
        self.db.execute("DROP SCHEMA IF EXISTS peer CASCADE")
        self.db.execute("DROP SCHEMA IF EXISTS peer_staging CASCADE")
        shutil.rmtree(self.site.settings.data_dir / DLT_FOLDER, ignore_errors=True)

    def settle(self) -> None:
        """Bring tables and disk to rest, as half an hour between two runs does."""
        self.wait_until_alone()
        self.db.execute("VACUUM ANALYZE")
        self.db.execute("CHECKPOINT")

    def shop(self, name: str) -> Shop:
        """Open a shop that is linked to the partner's list."""
        row = self.db.execute(
            """WITH structure AS (INSERT INTO offerer (siren, name)
                   SELECT lpad((count(*) + 1)::text, 9, '0'), %(name)s FROM offerer RETURNING id, siren),
               place AS (INSERT INTO venue (offerer_id, name, siret)
                   SELECT id, %(name)s, siren || '00011' FROM structure RETURNING id)
               INSERT INTO link (venue_id, provider, identifier, settings, "interval")
               SELECT id, 'stock-api', %(address)s, '{}', '1 hour' FROM place RETURNING id, venue_id""",
            {"name": name, "address": ADDRESS},
        ).fetchone()
        assert row is not None
        return Shop(row["venue_id"], row["id"])

    def ask(self, shop: Shop, *, whole: bool = True) -> int:
        """Ask for a run as the schedule does: the daily reading of everything, or of what changed."""
        self.db.execute(
            "UPDATE link SET full_at = now() - %s * interval '2 days' WHERE id = %s AND full_at IS NOT NULL",
            [int(whole), shop.link],
        )
        row = self.db.execute(
            "INSERT INTO sync_run (link_id, queue, trigger) VALUES (%s, 'stocks', 'schedule') RETURNING id",
            [shop.link],
        ).fetchone()
        assert row is not None
        return int(row["id"])

    def counters(self, run: int) -> dict[str, dict[str, int]]:
        """What a run said of what it did."""
        row = self.db.execute("SELECT counters FROM sync_run WHERE id = %s", [run]).fetchone()
        assert row is not None
        found: dict[str, dict[str, int]] = row["counters"]
        return found

    @contextmanager
    def logging_statements(self) -> Iterator[None]:
        """Have PostgreSQL log every statement of those who connect inside the block."""
        self.db.execute("ALTER DATABASE passerelle SET log_statement = 'all'")
        try:
            yield
        finally:
            self.db.execute("ALTER DATABASE passerelle RESET log_statement")

    def statements_since(self, start: int) -> int:
        """Count the statements in PostgreSQL's log from a byte on."""
        with self.log.open("rb") as log:
            log.seek(start)
            return sum(STATEMENT.search(line) is not None for line in log)

    def wait_until_alone(self) -> None:
        """Wait until all others have left the database: then PostgreSQL has told what they did."""
        while (row := self.db.execute(OTHERS).fetchone()) and row["n"]:
            time.sleep(0.01)


STATEMENT = re.compile(rb"^.{0,80}LOG:  (statement|execute [^:]*): ")
OTHERS = """SELECT count(*) AS n FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""


@contextmanager
def stand(partner: StockPartner, lines: int) -> Iterator[Stand]:
    """Give a database whose catalogue knows the first lines of the list, for the length of the block."""
    with (
        servers() as (running, settings),
        open_stand(running, settings, partner, running.database_url) as found,
    ):
        fill_catalogue(found.db, range(lines))
        yield found


@contextmanager
def servers() -> Iterator[tuple[Services, RuntimeSettings]]:
    """Start servers of this bench's own, whatever the environment says: it empties what it finds."""
    with tempfile.TemporaryDirectory(prefix="passerelle-bench-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL has to reach it under another account where root runs us
        settings = RuntimeSettings(data_dir=Path(folder) / "data", database_url=None, broker_url=None)
        with services(settings) as running:
            yield running, settings


@contextmanager
def open_stand(
    running: Services, settings: RuntimeSettings, partner: StockPartner, database_url: str
) -> Iterator[Stand]:
    """Bring a database's schema up to date and give it with the partner."""
    migrate(database_url, settings)
    engine(database_url).dispose()
    settings = settings.model_copy(update={"host_map": {HOST: partner.base}})
    with connect(database_url) as db:
        yield Stand(
            Site(database_url, running.broker_url, settings),
            db,
            partner,
            settings.data_dir / "postgres" / "log",
        )


def fill_catalogue(db: Connection, numbers: Iterable[int]) -> None:
    """Write a catalogue that knows the books of these lines of the list."""
    with (
        db.transaction(),
        db.cursor() as cursor,
        cursor.copy("COPY product (ean, record) FROM STDIN") as copy,
    ):
        for number in numbers:
            ean = ref(number)
            record = {
                "ean": ean,
                "title": f"La traversée du canal, tome {number}",
                "description": "Un récit de voyage et de patience, au fil des écluses.",
                "price": {"amount": price(number), "certainty": "certain"},
                "form": "paper",
                "cover_url": f"https://couvertures.example/{ean}.jpg",
            }
            copy.write_row((ean, Jsonb(record)))
    db.execute("ANALYZE product")


class Worker:
    """What a worker's process does, to be made in a process of its own."""

    def __init__(self, site: Site) -> None:
        import workers.tasks  # noqa: F401, PLC0415 - what a worker's process has loaded before it works

        spare_what_is_loaded()

        self._site = site

    def warm_up(self, link: int) -> None:
        """Load the adapter and read the list once: a worker has done so before."""
        from providers.stock_api import StockApi  # noqa: PLC0415 - loaded when it is first used

        # The partner is ours: what is measured is the import, not the wait for a partner's budget.
        StockApi.limits = replace(StockApi.limits, requests=100_000_000)
        self.traverse(link)

    def traverse(self, link: int) -> None:
        """Read the whole list, its bodies dropped."""
        run = {
            "id": 0,
            "mode": "full",
            "cursor": None,
            "traversals": 1,
            "only_refs": None,
            "lease_token": None,
        }
        with (
            connect(self._site.database_url) as db,
            open_source(self._site, db, link, run, lambda: None) as source,
        ):
            for _ in source.provider.fetch(source.visit):
                pass

    def run(self, run: int) -> None:
        """Do a run to its end, through all its slices."""
        while (ended := synchronise(run, self._site)) is Ended.GAVE_WAY:
            pass
        with connect(self._site.database_url) as db:
            row = db.execute("SELECT status, detail FROM sync_run WHERE id = %s", [run]).fetchone()
        if ended is not Ended.FINISHED or row is None or row["status"] != "succeeded":
            raise RuntimeError(f"the run ended {ended}: {row}")
