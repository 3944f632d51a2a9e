"""The plan of a page and its one transaction: data, versions, marks, cursor, and last the fence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from models.database import Connection
from providers.base import Page
from workers.counts import Counts
from workers.lease import Lease, LeaseLostError
from workers.levels import planned_changes
from workers.notices import tell_date_gone, tell_dates_touched
from workers.pages import Reading
from workers.products import PRODUCT, preview_products, withdraw_products, write_products
from workers.queries import SQL
from workers.source import OUR_FAULT, AgainError, Source
from workers.staging import Answers, Batch, Troubled, stage
from workers.tables import make_tables

APPLY = ("update_offers", "set_past_aside", "insert_stocks", "update_stocks")


def plan(connection: Connection, source: Source) -> Counts:
    """Say what the staged batch would change; writes only the plan and the run's own notes."""
    names = source.names
    for statement in (
        "plan_offers",
        "plan_lookalikes",
        "plan_stocks",
        "plan_held",
        "plan_held_changes",
        "note_listed",
        "note_losses",
    ):
        connection.execute(SQL[statement], names)
    row = _one(connection.execute(SQL["count_plan"], names))
    counts = Counts()
    counts.items.update(
        {word: row[word] for word in ("held", "held_elsewhere", "deleted_by_hand") if row[word]}
    )
    counts.offers.update({"created": row["offers_created"], "updated": row["offers_updated"]})
    counts.stocks.update({"created": row["stocks_created"], "updated": row["stocks_updated"]})
    return counts


def write_page(  # noqa: PLR0917 - the six things that commit together
    connection: Connection, source: Source, page: Page, reading: Reading, so_far: Counts, lease: Lease
) -> Counts:
    """Commit a page: what it changes, what it met, and where to go on.

    Returns
    -------
    The run's counts with this page's.

    Raises
    ------
    LeaseLostError
        The lease ended; nothing of the page was written.
    AgainError
        Another writer came between; the page can be written again.
    psycopg.Error
        A constraint refused the page (`without_culprits` finds the item), or the database did.
    """
    counts = so_far.copy()
    counts.add(reading.counts)
    if reading.deleted or not reading.batch.is_empty:
        make_tables(connection)
    with connection.transaction():
        if not reading.batch.is_empty:
            counts.add(_write_batch(connection, source, reading.batch))
        if reading.deleted:
            counts.add(withdraw_deleted(connection, source, reading.deleted))
            if source.provider.traits.primary == PRODUCT:
                counts.add(withdraw_products(connection, source, reading.deleted))
        seen = mark(connection, source, reading)
        fence(connection, page, counts, lease, seen=seen)
    return counts


def preview_page(
    connection: Connection, source: Source, reading: Reading
) -> tuple[Counts, Sequence[dict[str, Any]]]:
    """Plan a page as `write_page` would, and apply it to the preview's own tables.

    Returns
    -------
    The page's counts, and a row for each offer that would be made or changed: ref, title, action,
    held_reason, and the numbers of its dates that would be made and changed.
    """
    counts = Counts()
    counts.add(reading.counts)
    changes: Sequence[dict[str, Any]] = ()
    with connection.transaction():
        if not reading.batch.is_empty:
            stage(connection, reading.batch, _answers(connection, source, reading.batch))
            counts.add(plan(connection, source))
            changes = connection.execute(SQL["planned_changes"]).fetchall()
            for statement in ("insert_offers", *APPLY, "keep_items"):  # in the preview's own tables
                connection.execute(SQL[statement], source.names)
        if reading.deleted:
            counts.add(_count_deleted(connection, source, reading.deleted)[0])
        if source.provider.traits.primary == PRODUCT and (reading.batch.products or reading.deleted):
            counts.add(preview_products(connection, source, reading.batch.products, reading.deleted))
            changes = planned_changes(connection)
        mark(connection, source, reading)
    return counts, changes


def without_culprits(connection: Connection, source: Source, batch: Batch) -> Batch:
    """Put aside the items that a constraint refuses, found by halving in transactions rolled back."""
    refusal = _refusal(connection, source, batch)
    if refusal is None:
        return batch
    refs = {item.ref for item in batch.items}
    if len(refs) <= 1:
        troubled = [
            Troubled(item.kind, item.ref, "ours", "refused_by_constraint", OUR_FAULT, str(refusal), None)
            for item in batch.items[:1]
        ]
        return Batch(batch.asked_at, troubled=[*batch.troubled, *troubled])
    parts = [without_culprits(connection, source, half) for half in batch.halves()]
    return Batch(
        batch.asked_at,
        [item for part in parts for item in part.items],
        [offer for part in parts for offer in part.offers],
        [product for part in parts for product in part.products],
        [troubled for part in parts for troubled in part.troubled],
    )


def mark(connection: Connection, source: Source, reading: Reading) -> int:
    """Mark a page's items as met by this run; gives how many it had not met before."""
    if not reading.met:
        return 0
    kinds, refs, fingerprints = zip(*reading.met, strict=True)
    connection.execute(SQL["note_met"], source.names | {"refs": list(refs)})
    return connection.execute(
        SQL["mark_seen"],
        source.names
        | {
            "kinds": list(kinds),
            "refs": list(refs),
            "fingerprints": list(fingerprints),
            "asked_at": reading.batch.asked_at,
        },
    ).rowcount


def withdraw_deleted(connection: Connection, source: Source, refs: Sequence[str]) -> Counts:
    """Withdraw at once what the partner says it deleted, with a notice for each booked date."""
    names = source.names | {"refs": refs}
    counts, dates = _count_deleted(connection, source, refs)
    connection.execute(SQL["lock_deleted"], names)
    connection.execute(SQL["lock_deleted_stocks"], names)
    for date in dates:
        if date["booked"]:
            tell_date_gone(connection, source, date, candidate=None)
    for statement in ("withdraw_deleted_stocks", "withdraw_deleted_offers", "withdraw_deleted_items"):
        connection.execute(SQL[statement], names)
    return counts


def _count_deleted(
    connection: Connection, source: Source, refs: Sequence[str]
) -> tuple[Counts, Sequence[dict[str, Any]]]:
    dates = connection.execute(SQL["deleted_dates"], source.names | {"refs": refs}).fetchall()
    counts = Counts()
    counts.items["withdrawn"] = counts.offers["withdrawn"] = len({date["offer_id"] for date in dates})
    counts.stocks["withdrawn"] = len(dates)
    return counts, dates


def _write_batch(connection: Connection, source: Source, batch: Batch) -> Counts:
    names = source.names
    stage(connection, batch, _answers(connection, source, batch))
    connection.execute(SQL["lock"], names)
    connection.execute(SQL["lock_stocks"], names)
    counts = plan(connection, source)
    if batch.offers:
        connection.execute(SQL["insert_offers"], names)
        if _one(connection.execute(SQL["offers_not_made"], names))["count"]:
            raise AgainError("another link made one of the page's offers meanwhile")
        for statement in (*APPLY, "count_updated_stocks"):
            connection.execute(SQL[statement], names)
        touched = connection.execute(SQL["booked_dates_touched"], names).fetchall()
        tell_dates_touched(connection, source, touched)
    if batch.products:
        counts.add(write_products(connection, source, batch.products))
    connection.execute(SQL["keep_items"], names)
    connection.execute(SQL["leave_quarantine"], names)
    for troubled in batch.troubled:
        connection.execute(SQL["enter_quarantine"], names | troubled.as_parameters())
    return counts


def _answers(connection: Connection, source: Source, batch: Batch) -> Answers:
    """The link's answers, with what a person said of the price sentences of this batch."""
    sentences = {stock.price.sentence for offer in batch.offers for stock in offer.stocks} - {""}
    rows = connection.execute(SQL["price_answers"], source.names | {"sentences": sorted(sentences)})
    return replace(source.answers, prices={row["sentence"]: row["price"] for row in rows})


def _refusal(connection: Connection, source: Source, batch: Batch) -> psycopg.Error | None:
    try:
        with connection.transaction(force_rollback=True):
            _write_batch(connection, source, batch)
    except (psycopg.IntegrityError, psycopg.DataError) as refusal:
        return refusal
    return None


def fence(
    connection: Connection,
    page: Page,
    counts: Counts,
    lease: Lease,
    *,
    pages: int = 1,
    seen: int = 0,
    asked_at: datetime | None = None,
) -> None:
    """Write where the run goes on, the last statement of a page's transaction.

    Raises
    ------
    LeaseLostError
        The lease ended: the transaction is rolled back.
    """
    row = connection.execute(
        SQL["commit_page"],
        {
            "run": lease.run_id,
            "token": lease.token,
            "cursor": None if page.cursor is None else Jsonb(page.cursor),
            "counters": Jsonb(counts.dump()),
            "pages": pages,
            "seen": seen,
            "estimate": page.estimate,
            "shortfall": page.shortfall,
            "asked_at": asked_at or page.requested_at,
        },
    ).fetchone()
    if row is None:
        raise LeaseLostError(f"run {lease.run_id}: the lease {lease.token} ended before the page's commit")


def _one(cursor: psycopg.Cursor[dict[str, Any]]) -> dict[str, Any]:
    row = cursor.fetchone()
    if row is None:
        raise LookupError("the statement gave no row")
    return row
