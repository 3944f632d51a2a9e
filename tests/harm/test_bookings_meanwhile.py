"""Quantities while people book, use and cancel, and partners that know what remains are read all the time."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

import pytest

import providers.registry
from models.database import Connection, connect
from providers.base import Page, Traits, Visit
from providers.records import StockRecord
from runtime.settings import RuntimeSettings
from tests.conftest import ServicesForTests
from tests.harm.bookings import AT_THE_PARTNER
from tests.harm.harness import CLONE
from tests.workers.scripted import Partner, Scripted, at, date, event
from workers.sync import Ended, synchronise
from workers.visits import Site

OFFERS, DATES, PLACES = 4, 3, 30
ROOM = 0
"""The offer whose dates are kinds of seat that share the places of one room."""
SECONDS = 5.0
LEAST_RUNS = 6
TRAITS = {"knows_remaining": True, "keeps_session_ids": True}


class TicketOffice(Scripted):
    """A partner that says what remains of each session, whenever it is asked; `remains` counts it."""

    slug = "deducting"
    traits = Traits(**TRAITS, deducts_our_bookings=True)

    def __init__(self, remains: Callable[[str], int]) -> None:
        super().__init__(Partner(page_items=1))
        self.remains = remains
        self.sold_to_others = (0, 0, 0, 5)

    def fetch(self, visit: Visit[Any]) -> Iterator[Page]:
        for number in range(OFFERS):
            asked_at = visit.clock()
            sessions = [self._session(number, day) for day in range(DATES)]
            self.partner.lists(event(str(number), *sessions))
            (page,) = super().fetch(visit)
            yield Page(page.items, None, asked_at, last=number == OFFERS - 1)

    def _session(self, number: int, day: int) -> StockRecord:
        ref, words = f"{number}-{day}", {"pool": "salle", "label": f"Rang {day}"} if number == ROOM else {}
        remaining = self.remains(f"{number}-%" if words else ref) - random.choice(self.sold_to_others)
        return date(at(2 if words else 2 + day), ref=ref, remaining=remaining, **words)


class Shelf(TicketOffice):
    """A shop that sees a booking only when it is fetched."""

    slug = "shelf"
    traits = Traits(**TRAITS)


def at_the_partner(database_url: str, slug: str) -> Callable[[str], int]:
    """Give what remains of a session, or of a room's, at a partner, of all that it knows of."""

    def remains(session: str) -> int:
        with connect(database_url) as db:
            taken = db.execute(
                """SELECT coalesce(sum(quantity), 0) AS taken FROM at_the_partner
                   WHERE provider = %s AND ref LIKE %s""",
                [slug, session],
            ).fetchone()["taken"]
        return PLACES - taken

    return remains


def expected(stock: dict[str, Any], bookings: list[dict[str, Any]]) -> int:
    """The design's sentence: booked, or remaining and the bookings already out of the partner's count."""
    asked_at, answered_at = stock["snapshot_at"], stock["answered_at"]
    if stock["counting"] == "deducts":
        out = [
            each
            for each in bookings
            if each["created_at"] < asked_at
            and (each["cancelled_at"] is None or each["cancelled_at"] >= answered_at)
        ]
    else:
        out = [each for each in bookings if each["used_at"] is not None and each["used_at"] < asked_at]
    return max(
        stock["booked_quantity"], stock["remaining_at_provider"] + sum(each["quantity"] for each in out)
    )


SHOWN_TOO_MUCH = f"""
    SELECT provider, stock.ref, places_left, remaining_at_provider AS said, since.booked, since.cancelled
    FROM stock JOIN offer ON offer.id = offer_id
    CROSS JOIN LATERAL places_left(quantity, booked_quantity, offer_id, pool)
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(booking.quantity) FILTER (WHERE created_at >= stock.snapshot_at), 0) AS booked,
            coalesce(sum(booking.quantity) FILTER (WHERE cancelled_at >= stock.snapshot_at), 0) AS cancelled,
            coalesce(sum(booking.quantity) FILTER (WHERE cancelled_at IS NULL), 0) AS ours
        FROM booking WHERE booking.stock_id = stock.id) AS since
    WHERE places_left > greatest(remaining_at_provider - since.booked + since.cancelled, 0)
       OR booked_quantity > quantity OR booked_quantity <> since.ours
       OR (SELECT sum(kind.booked_quantity) FROM stock AS kind
           WHERE kind.offer_id = stock.offer_id AND kind.pool = stock.pool) + places_left > {PLACES}
"""
"""Asked in one statement, so of one instant, by a reader: what breaks the design's sentences."""


def linked(db: Connection, slug: str) -> int:
    return db.execute(
        """WITH structure AS (
               INSERT INTO offerer (siren, name) VALUES (%(siren)s, 'Les Tréteaux') RETURNING id),
           hall AS (INSERT INTO venue (offerer_id, name) SELECT id, 'La Halle' FROM structure RETURNING id)
           INSERT INTO link (venue_id, provider, identifier, "interval")
           SELECT id, %(slug)s, '1', '1 hour' FROM hall RETURNING id""",
        {"siren": str(random.randint(100_000_000, 999_999_999)), "slug": slug},
    ).fetchone()["id"]


@pytest.fixture
def offices(database_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, TicketOffice]:
    """A partner that deducts our bookings, and one that does not."""
    offices = {
        "deducting": TicketOffice(at_the_partner(database_url, "deducting")),
        "shelf": Shelf(at_the_partner(database_url, "shelf")),
    }
    monkeypatch.setattr(
        providers.registry, "provider_modules", lambda: MappingProxyType(dict.fromkeys(offices))
    )
    for module in ("workers.visits", "workers.endings"):
        monkeypatch.setattr(f"{module}.provider", offices.__getitem__)
    return offices


def test_no_place_is_sold_twice_however_bookings_and_answers_interleave(
    db: Connection,
    database_url: str,
    services_for_tests: ServicesForTests,
    offices: dict[str, TicketOffice],
    tmp_path_factory: pytest.TempPathFactory,
):
    links = {slug: linked(db, slug) for slug in offices}
    ended: list[str] = []

    def import_once(slug: str) -> None:
        site = Site(
            database_url,
            services_for_tests.broker_url,
            RuntimeSettings(data_dir=tmp_path_factory.mktemp(slug)),
        )
        with connect(database_url) as own:
            run = own.execute(
                "INSERT INTO sync_run (link_id, queue, trigger) VALUES (%s, 'manual', 'person') RETURNING id",
                [links[slug]],
            ).fetchone()["id"]
            assert synchronise(run, site) is Ended.FINISHED
            row = own.execute("SELECT status, detail FROM sync_run WHERE id = %s", [run]).fetchone()
            ended.append(f"{row['status']} {row['detail']}".strip())

    def import_all_the_time(slug: str, until: float) -> None:
        runs = 0
        while runs < LEAST_RUNS or time.monotonic() < until:
            import_once(slug)
            runs += 1

    db.execute(AT_THE_PARTNER)
    # More shown than there is fails the run that says so, at whatever moment.
    db.execute(f"ALTER TABLE stock ADD CONSTRAINT no_more_than_there_are CHECK (quantity <= {PLACES})")
    for slug in links:
        import_once(slug)
    people = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.harm.bookings", database_url, letter],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=CLONE,
        )
        for letter in "AB"
    ]
    until = time.monotonic() + SECONDS
    broken: list[dict[str, Any]] = []

    def look_all_the_time() -> None:
        with connect(database_url) as reader:
            while not broken and time.monotonic() < until:
                broken.extend(reader.execute(SHOWN_TOO_MUCH))

    threads = [threading.Thread(target=import_all_the_time, args=(slug, until)) for slug in links]
    threads.append(threading.Thread(target=look_all_the_time))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = [person.communicate()[0].decode().split() for person in people]
    made = sum(int(made) for made, _ in said)
    assert broken == []
    assert made == db.execute("SELECT count(*) AS kept FROM booking").fetchone()["kept"] > 50, said
    for slug, office in offices.items():
        office.sold_to_others = (0,)
        import_once(slug)

    assert set(ended) == {"succeeded"}
    assert len(ended) > 10
    stocks = db.execute("SELECT * FROM stock ORDER BY id").fetchall()
    assert len(stocks) == 2 * OFFERS * DATES
    assert db.execute(SHOWN_TOO_MUCH).fetchall() == []
    for stock in stocks:
        bookings = db.execute("SELECT * FROM booking WHERE stock_id = %s", [stock["id"]]).fetchall()
        booked = sum(each["quantity"] for each in bookings if each["cancelled_at"] is None)
        assert (stock["booked_quantity"], stock["quantity"]) == (booked, expected(stock, bookings)), stock
        assert stock["pool"] or booked <= stock["quantity"] == PLACES
