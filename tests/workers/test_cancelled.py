"""Dates that the source cancels or moves, and what a person answers."""

from tests.workers.scripted import at, date, event
from workers.decisions import answer_notice, confirm_review


def test_a_cancelled_date_that_a_person_keeps_stays(scene):
    scene.partner.lists(event("a", date(at(2)), date(at(3))))
    scene.run()
    stock = scene.rows("stock")[0]["id"]
    scene.book(stock, 2)
    scene.partner.lists(event("a", date(at(2), cancelled=True), date(at(3))))
    scene.run()
    answer_notice(scene.site, scene.row("notice")["id"], "keep", "camille")
    assert scene.row("stock", id=stock)["active"]
    scene.partner.lists(event("a", date(at(2), cancelled=True), date(at(3)), title="Autre"))
    scene.run()
    assert scene.row("stock", id=stock)["active"]
    assert scene.rows("notice", resolved_at=None) == []


def test_a_cancelled_event_keeps_its_past_dates(scene):
    scene.partner.lists(event("a", date(at(-2)), date(at(3))))
    scene.run()
    scene.partner.lists(event("a", date(at(-2), cancelled=True), date(at(3), cancelled=True)))
    scene.run()
    assert [row["active"] for row in scene.rows("stock")] == [True, False]


def test_an_event_that_leaves_after_its_last_date_was_cancelled_is_off_sale_too(scene):
    scene.partner.lists(event("a"), event("b"))
    scene.run()
    scene.partner.lists(event("a", date(at(1), cancelled=True)), event("b"))
    scene.run()
    assert scene.row("offer", ref="a")["active"]
    scene.partner.lists(event("b"))
    run = scene.run()
    assert (run["status"], scene.counts(run, "withdrawn")) == ("succeeded", [1])
    assert not scene.row("offer", ref="a")["active"]
    scene.partner.lists(event("a", date(at(3))), event("b"))
    scene.run()
    assert scene.row("offer", ref="a")["active"]


def test_an_event_without_dates_that_leaves_with_many_others_leaves_when_that_is_confirmed(scene):
    events = [event(f"e{n}") for n in range(10)]
    scene.partner.lists(event("a"), *events)
    scene.run()
    scene.partner.lists(event("a", date(at(1), cancelled=True)), *events)
    scene.run()
    scene.partner.lists(events[0])
    assert scene.run()["message"].startswith("9\u00a0offres sur 10")
    assert scene.row("offer", ref="a")["active"]
    confirm_review(scene.site, scene.link, "camille")
    assert [offer["ref"] for offer in scene.rows("offer", active=True)] == ["e0"]


def test_a_moved_date_keeps_its_candidate_while_its_review_waits(scene):
    events = [event(f"e{n}") for n in range(20)]
    moved = event("m", date(at(2)))
    scene.partner.lists(*events, moved)
    scene.run()
    stock = scene.row("stock", offer_id=scene.row("offer", ref="m")["id"])["id"]
    scene.book(stock)
    scene.partner.lists(*events[:10], event("m", date(at(5))))
    assert scene.run()["status"] == "review"
    assert scene.run()["status"] == "review"
    confirm_review(scene.site, scene.link, "camille")
    notice = scene.row("notice", kind="booked_date_gone")
    assert notice["candidate_stock_id"] is not None
