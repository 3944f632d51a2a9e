"""A shop's stock list read whole: the first time, unchanged, 1 % changed, 5 % gone, beside other loaders.

python -m bench.stocks [lines] [rounds] [ours | floor | core | orm | dlt | dlt-tuned …]

The partner speaks the stock protocol from a process of its own, in pages of 1,000 lines. Ours is timed
with everything on (HTTP, validation, ledger, fingerprints, withdrawal) in a process like a worker's;
its engine time is the run's wall time less that of the same traversal into a sink that only reads the
bodies, in alternation. The others are given the same rows in memory. Each works in a process of its
own that was there before the clock starts, on tables that hold nothing but what it loaded itself,
vacuumed, analysed and checkpointed before each step. Statements are counted in a round of their own.
"""

import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from bench import dlt_loaders
from bench.apart import Spent, apart
from bench.loaders import Core, Floor, Loader, Orm
from bench.measure import Mark, Rounds
from bench.processor import Server
from bench.stand import Stand, Worker, stand
from bench.stock_partner import stock_partner
from bench.stock_tables import STEPS, Told, tell

LOADERS: Mapping[str, type[Loader]] = {
    kind.name: kind for kind in (Floor, Core, Orm, dlt_loaders.Dlt, dlt_loaders.DltTuned)
}
UNCHANGED_RUNS = 3
"""Ours is so quick then that one run a round would tell more of the traversal's noise than of the engine."""


@dataclass(frozen=True)
class Before:
    """Where things stood when a contestant began: what was written, logged and computed so far."""

    mark: Mark
    log: int
    processor: float


class Bench:
    """The contestants' figures, by contestant and step; round 0 counts statements and is not timed."""

    def __init__(self, here: Stand, lines: int) -> None:
        self.here, self.lines = here, lines
        self.figures = Rounds()
        self._counting = False
        self._server = Server(here.db)
        self.rows: dict[str, Mapping[str, int]] = {}
        self._on_sale: dict[str, tuple[int, int]] = {}

    def round(self, number: int, names: Sequence[str]) -> None:
        """Let every contestant begin with nothing and do all the steps; another one is first each time."""
        self._counting = number == 0
        at = number % len(names)
        for name in [*names[at:], *names[:at]]:
            self.here.empty()
            with self.here.logging_statements() if self._counting else nullcontext():
                if name == "ours":
                    self._ours()
                else:
                    self._peer(LOADERS[name])

    def _ours(self) -> None:
        shop = self.here.shop("Librairie")
        for step, (_, variant) in STEPS.items():
            self.here.partner.become(variant)
            repeated = step == "unchanged" and not self._counting
            for _ in range(UNCHANGED_RUNS if repeated else 1):
                run = self.here.ask(shop)
                self.here.settle()
                with apart(Worker, self.here.site) as worker:
                    rest = worker.resident()
                    worker.call("warm_up", shop.link)
                    sink = worker.call("traverse", shop.link)
                    before = self._before()
                    spent = worker.call("run", run)
                took = self._note(f"ours {step}", before, spent, rest)
                if not self._counting:
                    self.figures.add(f"sink {step} seconds", sink.seconds)
                    self.figures.add(f"sink {step} processor", sink.cpu)
                    self.figures.add(f"engine {step} seconds", spent.seconds - sink.seconds)
                    self.figures.add(f"engine {step} processor", took - sink.cpu)
            self._compare(step)

    def _peer(self, kind: type[Loader]) -> None:
        shop, lines = self.here.shop(kind.name), min(self.lines, kind.most or self.lines)
        for step, (_, variant) in STEPS.items():
            self.here.settle()
            with apart(kind, self.here.site, lines, shop) as process:
                process.call("ready", variant)
                rest, before = process.resident(), self._before()
                spent = process.call("load")
            self._note(f"{kind.name} {step}", before, spent, rest, share=self.lines / lines)
            if kind is Floor:
                self._compare(step)

    def _before(self) -> Before:
        return Before(Mark.now(self.here.db), self.here.log.stat().st_size, self._server.cpu())

    def _note(self, of: str, before: Before, spent: Spent, rest: int, *, share: float = 1) -> float:
        """Keep a step's figures, and give its seconds of the processor.

        `share`: how many times as many lines there are as were loaded.
        """
        self.here.wait_until_alone()
        processor = (spent.cpu + self._server.cpu() - before.processor) * share
        if self._counting:
            self.figures.add(f"{of} statements", self.here.statements_since(before.log) * share)
            return processor
        written = before.mark.since(self.here.db)
        self.rows[of] = written.rows
        self.figures.add(f"{of} seconds", spent.seconds * share)
        self.figures.add(f"{of} processor", processor)
        self.figures.add(f"{of} memory", spent.peak - rest)
        self.figures.add(f"{of} wal", written.wal * share)
        self.figures.add(f"{of} images", written.images * share)
        return processor

    def _compare(self, step: str) -> None:
        """Ours and the floor come to the same copies on sale, or the bench is wrong."""
        row = self.here.db.execute(ON_SALE).fetchone()
        assert row is not None
        found = (row["offers"], row["copies"])
        if self._on_sale.setdefault(step, found) != found:
            raise RuntimeError(f"{step}: {found} on sale, {self._on_sale[step]} before")


ON_SALE = """SELECT count(*) AS offers, coalesce(sum(remaining_at_provider), 0) AS copies
    FROM offer JOIN stock ON stock.offer_id = offer.id WHERE offer.active"""


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    names = sys.argv[3:] or ["ours", *LOADERS]
    if not dlt_loaders.there():
        print("dlt is not installed (it is in the extra `bench`): the bench goes on without it")
        names = [name for name in names if not name.startswith("dlt")]
    with stock_partner(lines) as partner, stand(partner, lines) as here:
        bench = Bench(here, lines)
        for number in range(rounds + 1):
            bench.round(number, names)
            print(f"round {number} of {rounds} done", file=sys.stderr, flush=True)
    tell(Told(bench.figures, bench.rows, lines), LOADERS, lines, rounds)


if __name__ == "__main__":
    main()
