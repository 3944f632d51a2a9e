"""How the partner of a soak misbehaves: which trick is played on the n-th request of a source, and how."""

import socket
import struct
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler
from random import Random
from typing import Any

from tests.soak.source import Answer

TRICKS = {
    "": 62,  # none
    "429": 4,
    "500": 4,
    "503": 3,
    "404": 1,
    "reset": 4,
    "cut": 4,
    "ends too early": 4,
    "drip": 5,
    "html": 3,
    "doubled": 4,
    "some missing": 5,
    "empty": 3,
}
"""Name → how often, of a hundred or so; the last three are answers that look good."""

HTML = b"<!DOCTYPE html><html><body><h1>Le site est en maintenance</h1></body></html>"


def trick_of(seed: str, source: int, request: int) -> str:
    """Say what is done to a request: the same for the same seed, source and request."""
    (trick,) = Random(f"{seed} {source} {request}").choices(list(TRICKS), list(TRICKS.values()))
    return trick


def spoilt(trick: str, listed: Sequence[Any], chance: Random) -> list[Any]:
    """Give a list as a partner that misbehaves answers with it."""
    rows = list(listed)
    if trick == "empty":
        return []
    if trick == "some missing":
        return [row for row in rows if chance.random() > 0.1]
    if trick == "doubled":
        for row in chance.choices(rows, k=3) if rows else ():
            rows.insert(chance.randint(0, len(rows)), row)
    return rows


def send(handler: BaseHTTPRequestHandler, answer: Answer, trick: str) -> None:
    """Send an answer, or what the trick makes of it."""
    body = answer.body
    if answer.tag and not trick and handler.headers.get("If-None-Match") == answer.tag:
        _head(handler, 304, answer.kind, 0, ETag=answer.tag)
        return
    if trick == "reset":
        # closed with something unsent to forget: the other side reads « connection reset »
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.rfile.close()
        handler.connection.close()
        return
    if trick in {"429", "500", "503", "404"}:
        _head(handler, int(trick), "text/plain", 0, **{"Retry-After": "1"} if trick in {"429", "503"} else {})
        return
    if trick == "html":
        _head(handler, 200, "text/html", len(HTML))
        handler.wfile.write(HTML)
        return
    if trick == "ends too early":
        body = body[: len(body) * 2 // 3]
    _head(handler, answer.status, answer.kind, len(body), **{"ETag": answer.tag} if answer.tag else {})
    if trick == "cut":
        handler.wfile.write(body[: len(body) // 2])
    elif trick == "drip":
        size = len(body) // 15 + 1
        for start in range(0, len(body), size):
            handler.wfile.write(body[start : start + size])
            time.sleep(0.1)
    else:
        handler.wfile.write(body)


def _head(handler: BaseHTTPRequestHandler, status: int, kind: str, length: int, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": kind, "Content-Length": str(length), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
