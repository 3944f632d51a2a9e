"""What leaves the source leaves the application, behind the guard, and comes back as the same offer."""

from decimal import Decimal

import pytest

from models.vocabulary import Category, Reason
from providers.errors import ConfigurationError, DataError, RateLimited, TransientError
from tests.workers.scripted import at, date, event, price
from workers.decisions import answer_notice, confirm_review, keep_review


def many(number, **words):
    return [event(f"e{index:02}", **words) for index in range(number)]


def active(scene):
    return [row["ref"] for row in scene.rows("offer", active=True)]


def test_an_event_that_left_is_withdrawn_and_its_row_stays(scene):
    scene.partner.lists(*many(4))
    scene.run()
    scene.partner.lists(*many(3))

    run = scene.run()

    assert run["status"] == "succeeded"
    assert scene.counts(run, "withdrawn") == [1]
    assert run["counters"]["offers"]["withdrawn"] == run["counters"]["stocks"]["withdrawn"] == 1
    assert active(scene) == ["e00", "e01", "e02"]
    gone = scene.row("offer", ref="e03")
    assert not scene.row("stock", offer_id=gone["id"])["active"]


def test_an_event_that_comes_back_is_the_same_offer(scene):
    scene.partner.lists(*many(2))
    scene.run()
    before = scene.row("offer", ref="e01")["id"]
    scene.partner.lists(*many(1))
    scene.run()
    scene.partner.lists(*many(2))

    run = scene.run()

    offer = scene.row("offer", ref="e01")
    assert (offer["id"], offer["active"]) == (before, True)
    assert scene.row("stock", offer_id=before)["active"]
    assert scene.row("stock", offer_id=before)["quantity"] == 20
    assert scene.counts(run, "changed", "unchanged") == [1, 1]


@pytest.mark.parametrize(
    "error",
    [
        TransientError("cut_body", "Coupé."),
        DataError("not_a_calendar", "Ce n’est pas un agenda.", head=b"<html>"),
        RateLimited("rate_limited", "Trop de demandes."),
        ConfigurationError("not_found", "Introuvable."),
        ZeroDivisionError("a bug"),
    ],
)
def test_nothing_is_withdrawn_by_a_run_that_fails(scene, error):
    scene.partner.lists(*many(8))
    scene.run()
    scene.partner.lists(*many(4))
    scene.partner.fails_before_page = (1, error)

    run = scene.run()

    assert run["status"] == "failed"
    assert len(active(scene)) == 8


def test_nothing_is_withdrawn_when_the_partner_stops_before_its_last_page(scene):
    scene.partner.lists(*many(4))
    scene.run()
    scene.partner.lists(*many(2))
    scene.partner.unlisted_end = True
    run = scene.run()
    assert (run["status"], run["error_code"]) == ("failed", "ended_early")
    assert len(active(scene)) == 4


def test_nothing_is_withdrawn_while_something_listed_names_no_item(scene):
    scene.partner.lists(*many(4))
    scene.run()
    scene.partner.lists(*many(3))
    scene.partner.unidentified = True
    run = scene.run()
    assert (run["status"], scene.counts(run, "withdrawn")) == ("succeeded", [0])
    assert len(active(scene)) == 4

    scene.partner.unidentified = False
    assert scene.counts(scene.run(), "withdrawn") == [1]


def test_an_empty_answer_is_not_believed(scene):
    scene.partner.lists(*many(2))
    scene.run()
    scene.partner.lists()
    run = scene.run()
    assert run["status"] == "review"
    assert len(active(scene)) == 2
    assert scene.row("withdrawal")["why"] == ["empty_answer"]


def test_more_than_a_fifth_and_more_than_five_wait_for_a_person(scene):
    scene.partner.lists(*many(20))
    scene.run()
    scene.partner.lists(*many(14))

    run = scene.run()

    assert run["status"] == "review"
    assert len(active(scene)) == 20
    assert scene.row("withdrawal")["why"] == ["many_items", "many_dates"]
    notice = scene.row("notice", kind="review")
    assert "6\u00a0offres sur 20 ne figurent plus" in notice["question"]
    assert "Rien n’a été retiré." in notice["question"]


def test_a_fifth_of_many_or_five_of_few_pass(scene):
    scene.partner.lists(*many(12))
    scene.run()
    scene.partner.lists(*many(7))
    assert scene.run()["status"] == "succeeded"
    assert len(active(scene)) == 7


def test_dates_are_guarded_as_well_as_items(scene):
    days = [date(at(day)) for day in range(1, 11)]
    scene.partner.lists(event("a", *days), event("b"))
    scene.run()
    scene.partner.lists(event("a", *days[:3]), event("b"))
    run = scene.run()
    assert (run["status"], scene.row("withdrawal")["why"]) == ("review", ["many_dates"])
    assert all(row["active"] for row in scene.rows("stock"))


def test_a_booked_date_among_many_waits_for_a_person(scene):
    days = [date(at(day)) for day in range(1, 50)]
    scene.partner.lists(event("a", *days))
    scene.run()
    scene.book(scene.rows("stock")[0]["id"])
    scene.partner.lists(event("a", *days[7:]))
    run = scene.run()
    assert (run["status"], scene.row("withdrawal")["why"]) == ("review", ["booked_dates"])


def test_the_next_complete_snapshot_recomputes_the_one_open_review(scene):
    scene.partner.lists(*many(20))
    scene.run()
    scene.partner.lists(*many(10))
    scene.run()
    scene.partner.lists(*many(12))
    scene.run()
    assert scene.row("withdrawal")["counts"]["items_lost"] == 8
    assert len(scene.rows("notice")) == 1


def test_the_review_closes_by_itself_when_the_items_are_back(scene):
    scene.partner.lists(*many(20))
    scene.run()
    scene.partner.lists(*many(10))
    scene.run()
    scene.partner.lists(*many(20))
    assert scene.run()["status"] == "succeeded"
    assert scene.row("withdrawal")["decision"] == "items_back"
    assert scene.row("notice")["resolution"] == "items_back"
    assert scene.rows("withdrawal_item") == []


def test_confirming_withdraws_what_is_listed_and_still_absent(scene):
    scene.partner.lists(*many(20))
    scene.run()
    scene.partner.lists(*many(10))
    scene.run()
    # a run that meets one of them again, and then fails
    scene.partner.lists(*many(11)[-1:], *many(10))
    scene.partner.fails_before_page = (1, TransientError("cut_body", "Coupé."))
    scene.run()

    counts = confirm_review(scene.site, scene.link, "camille")

    assert counts.items["withdrawn"] == 9
    assert len(active(scene)) == 11
    assert scene.row("withdrawal")["decided_by"] == "camille"
    assert scene.row("link_event")["action"] == "review_confirmed"


def test_keeping_lasts_until_the_source_lists_them_again(scene):
    scene.partner.lists(*many(20))
    scene.run()
    scene.partner.lists(*many(10))
    scene.run()
    keep_review(scene.site, scene.link, "camille")
    assert scene.run()["status"] == "succeeded"
    assert len(active(scene)) == 20

    scene.partner.lists(*many(20))
    scene.run()
    scene.partner.lists(*many(18))
    assert scene.run()["status"] == "succeeded"
    assert len(active(scene)) == 18


def test_the_runs_other_changes_are_applied_although_withdrawals_wait(scene):
    scene.partner.lists(*many(20))
    scene.run()
    scene.partner.lists(*many(10), event("new"))
    run = scene.run()
    assert run["status"] == "review"
    assert "new" in active(scene)


def test_the_past_is_never_withdrawn(scene):
    scene.partner.lists(event("a", date(at(-3)), date(at(2))), event("over", date(at(-2))), event("c"))
    scene.run()
    scene.partner.lists(event("a", date(at(2))), event("c"))
    run = scene.run()
    assert scene.counts(run, "withdrawn") == [0]
    assert all(row["active"] for row in scene.rows("stock"))


def test_narrowing_the_settings_is_not_guarded(scene):
    scene.partner.lists(*many(10))
    scene.run()
    scene.partner.events = dict.fromkeys([f"e{index:02}" for index in range(8)], Reason.OTHER_PLACE) | {
        "e08": event("e08"),
        "e09": event("e09"),
    }
    scene.db.execute("UPDATE link SET settings_edited_at = clock_timestamp()")
    run = scene.run()
    assert run["status"] == "succeeded"
    assert active(scene) == ["e08", "e09"]
    assert scene.row("link", id=scene.link)["settings_edited_at"] is None


def test_the_same_without_an_edit_is_guarded(scene):
    scene.partner.lists(*many(10))
    scene.run()
    scene.partner.events = dict.fromkeys([f"e{index:02}" for index in range(8)], Reason.OTHER_PLACE) | {
        "e08": event("e08"),
        "e09": event("e09"),
    }
    assert scene.run()["status"] == "review"
    assert len(active(scene)) == 10


def test_a_date_cancelled_by_the_partner_is_withdrawn_at_once(scene):
    scene.partner.lists(event("a", date(at(2)), date(at(3))))
    scene.run()
    stock = scene.rows("stock")[0]["id"]
    scene.book(stock, 2)
    scene.partner.lists(event("a", date(at(2), cancelled=True), date(at(3))))

    scene.run()

    row = scene.row("stock", id=stock)
    assert (row["active"], row["quantity"]) == (False, 2)
    notice = scene.row("notice", kind="booked_date_gone")
    assert notice["stock_id"] == stock
    assert "2\u00a0réservations la concernent." in notice["question"]


def test_a_moved_date_asks_about_its_bookings_with_the_new_date(scene):
    scene.partner.lists(event("a", date(at(2)), date(at(3)), title="Cyrano"))
    scene.run()
    stock = scene.rows("stock")[0]["id"]
    booking = scene.book(stock, 3)
    scene.partner.lists(event("a", date(at(9)), date(at(3)), title="Cyrano"))
    scene.run()
    notice = scene.row("notice", kind="booked_date_gone")
    assert "Le spectacle a-t-il été reporté au" in notice["question"]

    answer_notice(scene.site, notice["id"], "move", "camille")

    row = scene.row("stock", id=stock)
    assert (row["starts_at"], row["active"], row["booked_quantity"], row["quantity"]) == (at(9), True, 3, 20)
    assert scene.row("booking", id=booking)["stock_id"] == stock
    assert len(scene.rows("stock")) == 2
    before = scene.rows("stock")
    assert scene.run()["counters"]["stocks"] == {"created": 0, "updated": 0, "withdrawn": 0}
    assert scene.rows("stock") == before


def test_bookings_move_to_a_date_of_which_something_was_asked_before(scene):
    scene.partner.lists(event("a", date(at(2)), date(at(3))), event("b", date(at(4))))
    scene.run()
    stock = scene.rows("stock")[0]["id"]
    scene.book(stock, 3)
    scene.partner.lists(event("a", date(at(9)), date(at(3))), event("b", date(at(4))))
    scene.run()
    new = scene.row("stock", starts_at=at(9))["id"]
    scene.book(new, 2, token="DEF567")
    for kind in ("booked_date_gone", "booked_date_moved"):
        scene.db.execute(
            "INSERT INTO notice (kind, venue_id, link_id, stock_id, question) VALUES (%s, %s, %s, %s, '?')",
            [kind, scene.venue, scene.link, new],
        )

    answer_notice(scene.site, scene.row("notice", stock_id=stock)["id"], "move", "camille")

    assert scene.row("stock", id=stock)["booked_quantity"] == 5
    left = scene.db.execute("SELECT kind, stock_id FROM notice WHERE resolved_at IS NULL").fetchall()
    assert left == [{"kind": "booked_date_moved", "stock_id": stock}]


def test_bookings_do_not_move_to_a_date_that_left_too_nor_bring_its_event_back(scene):
    scene.partner.lists(event("a", date(at(2)), date(at(3))), event("b", date(at(4))))
    scene.run()
    scene.book(scene.rows("stock")[0]["id"], 3)
    scene.partner.lists(event("a", date(at(9)), date(at(3))), event("b", date(at(4))))
    scene.run()
    notice = scene.row("notice", kind="booked_date_gone")
    scene.partner.lists(event("b", date(at(4))))
    scene.run()

    with pytest.raises(ConfigurationError, match="ne propose plus la nouvelle date"):
        answer_notice(scene.site, notice["id"], "move", "camille")

    assert not scene.row("offer", ref="a")["active"]
    answer_notice(scene.site, notice["id"], "cancel", "camille")


def test_a_booked_date_that_was_an_error_is_put_back_and_kept(scene):
    scene.partner.lists(event("a", date(at(2)), date(at(3))))
    scene.run()
    stock = scene.rows("stock")[0]["id"]
    scene.book(stock, 3)
    scene.partner.lists(event("a", date(at(3))))
    scene.run()

    answer_notice(scene.site, scene.row("notice")["id"], "keep", "camille")
    scene.run()

    row = scene.row("stock", id=stock)
    assert (row["active"], row["quantity"]) == (True, 20)
    assert scene.row("notice")["resolution"] == "keep"


def test_a_booked_date_that_is_really_cancelled_stays_withdrawn(scene):
    scene.partner.lists(event("a", date(at(2)), date(at(3))))
    scene.run()
    stock = scene.rows("stock")[0]["id"]
    scene.book(stock, 3)
    scene.partner.lists(event("a", date(at(3))))
    scene.run()
    answer_notice(scene.site, scene.row("notice")["id"], "cancel", "camille")
    assert not scene.row("stock", id=stock)["active"]
    with pytest.raises(ConfigurationError):
        answer_notice(scene.site, scene.row("notice")["id"], "keep", "camille")


def test_a_session_that_keeps_its_id_moves_by_itself_and_says_so(scene):
    link = scene.new_link("scripted-sessions", "2")
    scene.partner.lists(event("a", date(at(2), ref="s1", remaining=10)))
    scene.run(link)
    stock = scene.row("stock")["id"]
    scene.book(stock)
    scene.partner.lists(event("a", date(at(5), ref="s1", remaining=9)))
    scene.run(link)
    assert scene.row("stock")["id"] == stock
    assert scene.row("stock")["starts_at"] == at(5)
    assert "a été déplacée au" in scene.row("notice", kind="booked_date_moved")["question"]


def test_few_price_changes_are_applied(scene):
    scene.partner.lists(*[event(f"e{n}", date(at(2), price=price("10"))) for n in range(10)])
    scene.run()
    scene.partner.lists(
        *[event(f"e{n}", date(at(2), price=price("12" if n < 3 else "10"))) for n in range(10)]
    )
    assert scene.run()["status"] == "succeeded"
    assert sum(row["price"] == Decimal(12) for row in scene.rows("stock")) == 3
    assert scene.rows("withdrawal_item") == []


def test_prices_that_change_in_mass_wait_for_a_person(scene):
    scene.partner.lists(*[event(f"e{n}", date(at(2), price=price("10"))) for n in range(10)])
    scene.run()
    scene.partner.lists(
        *[
            event(f"e{n}", date(at(2), price=price("12" if n < 6 else "10")), title="Autre titre")
            for n in range(10)
        ]
    )
    run = scene.run()
    assert (run["status"], scene.row("withdrawal")["why"]) == ("review", ["many_changes"])
    assert {row["price"] for row in scene.rows("stock")} == {Decimal(10)}
    assert {row["title"] for row in scene.rows("offer")} == {"Autre titre"}

    confirm_review(scene.site, scene.link, "camille")
    assert sum(row["price"] == Decimal(12) for row in scene.rows("stock")) == 6


def test_a_tenfold_price_waits_and_the_others_pass(scene):
    scene.partner.lists(*[event(f"e{n}", date(at(2), price=price("10"))) for n in range(10)])
    scene.run()
    amounts = {0: "100", 1: "12"}
    scene.partner.lists(*[event(f"e{n}", date(at(2), price=price(amounts.get(n, "10")))) for n in range(10)])
    assert scene.run()["status"] == "review"
    assert [row["price"] for row in scene.rows("stock")][:2] == [Decimal(10), Decimal(12)]


def test_categories_that_change_in_mass_wait_too(scene):
    scene.partner.lists(*many(10))
    scene.run()
    scene.partner.lists(*many(10, category=Category.BOOK))
    run = scene.run()
    assert (run["status"], scene.row("withdrawal")["why"]) == ("review", ["many_changes"])
    assert {row["category"] for row in scene.rows("offer")} == {"spectacle_vivant"}


def test_a_second_link_that_lists_the_same_event_takes_over_when_the_first_lets_go(scene):
    scene.partner.lists(*many(3))
    scene.run()
    second = scene.new_link(identifier="2", capacity=50)
    run = scene.run(second)
    assert scene.counts(run, "new", "held_elsewhere") == [3, 3]
    assert len(scene.rows("offer")) == 3
    first = scene.row("offer", ref="e02")["id"]
    scene.book(scene.row("stock", offer_id=first)["id"], 2)

    scene.partner.lists(*many(2))
    run = scene.run()
    assert scene.counts(run, "withdrawn") == [0]
    scene.partner.lists(*many(3))
    scene.run(second)

    offer = scene.row("offer", ref="e02")
    assert (offer["id"], offer["link_id"], offer["active"]) == (first, second, True)
    stock = scene.row("stock", offer_id=first)
    assert (stock["quantity"], stock["booked_quantity"]) == (50, 2)
