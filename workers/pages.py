"""A page of items, read: which of them are new or changed, and what those become."""

import traceback
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import structlog

from models.database import Connection
from models.vocabulary import Reason
from providers.base import Item, Page
from providers.errors import DataError
from providers.records import Detail, LeftOut, OfferRecord, ProductRecord, Record, StockLevel, dump, load
from workers import payloads
from workers.counts import Counts
from workers.queries import SQL
from workers.source import OUR_FAULT, Source
from workers.staging import Batch, StagedItem, Troubled
from workers.tables import by_their_indexes

FILTERED = frozenset(
    {
        *(Reason.OTHER_PLACE, Reason.OVER, Reason.ALREADY_PASS_CULTURE, Reason.NO_DATE),
        *(Reason.NOT_ON_SALE, Reason.PRIVATE, Reason.SPECIAL_SCREENING),
        *(Reason.NO_EAN, Reason.UNKNOWN_EAN, Reason.NOT_A_BOOK, Reason.SCHOOL_BOOK, Reason.NOT_ANNOUNCED),
        Reason.NO_NEWS,
    }
)
"""Why an item is left out although nothing is wrong with it."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Reading:
    """A page as identified and normalised: what was met, what must be written, what to count."""

    batch: Batch
    met: list[tuple[str, str, bytes]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    again: set[tuple[str, str]] = field(default_factory=set)
    counts: Counts = field(default_factory=Counts)


def read_page(connection: Connection, source: Source, page: Page) -> Reading:
    """Identify a page's items, and normalise those that are new, changed or back."""
    reading = Reading(Batch(page.requested_at))
    changed = _identify(connection, source, page, reading)
    records = _normalise(source, changed, reading)
    _make_offers(connection, source, records, reading)
    return reading


def _identify(connection: Connection, source: Source, page: Page, reading: Reading) -> Sequence[Item]:
    latest = _last_of_each(page.items)
    times = Counter((item.kind, item.ref) for item in page.items)
    anew = source.snapshot and not page.unidentified  # what a partner lists whole is how it stands
    # no run came to its end in this context: a detail that came since may have left its item as it was
    unread = not source.same_context and bool(source.provider.traits.completes)
    with connection.transaction():
        by_their_indexes(connection)
        rows = connection.execute(
            SQL["identify"],
            source.names | {"kinds": [item.kind for item in latest], "refs": [item.ref for item in latest]},
        ).fetchall()
    held = {(row["kind"], row["ref"]): row for row in rows}
    changed = []
    for item in latest:
        row = held[item.kind, item.ref]
        fingerprint = blake2b(item.fingerprint, key=source.context, digest_size=16).digest()
        counts = _counts_of(item.kind, source, reading)
        if repeats := times[item.kind, item.ref] - (row["met"] is None):
            counts["repeated"] += repeats
        if row["met"] == fingerprint:
            continue
        reading.met.append((item.kind, item.ref, fingerprint))
        counts["read"] += row["met"] is None
        if _is_outdated(item, row) and not anew:
            counts["outdated"] += 1
        elif item.deleted:
            if row["known"] and not row["away"]:
                reading.deleted.append(item.ref)
        elif row["fingerprint"] == fingerprint and not (row["away"] or row["troubled"] or unread):
            if not row["written"]:  # else it was counted when this run wrote it
                counts["unchanged"] += 1
                _count_as_before(row, reading)
        else:
            if row["written"] and row["met"] is None:
                reading.again.add((item.kind, item.ref))
                if row["left_out"] in FILTERED:
                    _count_filtered(Reason(row["left_out"]), reading, -1)  # it is judged anew
            else:
                counts["changed" if row["known"] else "new"] += row["met"] is None
            changed.append(replace(item, fingerprint=fingerprint))
    return changed


def count_as_before(connection: Connection, source: Source) -> Counts:
    """Count the link's items as they were found: the partner says that nothing changed since."""
    counts = Counts()
    for row in connection.execute(SQL["items_as_before"], source.names):
        for word in ("read", "unchanged"):
            counts.items[word] += row["items"]
        counts.items["held"] += row["held"]
        if row["reason"] == Reason.HELD_ELSEWHERE:
            counts.items["held_elsewhere"] += row["items"]
        elif row["reason"] == Reason.OFFER_DELETED:
            counts.items["deleted_by_hand"] += row["items"]
        elif row["reason"] in FILTERED:
            counts.items["filtered"] += row["items"]
            counts.filtered[row["reason"]] += row["items"]
    return counts


def _count_as_before(row: Mapping[str, Any], reading: Reading) -> None:
    """Count what an unchanged item still is: left out, for a reason, or held."""
    reason = row["left_out"]
    if reason == Reason.HELD_ELSEWHERE:
        reading.counts.items["held_elsewhere"] += 1
    elif reason == Reason.OFFER_DELETED:
        reading.counts.items["deleted_by_hand"] += 1
    elif reason in FILTERED:
        _count_filtered(Reason(reason), reading)
    elif row["held"]:
        reading.counts.items["held"] += 1


def _is_outdated(item: Item, row: Mapping[str, Any]) -> bool:
    """Whether a stream brought an older version after a newer one; equal is accepted."""
    if item.order is None or row["order_key"] is None:
        return False
    return bool(item.order < row["order_key"])


def _last_of_each(items: Iterable[Item]) -> Sequence[Item]:
    """Keep the last of the items that share a ref, by the partner's own order where it gives one."""
    last: dict[tuple[str, str], Item] = {}
    for item in items:
        before = last.get((item.kind, item.ref))
        if before is None or (item.order or "") >= (before.order or ""):
            last[item.kind, item.ref] = item
    return list(last.values())


def _counts_of(kind: str, source: Source, reading: Reading) -> Any:
    is_primary = kind == source.provider.traits.primary
    return reading.counts.items if is_primary else reading.counts.details


def _normalise(
    source: Source, items: Sequence[Item], reading: Reading
) -> Mapping[tuple[str, str], tuple[Item, Record]]:
    """Give each item's record; what cannot be read goes to quarantine and costs only itself."""
    records: dict[tuple[str, str], tuple[Item, Record]] = {}
    for item in items:
        record = read_item(source, item)
        if isinstance(record, Troubled):
            _put_aside(source, record, reading)
        else:
            records[item.kind, item.ref] = (item, record)
    return records


def read_item(source: Source, item: Item) -> Record | Troubled:
    """Give an item's record, or why it cannot be read."""
    try:
        (record,) = source.provider.normalise(item, source.visit)
        if record.ref != item.ref:
            raise ValueError(f"the record of {item.ref} calls itself {record.ref}")  # noqa: TRY301
    except Exception as error:  # noqa: BLE001 - a bad item costs that item, whatever its adapter does
        return _trouble(source, item, error)
    return record


def _make_offers(
    connection: Connection,
    source: Source,
    records: Mapping[tuple[str, str], tuple[Item, Record]],
    reading: Reading,
) -> None:
    """Compute the offers of the items read, each from all the kinds of item that make it."""
    traits = source.provider.traits
    kept = _kept_records(connection, source, records) if traits.completes else {}
    for (kind, ref), (item, record) in records.items():
        if isinstance(record, LeftOut):
            _leave_out(StagedItem(kind, ref, item.fingerprint, item.order), record, reading)
        elif isinstance(record, OfferRecord):
            staged = StagedItem(
                kind,
                ref,
                item.fingerprint,
                item.order,
                last_record=dump(record) if traits.completes else None,
                again=(kind, ref) in reading.again,
            )
            detail = _detail(ref, source, records, kept)
            _make_offer(source, staged, record, detail, item, reading)
        elif isinstance(record, ProductRecord):
            reading.batch.items.append(StagedItem(kind, ref, item.fingerprint, item.order))
            reading.batch.products.append((record, item.order))
        elif isinstance(record, StockLevel):
            raise TypeError(
                f"{source.provider.slug} gives a level among items: its primary kind is not « level »"
            )
        else:
            reading.batch.items.append(
                StagedItem(kind, ref, item.fingerprint, item.order, None, dump(record))
            )
            primary = traits.completes[kind]
            before = kept.get((primary, ref))
            if before is not None and (primary, ref) not in records and source.same_context:
                offer = load(before["last_record"])
                if isinstance(offer, OfferRecord):
                    staged = StagedItem(
                        primary, ref, before["fingerprint"], before["order_key"], None, before["last_record"]
                    )
                    reading.counts.items["changed"] += 1
                    _make_offer(source, staged, offer, record, item, reading)


def _kept_records(
    connection: Connection, source: Source, records: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], dict[str, Any]]:
    """The last records of the other kinds of the same refs."""
    completes = source.provider.traits.completes
    refs = sorted({ref for _, ref in records})
    return {
        (kind, row["ref"]): row
        for kind in {*completes.keys(), *completes.values()}
        for row in connection.execute(SQL["last_records"], source.names | {"kind": kind, "refs": refs})
    }


def _detail(
    ref: str,
    source: Source,
    records: Mapping[tuple[str, str], tuple[Item, Record]],
    kept: Mapping[tuple[str, str], dict[str, Any]],
) -> Detail | None:
    """What completes an offer: as read in this page, else as its source last said."""
    for kind in source.provider.traits.completes:
        found: Record | None = None
        if (kind, ref) in records:
            found = records[kind, ref][1]
        elif (kind, ref) in kept:
            found = load(kept[kind, ref]["last_record"])
        if isinstance(found, Detail):
            return found
    return None


def _make_offer(  # noqa: PLR0917 - what an offer is made of, and where it goes
    source: Source,
    staged: StagedItem,
    record: OfferRecord,
    detail: Detail | None,
    item: Item,
    reading: Reading,
) -> None:
    offer: OfferRecord | LeftOut = record
    if detail is not None:
        try:
            offer = source.provider.complete(record, detail, source.visit)
        except Exception as error:  # noqa: BLE001 - as in `_normalise`
            _put_aside(source, _trouble(source, item, error), reading)
            return
    if isinstance(offer, LeftOut):
        _leave_out(staged, offer, reading)
    else:
        reading.batch.items.append(staged)
        reading.batch.offers.append(offer)


def _leave_out(staged: StagedItem, record: LeftOut, reading: Reading) -> None:
    reading.batch.items.append(replace(staged, left_out=Reason(record.reason)))
    _count_filtered(record.reason, reading)


def _count_filtered(reason: Reason, reading: Reading, number: int = 1) -> None:
    reading.counts.items["filtered"] += number
    reading.counts.filtered[reason.value] += number


def _trouble(source: Source, item: Item, error: Exception) -> Troubled:
    """Say why an item cannot be read, and whose turn it is: the partner's for bad data, ours for a bug."""
    theirs = isinstance(error, DataError)
    if not theirs:
        log.error("item_not_normalised", link=source.link_id, ref=item.ref, exc_info=error)
    return Troubled(
        item.kind,
        item.ref,
        turn="partner" if theirs else "ours",
        code=error.code if isinstance(error, DataError) else "adapter_bug",
        sentence=error.sentence if isinstance(error, DataError) else OUR_FAULT,
        detail=str(error) if theirs else "".join(traceback.format_exception(error))[-4000:],
        payload=payloads.dump(item.payload),
    )


def _put_aside(source: Source, troubled: Troubled, reading: Reading) -> None:
    reading.batch.troubled.append(troubled)
    _counts_of(troubled.kind, source, reading)["quarantined"] += 1
