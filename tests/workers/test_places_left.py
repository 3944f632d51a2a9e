"""Whatever partners, our users and synchronisations do, and in whatever order: no place is sold twice."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

import providers.base
from tests.workers.box_office import SESSIONS, SHARED, Application, BoxOffice, Shelf, TicketOffice, nothing
from tests.workers.conftest import Scene
from workers.sync import Ended, synchronise

sessions = st.sampled_from(SESSIONS)
places = st.integers(1, 4)
which = st.integers(0, 20)
steps = st.one_of(
    st.tuples(st.just("book"), sessions, places),
    st.tuples(st.just("give_back"), which),
    st.tuples(st.just("come"), which),
    st.tuples(st.just("wish"), sessions, places),
    st.tuples(st.sampled_from(["cancel", "use"]), which),
    st.tuples(st.just("catch_up")),
    st.tuples(st.just("sell"), sessions, st.integers(-3, 6)),
)
several = st.lists(steps, max_size=4)


class Sale(RuleBasedStateMachine):
    """A sale: each step is ours, the partner's, or a synchronisation with others of them in between."""

    slug: str
    scene: Scene
    register: Callable[[TicketOffice], None]

    def __init__(self) -> None:
        super().__init__()
        adapter = {"deducting": TicketOffice, "shelf": Shelf}[self.slug]
        self.office = BoxOffice(deducts=self.slug == "deducting")
        self.register(adapter(self.office))
        self.app = Application(self.scene.db, self.office)
        for table in (
            "booking",
            "notice",
            "withdrawal_item",
            "withdrawal",
            "source_item",
            "offer",
            "sync_run",
            "link",
        ):
            self.scene.db.execute(f"DELETE FROM {table}")
        self.link = self.scene.new_link(self.slug)
        self.synchronise()
        for session in SESSIONS:
            self.app.book(session, 2)

    def do(self, *what: tuple[Any, ...]) -> None:
        for name, *words in what:
            doer = self.office if name == "sell" else self.app
            getattr(doer, name)(*words)

    def synchronise(self, before_counting: Any = (), before_answering: Any = ()) -> None:
        self.office.before_counting = lambda: self.do(*before_counting)
        self.office.before_answering = lambda: self.do(*before_answering)
        assert self.scene.run(self.link)["status"] == "succeeded"

    @rule(what=several)
    def life(self, what: list[tuple[Any, ...]]) -> None:
        """Somebody sells, books, cancels or comes."""
        self.do(*what)

    @rule(before=several, after=several)
    def synchronisation(self, before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]) -> None:
        """A run, whose partner counts at some moment, and whose answer takes its time."""
        self.synchronise(before, after)

    @rule(before=several, after=several)
    def overtaken_answer(self, before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]) -> None:
        """An answer that arrives when another worker has long taken the run over, asked and written."""
        db, office = self.scene.db, self.office
        run = self.scene.ask(self.link)

        def overtaken() -> None:
            office.before_counting = office.before_answering = nothing
            db.execute("UPDATE sync_run SET status = 'queued', lease_until = NULL WHERE id = %s", [run])
            self.do(*before)
            assert synchronise(run, self.scene.site) is Ended.FINISHED
            self.do(*after)

        office.before_counting, office.before_answering = nothing, overtaken
        assert synchronise(run, self.scene.site) is Ended.LOST

    @rule()
    def quiet_synchronisation(self) -> None:
        """When all is said and nobody moves, what is left is what the partner has."""
        self.app.catch_up()
        self.synchronise()
        for ref, row in self.stocks().items():
            room = SHARED if ref in SHARED else (ref,)
            own, shared = (
                self.office.remains(last)
                - (0 if self.office.deducts else self.places("used_at IS NULL", *refs))
                for last, refs in ((ref, (ref,)), (room[-1], room))
            )
            assert row["places_left"] == max(min(own, shared), 0), row

    @invariant()
    def no_booking_is_lost(self) -> None:
        told = {ref: sum(places for of, places in self.app.holds.values() if of == ref) for ref in SESSIONS}
        assert told == {ref: row["booked_quantity"] for ref, row in self.stocks().items()}
        assert told == {ref: self.places("true", ref) for ref in SESSIONS}

    @invariant()
    def never_is_more_booked_than_there_is_nor_more_shown_than_the_partner_said(self) -> None:
        """Less what was booked since, plus what was cancelled since; of a kind of seat, and of its room."""
        stocks = self.stocks()
        for ref, row in stocks.items():
            assert row["booked_quantity"] <= row["quantity"], row
            self.shows_no_more(row["places_left"], [row])
            if ref in SHARED:
                self.shows_no_more(row["places_left"], [stocks[each] for each in SHARED])

    def shows_no_more(self, left: int, rows: list[dict[str, Any]]) -> None:
        asked_at = max(row["snapshot_at"] for row in rows)
        remained, ours_to_have = self.office.said[rows[-1]["ref"], asked_at]
        since = self.scene.db.execute(
            """SELECT coalesce(sum(quantity) FILTER (WHERE created_at >= %(asked_at)s), 0)
                   - coalesce(sum(quantity) FILTER (WHERE cancelled_at >= %(asked_at)s), 0) AS places
               FROM booking WHERE stock_id = ANY (%(stocks)s)""",
            {"asked_at": asked_at, "stocks": [row["id"] for row in rows]},
        ).fetchone()["places"]
        assert left <= max(remained - since, 0), (left, remained, since, rows)
        booked = sum(row["booked_quantity"] for row in rows)
        assert booked + left <= max(booked, ours_to_have), (left, ours_to_have, rows)

    def stocks(self) -> dict[str, dict[str, Any]]:
        """The stocks as a reader sees them: session → its row, and what is left of it."""
        found = self.scene.db.execute(
            "SELECT *, places_left(quantity, booked_quantity, offer_id, pool) FROM stock ORDER BY id"
        )
        return {row["ref"]: row for row in found}

    def places(self, condition: str, *refs: str) -> int:
        """Places of the bookings of some sessions that are not cancelled."""
        return self.scene.db.execute(
            f"""SELECT coalesce(sum(booking.quantity), 0)::integer AS places
                FROM booking JOIN stock ON stock.id = stock_id
                WHERE cancelled_at IS NULL AND {condition} AND ref = ANY (%s)""",
            [list(refs)],
        ).fetchone()["places"]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("slug", ["deducting", "shelf"])
def test_no_place_is_sold_twice_whatever_happens_in_whatever_order(
    scene: Scene, slug: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(providers.base, "provider_modules", lambda: MappingProxyType({slug: ""}))

    def register(adapter: TicketOffice) -> None:
        for module in ("workers.visits", "workers.endings"):
            monkeypatch.setattr(f"{module}.provider", lambda _: adapter)

    sale = type("Sale", (Sale,), {"slug": slug, "scene": scene, "register": staticmethod(register)})
    run_state_machine_as_test(
        sale,
        settings=settings(
            max_examples=8,
            stateful_step_count=8,
            deadline=None,
            phases=(Phase.generate,),  # a failing sale of eight steps reads well enough as it is
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
