"""Messages that come twice, late or at once: one run, rows once."""

from threading import Barrier, Thread

from models.database import engine, session
from models.run import ask_for_run
from tests.harm.conftest import Installation
from tests.harm.harness import publisher, wait_until
from tests.harm.partner import programme


def test_a_run_delivered_to_two_workers_at_once_is_done_once(harm: Installation):
    source = harm.linked(programme(150, detailed=150))
    expected = harm.undisturbed(source)
    workers = harm.crew.worker(), harm.crew.worker()
    app = publisher(harm.site.broker_url)
    with harm.partner.holding(source.number, "after", "100") as gate:
        run = harm.ask(source)
        assert gate.reached.wait(90)
        for _ in range(5):
            app.send_task("synchronise", args=[run], queue="manual")
        wait_until(lambda: sum(worker.log.count("succeeded in") for worker in workers) == 5)
    row = harm.ended(run)
    assert (row["status"], row["takeovers"], row["traversals"]) == ("succeeded", 0, 1)
    assert row["counters"]["items"]["new"] == 150
    assert harm.dump(source) == expected


def test_two_requests_at_once_are_one_run(harm: Installation):
    source = harm.linked(programme(3))
    both = Barrier(2)
    runs: list[int] = []

    def ask() -> None:
        with session(harm.site.database_url) as db:
            both.wait()
            run, _ = ask_for_run(db, source.link, queue="manual", trigger="person", requested_by="Ada")
            db.commit()
            runs.append(run.id)

    threads = [Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    harm.crew.worker()
    for thread in threads:
        thread.join()
    engine(harm.site.database_url).dispose()
    assert len(runs) == 2
    assert len(set(runs)) == 1
    assert harm.ended(runs[0])["status"] == "succeeded"


def test_a_message_that_comes_after_the_end_of_its_run_changes_nothing(harm: Installation):
    source = harm.linked(programme(3))
    worker = harm.crew.worker()
    run = harm.ask(source)
    before = harm.ended(run)
    publisher(harm.site.broker_url).send_task("synchronise", args=[run], queue="manual")
    wait_until(lambda: worker.log.count("succeeded in") == 2)
    assert harm.run(run) == before


def test_two_beats_and_ticks_replayed_give_a_due_link_one_run(harm: Installation):
    sources = [harm.linked(programme(1)) for _ in range(5)]
    harm.crew.beat()
    harm.crew.worker("ticks,agendas", concurrency=2)
    app = publisher(harm.site.broker_url)
    links = [source.link for source in sources]
    harm.db.execute("UPDATE link SET next_run_at = now() WHERE id = ANY (%s)", [links])
    for _ in range(10):
        app.send_task("tick", queue="ticks")
    ledger = "SELECT status FROM sync_run WHERE link_id = ANY (%s)"

    def all_ended() -> bool:
        statuses = [row["status"] for row in harm.db.execute(ledger, [links])]
        return len(statuses) >= 5 and "queued" not in statuses and "running" not in statuses

    wait_until(all_ended, what="five runs")
    assert [row["status"] for row in harm.db.execute(ledger, [links])] == ["succeeded"] * 5
