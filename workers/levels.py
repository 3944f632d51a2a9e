"""Stock levels become offers and copies: staged, planned beside what we hold, applied; some lines wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from models.database import Connection
from models.vocabulary import Reason
from providers.records import StockLevel
from workers.counts import Counts
from workers.queries import BOOKS
from workers.source import OUR_FAULT, AgainError, Source, Subject
from workers.staging import Troubled, copy_rows
from workers.tables import by_their_indexes, make_tables_for_levels

LEVEL = "level"
"""The primary kind of the stock lists' items."""
APPLY = (
    "note_prices",
    "create_levels",
    "add_copies",
    "update_offers",
    "update_copies",
    "withdraw_refused",
    "keep_waiting",
    "wait_no_longer",
)
"""What writes a plan, in the order of the locks."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan comes to, and for how many lines each statement of `APPLY` has work."""

    counts: Counts
    work: Mapping[str, int]


@dataclass(slots=True)
class Levels:
    """Lines that were read anew: what each says, by ref, and when its partner was asked."""

    said: dict[str, tuple[StockLevel, datetime]] = field(default_factory=dict)
    left_out: dict[str, Reason] = field(default_factory=dict)
    troubled: dict[str, Troubled] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.said or self.left_out or self.troubled)

    def halves(self) -> tuple["Levels", "Levels"]:
        """Cut in two by ref, to find the line that a constraint refuses."""
        refs = sorted(self.said)
        first = set(refs[: len(refs) // 2])
        one = Levels({ref: line for ref, line in self.said.items() if ref in first})
        other = Levels({ref: line for ref, line in self.said.items() if ref not in first}, self.left_out)
        other.troubled = self.troubled
        return one, other


def counting_of(source: Source) -> str:
    """Say how a level becomes a quantity: the partner deducts our bookings from it, or it is a shelf."""
    return "deducts" if source.answers.deducts else "shelf"


def stage_levels(connection: Connection, source: Source, levels: Levels) -> None:
    """Copy levels into the session's staging table, inside a transaction."""
    counting = counting_of(source)
    copy_rows(
        connection,
        "staged_level (link_id, venue_id, ref, available, price, snapshot_at, counting)",
        (
            (source.link_id, source.venue_id, ref, level.available, level.price, asked_at, counting)
            for ref, (level, asked_at) in sorted(levels.said.items())
        ),
    )


def plan_levels(connection: Connection, subject: Subject, *, settled: bool = False) -> Planned:
    """Say what the staged levels would change; writes only the plan.

    `settled`: of copies on sale only the stocks are locked, as nothing else of them changes on most
    days. When the plan turns out to change an offer too, it is made again under all the locks.
    """
    by_their_indexes(connection)
    row = _planned(connection, subject, settled=True) if settled else None
    row = row or _planned(connection, subject, settled=False)
    if row is None:
        raise LookupError("a plan under all the locks is sure")
    counts = Counts()
    counts.items.update({"new": row["new"], "changed": row["changed"], "repeated": row["repeated"]})
    counts.items["unchanged"] = row["told"] - row["new"] - row["changed"]
    counts.offers.update({"created": row["offers_created"], "updated": row["offers_updated"]})
    counts.stocks.update({"created": row["stocks_created"], "updated": row["stocks_updated"]})
    return Planned(counts, row)


def apply_levels(connection: Connection, subject: Subject, planned: Planned) -> None:
    """Write what is planned.

    Raises
    ------
    AgainError
        Another writer made one of the offers meanwhile.
    """
    names = subject.names
    connection.execute(BOOKS["note_listed_levels"], names)
    for statement in APPLY:
        if not planned.work[statement]:
            continue
        wrote = connection.execute(BOOKS[statement], names).rowcount
        if statement == "create_levels" and wrote != planned.work[statement]:
            raise AgainError(f"{planned.work[statement] - wrote} offers")


def write_levels(connection: Connection, source: Source, levels: Levels) -> Counts:
    """Stage, plan and apply levels inside a transaction; gives their counts.

    Raises
    ------
    AgainError
        Another writer came between; the transaction can be done again.
    psycopg.Error
        A constraint refused a line (`without_culprit_lines` finds it), or the database did.
    """
    counts = Counts()
    if levels.said:
        stage_levels(connection, source, levels)
        planned = plan_levels(connection, source, settled=source.same_context)
        apply_levels(connection, source, planned)
        counts = planned.counts
    if levels.left_out:
        refs = sorted(levels.left_out)
        reasons = [levels.left_out[ref].value for ref in refs]
        connection.execute(BOOKS["leave_out_lines"], source.names | {"refs": refs, "reasons": reasons})
    return counts


def without_culprit_lines(connection: Connection, source: Source, levels: Levels) -> Levels:
    """Put aside the lines that a constraint refuses, found by halving in transactions rolled back."""
    refusal = _refusal(connection, source, levels)
    if refusal is None:
        return levels
    if len(levels.said) <= 1:
        return Levels(
            left_out=levels.left_out,
            troubled=levels.troubled
            | {
                ref: Troubled(
                    LEVEL, ref, "ours", "refused_by_constraint", OUR_FAULT, str(refusal), payload=None
                )
                for ref in levels.said
            },
        )
    one, other = (without_culprit_lines(connection, source, half) for half in levels.halves())
    return Levels(one.said | other.said, other.left_out, one.troubled | other.troubled)


def planned_changes(connection: Connection) -> Sequence[dict[str, Any]]:
    """The offers that the plan makes or changes, for a preview."""
    return connection.execute(BOOKS["planned_level_changes"]).fetchall()


def take_in_known(connection: Connection, source: Source) -> Counts:
    """Make the offers of lines that waited for a product which is known by now.

    A catalogue does it as it writes; but a line and its product that are written at the same moment
    do not see each other, and the list's next conclusion does.
    """
    names = source.names | {"counting": counting_of(source)}
    counts = Counts()
    if connection.execute(BOOKS["waiting_known"], names).fetchone() is not None:
        make_tables_for_levels(connection)
        connection.execute(BOOKS["stage_waiting_known"], names)
        planned = plan_levels(connection, source)
        apply_levels(connection, source, planned)
        counts.offers, counts.stocks = planned.counts.offers, planned.counts.stocks
        connection.execute("DELETE FROM staged_level")
        connection.execute("DELETE FROM planned_level")
    return counts


def _planned(connection: Connection, subject: Subject, *, settled: bool) -> dict[str, Any] | None:
    """Lock what the staged lines lead to, plan, and count; None: the plan needs more locks than it has."""
    names = subject.names
    with connection.transaction() as attempt:
        if settled:
            connection.execute(BOOKS["find_settled"], names)
        if connection.execute(BOOKS["unsettled"]).fetchone() is not None:
            for statement in ("lock_products", "find_copies", "lock_offers"):
                connection.execute(BOOKS[statement], names)
        connection.execute(BOOKS["lock_stocks"], names)
        connection.execute(BOOKS["plan_levels"], names)
        row = _one(connection.execute(BOOKS["count_levels"], names))
        if row["unsure"]:
            raise psycopg.Rollback(attempt)
        return row
    return None


def _refusal(connection: Connection, source: Source, levels: Levels) -> psycopg.Error | None:
    try:
        with connection.transaction(force_rollback=True):
            write_levels(connection, source, levels)
    except (psycopg.IntegrityError, psycopg.DataError) as refusal:
        return refusal
    return None


def _one(cursor: psycopg.Cursor[dict[str, Any]]) -> dict[str, Any]:
    row = cursor.fetchone()
    if row is None:
        raise LookupError("the statement gave no row")
    return row
