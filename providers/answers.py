"""What a partner answered: a small body read whole, or one spooled to disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from providers import bodies


@dataclass(frozen=True, slots=True)
class Answer:
    """A small body, read whole; `requested_at` is before the request went out."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str
    requested_at: datetime

    def json(self) -> Any:
        """Give the document; every number with decimals is a `Decimal`, coordinates too.

        Raises
        ------
        DataError
            `not_json` or `undecodable`, with the body's head.
        """
        return bodies.as_json(self.text, self.content, urlsplit(self.url).hostname or "")

    @property
    def text(self) -> str:
        """The body as the Content-Type's charset says, else as UTF-8; DataError `undecodable`."""
        host = urlsplit(self.url).hostname or ""
        return bodies.as_text(self.content, self.headers.get("Content-Type", ""), host)


@dataclass(frozen=True, slots=True)
class Download:
    """A body spooled to disk, complete as announced; `sha256` is of the decoded bytes, in hex."""

    path: Path
    sha256: str
    size: int
    headers: Mapping[str, str]
    url: str
    requested_at: datetime
