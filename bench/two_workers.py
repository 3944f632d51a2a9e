"""Two workers on two links: what a row costs the processors, and whether they wait for each other.

python -m bench.two_workers [lines] [rounds]

One worker reads a list; then two workers, each in a process of its own, read it for two shops at the
same time. Processor time is the workers' and PostgreSQL's. Lock waits are looked for 200 times a second,
and PostgreSQL logs every wait of more than 10 ms.
"""

import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from bench.apart import Spent, apart
from bench.measure import Rounds, show
from bench.processor import Server
from bench.stand import Shop, Stand, Worker, stand
from bench.stock_partner import stock_partner
from models.database import connect

STEPS = {"first": "same", "unchanged": "same", "changed": "changed"}
WORDS = {"first": "first load", "unchanged": "unchanged", "changed": "1 % changed"}
MOST = 1.1
WAITING = """SELECT wait_event FROM pg_stat_activity
    WHERE application_name LIKE 'passerelle run %' AND wait_event_type = 'Lock'"""


class Watch:
    """Looks every few milliseconds who waits for a lock, from a thread with a connection of its own."""

    def __init__(self, database_url: str) -> None:
        self._db = connect(database_url)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.looks = 0
        self.waits = Counter[str]()

    @contextmanager
    def watching(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join()
            self._db.close()

    @property
    def backend(self) -> int:
        return self._db.info.backend_pid

    def _look(self) -> None:
        while not self._over.wait(0.005):
            self.waits.update(row["wait_event"] for row in self._db.execute(WAITING))
            self.looks += 1


class Bench:
    def __init__(self, here: Stand, lines: int) -> None:
        self.here, self.lines = here, lines
        self.figures = Rounds()
        self.waits = Counter[str]()
        self.looks = 0
        self._server = Server(here.db)

    def round(self, workers: int) -> None:
        """Have so many workers do all the steps, each for a shop of its own, from empty tables on."""
        self.here.empty()
        shops = [self.here.shop(f"Librairie {number}") for number in range(workers)]
        for step, variant in STEPS.items():
            self.here.partner.become(variant)
            runs = [self.here.ask(shop) for shop in shops]
            self.here.settle()
            self._step(f"{workers} {step}", shops, runs)

    def _step(self, of: str, shops: Sequence[Shop], runs: Sequence[int]) -> None:
        with ExitStack() as stack:
            there = [stack.enter_context(apart(Worker, self.here.site)) for _ in shops]
            for worker, shop in zip(there, shops, strict=True):
                worker.call("warm_up", shop.link)
            watch = Watch(self.here.database_url)
            with watch.watching():
                server, began = self._server.cpu(watch.backend), time.perf_counter()
                for worker, run in zip(there, runs, strict=True):
                    worker.begin("run", run)
                spent: list[Spent] = [worker.end() for worker in there]
                wall = time.perf_counter() - began
                server = self._server.cpu(watch.backend) - server
        self.figures.add(f"{of} wall", wall)
        cpu = server + sum(each.cpu for each in spent)
        self.figures.add(f"{of} cpu", cpu / (len(runs) * self.lines))
        if len(runs) > 1:
            self.waits.update(watch.waits)
            self.looks += watch.looks


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with stock_partner(lines) as partner, stand(partner, lines) as here:
        here.db.execute("ALTER DATABASE passerelle SET log_lock_waits = on")
        here.db.execute("ALTER DATABASE passerelle SET deadlock_timeout = '10ms'")
        bench = Bench(here, lines)
        for number in range(rounds):
            for workers in (1, 2) if number % 2 == 0 else (2, 1):
                bench.round(workers)
        logged = here.log.read_text(errors="replace").count(" still waiting for ")
    tell(bench, rounds, logged)


def tell(bench: Bench, rounds: int, logged: int) -> None:
    found, table = bench.figures, []
    for step, words in WORDS.items():
        one, two = (found.median(f"{workers} {step} cpu") for workers in (1, 2))
        alone, together = (found.median(f"{workers} {step} wall") for workers in (1, 2))
        table.append(
            [
                words,
                f"{one * 1e6:.2f}",
                f"{two * 1e6:.2f}",
                f"{two / one:.2f}",
                "" if two / one <= MOST else "missed",
                f"{alone:.2f}",
                f"{together:.2f}",
                f"{2 * alone / together:.2f}",
            ]
        )
    columns = ["", "one: µs of processor a row", "two", "ratio", f"asked: ≤ {MOST}"]
    columns += ["one: seconds", "two: seconds", "rows in the same time"]
    show(f"Two workers on two lists of {bench.lines:,} lines: medians of {rounds} rounds", columns, table)
    waits = ", ".join(f"{number} × {event}" for event, number in bench.waits.most_common()) or "none"
    print(f"\nLock waits of two workers: {waits}, in {bench.looks:,} looks; logged over 10 ms: {logged}")


if __name__ == "__main__":
    main()
