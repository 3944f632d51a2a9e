"""A partner that sells places of three sessions, and the application that books some of them for our users.

The application tells the partner first and writes the booking after; it writes a cancellation first
and tells the partner after. So whatever comes between, a booking that is written is one that the
partner knows of, where it knows of ours at all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from models.database import Connection
from providers.base import Page, Traits, Visit
from tests.workers.scripted import Partner, Scripted, at, date, event

SESSIONS = ("s1", "orchestra", "balcony")
SHARED = ("orchestra", "balcony")
"""Two kinds of seat of one evening, in one room."""
ROOM, ORCHESTRA = 12, 8
TRAITS = {"knows_remaining": True, "keeps_session_ids": True}


def nothing() -> None:
    """What happens in between when nothing does."""


@dataclass
class BoxOffice:
    """The partner's own books: by session, places sold to others, and taken by our users' bookings.

    `deducts`: our bookings are taken when they are made; else when they are used. `said` keeps each
    answer by the instant when it was asked: session → what remained, and the places that were not sold
    to others; the room's own under the name of its balcony, which has no bound but the room.
    """

    deducts: bool
    others: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SESSIONS, 0))
    ours: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SESSIONS, 0))
    said: dict[tuple[str, datetime], tuple[int, int]] = field(default_factory=dict)
    before_counting: Callable[[], None] = nothing
    before_answering: Callable[[], None] = nothing

    def remains(self, session: str) -> int:
        """What it says it can still sell; below zero where more was sold than there are."""
        if session not in SHARED:
            return ROOM - self.others[session] - self.ours[session]
        room = ROOM - sum(self.others[each] + self.ours[each] for each in SHARED)
        own = ORCHESTRA - self.others[session] - self.ours[session]
        return min(own, room) if session == "orchestra" else room

    def ours_to_have(self, session: str) -> int:
        """Places that were not sold to others."""
        if session not in SHARED:
            return ROOM - self.others[session]
        room = ROOM - sum(self.others[each] for each in SHARED)
        return min(ORCHESTRA - self.others[session], room) if session == "orchestra" else room

    def sell(self, session: str, places: int) -> None:
        """Sell to others, as far as there are places; a number below zero takes some back."""
        self.others[session] += max(min(places, max(self.remains(session), 0)), -self.others[session])


class TicketOffice(Scripted):
    """The adapter of a box office that counts somewhere between being asked and answering."""

    slug = "deducting"
    traits = Traits(**TRAITS, deducts_our_bookings=True)

    def __init__(self, office: BoxOffice) -> None:
        super().__init__(Partner())
        self.office = office

    def fetch(self, visit: Visit[Any]) -> Iterator[Page]:
        office = self.office
        asked_at = visit.clock()
        office.before_counting()
        dates = []
        for session in SESSIONS:
            remaining = office.remains(session)
            office.said[session, asked_at] = remaining, office.ours_to_have(session)
            words = {"label": session, "pool": "salle"} if session in SHARED else {}
            dates.append(date(at(3 if words else 2), ref=session, remaining=remaining, **words))
        self.partner.lists(event("e", *dates))
        (page,) = super().fetch(visit)
        office.before_answering()
        yield Page(page.items, None, asked_at, last=True)


class Shelf(TicketOffice):
    """The adapter of one that learns of our bookings when they are used."""

    slug = "shelf"
    traits = Traits(**TRAITS)


@dataclass
class Application:
    """What our users do; `unwritten` and `untold` are what one of the two does not know yet.

    `holds` is what it told its users that they have: booking → (session, places).
    """

    db: Connection
    office: BoxOffice
    made: int = 0
    unwritten: list[tuple[str, int]] = field(default_factory=list)
    unwritten_uses: list[int] = field(default_factory=list)
    untold: list[tuple[str, int]] = field(default_factory=list)
    holds: dict[int, tuple[str, int]] = field(default_factory=dict)

    def wish(self, session: str, places: int) -> None:
        """Take places at the partner, for a booking that is yet to be written."""
        if self.office.deducts:
            self.office.ours[session] += places
        self.unwritten.append((session, places))

    def write(self) -> None:
        """Write what was taken at the partner; what we refuse is given back there."""
        for session, places in self.unwritten:
            self.made += 1
            stock = self.db.execute(
                """SELECT id, places_left(quantity, booked_quantity, offer_id, pool) FROM stock
                   WHERE ref = %s""",
                [session],
            ).fetchone()
            try:
                booking = self.db.execute(
                    "INSERT INTO booking (stock_id, token, quantity) VALUES (%s, %s, %s) RETURNING id",
                    [stock["id"], f"{self.made:06}", places],
                ).fetchone()["id"]
                self.holds[booking] = session, places
            except psycopg.errors.CheckViolation:
                if self.office.deducts:
                    self.office.ours[session] -= places
                booking = None
            assert (booking is not None) == (places <= stock["places_left"]), "what is shown can be booked"
        for booking in self.unwritten_uses:
            self.db.execute("UPDATE booking SET used_at = clock_timestamp() WHERE id = %s", [booking])
        self.unwritten, self.unwritten_uses = [], []

    def cancel(self, which: int) -> None:
        """Cancel a booking; the partner will hear of it."""
        chosen = self._choose(which, "cancelled_at IS NULL")
        if chosen is not None:
            self.db.execute(
                "UPDATE booking SET cancelled_at = clock_timestamp() WHERE id = %s", [chosen["id"]]
            )
            del self.holds[chosen["id"]]
            if self.office.deducts:
                self.untold.append((chosen["ref"], chosen["quantity"]))

    def tell(self) -> None:
        """Tell the partner of what was cancelled."""
        for session, places in self.untold:
            self.office.ours[session] -= places
        self.untold = []

    def use(self, which: int) -> None:
        """Take a booking to the counter, which gives the place out, and then ticks the booking off."""
        chosen = self._choose(which, "cancelled_at IS NULL AND used_at IS NULL")
        if chosen is not None and chosen["id"] not in self.unwritten_uses:
            if not self.office.deducts:
                self.office.ours[chosen["ref"]] += chosen["quantity"]
            self.unwritten_uses.append(chosen["id"])

    def book(self, session: str, places: int) -> None:
        """Book places in one go."""
        self.wish(session, places)
        self.write()

    def give_back(self, which: int) -> None:
        """Cancel a booking in one go."""
        self.cancel(which)
        self.tell()

    def come(self, which: int) -> None:
        """Use a booking in one go."""
        self.use(which)
        self.write()

    def catch_up(self) -> None:
        """Have both sides know all."""
        self.write()
        self.tell()

    def _choose(self, which: int, condition: str) -> dict[str, Any] | None:
        found = self.db.execute(
            f"""SELECT booking.id, ref, booking.quantity FROM booking JOIN stock ON stock.id = stock_id
                WHERE {condition} ORDER BY booking.id"""
        ).fetchall()
        return found[which % len(found)] if found else None
