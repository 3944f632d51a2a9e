"""A client that answers from files instead of the network: one recorded file a request."""

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from providers.errors import ConfigurationError
from providers.http import Answer, Download, PoliteClient


class Recorded(PoliteClient):
    """Finds a request's file in a folder by the last part of its path.

    `…/events.v2.ics` is `events.v2.ics`, else the folder's only `.ics` file. What is asked again
    goes on: the second request for `events.v2.json` is `page_2.json`, the first may be `page_1.json`.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._asked = Counter[str]()

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        budget_key: str | None = None,
        limit: int | None = None,
    ) -> Answer:
        """Read a file as an answer; a number with decimals in it is a `Decimal`, as on the network."""
        del params, headers, budget_key, limit
        return Answer(200, {}, self._find(url).read_bytes(), url, datetime.now(UTC))

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
        matters: Callable[[Path], str] | None = None,
    ) -> Download | None:
        """Copy a file to where a download would be."""
        del params, headers, budget_key, limit, conditional, matters
        shutil.copyfile(self._find(url), to)
        body = to.read_bytes()
        return Download(to, hashlib.sha256(body).hexdigest(), len(body), {}, url, datetime.now(UTC))

    def _find(self, url: str) -> Path:
        path = urlsplit(url).path
        name = path.rpartition("/")[2] or "index"
        self._asked[path] += 1
        number, suffix = self._asked[path], Path(name).suffix
        candidates = [self._folder / f"page_{number}{suffix}"]
        if number == 1:
            alone = list(self._folder.glob(f"*{suffix or '.'}"))
            candidates = [self._folder / name, *candidates, *(alone if len(alone) == 1 else ())]
        for candidate in candidates:
            if candidate.is_file():
                return candidate
        raise ConfigurationError(
            "not_found", f"« {name} » n’est pas dans {self._folder}.", f"no file for {url}"
        )
