"""Workers that die, or are asked to stop, in the middle of a run: others finish it, nothing is lost or doubled."""

from datetime import timedelta

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
    assert (row["status"], row["takeovers"], row["traversals"], row["detail"]) == ("succeeded", 1, 1, "")
    assert row["counters"]["items"]["new"] == 1_400
    assert harm.dump(source) == expected


def test_a_run_whose_worker_is_killed_while_it_reads_the_partner_is_finished_by_another(harm: Installation):
    source = harm.linked(programme(250, detailed=250))
    expected = harm.undisturbed(source)
    victim = harm.crew.worker()
    with harm.partner.holding(source.number, "after", "200") as gate:
        run = harm.ask(source)
        assert gate.reached.wait(90)
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
        assert gate.reached.wait(90)
        worker.kill_children()
    row = harm.ended(run)
    assert (row["status"], row["takeovers"]) == ("succeeded", 1)
    assert worker.is_alive


def test_three_losses_at_one_page_park_the_run_and_rest_its_link_for_a_day(harm: Installation):
    source = harm.linked(programme(150, detailed=150))
    worker = harm.crew.worker()
    with harm.partner.holding(source.number, "after", "100") as gate:
        run = harm.ask(source)
        for losses in range(3):
            assert gate.reached.wait(90)
            assert (harm.run(run)["losses"], harm.run(run)["pages"]) == (losses, 1)
            gate.reached.clear()
            worker.kill_children()
        row = harm.ended(run)
    assert (row["status"], row["error_code"], row["losses"]) == ("dead", "lost_workers", 3)
    link = harm.link(source)
    assert timedelta(hours=23) < link["next_run_at"] - row["finished_at"] <= timedelta(days=1)


def test_a_worker_asked_to_stop_puts_its_run_back_and_another_finishes_it(harm: Installation):
    source = harm.linked(programme(250, detailed=250))
    expected = harm.undisturbed(source)
    leaving = harm.crew.worker()
    with harm.partner.holding(source.number, "after", "200") as gate:
        run = harm.ask(source)
        assert gate.reached.wait(90)
        leaving.ask_to_stop()
        assert leaving.popen.wait(timeout=60) == 0
        row = harm.run(run)
        assert (row["status"], row["slices"], row["losses"], row["takeovers"]) == ("queued", 1, 0, 0)
    harm.crew.worker()
    row = harm.ended(run)
    assert (row["status"], row["slices"], row["losses"], row["takeovers"]) == ("succeeded", 1, 0, 0)
    assert harm.dump(source) == expected
