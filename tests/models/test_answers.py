"""What a person answers for offers that wait: it shows them, and no importation overwrites it."""

import threading
from decimal import Decimal

import pytest
from sqlalchemy.exc import DBAPIError

from models.answers import (
    NoLookalikeError,
    adopt_lookalike,
    answer_capacity,
    answer_category,
    answer_price_sentence,
    answer_silent_price,
    do_not_show,
    is_another_offer,
    title_is_fine,
)
from models.database import session
from models.edits import follow_source_again
from models.link import Link
from models.vocabulary import Category, Certainty, TitleSays
from providers.records import PRICE_NOT_SAID
from tests.workers.scripted import at, date, event, price

SENTENCE = "Plein 26€ | Réduit 20€"
PROPOSED = price("26", Certainty.PROPOSED, SENTENCE)


def held(scene):
    return {row["ref"]: row["held_reason"] for row in scene.rows("offer")}


def by_hand(scene, title, starts_at, **columns):
    """An offer that a person typed in the portal, with one date."""
    offer = scene.db.execute(
        "INSERT INTO offer (venue_id, title, category, description) VALUES (%s, %s, 'musique', %s) RETURNING id",
        [scene.venue, title, columns.get("description", "")],
    ).fetchone()["id"]
    stock = scene.db.execute(
        """INSERT INTO stock (offer_id, ref, starts_at, price, counting, capacity, quantity)
           VALUES (%s, 'hand', %s, 9, 'capacity', 40, 40) RETURNING id""",
        [offer, starts_at],
    ).fetchone()["id"]
    return offer, stock


def test_one_answer_prices_all_that_say_the_same(scene, orm):
    scene.partner.lists(*(event(ref, date(at(2), price=PROPOSED)) for ref in "abc"), event("d"))
    scene.run()
    assert held(scene) == dict.fromkeys("abc", "price_to_confirm") | {"d": None}

    link = orm.get(Link, scene.link)
    assert answer_price_sentence(orm, link, SENTENCE, Decimal(26), actor="camille") == 3
    orm.commit()

    assert held(scene) == dict.fromkeys("abcd")
    assert len(scene.rows("published_offer")) == 4
    run = scene.run()
    assert scene.counts(run, "unchanged") == [4]
    scene.partner.lists(
        *(event(ref, date(at(2), price=PROPOSED), title="Neuf") for ref in "abcx"), event("d")
    )
    scene.run()
    assert {row["price"] for row in scene.rows("stock")} == {Decimal(26), Decimal(0)}


def test_an_answer_leaves_a_price_that_a_person_set(scene, orm):
    scene.partner.lists(event("a", date(at(2), price=PROPOSED)), event("b", date(at(2), price=PROPOSED)))
    scene.run()
    scene.db.execute("""UPDATE stock SET price = 5, fields_edited = '{price}' WHERE offer_id =
        (SELECT id FROM offer WHERE ref = 'a')""")

    answer_price_sentence(orm, orm.get(Link, scene.link), SENTENCE, Decimal(26), actor="camille")
    orm.commit()

    assert [row["price"] for row in scene.rows("stock")] == [Decimal(5), Decimal(26)]


def test_offers_of_which_the_partner_says_no_price_are_priced_together(scene, orm):
    silent = date(at(2), price=PRICE_NOT_SAID)
    scene.partner.lists(event("a", silent), event("b", silent), event("c"))
    scene.run()

    assert answer_silent_price(orm, orm.get(Link, scene.link), Decimal("7.50"), actor="camille") == 2
    orm.commit()

    assert held(scene) == dict.fromkeys("abc")
    scene.partner.lists(event("a", silent, title="Neuf"), event("b", silent), event("c"))
    scene.run()
    assert sorted(row["price"] for row in scene.rows("stock")) == [Decimal(0), Decimal("7.5"), Decimal("7.5")]


def test_a_category_is_kept_from_the_source(scene, orm):
    scene.partner.lists(event("a", category=None), event("b", category=None))
    scene.run()
    assert held(scene) == dict.fromkeys("ab", "no_category")

    answer_category(orm, [row["id"] for row in scene.rows("offer")], Category.MUSIC, actor="camille")
    orm.commit()

    assert held(scene) == dict.fromkeys("ab")
    scene.partner.lists(event("a", category=Category.CINEMA, title="Neuf"), event("b", category=None))
    scene.run()
    assert {row["category"] for row in scene.rows("offer")} == {"musique"}


@pytest.mark.parametrize(("places", "quantity"), [(30, 30), (None, None)])
def test_the_places_of_a_source_are_answered_once(scene, orm, places, quantity):
    link = scene.new_link(identifier="2")
    scene.partner.lists(event("a", date(at(2)), date(at(3))))
    scene.run(link)
    assert held(scene) == {"a": "capacity_unknown"}

    answer_capacity(orm, orm.get(Link, link), places, actor="camille")
    orm.commit()

    assert held(scene) == {"a": None}
    assert [row["quantity"] for row in scene.rows("stock")] == [quantity, quantity]
    scene.partner.lists(event("a", date(at(2)), date(at(3)), date(at(4))))
    scene.run(link)
    assert [row["quantity"] for row in scene.rows("stock")] == [quantity] * 3


def test_places_never_fall_below_what_is_booked(scene, orm):
    scene.partner.lists(event("a"))
    scene.run()
    scene.book(scene.row("stock")["id"], 12)

    answer_capacity(orm, orm.get(Link, scene.link), 10, actor="camille")
    orm.commit()

    assert scene.row("stock")["quantity"] == 12


def test_a_doubtful_title_may_be_fine_and_stays_so(scene, orm):
    scene.partner.lists(event("a", title="COMPLET : Bal", title_says=TitleSays.FULL))
    scene.run()
    assert held(scene) == {"a": "title_says_cancelled"}

    title_is_fine(orm, [scene.row("offer")["id"]], actor="camille")
    orm.commit()

    assert held(scene) == {"a": None}
    scene.partner.lists(event("a", date(at(3)), title="COMPLET : Bal", title_says=TitleSays.FULL))
    scene.run()
    assert held(scene) == {"a": None}


def test_an_offer_that_is_not_to_be_shown_stays_away_until_its_source_is_followed_again(scene, orm):
    scene.partner.lists(event("a", title="Annulé : Bal", title_says=TitleSays.CANCELLED))
    scene.run()
    offer = scene.row("offer")["id"]

    do_not_show(orm, [offer], actor="camille")
    orm.commit()
    scene.partner.lists(event("a", title="Bal"))
    scene.run()
    assert not scene.row("offer")["active"]

    follow_source_again(orm, [offer], actor="camille")
    orm.commit()
    scene.run()
    assert scene.row("offer")["active"]


def test_another_offer_is_shown_beside_the_one_it_looks_like(scene, orm):
    by_hand(scene, "Bal", at(2))
    scene.partner.lists(event("a", date(at(2)), title="BAL"))
    scene.run()
    offer = scene.row("offer", ref="a")
    assert offer["held_reason"] == "looks_like_existing"

    is_another_offer(orm, [offer["id"]], actor="camille")
    orm.commit()

    assert scene.row("offer", ref="a")["held_reason"] is None
    assert len(scene.rows("published_offer")) == 2


def test_the_same_offer_is_adopted_with_its_bookings_and_what_was_written_in_it(scene, orm):
    kept, stock = by_hand(scene, "Bal", at(2), description="Écrit à la main.")
    scene.book(stock, 3)
    scene.partner.lists(event("a", date(at(2, 20, 15)), date(at(9)), title="BAL", description="De l’agenda."))
    scene.run()

    assert adopt_lookalike(orm, scene.row("offer", ref="a")["id"], actor="camille") == kept
    orm.commit()

    offer = scene.row("offer")
    assert (offer["id"], offer["ref"], offer["link_id"]) == (kept, "a", scene.link)
    assert {row["id"] for row in scene.rows("stock")} >= {stock}
    assert len(scene.rows("stock")) == 2

    run = scene.run()
    assert run["status"] == "succeeded"
    offer, date_ = scene.row("offer"), scene.row("stock", id=stock)
    assert (offer["title"], offer["description"], offer["category"]) == ("Bal", "Écrit à la main.", "musique")
    assert (date_["starts_at"], date_["booked_quantity"]) == (at(2, 20, 15), 3)
    assert (date_["price"], date_["quantity"]) == (Decimal(9), 40)
    assert [row["kind"] for row in scene.rows("notice")] == [
        "booked_date_moved"
    ]  # a quarter of an hour later
    assert len(scene.rows("published_offer")) == 1


def test_dates_of_the_older_offer_that_the_source_does_not_list_stay(scene, orm):
    kept, stock = by_hand(scene, "Bal", at(2))
    scene.db.execute(
        "INSERT INTO stock (offer_id, ref, starts_at, price, counting) VALUES (%s, 'two', %s, 9, 'unlimited')",
        [kept, at(30)],
    )
    scene.partner.lists(event("a", date(at(2)), title="Bal"))
    scene.run()

    adopt_lookalike(orm, scene.row("offer", ref="a")["id"], actor="camille")
    orm.commit()
    scene.run()

    assert [row["active"] for row in scene.rows("stock", offer_id=kept)] == [True, True]
    assert stock in {row["id"] for row in scene.rows("stock", offer_id=kept)}


def test_a_double_of_another_source_goes_and_does_not_come_back(scene, orm):
    scene.partner.lists(event("a", title="Bal"))
    scene.run()
    other = scene.new_link("scripted-sessions", capacity=10)
    scene.run(other)
    double = scene.row("offer", held_reason="looks_like_existing")

    kept = adopt_lookalike(orm, double["id"], actor="camille")
    orm.commit()

    assert kept != double["id"]
    scene.partner.lists(event("a", date(at(4)), title="Bal"))
    scene.run(other)
    assert len(scene.rows("published_offer")) == 1
    assert scene.row("offer", id=double["id"])["deleted_at"] is not None


def test_what_looks_like_nothing_is_not_adopted(scene, orm):
    scene.partner.lists(event("a"))
    scene.run()
    with pytest.raises(NoLookalikeError):
        adopt_lookalike(orm, scene.row("offer")["id"], actor="camille")


def test_two_who_answer_at_once_do_not_lock_each_other_out(scene):
    scene.partner.lists(*(event(f"e{n:02}", date(at(2), price=PROPOSED), category=None) for n in range(20)))
    scene.run()
    offers = [row["id"] for row in scene.rows("offer")]
    failed = []

    def answer(work):
        try:
            with session(scene.site.database_url) as db:
                work(db)
                db.commit()
        except DBAPIError as error:
            failed.append(error)

    wishes = [
        lambda db: answer_price_sentence(db, db.get(Link, scene.link), SENTENCE, Decimal(26), actor="a"),
        lambda db: answer_category(db, offers[::-1], Category.MUSIC, actor="b"),
        lambda db: answer_capacity(db, db.get(Link, scene.link), 5, actor="c"),
    ]
    threads = [threading.Thread(target=answer, args=(wish,)) for wish in wishes * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert set(held(scene).values()) == {None}
    assert {row["quantity"] for row in scene.rows("stock")} == {5}


def test_every_answer_is_remembered_with_who_gave_it(scene, orm):
    scene.partner.lists(event("a", category=None))
    scene.run()
    answer_category(orm, [scene.row("offer")["id"]], Category.MUSIC, actor="portal:camille", role="manage")
    orm.commit()
    line = scene.row("link_event")
    assert (line["actor"], line["role"], line["action"]) == ("portal:camille", "manage", "category_set")
