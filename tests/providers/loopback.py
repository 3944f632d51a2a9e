"""A partner on the loopback whose replies are scripted, byte by byte where that matters."""

import json
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Self

Reply = Callable[[socket.socket, Event], bool | None]
"""Says something on a connection; true, and the connection stays open for another request."""


@dataclass(frozen=True)
class Received:
    """A request as the partner saw it; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Partner:
    """Answers each request with the next of its replies; the last one stays."""

    tls: ssl.SSLContext | None = None
    requests: list[Received] = field(default_factory=list)
    connections: int = 0

    def says(self, *replies: Reply) -> None:
        self._replies = list(replies)

    def __enter__(self) -> Self:
        self._over = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        # wakes accept up, which closing the listener does not do everywhere
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join(5)
        self._listener.close()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._over.is_set():
                connection.close()
                return
            self.connections += 1
            try:
                connection.settimeout(60)
                if self.tls is not None:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                while self._answer(connection):
                    pass
            except OSError:
                pass  # the client went away: that is its test's business
            finally:
                connection.close()

    def _answer(self, connection: socket.socket) -> bool | None:
        with connection.makefile("rb") as file:
            if not (line := file.readline().decode()):
                return False
            method, target, _ = line.split(" ", 2)
            headers = {}
            while line := file.readline().decode("latin-1").strip():
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            body = file.read(int(headers.get("content-length", 0)))
        self.requests.append(Received(method, target, headers, body))
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        return reply(connection, self._over)


def raw(*pieces: bytes) -> Reply:
    """Say exactly these bytes, then hang up."""

    def reply(connection: socket.socket, _: Event) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return reply


def head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


def answer(body: bytes = b"", status: int = 200, **headers: str) -> Reply:
    """Say a whole body; `Retry_After="3"` is the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return raw(head(status, {"Content-Length": str(len(body))} | named) + body)


def lasting(body: bytes) -> Reply:
    """Say a whole body and leave the connection open."""

    def reply(connection: socket.socket, _: Event) -> bool:
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        return True

    return reply


def document(values: object, **headers: str) -> Reply:
    return answer(json.dumps(values).encode(), **({"Content_Type": "application/json"} | headers))


def redirect(to: str, status: int = 302) -> Reply:
    return answer(status=status, Location=to)


def silence(connection: socket.socket, over: Event) -> None:
    """Say nothing, and do not hang up either."""
    connection.settimeout(60)
    while not over.is_set() and connection.recv(1024):
        pass


def drip(start: bytes, drop: bytes = b"x") -> Reply:
    """Say something, then a drop every few milliseconds for as long as anybody listens."""

    def reply(connection: socket.socket, over: Event) -> None:
        connection.sendall(start)
        while not over.wait(0.02):
            connection.sendall(drop)

    return reply
