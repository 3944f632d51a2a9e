"""What must be true after a soak: the database beside what the partner lists and what people did."""

from collections.abc import Iterator, Mapping
from typing import Any

from models.database import Connection
from models.vocabulary import RunStatus
from tests.soak.source import CAPACITY, Source

OFFERS = """
    SELECT coalesce(product.ean, offer.ref) AS key, offer.id, offer.title, offer.held_reason, offer.link_id
    FROM offer LEFT JOIN product ON product.id = offer.product_id
    WHERE offer.venue_id = (SELECT venue_id FROM link WHERE id = %s) AND offer.active ORDER BY 1
"""
DATES = "SELECT * FROM stock WHERE offer_id = %s AND active ORDER BY starts_at, ref"


def complaints(
    db: Connection, links: Mapping[int, Source], listed: Mapping[str, Any], ledger: Mapping[str, Any]
) -> list[str]:
    """Say all that is not as it must be; nothing when all is well."""
    found = [
        *_of_the_ledger(db),
        *_of_bookings(db, ledger["bookings"]),
        *_of_quantities(db),
        *_of_dead_dates(db),
    ]
    for link, source in links.items():
        said = listed[source.name]
        found += [f"{source.name}: {each}" for each in of_link(db, link, source, said)]
    return found


def of_link(db: Connection, link: int, source: Source, said: Mapping[str, Any]) -> Iterator[str]:
    row = db.execute("SELECT state, failures FROM link WHERE id = %s", [link]).fetchone()
    if row != {"state": "active", "failures": 0}:
        yield f"the link is {row}"
    refs = db.execute("SELECT ref FROM quarantine WHERE link_id = %s ORDER BY ref", [link]).fetchall()
    if [each["ref"] for each in refs] != said["quarantined"]:
        yield f"in quarantine {refs}, expected {said['quarantined']}"
    offers = db.execute(OFFERS, [link]).fetchall()
    keys = [offer["key"] for offer in offers]
    if len(set(keys)) != len(keys):
        yield f"doubled offers: {[key for key in keys if keys.count(key) > 1]}"
    wanted = said["offers"]
    sells_nothing = {key for key, offer in wanted.items() if _is_sold_out_copy(source, offer)}
    if wrong := sorted(set(keys) - set(wanted)):
        yield f"still on sale: {wrong}"
    if lost := sorted(set(wanted) - set(keys) - sells_nothing):
        yield f"lost or wrongly withdrawn: {lost}"
    for offer in offers:
        if offer["key"] in wanted:
            yield from _of_offer(db, link, offer, wanted[offer["key"]])


def _is_sold_out_copy(source: Source, offer: Mapping[str, Any]) -> bool:
    """A book of which there is no copy makes no offer; one that was on sale stays so, sold out."""
    return source.provider == "stock-api" and all(date[2] == 0 for date in offer["dates"])


def _of_offer(
    db: Connection, link: int, offer: Mapping[str, Any], wanted: Mapping[str, Any]
) -> Iterator[str]:
    if (offer["title"], offer["held_reason"], offer["link_id"]) != (wanted["title"], None, link):
        yield f"{offer} instead of « {wanted['title']} »"
    dates = [
        [
            each["starts_at"].isoformat() if each["starts_at"] else "",
            str(each["price"]),
            each["remaining_at_provider"],
        ]
        for each in db.execute(DATES, [offer["id"]])
    ]
    if sorted(dates, key=str) != sorted(wanted["dates"], key=str):
        yield f"{offer['key']}: dates {dates}, expected {wanted['dates']}"


def _of_quantities(db: Connection) -> Iterator[str]:
    """Booked is what people booked, never more than the quantity; that follows from the facts."""
    for stock in db.execute(
        "SELECT stock.*, offer.active AS shown FROM stock JOIN offer ON offer.id = offer_id"
    ).fetchall():
        bookings = db.execute("SELECT * FROM booking WHERE stock_id = %s", [stock["id"]]).fetchall()
        booked = sum(each["quantity"] for each in bookings if each["cancelled_at"] is None)
        quantity = stock["quantity"]
        if booked != stock["booked_quantity"] or (quantity is not None and booked > quantity):
            yield f"stock {stock['id']}: {booked} booked, {stock['booked_quantity']} counted, {quantity} in all"
        if not (stock["active"] and stock["shown"]):
            continue
        places = CAPACITY
        if stock["counting"] == "shelf":
            places = stock["remaining_at_provider"] + sum(
                each["quantity"]
                for each in bookings
                if each["used_at"] is not None and each["used_at"] < stock["snapshot_at"]
            )
        if quantity != max(booked, places):
            yield f"stock {stock['id']}: quantity {quantity}, {booked} booked, {places} there"


def _of_bookings(db: Connection, ledger: Mapping[str, Any]) -> Iterator[str]:
    rows = {row["token"]: row for row in db.execute("SELECT * FROM booking")}
    for token, booked in ledger.items():
        row = rows.pop(token, None)
        if row is None:
            if booked["sure"] or booked["state"] != "booked":
                yield f"booking {token} is lost"
            continue
        state = "cancelled" if row["cancelled_at"] else "used" if row["used_at"] else "booked"
        if row["quantity"] != booked["quantity"] or (booked["sure"] and state != booked["state"]):
            yield f"booking {token}: {dict(row)} instead of {booked}"
    if rows:
        yield f"bookings that nobody made: {sorted(rows)}"


def _of_dead_dates(db: Connection) -> Iterator[str]:
    """A booking is never left on a dead date in silence."""
    for row in db.execute(
        """SELECT stock.id, stock.ref FROM stock JOIN offer ON offer.id = offer_id
           WHERE booked_quantity > 0 AND NOT (stock.active AND offer.active)
             AND NOT EXISTS (SELECT FROM notice WHERE notice.stock_id = stock.id)"""
    ):
        yield f"booked stock {row['id']} ({row['ref']}) is withdrawn and nobody was told"


def _of_the_ledger(db: Connection) -> Iterator[str]:
    final = [status.value for status in RunStatus if status.is_final]
    checks = {
        "runs that are not over": "SELECT id FROM sync_run WHERE NOT status = ANY (%(final)s)",
        "leases left": "SELECT id FROM sync_run WHERE lease_until IS NOT NULL",
        "runs over without an end": """SELECT id FROM sync_run
            WHERE status = ANY (%(final)s) AND (finished_at IS NULL OR finished_at < started_at)""",
        "backends of runs": "SELECT pid AS id FROM pg_stat_activity WHERE application_name LIKE 'passerelle run %%'",
        "marks left": """SELECT DISTINCT run_id AS id FROM seen_mark JOIN sync_run ON sync_run.id = run_id
            WHERE status <> 'dead'""",
        "open reviews": "SELECT id FROM withdrawal WHERE closed_at IS NULL",
        "notes left": "SELECT DISTINCT link_id AS id FROM withdrawal_item",
        "bugs": "SELECT id || ': ' || right(detail, 2000) AS id FROM sync_run WHERE error_code = 'our_bug'",
    }
    for what, query in checks.items():
        if rows := db.execute(query, {"final": final}).fetchall():
            yield f"{what}: {[row['id'] for row in rows]}"
