"""The partner of all links of a soak, in a process of its own: `python -m tests.soak.partner SEED LINKS`.

It writes its port on stdout and serves until its stdin ends. `GET /soak/calm` ends the mischief for
good and answers with what is listed from then on; `GET /soak/tricks` counts what was played.
What it does to a request depends on the seed, the source, and how many requests the source had; so
does what is listed at each of them.
"""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

from tests.harm.harness import CLONE
from tests.soak.mischief import send, spoilt, trick_of
from tests.soak.source import Answer, Source
from tests.soak.sources import sources_of

AT_LAST = 6
"""Things that happen to each source before it is listed for the last time."""


class Partner:
    """All the sources, and who asks them."""

    def __init__(self, seed: str, links: int) -> None:
        self.seed = seed
        self.sources = sources_of(seed, links)
        self.requests: Counter[str] = Counter()
        self.tricks: Counter[str] = Counter()
        self.is_calm = False
        self._lock = threading.Lock()

    def answer(self, address: str) -> tuple[Answer, str]:
        """Give the answer to an address and the trick that is played with it."""
        if address.startswith("/soak/"):
            return Answer("application/json", json.dumps(self._told(address)).encode()), ""
        path = urlsplit(address).path.split("/")
        source = next((each for each in self.sources if each.key in path), None)
        if source is None:
            return Answer("text/plain", b"", 404), ""
        with self._lock:
            return self._answer(source, address)

    def _answer(self, source: Source, address: str) -> tuple[Answer, str]:
        self.requests[source.name] += 1
        number = self.requests[source.name]
        chance = Random(f"{self.seed} {source.number} {number} what happens")
        if self.is_calm:
            return source.answer(address, list), ""
        for _ in range(chance.randint(0, source.eventful)):
            source.evolve(chance)
        trick = trick_of(self.seed, source.number, number)
        if trick:
            self.tricks[trick] += 1
        return source.answer(address, lambda listed: spoilt(trick, listed, chance)), trick

    def _told(self, address: str) -> Any:
        if address == "/soak/tricks":
            return {"requests": self.requests.total(), "tricks": self.tricks}
        with self._lock:
            if not self.is_calm:
                self._happen_at_last()
            self.is_calm = True
            return {
                source.name: {"offers": source.expected(), "quarantined": source.quarantined()}
                for source in self.sources
            }

    def _happen_at_last(self) -> None:
        """Let each source change once more: the quiet run has something to do."""
        for source in self.sources:
            chance = Random(f"{self.seed} {source.number} {self.requests[source.name]} at last")
            for _ in range(AT_LAST):
                source.evolve(chance)


def main(seed: str, links: str) -> None:
    partner = Partner(seed, int(links))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(ConnectionError):  # whoever asked may have been killed meanwhile
                answer, trick = partner.answer(self.path)
                send(self, answer, trick)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.shutdown()


class Loopback:
    """The partner as the soak knows it."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"

    def calm(self) -> dict[str, Any]:
        """End the mischief; gives what each source lists from now on."""
        return self._ask("calm")

    def tricks(self) -> dict[str, Any]:
        return self._ask("tricks")

    def _ask(self, what: str) -> dict[str, Any]:
        with urlopen(f"{self.base}/soak/{what}") as said:
            told: dict[str, Any] = json.load(said)
        return told


@contextmanager
def loopback(seed: str, links: int) -> Iterator[Loopback]:
    """Run the partner for the length of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.soak.partner", seed, str(links)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=CLONE,
    )
    assert process.stdin
    assert process.stdout
    try:
        yield Loopback(int(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
