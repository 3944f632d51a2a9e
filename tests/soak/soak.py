"""A soak: links are imported while partner, workers and servers fail, then once more in quiet; then all is compared."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import redis

from models.vocabulary import RunStatus
from tests.harm.harness import wait_until
from tests.soak.ground import Ground, booking, ground, ledger_of
from tests.soak.oracle import complaints
from tests.soak.storm import Storm, ask
from workers.decisions import confirm_review

OFFERS = "SELECT provider AS word, count(*) AS n FROM offer WHERE {} GROUP BY 1 ORDER BY 1"
PATIENCE = 180
"""Seconds in which the runs that are open must end once the partner behaves: one of pretix with sixteen events
makes two hundred requests, of which it is granted a hundred a minute."""

COUNTS = """
    SELECT count(*) AS runs, sum(takeovers) AS takeovers, sum(slices) AS slices,
        count(*) FILTER (WHERE traversals > 1) AS marks_lost FROM sync_run
"""


@dataclass
class Report:
    """What a soak came to; `wrong` is empty when all is as it must be."""

    seed: str
    wrong: list[str] = field(default_factory=list)
    runs: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    tricks: dict[str, int] = field(default_factory=dict)
    harms: dict[str, int] = field(default_factory=dict)
    bookings: dict[str, Any] = field(default_factory=dict)
    quiet: dict[str, int] = field(default_factory=dict)
    on_sale: dict[str, int] = field(default_factory=dict)
    withdrawn: dict[str, int] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    """What each process wrote."""

    def lines(self) -> Iterator[str]:
        yield f"seed        {self.seed}"
        yield f"runs        {_said(self.runs)}"
        yield f"            {_said(self.counts)}"
        yield f"requests    {self.requests}; played: {_said(self.tricks)}"
        yield f"harm        {_said(self.harms)}"
        yield f"bookings    {_said(self.bookings)}"
        yield f"quiet runs  {_said(self.quiet)}"
        yield f"on sale     {_said(self.on_sale)}"
        yield f"withdrawn   {_said(self.withdrawn)}"
        if self.wrong:
            yield f"WRONG       {len(self.wrong)} things:"
            yield from (f"  {each}" for each in self.wrong)
        else:
            yield "right       the database is what the partner lists; nothing is lost, doubled or left open"


def soak(seed: str, *, links: int, seconds: float) -> Report:
    """Import from so many links through a storm of so many seconds, then compare.

    Parameters
    ----------
    seed
        Decides what the partner lists and which tricks it plays, by source and request, and in
        which order harm is done.
    """
    report = Report(seed)
    with ground(seed, links) as here:
        wait_until(lambda: all(worker.is_ready for worker in here.workers), 60, what="workers")
        with booking(here) as people:
            storm = Storm(here)
            storm.rage(seconds)
            report.harms = dict(storm.done)
            ledger = ledger_of(people)
        report.bookings = {
            "made": ledger["made"],
            "refused": ledger["refused"],
            "interrupted": ledger["interrupted"],
            "slowest (ms)": round(ledger["longest"] * 1000),
        }
        told = here.partner.tricks()
        report.requests, report.tricks = told["requests"], told["tricks"]
        listed = here.partner.calm()
        report.wrong += _quiet_runs(here, report)
        with here.connect() as db:
            report.wrong += complaints(db, here.links, listed, ledger)
            report.runs = _counted(db, "SELECT status AS word, count(*) AS n FROM sync_run GROUP BY 1")
            report.counts = dict(db.execute(COUNTS).fetchone() or {})
            report.on_sale = _counted(db, OFFERS.format("active"))
            report.withdrawn = _counted(db, OFFERS.format("NOT active"))
        report.logs = {each.name: each.log for each in here.crew.processes}
    return report


def _quiet_runs(here: Ground, report: Report) -> Iterator[str]:
    """Let all that is under way end, then import each link once; confirm what waits for a person."""
    with here.connect() as db:
        db.execute("""UPDATE link SET "interval" = '1 hour', next_run_at = NULL""")
    for worker in here.workers:
        wait_until(lambda worker=worker: worker.is_ready, 60, what=worker.name)
        worker.kill_children()  # a process that was long without Redis counts its budget alone for a while
    yield from _wait_for_the_end(here)
    with redis.Redis.from_url(here.site.broker_url) as client:
        client.flushall()  # the budgets of requests that the storm used up
    runs = {link: ask(here, link, "full" if source.full else "usual") for link, source in here.links.items()}
    yield from _wait_for_the_end(here)
    with here.connect() as db:
        for link, number in runs.items():
            run = db.execute("SELECT * FROM sync_run WHERE id = %s", [number]).fetchone() or {}
            source = here.links[link]
            report.quiet[run["status"]] = report.quiet.get(run["status"], 0) + 1
            good = {RunStatus.REVIEW, RunStatus.PARTIAL if source.quarantined() else RunStatus.SUCCEEDED}
            if run["status"] not in good or run["shortfall"]:
                yield f"{source.name}: the quiet run {number} is {run['status']}: {run['message']} {run['detail']}"
            if run["status"] == RunStatus.REVIEW:
                confirm_review(here.site, link, "Ada")


def _wait_for_the_end(here: Ground) -> Iterator[str]:
    """Wait until no run is open; says which ones never ended."""
    until = time.monotonic() + PATIENCE
    with here.connect() as db:
        while rows := db.execute("SELECT * FROM sync_run WHERE status IN ('queued', 'running')").fetchall():
            if time.monotonic() > until:
                yield from (f"{here.links[row['link_id']].name} never ends: {row}" for row in rows)
                break
            time.sleep(0.05)
    time.sleep(0.1)  # the connections of the runs that ended close


def _counted(db: Any, query: str) -> dict[str, int]:
    return {row["word"]: row["n"] for row in db.execute(query)}


def _said(counts: Mapping[str, Any]) -> str:
    return ", ".join(f"{word} {number}" for word, number in counts.items())
