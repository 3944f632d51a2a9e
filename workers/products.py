"""Products as catalogues tell them: each one's record is kept, the best-ranked shows on the offers."""

from collections.abc import Sequence

from psycopg.types.json import Jsonb

from models.database import Connection
from providers.records import ProductRecord, dump
from workers.counts import Counts
from workers.levels import apply_levels, plan_levels
from workers.queries import BOOKS
from workers.source import Subject
from workers.staging import copy_rows
from workers.tables import make_tables

PRODUCT = "product"
"""The primary kind of the catalogues' items."""
WRITE = (
    "merge_partial_records",
    "insert_products",
    "lock_staged_products",
    "keep_product_sources",
)
PREVIEWED = (
    "copy_products",
    "copy_product_sources",
    "copy_offers_of_products",
    "copy_stocks_of_products",
    "copy_lines_of_products",
)


def write_products(
    connection: Connection, subject: Subject, products: Sequence[tuple[ProductRecord, str | None]]
) -> Counts:
    """Keep what a catalogue says of products, each with its order, and bring their offers up to date.

    Of several records of one EAN the last one holds. Gives the counts of the offers and copies that
    came of it, in every venue that the catalogue serves.
    """
    last = {product.ean: (product, order) for product, order in products}
    copy_rows(
        connection,
        "staged_product (ref, ean, record, only_fields, order_key)",
        (
            (product.ref, ean, Jsonb(_told(product)), _only(product), order)
            for ean, (product, order) in sorted(last.items())
        ),
    )
    for statement in WRITE:
        connection.execute(BOOKS[statement], subject.names)
    return _bring_up_to_date(connection, subject)


def withdraw_products(connection: Connection, subject: Subject, refs: Sequence[str]) -> Counts:
    """Let a catalogue's products of these refs go: the next best catalogue tells them from now on.

    What no other catalogue tells stays as it was last told: a shop that has copies still sells them.
    """
    names = subject.names | {"refs": list(refs)}
    for table in ("staged_product", "staged_level", "planned_level"):  # what the page told before
        connection.execute(f"DELETE FROM {table}")
    connection.execute(BOOKS["stage_products_of_refs"], names)
    connection.execute(BOOKS["lock_staged_products"], names)
    connection.execute(BOOKS["withdraw_sources"], names)
    return _bring_up_to_date(connection, subject)


def preview_products(
    connection: Connection,
    subject: Subject,
    products: Sequence[tuple[ProductRecord, str | None]],
    deleted: Sequence[str],
) -> Counts:
    """Do to a preview's own tables what a page would do to ours; copies first what it touches of them."""
    names = subject.names | {"refs": list(deleted)}
    gone = [row["ean"] for row in connection.execute(BOOKS["eans_of_refs"], names)] if deleted else []
    names["eans"] = sorted({*gone, *(product.ean for product, _ in products)})
    for statement in PREVIEWED:
        connection.execute(BOOKS[statement], names)
    counts = Counts()
    if products:
        counts.add(write_products(connection, subject, products))
    if deleted:
        counts.add(withdraw_products(connection, subject, deleted))
    return counts


def withdraw_unlisted(connection: Connection, subject: Subject) -> None:
    """Let go what a complete reading of a catalogue did not list."""
    gone = [row["ref"] for row in connection.execute(BOOKS["sources_gone"], subject.names)]
    if gone:
        make_tables(connection)
        withdraw_products(connection, subject, gone)


def _bring_up_to_date(connection: Connection, subject: Subject) -> Counts:
    """Judge anew who tells the staged products best, and write it on what is sold or waits of them."""
    names = subject.names
    if subject.venue_id is None:
        connection.execute(BOOKS["rank_products"], names)
    counts = Counts()
    connection.execute(BOOKS["lock_copies_of_products"], names)
    if connection.execute(BOOKS["stage_lines_of_products"], names).rowcount:
        planned = plan_levels(connection, subject)
        apply_levels(connection, subject, planned)
        counts.offers, counts.stocks = planned.counts.offers, planned.counts.stocks
    return counts


def _told(product: ProductRecord) -> dict[str, object]:
    """What is kept of a record: of a partial one, the fields that it brings."""
    told = {name: value for name, value in dump(product).items() if name not in {"ref", "only"}}
    if product.only is None:
        return told
    return {name: value for name, value in told.items() if name in {"record", "ean", *product.only}}


def _only(product: ProductRecord) -> list[str] | None:
    return None if product.only is None else sorted(product.only)
