"""The way of a run: take it, read the partner page by page, write what changed, withdraw, say how it ended.

Nothing is fetched or parsed inside a transaction. Each page commits its offers, its marks, its
counters and the cursor together, so whoever goes on with the run goes on where it was.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

import psycopg
import structlog
from psycopg.types.json import Jsonb

from models.database import Connection
from models.vocabulary import RunMode, Trigger
from providers.base import Page
from providers.errors import PartnerError, TransientError
from workers import endings
from workers.counts import Counts
from workers.desk import ATTEMPTS, Desk
from workers.lease import Heart, Lease, LeaseLostError, take
from workers.levels import LEVEL
from workers.listed import conclude_counts, count_lines_as_before, write_waiting
from workers.listing import Listing
from workers.pages import count_as_before, read_page
from workers.plan import without_culprits, write_page
from workers.queries import SQL
from workers.settle import Judgement, carry_out, count_judgement, judge, note_gone, recount
from workers.source import AgainError, Source
from workers.visits import Site, open_source

log = structlog.get_logger(__name__)

T = TypeVar("T")

REPEATABLE = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
    AgainError,
)
"""What another writer does to a transaction: it is done again."""

MOST_TRAVERSALS = 4
"""Times that a run reads its partner from the top because PostgreSQL crashed; if its marks are gone
even then, the count of them is wrong, and that is a bug."""


class Ended(StrEnum):
    """How this worker's part in a run ended."""

    NOT_TAKEN = "not_taken"
    FINISHED = "finished"
    GAVE_WAY = "gave_way"
    LOST = "lost"


class GiveWayError(Exception):
    """The time slice is over, or this process is asked to stop: the run goes on later, where it is."""


class MarksLostError(Exception):
    """PostgreSQL crashed and emptied the marks: nobody knows any more what the run has met."""


def synchronise(run_id: int, site: Site, *, must_stop: Callable[[], bool] = lambda: False) -> Ended:
    """Do a queued run, or as much of it as a time slice allows.

    Parameters
    ----------
    must_stop
        Says that this process is shutting down: the run then gives way at once.

    Raises
    ------
    psycopg.OperationalError
        The database stays away; the lease runs out, and the run is taken up again later.
    """
    with Desk(site.database_url, site.settings) as desk:
        row = take(desk.connection, run_id, site.settings)
        if row is None:
            return Ended.NOT_TAKEN
        lease = Lease(run_id, row["lease_token"])
        desk.work_under(lease)
        with Heart(lease, site.database_url, site.settings) as heart:

            def still_ours() -> None:
                heart.progress()
                if must_stop():
                    raise GiveWayError

            return _Errand(site, desk, lease, row, still_ours).follow()


class _Errand:
    """A run in the hands of this worker."""

    def __init__(
        self, site: Site, desk: Desk, lease: Lease, run: dict[str, Any], still_ours: Callable[[], None]
    ) -> None:
        self._site = site
        self._desk = desk
        self._lease = lease
        self._run = run
        self._still_ours = still_ours
        self._counts = Counts.load(run["counters"])
        self._asked_before = (self._counts.requests, self._counts.bytes)
        self._reconnected = False
        self._listing: Listing | None = None
        self._next_allowed: Mapping[str, datetime] = {}
        self._started = time.monotonic()
        self._slice_ends = self._started + site.settings.slice.total_seconds()

    def follow(self) -> Ended:
        """Follow the run from where it is to where it ends, and write that down."""
        try:
            with open_source(
                self._site, self._desk.connection, self._run["link_id"], self._run, self._still_ours
            ) as source:
                self._next_allowed = source.visit.http.next_allowed
                self._follow(source)
        except GiveWayError:
            return self._give_way()
        except LeaseLostError as error:
            log.warning("lease_lost", run=self._lease.run_id, error=str(error))
            return Ended.LOST
        except PartnerError as error:
            return self._fail(error)
        except psycopg.OperationalError:
            raise
        except Exception as error:  # a bug fails its run, with its trace in the ledger
            log.exception("run_failed", run=self._lease.run_id)
            return self._fail(error)
        return Ended.FINISHED

    def _follow(self, source: Source) -> None:
        if self._run["context"] != source.context:
            source = self._from_the_top(source, again=0)
        while True:
            last = self._traverse(source)
            try:
                return self._conclude(source, last)
            except MarksLostError:
                if self._run["traversals"] >= MOST_TRAVERSALS:
                    raise
                log.warning("marks_lost", run=self._lease.run_id)
                source = self._from_the_top(source, again=1)

    def _traverse(self, source: Source) -> Page:
        """Read the partner from the run's cursor and write each page; gives the last one."""
        client = source.visit.http
        self._open_listing(source)
        for page in source.provider.fetch(source.visit):
            self._still_ours()
            if page.restarted:
                self._from_the_top(source, again=0, shortfall=self._run["shortfall"])
                self._open_listing(source)
            self._counts.requests = self._asked_before[0] + client.requests
            self._counts.bytes = self._asked_before[1] + client.received
            slice_over = time.monotonic() > self._slice_ends
            if self._listing is None:
                self._write(source, page)
            else:
                self._list(source, self._listing, page, at_once=page.last or slice_over)
            self._run["shortfall"] = page.shortfall or self._run["shortfall"]
            if page.last:
                return page
            self._still_ours()
            if slice_over:
                raise GiveWayError
        raise TransientError(
            "ended_early", f"{source.provider.label} n’a pas tout envoyé. Nous réessaierons.", "no last page"
        )

    def _write(self, source: Source, page: Page) -> None:
        """Write a page, without the items that a constraint refuses."""

        def write(connection: Connection) -> Counts:
            if self._reconnected and (committed := self._committed(connection, page)):
                return committed
            reading = read_page(connection, source, page)
            try:
                return write_page(connection, source, page, reading, self._counts, self._lease)
            except (psycopg.IntegrityError, psycopg.DataError):
                before = len(reading.batch.troubled)
                reading.batch = without_culprits(connection, source, reading.batch)
                reading.counts.items["quarantined"] += len(reading.batch.troubled) - before
                return write_page(connection, source, page, reading, self._counts, self._lease)

        self._counts = self._again(write)

    def _open_listing(self, source: Source) -> None:
        """Read a stock list beside what it said last; another partner's items are looked up as they come."""
        anew = (self._run["mode"], self._run["trigger"]) == (RunMode.FULL, Trigger.PERSON)
        trusted = source.same_context and not anew
        is_list = source.provider.traits.primary == LEVEL
        self._listing = Listing(source, self._run["pages"], trusted=trusted) if is_list else None

    def _list(self, source: Source, listing: Listing, page: Page, *, at_once: bool) -> None:
        """Take a page of a list; it is written with those that wait once they are enough."""

        def write(connection: Connection) -> Counts:
            if self._reconnected and (committed := self._committed(connection, page)):
                return committed
            return write_waiting(connection, source, listing.waiting, self._counts, self._lease)

        self._again(lambda connection: listing.take(connection, page))
        if at_once or listing.is_due:
            self._counts = self._again(write)
            listing.written()

    def _committed(self, connection: Connection, page: Page) -> Counts | None:
        """The counts of a page whose commit went through although its connection was lost."""
        row = connection.execute(SQL["cursor_of_run"], {"run": self._lease.run_id}).fetchone()
        if row is None or page.cursor is None or row["cursor"] != page.cursor:
            return None
        return Counts.load(row["counters"])

    def _conclude(self, source: Source, last: Page) -> None:
        """Withdraw behind the guard what a complete traversal did not meet, recount, and end the run."""
        whole = source.snapshot and not last.unmodified
        snapshot = whole and not last.unidentified
        before = self._counts

        def conclude(connection: Connection) -> None:
            with connection.transaction():
                self._check_marks(connection)
                counts = before.copy()
                if last.unmodified and source.snapshot:
                    as_before = count_as_before if self._listing is None else count_lines_as_before
                    counts.add(as_before(connection, source))
                if snapshot:
                    note_gone(connection, source, self._listing.pages if self._listing else None)
                if self._listing is not None:
                    conclude_counts(connection, source, counts)
                judgement: Judgement = judge(
                    connection,
                    source,
                    listed=before.items["read"] if snapshot else None,
                    edited=endings.was_edited(connection, source),
                )
                counts.add(count_judgement(judgement))
                counts.seconds += time.monotonic() - self._started
                carry_out(connection, source, judgement, snapshot=snapshot)
                recount(connection, source)
                endings.succeed(
                    connection,
                    source,
                    self._lease,
                    endings.Success(counts, judgement, self._run, last, whole=whole),
                )

        self._again(conclude)

    def _check_marks(self, connection: Connection) -> None:
        row = connection.execute(SQL["marks_and_seen"], {"run": self._lease.run_id}).fetchone()
        if row is None or row["marks"] != row["seen"]:
            raise MarksLostError(f"run {self._lease.run_id}: {row}")

    def _from_the_top(self, source: Source, *, again: int, shortfall: str | None = None) -> Source:
        """Forget what the traversal met so far, and start it at the top; what is written stays."""
        counts = self._counts.from_the_top()

        def start_over(connection: Connection) -> None:
            with connection.transaction():
                connection.execute(SQL["forget_marks"], source.names)
                row = connection.execute(
                    SQL["start_over"],
                    {
                        "run": self._lease.run_id,
                        "token": self._lease.token,
                        "context": source.context,
                        "again": again,
                        "counters": Jsonb(counts.dump()),
                        "shortfall": shortfall,
                    },
                ).fetchone()
                if row is None:
                    raise LeaseLostError(f"run {self._lease.run_id}: gone before its traversal started again")

        self._again(start_over)
        self._counts = counts
        self._run["traversals"] += again
        self._run["pages"] = 0
        self._run["cursor"], self._run["shortfall"] = None, shortfall
        return replace(source, visit=replace(source.visit, cursor=source.start))

    def _give_way(self) -> Ended:
        gave = self._again(lambda connection: endings.give_way(connection, self._lease))
        return Ended.GAVE_WAY if gave else Ended.LOST

    def _fail(self, error: Exception) -> Ended:
        self._counts.seconds += time.monotonic() - self._started
        wrote = self._again(
            lambda connection: endings.fail(
                connection, self._run, self._lease, self._counts, error, next_allowed=self._next_allowed
            )
        )
        return Ended.FINISHED if wrote else Ended.LOST

    def _again(self, work: Callable[[Connection], T]) -> T:
        """Do a piece of database work; again when another writer or the database came between."""
        for attempt in range(ATTEMPTS):
            try:
                return work(self._desk.connection)
            except REPEATABLE as error:
                log.info("again", run=self._lease.run_id, attempt=attempt, error=str(error))
                time.sleep(0.05 * 2**attempt)
            except psycopg.OperationalError as error:
                log.warning("database_lost", run=self._lease.run_id, attempt=attempt, error=str(error))
                self._desk.reconnect(attempt)
                self._reconnected = True
        raise psycopg.OperationalError(f"run {self._lease.run_id}: not written in {ATTEMPTS} attempts")
