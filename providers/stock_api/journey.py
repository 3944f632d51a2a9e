"""Where a traversal of a list is, and whether the service really goes on when it is asked to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

from providers.base import Cursor
from providers.errors import DataError
from providers.stock_api.body import Glance

MOST_PAGES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Journey:
    """A traversal between two pages; all but `asked` is its cursor.

    Parameters
    ----------
    since
        Only what changed since then is asked for; empty: everything.
    started
        When the first page was asked for: where the next traversal of changes starts.
    after
        The last row's code, as the service wrote it.
    first
        The very first row's code.
    digest
        Of the last answer.
    rows, total
        Met so far, more or less; announced, if anything was.
    unidentified
        Some row named nothing.
    asked
        The codes after which this process asked.
    """

    host: str
    since: str = ""
    started: str = ""
    after: str = ""
    first: str = ""
    digest: str = ""
    pages: int = 0
    rows: int = 0
    total: int = 0
    unidentified: bool = False
    asked: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, host: str, cursor: Cursor | None) -> "Journey":
        kept: Mapping[str, Any] = cursor or {}
        since, started, after, first, digest = (
            str(kept.get(name) or "") for name in ("since", "started", "after", "first", "digest")
        )
        return cls(
            host,
            since,
            started,
            after,
            first,
            digest,
            pages=int(kept.get("pages") or 0),
            rows=int(kept.get("rows") or 0),
            total=int(kept.get("total") or 0),
            unidentified=bool(kept.get("unidentified")),
        )

    @property
    def cursor(self) -> Cursor:
        """What goes on after the page that was met last."""
        return {
            "since": self.since,
            "started": self.started,
            "after": self.after,
            "first": self.first,
            "digest": self.digest,
            "pages": self.pages,
            "rows": self.rows,
            "total": self.total,
            "unidentified": self.unidentified,
        }

    @property
    def next_start(self) -> Cursor:
        """Where the next traversal of changes starts, once this one is complete.

        A run that is interrupted between its last page and its end goes on there too.
        """
        return {"since": self.started} | ({"unidentified": True} if self.unidentified else {})

    @property
    def lacks_rows(self) -> bool:
        """Whether more was announced than was met."""
        return self.rows < self.total

    def begun(self, at: datetime) -> "Journey":
        return self if self.started else replace(self, started=f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")

    def after_page(self, body: bytes, seen: Glance) -> "Journey":
        """Give the journey after a page that has rows.

        Raises
        ------
        DataError
            `after_ignored`: the service begins again, or says the same again, so that we would ask
            for ever. `no_refs`: no row has a code that the next page could be asked after.
        """
        digest = blake2b(body, digest_size=16).hexdigest()
        if seen.first is None or seen.last is None:
            raise DataError(
                "no_refs",
                f"Aucune des lignes que « {self.host} » envoie n’a de référence.",
                f"{self.host}: no row with a ref after {self.after!r}",
                body,
            )
        if self.after:
            self._refuse_repetition(seen, digest, body)
        self.asked.add(seen.last)
        return replace(
            self,
            after=seen.last,
            first=self.first or seen.first,
            digest=digest,
            pages=self.pages + 1,
            rows=self.rows + max(1, body.count(b'"ref"')),
            total=seen.total or self.total,
            unidentified=self.unidentified or not seen.named,
        )

    def _refuse_repetition(self, seen: Glance, digest: str, body: bytes) -> None:
        if digest == self.digest:
            what = "the same answer again"
        elif seen.last == self.after or seen.last in self.asked:
            what = "a page that ends where an earlier one ended"
        elif seen.first == self.first:
            what = "the first page again"
        elif self.pages >= MOST_PAGES:
            what = f"more than {MOST_PAGES} pages"
        else:
            return
        raise DataError(
            "after_ignored",
            f"« {self.host} » ne tient pas compte de « after » et répète sa liste au lieu de la continuer : "
            "prévenez votre logiciel de librairie. Rien n’a été retiré.",
            f"{self.host}: {what} after {self.after!r}",
            body,
        )
