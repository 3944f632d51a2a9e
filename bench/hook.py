"""How long « Importer » waits for its answer at 100 requests a second, with Redis up, gone and frozen.

python -m bench.hook [requests a second] [seconds]

A real uvicorn process and a durable PostgreSQL; each request is signed by the portal and makes a
source of its own, which is the most that one can write. Requests leave at their time, whether the
ones before are answered or not; what is told is the time from then to the answer's last byte.
"""

import asyncio
import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import redis
from standardwebhooks import Webhook

from models.database import connect, migrate
from runtime.services import services
from runtime.settings import RuntimeSettings

VENUES = 50
CONNECTIONS = 60
KEY = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


@contextmanager
def served(database_url: str, broker_url: str) -> Iterator[int]:
    """Run the hook in a process of its own; gives its port."""
    port = free_port()
    environment = os.environ | {
        "PASSERELLE_DATABASE_URL": database_url,
        "PASSERELLE_BROKER_URL": broker_url,
        "PASSERELLE_PORTAL_KEYS": KEY,
        "PASSERELLE_LOG_JSON": "1",
    }
    argv = [sys.executable, "-m", "uvicorn", "web.app:from_environment", "--factory"]
    argv += ["--no-access-log", "--timeout-keep-alive", "60"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([*argv, "--port", str(port)], env=environment, stderr=log)
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    if process.poll() is not None:
                        log.seek(0)
                        sys.exit(log.read().decode())
                    time.sleep(0.1)
            yield port
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def signature(target: str, body: str) -> dict[str, str]:
    """Give the headers by which the portal signs a POST at this moment."""
    now, message = datetime.now(UTC), f"msg_{secrets.token_hex(8)}"
    return {
        "content-type": "application/json",
        "idempotency-key": message,
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(KEY).sign(message, now, f"POST {target}\ncamille\nmanage\n{body}"),
        "passerelle-user": "camille",
        "passerelle-role": "manage",
    }


def signed(number: int) -> bytes:
    """Write one request of the portal, with its signature of this moment."""
    target = f"/venues/{number % VENUES + 1}/imports"
    identifier = str(10_000_000 + secrets.randbelow(900_000_000))
    body = json.dumps(
        {"provider": "openagenda", "identifier": identifier, "settings": {"capacity": "unlimited"}}
    )
    lines = (
        f"POST {target} HTTP/1.1",
        "host: 127.0.0.1",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in signature(target, body).items()),
        "",
        body,
    )
    return "\r\n".join(lines).encode()


async def asked(port: int, rate: int, seconds: int) -> tuple[list[float], Counter[str]]:
    """Ask at this rate; gives each answer's milliseconds, and how many came with which status."""
    idle: asyncio.LifoQueue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.LifoQueue()
    for _ in range(CONNECTIONS):
        idle.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    waited, statuses = list[float](), Counter[str]()

    async def ask(number: int) -> None:
        began = time.perf_counter()
        request = signed(number)
        reader, writer = await idle.get()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        await reader.readexactly(length)
        waited.append((time.perf_counter() - began) * 1000)
        statuses[head.split(" ", 2)[1]] += 1
        idle.put_nowait((reader, writer))

    began, tasks = time.perf_counter(), []
    for number in range(rate * seconds):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(ask(number)))
    await asyncio.gather(*tasks)
    return waited, statuses


def measured(what: str, port: int, rate: int, seconds: int) -> None:
    """Warm up for two seconds, measure, and print one line."""
    asyncio.run(asked(port, rate // 2 or 1, 2))
    waited, statuses = asyncio.run(asked(port, rate, seconds))
    waited.sort()

    def percentile(share: float) -> float:
        return waited[min(len(waited) - 1, int(len(waited) * share))]

    counts = ", ".join(f"{number} × {status}" for status, number in sorted(statuses.items()))
    busy = os.getloadavg()[0]
    print(
        f"Redis {what:<7} p50 {percentile(0.5):6.1f} ms   p95 {percentile(0.95):6.1f} ms   "
        f"p99 {percentile(0.99):6.1f} ms   most {waited[-1]:6.1f} ms   {counts}   "
        f"load {busy:.1f} on {os.cpu_count()} cores"
    )


def main() -> None:
    rate = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory(prefix="passerelle-bench-") as folder:
        Path(folder).chmod(0o711)
        settings = RuntimeSettings(data_dir=Path(folder))
        with services(settings) as found:
            migrate(found.database_url, settings)
            with connect(found.database_url) as db:
                db.execute("INSERT INTO offerer (siren, name) VALUES ('732829320', 'Essai')")
                db.execute(
                    """INSERT INTO venue (offerer_id, name)
                       SELECT offerer.id, 'Lieu ' || number FROM offerer, generate_series(1, %s) AS number""",
                    [VENUES],
                )
            print(f"{rate} requests a second for {seconds} s")
            with redis.Redis.from_url(found.broker_url) as client:
                pid = client.info("server")["process_id"]
            with served(found.database_url, found.broker_url) as port:
                measured("up", port, rate, seconds)
            with served(found.database_url, f"redis://127.0.0.1:{free_port()}/0") as port:
                measured("gone", port, rate, seconds)
            with served(found.database_url, found.broker_url) as port:
                os.kill(pid, signal.SIGSTOP)
                try:
                    measured("frozen", port, rate, seconds)
                finally:
                    os.kill(pid, signal.SIGCONT)


if __name__ == "__main__":
    main()
