"""What the pages of a stock list write, all that waits at once, and how a reading of the list ends."""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from models.database import Connection
from models.vocabulary import Reason
from workers.counts import Counts
from workers.lease import Lease
from workers.levels import Levels, planned_changes, take_in_known, without_culprit_lines, write_levels
from workers.listing import Waiting
from workers.pages import FILTERED
from workers.plan import fence
from workers.queries import BOOKS, SQL
from workers.source import Source
from workers.tables import make_table_of_refs, make_tables_for_levels


def write_waiting(
    connection: Connection, source: Source, waiting: Waiting, so_far: Counts, lease: Lease
) -> Counts:
    """Commit the pages that wait, with their changes and where to go on; gives the run's counts.

    Raises
    ------
    LeaseLostError
        The lease ended; nothing was written.
    AgainError
        Another writer came between; it can be written again.
    """
    try:
        return _write(connection, source, waiting, waiting.levels, so_far, lease)
    except (psycopg.IntegrityError, psycopg.DataError):
        levels = without_culprit_lines(connection, source, waiting.levels)
        return _write(connection, source, waiting, levels, so_far, lease)


def preview_waiting(
    connection: Connection, source: Source, waiting: Waiting
) -> tuple[Counts, Sequence[dict[str, Any]]]:
    """Write what waits into the preview's own tables; gives its counts and the offers that it changes."""
    counts = waiting.counts.copy()
    with connection.transaction():
        counts.add(_write_levels(connection, source, waiting, waiting.levels))
        changes = planned_changes(connection)
        _keep_pages(connection, source, waiting)
    return counts, changes


def note_lines_gone(connection: Connection, source: Source, pages: int) -> None:
    """Note which copies on sale a complete reading of so many pages did not list.

    Only when lines may have gone since this was last asked: a list that is unchanged or grew costs nothing.
    """
    names = source.names | {"pages": pages}
    if connection.execute(BOOKS["drop_pages_beyond"], names).rowcount:
        connection.execute(BOOKS["list_moved"], names)
    connection.execute(BOOKS["read_once"], names)
    if connection.execute(BOOKS["has_moved"], names).fetchone() is None:
        return
    make_table_of_refs(connection)
    connection.execute(BOOKS["list_listed"], names)
    for statement in ("note_lines_back", "note_absent_lines", "compared"):
        connection.execute(BOOKS[statement], names)
    if connection.execute("SELECT FROM listed LIMIT 1").fetchone() is not None:
        connection.execute(BOOKS["forget_waiting_gone"], names)
        connection.execute(BOOKS["forget_quarantine_gone"], names)


def count_lines_as_before(connection: Connection, source: Source) -> Counts:
    """Count the list's lines as they were: the partner says that nothing changed since."""
    counts = Counts()
    row = connection.execute(BOOKS["lines_as_before"], source.names).fetchone() or {"lines": 0}
    counts.items.update({"read": int(row["lines"]), "unchanged": int(row["lines"])})
    return counts


def conclude_counts(connection: Connection, source: Source, counts: Counts) -> None:
    """Add what the list's lines come to: offers of lines that waited, held ones, what is left out."""
    counts.add(take_in_known(connection, source))
    row = connection.execute(BOOKS["list_counts"], source.names).fetchone() or {}
    counts.items["quarantined"] = row.get("quarantined", 0)
    counts.items["held"] = row.get("held", 0)
    counts.filtered.clear()
    for line in connection.execute(BOOKS["lines_left_out"], source.names):
        if line["reason"] == Reason.HELD_ELSEWHERE:
            counts.items["held_elsewhere"] = line["count"]
        elif line["reason"] == Reason.OFFER_DELETED:
            counts.items["deleted_by_hand"] = line["count"]
        elif line["reason"] in FILTERED:
            counts.filtered[line["reason"]] = line["count"]
    counts.items["filtered"] = counts.filtered.total()


def _write(  # noqa: PLR0917 - what commits together
    connection: Connection,
    source: Source,
    waiting: Waiting,
    levels: Levels,
    so_far: Counts,
    lease: Lease,
) -> Counts:
    counts = so_far.copy()
    counts.add(waiting.counts)
    if not levels.is_empty:
        make_tables_for_levels(connection)
    with connection.transaction():
        if not levels.is_empty:
            counts.add(_write_levels(connection, source, waiting, levels))
        _keep_pages(connection, source, waiting)
        pages = [new.page for new in waiting.pages]
        fence(connection, pages[-1], counts, lease, pages=len(pages), asked_at=pages[0].requested_at)
    return counts


def _write_levels(connection: Connection, source: Source, waiting: Waiting, levels: Levels) -> Counts:
    names = source.names
    counts = write_levels(connection, source, levels)
    if counts.items["repeated"]:
        counts.items["read"] -= counts.items["repeated"]
        repeated = [row["ref"] for row in connection.execute(BOOKS["repeated_refs"])]
        if source.snapshot:
            _remember(connection, names, [(ref, waiting.places[ref]) for ref in repeated])
    connection.execute(BOOKS["leave_quarantine"], names | {"left_out": sorted(levels.left_out)})
    for troubled in levels.troubled.values():
        connection.execute(SQL["enter_quarantine"], names | troubled.as_parameters())
    return counts


def _keep_pages(connection: Connection, source: Source, waiting: Waiting) -> None:
    """Keep the pages that changed as they are now, and which lines must be looked at again."""
    names = source.names
    patched = [new for new in waiting.pages if new.patch is not None]
    if patched:
        values = {
            "places": [new.place for new in patched],
            "digests": [new.digest for new in patched],
            "patches": [Jsonb(new.patch) for new in patched],
        }
        connection.execute(BOOKS["patch_pages"], names | values)
    moved = False
    for new in waiting.pages:
        if new.lines is None:
            continue
        values = {"place": new.place, "digest": new.digest, "size": new.size}
        words = {"refs": "\n".join(new.lines.refs), "base": "\n".join(new.lines.texts)}
        row = connection.execute(BOOKS["write_page"], names | values | words).fetchone()
        moved |= new.moved and row is not None and row["replaced"]
    if moved:
        connection.execute(BOOKS["list_moved"], names)
    if not source.snapshot and waiting.places:
        _remember(connection, names, [(ref, None) for ref in sorted(waiting.places)])
    if waiting.repeated:
        _remember(connection, names, waiting.repeated)


def _remember(connection: Connection, names: dict[str, Any], lines: Sequence[tuple[str, int | None]]) -> None:
    refs, places = zip(*lines, strict=True)
    connection.execute(BOOKS["remember_repeated"], names | {"refs": list(refs), "places": list(places)})
