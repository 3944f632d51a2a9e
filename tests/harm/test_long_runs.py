"""Long runs give way: they take turns with each other and with short ones, and go on after a restart."""

import time

from models.vocabulary import RunStatus
from tests.harm.conftest import Installation, Source
from tests.harm.harness import wait_until
from tests.harm.partner import programme

EVENTS = 2_200
PAGES = 5
"""Pages of five hundred events; a slice is over after one."""


def queued(harm: Installation, *sources: Source) -> list[int]:
    """Queue runs in this order, before any worker is there."""
    runs = []
    for source in sources:
        run = harm.ask(source)
        wait_until(lambda run=run: harm.run(run)["published_at"], what=f"publication of {run}")
        runs.append(run)
    return runs


def watched(harm: Installation, *runs: int, until_pages: int) -> list[list[int]]:
    """Look at how many pages each run has written, until one has so many or is over."""
    seen: list[list[int]] = []
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        rows = harm.db.execute(
            "SELECT pages, status FROM sync_run WHERE id = ANY(%s) ORDER BY id", [list(runs)]
        ).fetchall()
        pages = [row["pages"] for row in rows]
        if not seen or seen[-1] != pages:
            seen.append(pages)
        if max(pages) >= until_pages or any(RunStatus(row["status"]).is_final for row in rows):
            return seen
        time.sleep(0.02)
    raise AssertionError(f"no progress in a minute: {seen}")


def test_two_long_runs_take_turns_let_a_short_one_pass_and_go_on_after_a_restart(harm: Installation):
    one, other, short = (
        harm.linked(programme(EVENTS)),
        harm.linked(programme(EVENTS)),
        harm.linked(programme(2)),
    )
    runs = queued(harm, one, other, short)
    worker = harm.crew.worker(slice="0", lease="30")
    before = watched(harm, *runs[:2], until_pages=3)
    worker.ask_to_stop()
    assert worker.popen.wait(timeout=20) == 0
    harm.crew.worker(slice="0", lease="30")
    after = watched(harm, *runs[:2], until_pages=PAGES)
    first, second, third = (harm.ended(run, 60) for run in runs)

    assert all(abs(pages - others) <= 1 for pages, others in before), before
    assert all(abs(pages - others) <= 2 for pages, others in after), (before, after)  # the stop took a turn
    assert third["finished_at"] < min(first["finished_at"], second["finished_at"])
    for row in (first, second):
        assert (row["status"], row["pages"], row["traversals"], row["losses"]) == ("succeeded", PAGES, 1, 0)
        assert row["counters"]["items"]["new"] == EVENTS
        assert row["slices"] >= PAGES - 1
    (counted,) = harm.db.execute(
        "SELECT count(*) AS offers FROM offer WHERE venue_id = %s AND active", [one.venue]
    ).fetchall()
    assert counted["offers"] == EVENTS
