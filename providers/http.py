"""The polite client: how every adapter reads its partner."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """A small body, read whole; `requested_at` is before the request went out."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str
    requested_at: datetime

    def json(self) -> Any:
        raise NotImplementedError

    @property
    def text(self) -> str:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Download:
    """A body spooled to disk, complete as announced; `sha256` is of the decoded bytes, in hex."""

    path: Path
    sha256: str
    size: int
    headers: Mapping[str, str]
    url: str
    requested_at: datetime


class PoliteClient:
    """HTTP with budgets, retries, caps and the address guard."""

    requests: int
    received: int

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        budget_key: str | None = None,
        limit: int | None = None,
    ) -> Answer:
        raise NotImplementedError

    def download(
        self,
        url: str,
        to: Path,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        budget_key: str | None = None,
        limit: int | None = None,
        conditional: bool = True,
    ) -> Download | None:
        raise NotImplementedError
