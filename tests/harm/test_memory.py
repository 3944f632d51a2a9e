"""What a large agenda costs a worker in memory."""

import threading
from typing import Self

import psutil

from tests.harm.conftest import Installation
from tests.harm.harness import Process
from tests.harm.partner import programme

MEGABYTE = 1024 * 1024


class Watch:
    """Looks at the resident size of a worker's child until the end of the block; keeps the largest."""

    def __init__(self, worker: Process) -> None:
        (self._child,) = psutil.Process(worker.popen.pid).children()
        self.idle = self.peak = self._size()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.peak = max(self.peak, self._size())

    def _size(self) -> int:
        return self._child.memory_info().rss


def test_an_agenda_of_25_000_timings_imports_within_150_megabytes(harm: Installation):
    events = programme(5_000, dates=5)
    for event in events:
        event.description = f"{event.title} et une longue présentation. " * 25  # with it, a file of 30 MB
    source = harm.linked(events)
    with Watch(harm.crew.worker()) as watch:
        row = harm.ended(harm.ask(source), 240)
    assert row["status"] == "succeeded"
    assert row["counters"]["stocks"]["created"] == 25_000
    assert (watch.peak - watch.idle) / MEGABYTE < 150
