"""The hook as a venue's own script calls it: JSON over HTTP with a bearer token."""

import time
from typing import Any

import requests

from cli.answers import ExitCode, RefusedError

READY_WITHIN = 30.0
"""Seconds that the hook may take to start."""


class HookClient:
    """Calls the hook at an address for one venue."""

    def __init__(self, address: str, venue: int, token: str) -> None:
        self.venue = venue
        self._address = address
        self._calls = requests.Session()
        self._calls.trust_env = False
        self._calls.headers["Authorization"] = f"Bearer {token}"

    def await_ready(self) -> None:
        """Wait until the hook answers.

        Raises
        ------
        RefusedError
            It did not within `READY_WITHIN` seconds.
        """
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            try:
                if self._calls.get(f"{self._address}/healthz", timeout=2).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise RefusedError("no_hook", "Le point d’entrée ne répond pas.", exit_code=ExitCode.FAILED)

    def post(self, path: str, sent: dict[str, Any]) -> dict[str, Any]:
        """Post a document and give the answer's.

        Raises
        ------
        RefusedError
            The hook refused; the sentence is its own.
        """
        answer = self._calls.post(f"{self._address}{path}", json=sent, timeout=60)
        said: dict[str, Any] = answer.json()
        if not answer.ok:
            raise RefusedError(str(said.get("code")), str(said.get("detail")), exit_code=ExitCode.FAILED)
        return said
