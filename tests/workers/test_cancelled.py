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
