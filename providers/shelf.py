"""Answers that links of one feed share: thirty places of one agenda are one download.

A folder of this machine. An answer is kept for a few minutes, under its address; whoever asks for the same
meanwhile gets it with the time at which it was really asked for, and whoever comes while it is being
fetched waits for it. Only what is asked for without credentials is kept.
"""

import fcntl
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from secrets import token_hex
from time import monotonic
from typing import Final, TypeVar

from requests.structures import CaseInsensitiveDict

from providers.headers import validators

T = TypeVar("T")

FORGOTTEN: Final = timedelta(hours=1)
"""After which what is kept is removed, whatever it was kept for."""

GLANCE: Final = 0.2
"""Seconds between two looks at whether somebody else's download has come."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it came; `validators` are `providers.headers.validators` of it."""

    url: str
    status: int
    headers: Mapping[str, str]
    validators: Mapping[str, str]
    sha256: str
    size: int
    requested_at: datetime
    body: Path

    @classmethod
    def of(
        cls,
        url: str,
        status: int,
        headers: Mapping[str, str],
        requested_at: datetime,
        *,
        sha256: str = "",
        size: int = 0,
    ) -> "Kept":
        """Describe an answer whose body is not on the shelf yet."""
        return cls(url, status, headers, validators(headers), sha256, size, requested_at, Path())


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where answers are kept, for how long, and how new one must be for this run.

    Parameters
    ----------
    newer_than
        When the link was read last: older answers would take it back.
    reads
        False: this run wants to know how things are now, and only leaves its answers for others.
    waits
        Seconds for which somebody else's download is waited for: whoever fetches may be frozen.
    """

    folder: Path
    keeps: timedelta
    newer_than: datetime | None = None
    reads: bool = True
    waits: float = 30.0

    def find(self, url: str, now: datetime) -> Kept | None:
        """Give the answer of this address, if there is one that is new enough."""
        kept = self._look(url) if self.reads else None
        if kept is None or now - kept.requested_at > self.keeps:
            return None
        return kept if self.newer_than is None or kept.requested_at > self.newer_than else None

    def through(
        self,
        url: str,
        *,
        fetch: Callable[[], T],
        read: Callable[[Kept], T],
        wait: Callable[[float], None],
        clock: Callable[[], datetime],
    ) -> T:
        """Give what `read` makes of the kept answer, else what `fetch` brings, while nobody else fetches it
        or when that takes too long.

        `wait` passes so many seconds and may raise.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{_name(url)}.lock").open("w") as lock:
            alone, until = False, monotonic() + self.waits
            while True:
                kept = self.find(url, clock())
                if kept is not None:
                    with suppress(FileNotFoundError):  # its body was replaced, or removed, at this moment
                        return read(kept)
                if alone or monotonic() > until:
                    return fetch()
                alone = _taken(lock.fileno())
                if not alone:
                    wait(GLANCE)

    def renew(self, url: str, known: Mapping[str, str], requested_at: datetime) -> None:
        """Note that what is kept is still what the partner has, if it is what `known` names."""
        kept = self._look(url)
        if kept is not None and is_what_it_has(kept, known):
            self._write(url, replace(kept, requested_at=requested_at))

    def keep(self, url: str, answer: Kept, write: Callable[[Path], object]) -> None:
        """Keep an answer under the address that was asked for; `write` puts its body into a file."""
        self._forget_old()
        before = self._look(url)
        body = self.folder / f"{_name(url)}-{token_hex(4)}.body"
        write(body)
        self._write(url, replace(answer, body=body))
        if before is not None:
            before.body.unlink(missing_ok=True)

    def _look(self, url: str) -> Kept | None:
        try:
            said = json.loads((self.folder / f"{_name(url)}.json").read_bytes())
            return Kept(
                said["url"],
                said["status"],
                CaseInsensitiveDict(said["headers"]),
                said["validators"],
                said["sha256"],
                said["size"],
                datetime.fromisoformat(said["requested_at"]),
                self.folder / said["body"],
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def _write(self, url: str, kept: Kept) -> None:
        words = {
            "url": kept.url,
            "status": kept.status,
            "headers": dict(kept.headers),
            "validators": dict(kept.validators),
            "sha256": kept.sha256,
            "size": kept.size,
            "requested_at": kept.requested_at.isoformat(),
            "body": kept.body.name,
        }
        written = self.folder / f"{_name(url)}-{token_hex(4)}.new"
        written.write_text(json.dumps(words))
        written.replace(self.folder / f"{_name(url)}.json")

    def _forget_old(self) -> None:
        newest = max((_age(file) for file in self.folder.iterdir()), default=0.0)
        for file in self.folder.iterdir():
            if _age(file) < newest - FORGOTTEN.total_seconds():
                file.unlink(missing_ok=True)


def is_what_it_has(kept: Kept, known: Mapping[str, str]) -> bool:
    """Whether an answer is the one whose validators the link has: nothing changed for it."""
    for name in ("etag", "last_modified"):  # an etag says more than a time
        if kept.validators.get(name) or known.get(name):
            return kept.validators.get(name) == known.get(name)
    return False


def _name(url: str) -> str:
    return blake2b(url.encode(), digest_size=16).hexdigest()


def _taken(lock: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
