"""Workers that die, or are asked to stop, in the middle of a run: others finish it, nothing is lost or doubled."""

import pytest

from tests.harm.conftest import Installation
from tests.harm.harness import wait_until
from tests.harm.partner import programme


def test_a_run_whose_worker_is_killed_in_a_transaction_is_finished_by_another(harm: Installation):
    source = harm.linked(programme(1_400, dates=3, detailed=50))
    expected = harm.undisturbed(source)
    victim = harm.crew.worker()
    with harm.held_at("11100"):
        run = harm.ask(source)
        wait_until(harm.somebody_waits, what="the page of event 11100")
        assert harm.run(run)["pages"] > 0
        victim.kill()
    harm.crew.worker()
    row = harm.ended(run)
    assert (row["status"], row["takeovers"], row["detail"]) == ("succeeded", 1, "")
    assert harm.dump(source) == expected


def test_a_run_whose_worker_is_killed_while_it_reads_the_partner_is_finished_by_another(harm: Installation):
    source = harm.linked(programme(250, detailed=250))
    expected = harm.undisturbed(source)
    victim = harm.crew.worker()
    with harm.partner.holding(source.number, "after", "200") as gate:
        run = harm.ask(source)
        assert gate.reached.wait(20)
        victim.kill()
    harm.crew.worker()
    row = harm.ended(run)
    assert (row["status"], row["takeovers"], row["traversals"]) == ("succeeded", 1, 1)
    assert harm.dump(source) == expected


def test_a_run_whose_child_process_alone_is_killed_is_finished_by_the_next_child(harm: Installation):
    source = harm.linked(programme(250, detailed=250))
    worker = harm.crew.worker()
    with harm.partner.holding(source.number, "after", "200") as gate:
        run = harm.ask(source)
        assert gate.reached.wait(20)
        for child in worker.children():
            child.kill()
    row = harm.ended(run)
    assert (row["status"], row["takeovers"]) == ("succeeded", 1)
    assert worker.is_alive
