"""An offer edited by hand: what a person set stays until the source is followed again."""

from decimal import Decimal

from models.edits import Edit, edit_offer, follow_source_again
from models.offer import Offer
from models.vocabulary import Category
from tests.workers.scripted import at as on
from tests.workers.scripted import date, event, price


def an_edit(offer, **changes):
    words = {"title": offer.title, "description": offer.description, "category": Category(offer.category)}
    return Edit(**words | changes)


def imported(scene, orm, **words):
    scene.partner.lists(event("a", date(on(2), price=price("12")), date(on(3), price=price("12")), **words))
    scene.run()
    return orm.get(Offer, scene.row("offer")["id"])


def test_only_what_changed_is_kept_from_the_source(scene, orm):
    offer = imported(scene, orm)

    edited = edit_offer(orm, offer, an_edit(offer, title="À moi", price=Decimal(12)), actor="camille")
    orm.commit()

    assert edited == ["title"]
    imported(scene, orm, title="À eux", description="De la source.")
    row = scene.row("offer")
    assert (row["title"], row["description"], row["fields_edited"]) == ("À moi", "De la source.", ["title"])


def test_price_and_places_hold_for_dates_to_come_too(scene, orm):
    offer = imported(scene, orm)

    edit_offer(orm, offer, an_edit(offer, price=Decimal(0), places=7, says_places=True), actor="camille")
    orm.commit()

    assert {(row["price"], row["quantity"]) for row in scene.rows("stock")} == {(Decimal(0), 7)}
    scene.partner.lists(event("a", *(date(on(day), price=price("15")) for day in (2, 3, 4))))
    scene.run()
    assert {(row["price"], row["quantity"]) for row in scene.rows("stock")} == {(Decimal(0), 7)}
    assert len(scene.rows("stock")) == 3


def test_a_form_sent_back_as_it_was_changes_nothing(scene, orm):
    offer = imported(scene, orm)
    said = an_edit(offer, price=Decimal(12), places=20, says_places=True)
    assert edit_offer(orm, offer, said, actor="camille") == []
    orm.commit()
    assert scene.row("offer")["fields_edited"] == []
    assert scene.rows("link_event") == []


def test_following_the_source_again_brings_its_words_back_even_unchanged(scene, orm):
    offer = imported(scene, orm)
    edit_offer(orm, offer, an_edit(offer, title="À moi", price=Decimal(99)), actor="camille")
    orm.commit()

    follow_source_again(orm, [offer.id], actor="camille")
    orm.commit()
    scene.db.execute("UPDATE link SET validators = '{}'")
    scene.run()

    assert scene.row("offer")["title"] == "Évènement a"
    assert {row["price"] for row in scene.rows("stock")} == {Decimal(12)}


def test_following_again_forgets_what_lets_the_partner_answer_that_nothing_changed(scene, orm):
    offer = imported(scene, orm)
    scene.db.execute("""UPDATE link SET validators = '{"https://x": {"etag": "1"}}'""")
    follow_source_again(orm, [offer.id], actor="camille")
    orm.commit()
    assert scene.row("link")["validators"] == {}


def test_an_offer_deleted_by_hand_comes_back_when_its_source_is_followed_again(scene, orm):
    offer = imported(scene, orm)
    scene.db.execute("UPDATE offer SET deleted_at = now(), active = false")
    imported(scene, orm, title="Un autre titre")
    assert scene.row("offer")["deleted_at"] is not None

    follow_source_again(orm, [offer.id], actor="camille")
    orm.commit()
    scene.run()

    row = scene.row("offer")
    assert (row["deleted_at"], row["active"], row["title"]) == (None, True, "Un autre titre")
