"""A partner that lists what changed: where each run starts, tombstones, order, the daily full snapshot."""

from datetime import timedelta

import pytest

from tests.workers.scripted import at, date, event
from workers.sync import Ended, synchronise


def stream(scene):
    link = scene.new_link("scripted-stream", "9", capacity=10)
    scene.partner.stream = [("a", "1", event("a")), ("b", "2", event("b")), ("c", "3", event("c"))]
    return link


def test_the_next_run_starts_where_the_last_one_ended(scene):
    link = stream(scene)
    first = scene.run(link)
    scene.partner.stream.append(("d", "4", event("d")))
    second = scene.run(link)
    assert scene.partner.asked_from == [0, 3]
    assert (first["mode"], second["mode"]) == ("full", "usual")
    assert scene.counts(second, "read", "new", "withdrawn") == [1, 1, 0]
    assert len(scene.rows("offer", active=True)) == 4


def test_a_tombstone_withdraws_at_once_and_tells_of_its_bookings(scene):
    link = stream(scene)
    scene.run(link)
    offer = scene.row("offer", ref="b")["id"]
    stock = scene.row("stock", offer_id=offer)["id"]
    scene.book(stock, 2)
    scene.partner.stream.append(("b", "4", None))

    run = scene.run(link)

    assert scene.counts(run, "read", "withdrawn") == [1, 1]
    assert run["counters"]["stocks"]["withdrawn"] == 1
    assert not scene.row("offer", id=offer)["active"]
    assert scene.row("stock", id=stock)["quantity"] == 2
    assert "2\u00a0réservations" in scene.row("notice", stock_id=stock)["question"]


def test_what_was_deleted_comes_back_as_the_same_offer(scene):
    link = stream(scene)
    scene.run(link)
    scene.partner.stream.append(("b", "4", None))
    scene.run(link)
    scene.partner.stream.append(("b", "5", event("b")))
    scene.run(link)
    assert scene.row("offer", ref="b")["active"]
    assert len(scene.rows("offer")) == 3


def test_an_older_version_that_comes_late_is_left_aside(scene):
    link = stream(scene)
    scene.run(link)
    scene.partner.stream.append(("a", "0", event("a", title="Ancien")))
    run = scene.run(link)
    assert scene.counts(run, "read", "outdated") == [1, 1]
    assert scene.row("offer", ref="a")["title"] == "Évènement a"


def test_a_complete_snapshot_starts_the_order_anew(scene):
    link = stream(scene)
    scene.run(link)
    scene.partner.stream = [("a", "0", event("a", title="Restauré")), ("b", "2", event("b"))]
    run = scene.run(link, mode="full")
    assert scene.row("offer", ref="a")["title"] == "Restauré"
    assert scene.counts(run, "withdrawn") == [1]
    assert not scene.row("offer", ref="c")["active"]


def test_everything_is_read_once_a_day(scene):
    link = stream(scene)
    scene.run(link)
    scene.db.execute("UPDATE link SET full_at = now() - interval '28 hours' WHERE id = %s", [link])
    run = scene.run(link)
    assert (run["mode"], scene.partner.asked_from) == ("full", [0, 0])


def test_edited_settings_read_everything(scene):
    link = stream(scene)
    scene.run(link)
    scene.db.execute("""UPDATE link SET settings = '{"capacity": 3}' WHERE id = %s""", [link])
    run = scene.run(link)
    assert (run["mode"], scene.counts(run, "changed")) == ("full", [3])
    assert {row["quantity"] for row in scene.rows("stock")} == {3}


def test_a_run_that_gives_way_goes_on_where_it_is(scene):
    link = stream(scene)
    scene.run(link)
    scene.partner.stream += [(f"n{n}", str(4 + n), event(f"n{n}", date(at(3)))) for n in range(4)]
    short = scene.with_settings(slice=timedelta(0))
    run = scene.ask(link)
    assert synchronise(run, short) is Ended.GAVE_WAY
    assert synchronise(run, short) is Ended.FINISHED
    assert scene.partner.asked_from == [0, 3, 5]
    assert scene.row("link", id=link)["cursor"] == {"at": 7}


@pytest.mark.parametrize(
    "meanwhile",
    [
        "full_at = now() - interval '28 hours'",
        "settings_edited_at = clock_timestamp()",  # a new password: what items say is the same
    ],
)
def test_a_run_that_goes_on_reads_what_it_began_with(scene, meanwhile):
    link = stream(scene)
    scene.run(link)
    scene.partner.stream += [(f"n{n}", str(4 + n), event(f"n{n}", date(at(3)))) for n in range(4)]
    short = scene.with_settings(slice=timedelta(0))
    run = scene.ask(link)
    assert synchronise(run, short) is Ended.GAVE_WAY
    scene.db.execute(f"UPDATE link SET {meanwhile} WHERE id = %s", [link])
    assert synchronise(run, short) is Ended.FINISHED
    row = scene.row("sync_run", id=run)
    assert (row["status"], row["mode"], scene.counts(row, "read", "withdrawn")) == (
        "succeeded",
        "usual",
        [4, 0],
    )
    assert all(offer["active"] for offer in scene.rows("offer"))
    assert scene.run(link)["mode"] == "full"
