"""Whatever partners, our users and synchronisations do, and in whatever order: no place is sold twice."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

import providers.base
from tests.workers.box_office import SESSIONS, Application, BoxOffice, Shelf, TicketOffice, nothing
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
        waiting = self.booked("used_at IS NULL")
        for ref, row in self.stocks().items():
            there = self.office.remains(ref) - (0 if self.office.deducts else waiting.get(ref, 0))
            assert row["quantity"] - row["booked_quantity"] == max(there, 0), row

    @invariant()
    def no_place_is_sold_twice_and_no_booking_lost(self) -> None:
        booked = self.booked("true")
        for ref, row in self.stocks().items():
            assert row["booked_quantity"] == booked.get(ref, 0), row
            assert row["booked_quantity"] <= row["quantity"], row
            assert row["quantity"] <= max(
                row["booked_quantity"], self.office.said[ref, row["snapshot_at"]]
            ), row

    def stocks(self) -> dict[str, dict[str, Any]]:
        return {row["ref"]: row for row in self.scene.rows("stock")}

    def booked(self, condition: str) -> dict[str, int]:
        """Places of the bookings that are not cancelled, by session."""
        found = self.scene.db.execute(
            f"""SELECT ref, sum(booking.quantity)::integer AS places FROM booking JOIN stock ON stock.id = stock_id
                WHERE cancelled_at IS NULL AND {condition} GROUP BY ref"""
        )
        return {row["ref"]: row["places"] for row in found}


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
