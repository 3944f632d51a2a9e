"""The life of a run: lease, slices, resumption, marks, quarantine, culprits, replay, preview."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from providers.errors import DataError, TransientError
from schedules.tick import take_back_expired
from tests.workers.scripted import at, date, event
from workers.lease import take
from workers.preview import preview
from workers.sync import Ended, synchronise


def many(number):
    return [event(f"e{index:02}") for index in range(number)]


def test_a_run_is_taken_once(scene):
    scene.partner.lists(event("a"))
    run = scene.ask()
    assert synchronise(run, scene.site) is Ended.FINISHED
    assert synchronise(run, scene.site) is Ended.NOT_TAKEN


def test_a_link_has_one_open_run(scene):
    scene.ask()
    with pytest.raises(psycopg.errors.UniqueViolation):
        scene.ask()


def test_a_run_that_outlives_its_slice_goes_back_and_on_where_it_is(scene):
    scene.partner.lists(*many(6))
    short = scene.with_settings(slice=timedelta(0))
    run = scene.ask()

    assert synchronise(run, short) is Ended.GAVE_WAY
    row = scene.row("sync_run", id=run)
    assert (row["status"], row["cursor"], row["seen"], row["slices"]) == ("queued", {"page": 1}, 2, 1)
    assert synchronise(run, short) is Ended.GAVE_WAY
    assert synchronise(run, short) is Ended.FINISHED

    row = scene.row("sync_run", id=run)
    assert (row["status"], row["losses"]) == ("succeeded", 0)
    assert scene.counts(row, "read", "new") == [6, 6]
    assert len(scene.rows("offer")) == 6


def test_a_run_gives_way_at_once_when_its_worker_is_stopped(scene):
    scene.partner.lists(*many(6))
    run = scene.ask()
    assert synchronise(run, scene.site, must_stop=lambda: bool(scene.rows("offer"))) is Ended.GAVE_WAY
    assert len(scene.rows("offer")) == 2
    assert scene.row("sync_run", id=run)["losses"] == 0


def test_a_worker_whose_lease_ended_writes_nothing_more(scene):
    scene.partner.lists(*many(6))
    run = scene.ask()

    def lose_the_lease(page):
        if page == 1:
            scene.db.execute("UPDATE sync_run SET lease_until = clock_timestamp() - interval '1 second'")

    scene.partner.on_page = lose_the_lease
    assert synchronise(run, scene.site) is Ended.LOST
    assert len(scene.rows("offer")) == 2
    assert scene.row("sync_run", id=run)["status"] == "running"

    scene.partner.on_page = lambda page: None
    take_back_expired(scene.db, scene.site.settings)
    assert synchronise(run, scene.site) is Ended.FINISHED
    row = scene.row("sync_run", id=run)
    assert (row["status"], row["takeovers"]) == ("succeeded", 1)
    assert len(scene.rows("offer")) == 6


def test_a_successor_with_another_token_shuts_its_predecessor_out(scene):
    scene.partner.lists(*many(4))
    run = scene.ask()

    def another_takes_over(page):
        if page == 1:
            scene.db.execute("UPDATE sync_run SET lease_token = nextval('lease_token')")

    scene.partner.on_page = another_takes_over
    assert synchronise(run, scene.site) is Ended.LOST
    assert len(scene.rows("offer")) == 2


def test_three_losses_at_one_page_park_the_run_and_rest_the_link(scene):
    brief = scene.with_settings(lease=timedelta(milliseconds=1)).settings
    run = scene.ask()
    for _ in range(3):
        assert take(scene.db, run, brief)
        scene.db.execute("SELECT pg_sleep(0.002)")
        take_back_expired(scene.db, brief)
    row = scene.row("sync_run", id=run)
    assert (row["status"], row["losses"], row["error_code"]) == ("dead", 3, "lost_workers")
    due = scene.db.execute("SELECT next_run_at > now() + interval '23 hours' AS later FROM link").fetchone()
    assert due["later"]


def test_a_committed_page_forgives_losses(scene):
    scene.partner.lists(*many(2))
    run = scene.ask()
    scene.db.execute("UPDATE sync_run SET losses = 2")
    synchronise(run, scene.site)
    assert scene.row("sync_run", id=run)["losses"] == 0


def test_marks_emptied_by_a_crash_start_the_traversal_again_and_withdraw_nothing(scene):
    scene.partner.lists(*many(4))
    scene.run()
    crashes = []

    def crash_once(page):
        if page == 1 and not crashes:
            crashes.append(scene.db.execute("TRUNCATE seen_mark"))

    scene.partner.on_page = crash_once
    run = scene.run()
    assert (run["status"], run["traversals"]) == ("succeeded", 2)
    assert scene.counts(run, "read", "unchanged", "withdrawn") == [4, 4, 0]
    assert all(row["active"] for row in scene.rows("offer"))


def test_a_second_crash_in_the_same_run_is_no_bug_of_ours_either(scene):
    scene.partner.lists(*many(4))
    scene.run()
    crashes = []

    def crash_twice(page):
        if page == 1 and len(crashes) < 2:
            crashes.append(scene.db.execute("TRUNCATE seen_mark"))

    scene.partner.on_page = crash_twice
    run = scene.run()
    assert (run["status"], run["traversals"]) == ("succeeded", 3)
    assert scene.counts(run, "read", "unchanged", "withdrawn") == [4, 4, 0]


def test_marks_that_are_emptied_each_time_fail_the_run_and_withdraw_nothing(scene):
    scene.partner.lists(*many(4))
    scene.run()
    scene.partner.on_page = lambda page: page == 1 and scene.db.execute("TRUNCATE seen_mark")
    run = scene.run()
    assert (run["status"], run["error_code"], run["traversals"]) == ("failed", "our_bug", 4)
    assert all(row["active"] for row in scene.rows("offer"))


def test_settings_edited_in_the_middle_of_a_run_start_it_at_the_top(scene):
    scene.partner.lists(*many(4))
    run = scene.ask()
    short = scene.with_settings(slice=timedelta(0))
    synchronise(run, short)
    scene.db.execute("""UPDATE link SET settings = '{"capacity": 3}'""")
    while synchronise(run, short) is Ended.GAVE_WAY:
        pass
    row = scene.row("sync_run", id=run)
    assert scene.counts(row, "read") == [4]
    assert {stock["quantity"] for stock in scene.rows("stock")} == {3}


def test_an_item_that_cannot_be_read_costs_that_item(scene):
    scene.partner.lists(event("a"), event("c"))
    scene.partner.events["b"] = "illisible"
    scene.partner.events["d"] = "bug"

    run = scene.run()

    assert run["status"] == "partial"
    assert scene.counts(run, "read", "quarantined") == [4, 2]
    assert [row["ref"] for row in scene.rows("offer")] == ["a", "c"]
    kept = {row["ref"]: row for row in scene.rows("quarantine")}
    assert (kept["b"]["turn"], kept["b"]["sentence"]) == ("partner", "Cet évènement est illisible.")
    assert kept["d"]["turn"] == "ours"
    assert "ZeroDivisionError" in kept["d"]["detail"]


def test_an_item_in_quarantine_is_seen_and_not_withdrawn(scene):
    scene.partner.lists(event("a"), event("b"))
    scene.run()
    scene.partner.events["b"] = "illisible"
    run = scene.run()
    assert scene.counts(run, "withdrawn", "quarantined") == [0, 1]
    assert scene.row("offer", ref="b")["active"]


def test_quarantine_empties_itself_when_the_partner_repairs_the_item(scene):
    scene.partner.lists(event("a"))
    scene.partner.events["b"] = "illisible"
    scene.run()
    scene.partner.lists(event("a"), event("b"))
    run = scene.run()
    assert run["status"] == "succeeded"
    assert scene.rows("quarantine") == []


def test_quarantine_is_replayed_after_our_adapter_was_mended(scene, monkeypatch):
    scene.partner.lists(event("a"))
    scene.partner.events["b"] = "illisible"
    scene.run()
    from tests.workers.scripted import Scripted  # noqa: PLC0415

    monkeypatch.setattr(Scripted, "normalise", lambda self, item, visit: [event(item.ref)])

    run = scene.run(mode="replay")

    assert run["status"] == "succeeded"
    assert [row["ref"] for row in scene.rows("offer")] == ["a", "b"]
    assert scene.rows("quarantine") == []


def test_a_constraint_violation_costs_the_culprit_only(scene):
    scene.partner.page_items = 20
    scene.db.execute("ALTER TABLE offer ADD CONSTRAINT no_thirteen CHECK (title <> 'Treize')")
    events = many(19)
    scene.partner.lists(*[replace(one, title="Treize") if one.ref == "e13" else one for one in events])

    run = scene.run()

    assert run["status"] == "partial"
    assert len(scene.rows("offer")) == 18
    row = scene.row("quarantine")
    assert (row["ref"], row["turn"], row["code"]) == ("e13", "ours", "refused_by_constraint")


def test_a_page_that_meets_a_locked_row_is_written_again(scene, database_url):
    scene.partner.lists(event("a"))
    scene.run()
    scene.partner.lists(event("a", title="Nouveau"))
    impatient = scene.with_settings(lock_timeout=timedelta(milliseconds=200))
    with psycopg.connect(database_url.replace("+psycopg", "")) as other:
        other.execute("SELECT 1 FROM offer FOR UPDATE")
        released = []

        def release(page):
            import threading  # noqa: PLC0415

            timer = threading.Timer(0.5, lambda: released.append(other.rollback()))
            timer.start()

        scene.partner.on_page = release
        run = scene.run(site=impatient)
    assert released
    assert run["status"] == "succeeded"
    assert scene.row("offer")["title"] == "Nouveau"


def test_a_failure_backs_off_and_a_success_forgives(scene):
    scene.partner.lists(event("a"))
    scene.partner.fails_before_page = (0, TransientError("away", "Le partenaire ne répond pas."))
    for _ in range(3):
        scene.run()
    row = scene.row("link")
    assert row["failures"] == 3
    scene.partner.fails_before_page = None
    scene.run()
    assert scene.row("link")["failures"] == 0


def test_a_body_that_is_not_the_format_is_kept_for_diagnosis(scene):
    scene.partner.lists(event("a"))
    error = DataError("not_a_calendar", "Ce n’est pas un agenda.", "html", head=b"<html>")
    scene.partner.fails_before_page = (0, error)
    run = scene.run()
    assert (run["error_code"], run["message"], bytes(run["body_head"])) == (
        "not_a_calendar",
        "Ce n’est pas un agenda.",
        b"<html>",
    )


def test_our_bug_says_whose_turn_it_is_and_keeps_its_trace(scene):
    scene.partner.lists(event("a"))
    scene.partner.fails_before_page = (0, ZeroDivisionError("oups"))
    run = scene.run()
    assert run["status"] == "failed"
    assert f"importation n°\u00a0{run['id']}" in run["message"]
    assert "ZeroDivisionError" in run["detail"]


def changing(scene):
    """A link with something to create, update, revive, withdraw, hold, filter and quarantine."""
    scene.partner.page_items = 3
    scene.partner.lists(*many(12))
    scene.run()
    scene.partner.details = {"e00": {"description": "Long"}, "n1": {"description": "Neuf"}}
    scene.partner.lists(
        *many(10), event("e03", date(at(1)), date(at(4))), event("n1"), event("n2", category=None)
    )
    scene.partner.events["e05"] = event("e05", title="Autre")
    scene.partner.events["e06"] = "illisible"


def test_a_preview_tells_what_the_import_then_does(scene):
    changing(scene)

    told = preview(scene.link, scene.site)
    run = scene.run()

    done = run["counters"]
    assert told.counts.dump() | {"seconds": 0} == done | {"seconds": 0}
    assert done["items"]["withdrawn"] == 2
    assert {change["ref"] for change in told.changes} == {"e00", "e03", "e05", "n1", "n2"}
    assert sorted({loss["title"] for loss in told.losses}) == ["Évènement e10", "Évènement e11"]


def test_a_preview_writes_nothing(scene):
    changing(scene)
    tables = (
        "offer",
        "stock",
        "source_item",
        "seen_mark",
        "withdrawal_item",
        "quarantine",
        "sync_run",
        "link",
    )

    def written():
        others = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()"
        while scene.db.execute(others).fetchone()["n"] > 1:  # who leaves has told what it wrote
            scene.db.execute("SELECT pg_sleep(0.01)")
        scene.db.execute("SELECT pg_stat_force_next_flush()")
        return scene.db.execute(
            """SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables
               WHERE schemaname = 'public' AND relname = ANY (%s) ORDER BY relname""",
            [list(tables)],
        ).fetchall()

    before = written()
    preview(scene.link, scene.site)
    assert written() == before


def test_a_preview_tells_of_a_review(scene):
    scene.partner.lists(*many(20))
    scene.run()
    scene.partner.lists(*many(5))
    told = preview(scene.link, scene.site)
    assert "15\u00a0offres sur 20" in told.review
    assert scene.rows("withdrawal") == []
    assert scene.run()["message"] == told.review


def test_a_page_whose_commit_went_through_unheard_is_counted_once(scene, monkeypatch):
    import workers.sync  # noqa: PLC0415

    scene.partner.lists(*many(4))
    write_page, lost = workers.sync.write_page, []

    def commit_and_hang_up(connection, *words):
        counts = write_page(connection, *words)
        if not lost:
            lost.append(connection.close())
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return counts

    monkeypatch.setattr(workers.sync, "write_page", commit_and_hang_up)
    run = scene.run()
    assert lost
    assert (run["status"], scene.counts(run, "read", "new")) == ("succeeded", [4, 4])
    assert len(scene.rows("offer")) == 4


def test_an_address_that_leads_to_a_source_already_linked_says_so(scene, monkeypatch):
    from tests.workers.scripted import Scripted  # noqa: PLC0415

    scene.partner.lists(event("a"))
    other = scene.new_link(identifier="https://partenaire.example/agenda")
    monkeypatch.setattr(Scripted, "resolve", lambda self, visit: "1")
    run = scene.run(other)
    assert (run["status"], run["error_code"]) == ("failed", "already_linked")
    assert scene.row("link", id=other)["state"] == "to_check"
