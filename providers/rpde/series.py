"""The series that sessions refer to, read from a feed of their own and kept on disk for a run."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import Any, Final

from providers.base import Visit
from providers.rpde import feed
from providers.rpde.opportunity import name_of, reference_of
from providers.rpde.settings import RpdeSettings
from providers.rpde.shapes import item_of

LONGEST_CHAIN: Final = 3


class SeriesFile:
    """Finds a series by the address that sessions refer to it by."""

    def __init__(self, file: sqlite3.Connection | None) -> None:
        self._file = file

    def parent_of(self, data: Any) -> Mapping[str, Any] | None:
        """Give the series of an opportunity, with what it is itself part of; None: not there."""
        found = self._find(reference_of(data))
        below: dict[str, Any] | None = found
        for _ in range(LONGEST_CHAIN):
            above = self._find(reference_of(below)) if below else None
            if below is None or above is None:
                break
            below["superEvent"] = below = above
        return found

    def _find(self, name: str) -> dict[str, Any] | None:
        if self._file is None or not name:
            return None
        row = self._file.execute("SELECT said FROM series WHERE name = ?", [name]).fetchone()
        return json.loads(row[0], parse_float=Decimal) if row else None


@contextmanager
def opened(visit: Visit[RpdeSettings]) -> Iterator[SeriesFile]:
    """Read the whole feed of the series, where the link names one; without it nothing is ever found."""
    if visit.settings.series is None:
        yield SeriesFile(None)
        return
    path = visit.spool / "series.sqlite"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE series (name TEXT PRIMARY KEY, ref TEXT, said TEXT)")
        file.execute("CREATE INDEX by_ref ON series (ref)")
        for page in feed.pages(visit.http, visit.settings.series):
            for said in page.items:
                _keep(file, said)
            file.commit()
        yield SeriesFile(file)


def _keep(file: sqlite3.Connection, said: Any) -> None:
    """Keep the newest of a series; a feed lists it once more each time it changes."""
    item = item_of(said)
    if item is None:
        return
    file.execute("DELETE FROM series WHERE ref = ?", [item.ref])
    data = item.payload["data"] if not item.deleted else None
    if isinstance(data, Mapping) and (name := name_of(data)):
        written = json.dumps(data, default=_plain)
        file.execute("INSERT OR REPLACE INTO series VALUES (?, ?, ?)", [name, item.ref, written])


def _plain(value: Any) -> Any:
    return str(value)
