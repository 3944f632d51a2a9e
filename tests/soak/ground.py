"""What a soak stands on: servers, a partner, links, workers and beats of its own, all to be harmed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from psycopg.types.json import Jsonb

from models.database import Connection, connect, engine, migrate
from runtime.postgres import EmbeddedPostgres
from runtime.settings import RuntimeSettings
from runtime.valkey import EmbeddedValkey
from tests.harm.harness import CLONE, Crew, Process, wait_until
from tests.soak.partner import Loopback, loopback
from tests.soak.shop import TITLES, catalogue_price
from tests.soak.source import Source
from tests.soak.sources import hosts_of, sources_of
from tests.workers.shop import ean
from workers.sealing import seal
from workers.visits import Site

QUEUES = "manual,stocks,agendas,catalogues"
SETTINGS = {
    "PASSERELLE_LEASE": "3",
    "PASSERELLE_BEAT": "0.5",
    "PASSERELLE_SLICE": "2",
    "PASSERELLE_TICK": "0.5",
    "PASSERELLE_REPUBLISH_AFTER": "2",
    "PASSERELLE_LOCK_TIMEOUT": "2",
}


@dataclass
class Ground:
    """Everything at hand; `links` are the sources by the number of their link."""

    seed: str
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    partner: Loopback
    crew: Crew
    site: Site
    links: dict[int, Source] = field(default_factory=dict)
    workers: list[Process] = field(default_factory=list)

    @property
    def database_url(self) -> str:
        return self.postgres.url

    def connect(self) -> Connection:
        return connect(self.database_url)

    def hire(self) -> None:
        """Start one more worker of the runs; it listens some seconds later."""
        self.workers.append(self.crew.hire(QUEUES, concurrency=2))

    def crash_postgres(self) -> None:
        """Kill every process of the cluster at once, and start it again."""
        main = psutil.Process(self.postgres.pid())
        main.suspend()  # it starts no more, which would wait for ever for a lock of those that are killed
        for process in (main, *main.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):  # a backend that ended, or followed its main one
                process.kill()
        self._start_postgres_again()

    def restart_postgres(self) -> None:
        """Shut PostgreSQL down as an operator does (« fast »), and start it again at its address."""
        os.kill(self.postgres.pid(), signal.SIGINT)
        self._start_postgres_again()

    def _start_postgres_again(self) -> None:
        wait_until(lambda: not self.postgres.alive())
        self.postgres.start()

    def kill_redis(self) -> None:
        """Kill Redis and start it again, empty."""
        psutil.Process(self.valkey.pid()).kill()
        wait_until(lambda: not self.valkey.alive())
        self.valkey.start()


@contextmanager
def ground(seed: str, links: int) -> Iterator[Ground]:
    """Stand on servers of its own for the length of the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="passerelle-soak-")))
        folder.chmod(0o711)  # PostgreSQL has to reach it under another account where root runs this
        postgres, valkey = EmbeddedPostgres(folder), EmbeddedValkey(folder, durable=False)
        stack.callback(shutil.rmtree, folder / "spool", ignore_errors=True)
        stack.callback(postgres.erase)
        for server in (valkey, postgres):
            stack.callback(server.stop)
            server.start()
        partner = stack.enter_context(loopback(seed, links))
        sources = sources_of(seed, links)
        host_map = dict.fromkeys(hosts_of(sources), partner.base)
        environment = {
            "PASSERELLE_DATABASE_URL": postgres.url,
            "PASSERELLE_BROKER_URL": valkey.url,
            "PASSERELLE_HOST_MAP": ",".join(f"{host}={base}" for host, base in host_map.items()),
            **SETTINGS,
        }
        crew = Crew(folder, environment)
        stack.callback(crew.close)
        site = Site(postgres.url, valkey.url, RuntimeSettings(data_dir=folder, host_map=host_map))
        found = Ground(seed, postgres, valkey, partner, crew, site)
        for _ in range(2):
            found.hire()
            crew.beat()
        crew.hire("ticks")
        migrate(postgres.url, site.settings)
        stack.callback(engine(postgres.url).dispose)
        with found.connect() as db:
            fill_catalogue(db)
            found.links = {link_of(db, site, source): source for source in sources}
        yield found


@contextmanager
def booking(ground: Ground) -> Iterator[subprocess.Popen[str]]:
    """Let people book and cancel for the length of the block; `communicate()` gives their ledger."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.soak.people", ground.database_url, ground.seed],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=CLONE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def fill_catalogue(db: Connection) -> None:
    """Put the books in that a catalogue would tell."""
    with db.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO product (ean, record) VALUES (%s, %s)",
            [
                (
                    ean(number),
                    Jsonb({"title": f"Livre {number}", "price": {"amount": catalogue_price(number)}}),
                )
                for number in range(TITLES)
            ],
        )


def link_of(db: Connection, site: Site, source: Source) -> int:
    """Link a source to a venue of its own; gives the link's number."""
    row = db.execute(
        """WITH structure AS (
               INSERT INTO offerer (siren, name, validated_at) VALUES (%(siren)s, 'La Halle', now()) RETURNING id),
           place AS (
               INSERT INTO venue (offerer_id, name, siret)
               SELECT id, 'Halle aux Grains', %(siret)s FROM structure RETURNING id)
           INSERT INTO link (venue_id, provider, identifier, settings, secrets, "interval", next_run_at)
           SELECT id, %(provider)s, %(identifier)s, %(settings)s, %(secrets)s,
               make_interval(secs => %(pace)s), now() FROM place RETURNING id""",
        {
            "siren": source.siren,
            "siret": source.siret,
            "provider": source.provider,
            "identifier": source.identifier,
            "settings": Jsonb(source.settings),
            "secrets": seal(site.settings, source.secrets),
            "pace": source.pace,
        },
    ).fetchone()
    assert row
    return int(row["id"])


def ledger_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    """End the people's day and give what they did."""
    said, _ = process.communicate("", timeout=30)
    told: dict[str, Any] = json.loads(said)
    return told
