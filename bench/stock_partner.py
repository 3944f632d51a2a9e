"""A bookseller's system that speaks the stock protocol on loopback, from a process of its own.

What it says is prepared beforehand, so that a bench measures who asks and not who answers. It serves
`GET /stocks/{siret}?limit=&after=&modifiedSince=` without validators and keeps connections open.
`GET /variant/same`, `/variant/changed` and so on says what it serves from then on, and
answers once that is prepared.

python -m bench.stock_partner [lines] [port]
"""

import asyncio
import multiprocessing
import sys
import urllib.request
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from urllib.parse import parse_qs, urlsplit

A_PAGE = 1_000
SIRET = "12345678900011"
VARIANTS = {
    "same": "the list as it was at first",
    "changed": "one line in a hundred, scattered, has another number of copies",
    "again": "the same lines have yet another number of copies",
    "vanished": "as changed, and one line in twenty, scattered, is gone",
}

CHANGED = 42
"""Of each hundred lines, the one that changes."""
OTHER = {"changed": 20, "again": 40, "vanished": 20}
"""How many copies more the lines have that change."""


def ean(number: int) -> str:
    """Give the EAN-13 of a number below 100,000,000; a larger number gives a larger EAN."""
    digits = f"9782{number:08}"
    weighed = sum(map(int, digits[::2])) + 3 * sum(map(int, digits[1::2]))
    return f"{digits}{-weighed % 10}"


def eans(lines: int) -> Sequence[str]:
    """Give the EANs of a list of that many lines, in its order."""
    return [ref(number) for number in range(lines)]


def ref(number: int) -> str:
    """Give the EAN of a list's line by its number, from 0 on."""
    return ean(number * 7)


def price(number: int) -> str:
    """Give the price of a line's book, whether the line says it or not."""
    return f"{5 + number % 40}.{90 + number % 10}"


def rows(refs: Sequence[str], variant: str = "same") -> Iterator[tuple[str, bytes]]:
    """Give (EAN, line as JSON) of a variant; every third line has no price, and one in five no copy."""
    for number, found in enumerate(refs):
        if variant == "vanished" and number % 20 == 7:
            continue
        available = 0 if number % 5 == 4 else 1 + number % 12
        if number % 100 == CHANGED:
            available += OTHER.get(variant, 0)
        said = "" if number % 3 == 2 else f',"price":{price(number)}'
        yield found, f'{{"ref":"{found}","available":{available}{said}}}'.encode()


def answer(body: bytes, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Prepared:
    """A list in the order of its EANs, its pages prepared as they go over the wire."""

    def __init__(self, listed: Iterator[tuple[str, bytes]]) -> None:
        pairs = list(listed)
        self._refs = [ref for ref, _ in pairs]
        self._rows = [row for _, row in pairs]
        self._ready: dict[str, bytes] = {}
        for start in range(0, len(pairs) + 1, A_PAGE):
            self._ready[self._refs[start - 1] if start else ""] = self._page(start, A_PAGE)
        if pairs:
            self._ready[self._refs[-1]] = self._page(len(pairs), A_PAGE)

    def after(self, ref: str, limit: int) -> bytes:
        """Give the page after a ref, as long as asked."""
        if limit == A_PAGE and ref in self._ready:
            return self._ready[ref]
        return self._page(bisect_right(self._refs, ref), limit)

    def _page(self, start: int, limit: int) -> bytes:
        listed = b",".join(self._rows[start : start + limit])
        head = f'{{"total":{len(self._rows)},"limit":{limit},"offset":{start},"stocks":['
        return answer(head.encode() + listed + b"]}")


class Shop:
    """What is served now: the whole list, and what of it changed."""

    def __init__(self, lines: int) -> None:
        self._refs = eans(lines)
        self.become("same")

    def become(self, variant: str) -> None:
        before = dict(rows(self._refs))
        listed = list(rows(self._refs, variant))
        self._whole = Prepared(iter(listed))
        self._changes = Prepared((ref, row) for ref, row in listed if before[ref] != row)

    def answer(self, target: str) -> bytes:
        parts = urlsplit(target)
        match parts.path.strip("/").split("/"):
            case ["stocks", _]:
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                listed = self._changes if "modifiedSince" in asked else self._whole
                return listed.after(asked.get("after", ""), int(asked.get("limit", A_PAGE)))
            case ["variant", variant] if variant in VARIANTS:
                self.become(variant)
                return answer(b"{}")
        return answer(b'{"text":"?"}', "404 Not Found")


class _Conversation(asyncio.Protocol):
    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, piece: bytes) -> None:
        self._heard += piece
        while (end := self._heard.find(b"\r\n\r\n")) >= 0:
            target = self._heard.split(b" ", 2)[1].decode()
            self._heard = self._heard[end + 4 :]
            self._transport.write(self._shop.answer(target))


async def _serve(lines: int, port: int, told: Pipe | None) -> None:
    shop = Shop(lines)
    server = await asyncio.get_running_loop().create_server(lambda: _Conversation(shop), "127.0.0.1", port)
    port = server.sockets[0].getsockname()[1]
    if told is None:
        print(f"http://127.0.0.1:{port}/stocks", flush=True)
    else:
        told.send(port)
    await server.serve_forever()


def _in_a_process(lines: int, told: Pipe) -> None:
    asyncio.run(_serve(lines, 0, told))


@dataclass(frozen=True)
class StockPartner:
    """The partner as a bench knows it; map a host to `base`, the protocol's address is `base`/stocks."""

    port: int

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def become(self, variant: str) -> None:
        """Switch to a variant; it is prepared when this returns."""
        with urllib.request.urlopen(f"{self.base}/variant/{variant}") as said:
            said.read()


@contextmanager
def stock_partner(lines: int) -> Iterator[StockPartner]:
    """Serve a list of that many lines from a process of its own for the length of the block."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_in_a_process, args=(lines, theirs), daemon=True
    )
    process.start()
    try:
        yield StockPartner(ours.recv())
    finally:
        process.terminate()
        process.join()


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(lines, int(sys.argv[2]) if len(sys.argv) > 2 else 0, None))


if __name__ == "__main__":
    main()
