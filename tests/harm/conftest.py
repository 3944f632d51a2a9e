"""One installation for these tests (beat, the worker of the ticks, a loopback Open Agenda), and its words."""

import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from models.database import Connection, connect
from models.vocabulary import RunStatus
from runtime.settings import RuntimeSettings
from tests.conftest import ServicesForTests
from tests.harm.harness import Crew, Process, dump, wait_until
from tests.harm.partner import Event, LoopbackAgenda
from workers.sync import Ended, synchronise
from workers.visits import Site

NUMBERS = count(70_000_000)
SIRENS = count(100_000_000)


@dataclass(frozen=True)
class Source:
    """A venue linked to an agenda of its own."""

    venue: int
    link: int
    number: str


@dataclass
class Installation:
    """What runs, and the words of a test: link, ask, watch."""

    db: Connection
    site: Site
    crew: Crew
    partner: LoopbackAgenda

    def linked(self, events: list[Event], number: str | None = None) -> Source:
        """A new venue linked to an agenda that lists these events."""
        number = number or str(next(NUMBERS))
        self.partner.agendas[number] = events
        venue = self.db.execute(
            """WITH structure AS (
                   INSERT INTO offerer (siren, name, validated_at) VALUES (%s, 'La Halle', now()) RETURNING id)
               INSERT INTO venue (offerer_id, name) SELECT id, 'Halle aux Grains' FROM structure RETURNING id""",
            [str(next(SIRENS))],
        ).fetchone()["id"]
        link = self.db.execute(
            """INSERT INTO link (venue_id, provider, identifier, settings, "interval")
               VALUES (%s, 'openagenda', %s, %s, '1 hour') RETURNING id""",
            [venue, number, Jsonb({"capacity": 20, "price": "free"})],
        ).fetchone()["id"]
        return Source(venue, link, number)

    def ask(self, source: Source, queue: str = "manual") -> int:
        """Queue a run, as the hook does; the tick publishes it."""
        return self.db.execute(
            """INSERT INTO sync_run (link_id, queue, trigger) VALUES (%s, %s, 'person') RETURNING id""",
            [source.link, queue],
        ).fetchone()["id"]

    def run(self, number: int) -> Mapping[str, Any]:
        return self.db.execute("SELECT * FROM sync_run WHERE id = %s", [number]).fetchone()

    def link(self, source: Source) -> Mapping[str, Any]:
        return self.db.execute("SELECT * FROM link WHERE id = %s", [source.link]).fetchone()

    def ended(self, number: int, seconds: float = 120) -> Mapping[str, Any]:
        """Wait until a run is over; gives its row."""

        def over() -> bool:
            return RunStatus(self.run(number)["status"]).is_final

        wait_until(over, seconds, what=lambda: f"end of {dict(self.run(number))}, {self.activity()}")
        return self.run(number)

    def activity(self) -> list[Mapping[str, Any]]:
        """What the database's sessions do, for a test that failed."""
        return self.db.execute(
            """SELECT application_name, state, wait_event, now() - xact_start AS since, query
               FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        ).fetchall()

    def undisturbed_here(self, source: Source) -> None:
        """Import in this process, while nothing happens."""
        assert synchronise(self.ask(source, queue="catalogues"), self.site) is Ended.FINISHED

    def undisturbed(self, source: Source) -> dict[str, list[dict[str, Any]]]:
        """What importing the same agenda leaves when nothing happens, for another venue and in this process."""
        twin = self.linked(self.partner.agendas[source.number], source.number)
        self.undisturbed_here(twin)
        return self.dump(twin)

    def dump(self, source: Source) -> dict[str, list[dict[str, Any]]]:
        return dump(self.db, source.venue)

    def versions(self, source: Source) -> list[Mapping[str, Any]]:
        """The version of each row of a venue's offers and stocks: any write makes another."""
        return self.db.execute(
            """SELECT 'offer' AS kind, id, xmin::text FROM offer WHERE venue_id = %(venue)s
               UNION ALL
               SELECT 'stock', stock.id, stock.xmin::text FROM stock JOIN offer ON offer.id = offer_id
               WHERE venue_id = %(venue)s ORDER BY kind, id""",
            {"venue": source.venue},
        ).fetchall()

    @contextmanager
    def held_at(self, event: str) -> Iterator[None]:
        """Hold the page that writes this event's offer, in its transaction, for the length of the block."""
        with connect(self.site.database_url) as door:
            door.execute("SELECT pg_advisory_lock(1)")
            self.db.execute(f"""
                CREATE FUNCTION wait_at_the_door() RETURNS trigger LANGUAGE plpgsql AS
                    $$BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END$$;
                CREATE TRIGGER door BEFORE INSERT OR UPDATE ON offer FOR EACH ROW WHEN (NEW.ref = '{event}')
                    EXECUTE FUNCTION wait_at_the_door()""")
            try:
                yield
            finally:
                with suppress(psycopg.OperationalError):  # the server may have been killed inside
                    door.execute("SELECT pg_advisory_unlock(1)")
                self.db.execute("SET lock_timeout = '60s'; DROP FUNCTION wait_at_the_door() CASCADE")

    def somebody_waits(self) -> bool:
        """Whether a page waits at the door of `held_at`."""
        return bool(
            self.db.execute(
                """SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
            ).fetchone()
        )


@contextmanager
def installation(
    database_url: str, broker_url: str, partner: LoopbackAgenda, **settings: str
) -> Iterator[Installation]:
    """An installation on these services, nothing of it started yet."""
    with tempfile.TemporaryDirectory(prefix="passerelle-harm-") as name, connect(database_url) as db:
        folder = Path(name)
        crew = Crew(
            folder,
            {
                "PASSERELLE_DATABASE_URL": database_url,
                "PASSERELLE_BROKER_URL": broker_url,
                "PASSERELLE_HOST_MAP": partner.host_map,
                **settings,
            },
        )
        host, _, address = partner.host_map.partition("=")
        site = Site(database_url, broker_url, RuntimeSettings(data_dir=folder, host_map={host: address}))
        harm = Installation(db, site, crew, partner)
        try:
            yield harm
        finally:
            harm.db.close()  # a test that kills the server makes another one
            crew.close()


@contextmanager
def own_database(services: ServicesForTests, migrated: str) -> Iterator[str]:
    """A migrated database for the length of the block; gives its address."""
    name = f"harm_{secrets.token_hex(4)}"
    with connect(services.admin_url) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {migrated} STRATEGY FILE_COPY")
        try:
            yield services.url_of(name)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def loopback_agenda() -> Iterator[LoopbackAgenda]:
    partner = LoopbackAgenda()
    yield partner
    partner.close()


@pytest.fixture(scope="session")
def standing(
    services_for_tests: ServicesForTests, migrated: str, loopback_agenda: LoopbackAgenda
) -> Iterator[Installation]:
    """The installation that all these tests share: beat and the worker of the ticks run all the time."""
    with (
        own_database(services_for_tests, migrated) as url,
        installation(url, services_for_tests.broker_url, loopback_agenda) as shared,
    ):
        shared.crew.beat()
        shared.crew.worker("ticks")
        yield shared


@pytest.fixture
def harm(standing: Installation) -> Iterator[Installation]:
    """The shared installation; the workers that a test starts end with it."""
    before = list(standing.crew.processes)
    assert all(process.is_alive for process in before), "beat or the worker of the ticks died"
    yield standing
    for process in standing.crew.processes[len(before) :]:
        process.end()
    del standing.crew.processes[len(before) :]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show what the processes of a failed test wrote."""
    report = yield
    if report.failed:
        things = {id(each): each for each in getattr(item, "funcargs", {}).values()}
        for thing in things.values():
            if isinstance(thing, Installation):
                report.sections += [(f"log of {each.name}", _end(each)) for each in thing.crew.processes]
    return report


def _end(process: Process) -> str:
    lines = process.log.rpartition("[tasks]")[2].splitlines()
    return "\n".join(line for line in lines if "task tick" not in line.lower())[-6000:]
