"""PostgreSQL killed in the middle of a run: its unlogged marks are gone, and nothing is withdrawn for that."""

from collections.abc import Iterator

import psutil
import pytest

from models.database import connect, engine, migrate
from runtime.postgres import EmbeddedPostgres
from runtime.settings import RuntimeSettings
from tests.conftest import ServicesForTests
from tests.harm.conftest import installation
from tests.harm.harness import wait_until
from tests.harm.partner import LoopbackAgenda, programme


@pytest.fixture
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A durable PostgreSQL of this test's own, to be killed."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.stop()


def crash(server: EmbeddedPostgres) -> None:
    """Kill every process of the cluster at once: shared memory is lost, nothing is written any more."""
    main = psutil.Process(server.pid())
    for process in (main, *main.children(recursive=True)):
        process.kill()
    wait_until(lambda: not server.alive())


def test_a_crash_of_postgresql_starts_the_traversal_again_and_withdraws_nothing(
    own_postgres: EmbeddedPostgres, services_for_tests: ServicesForTests, loopback_agenda: LoopbackAgenda
):
    migrate(own_postgres.url, RuntimeSettings())
    engine(own_postgres.url).dispose()
    broker_url = services_for_tests.broker_url.removesuffix("/0") + "/1"
    with installation(own_postgres.url, broker_url, loopback_agenda) as harm:
        source = harm.linked(programme(1_200))
        harm.undisturbed_here(source)
        before = harm.dump(source)
        harm.partner.agendas[source.number][1_100].title += " et son orchestre"
        harm.crew.beat()
        harm.crew.worker("ticks")
        harm.crew.worker()
        with harm.held_at("11100"):
            run = harm.ask(source)
            wait_until(harm.somebody_waits, what="the page of event 11100")
            assert harm.run(run)["seen"] == 1_000
            crash(own_postgres)
            harm.db.close()
            own_postgres.start()
            harm.db = connect(own_postgres.url)
        row = harm.ended(run)
        assert (row["status"], row["traversals"], row["losses"], row["detail"]) == ("succeeded", 2, 0, "")
        items = row["counters"]["items"]
        assert (items["read"], items["new"], items["withdrawn"]) == (1_200, 0, 0)
        after = harm.dump(source)
        titles = [offer.pop("title") for offer in after["offers"] if offer["ref"] == "11100"]
        assert titles == ["Concert n° 1100 et son orchestre"]
        assert [offer["active"] for offer in after["offers"]] == [True] * 1_200
        assert after["stocks"] == before["stocks"]
