"""A first import, an unchanged refresh, and what changes between two."""

from dataclasses import replace
from decimal import Decimal

from models.vocabulary import Category, Certainty, Reason
from providers.records import PRICE_NOT_SAID, UNKNOWN, Place
from tests.workers.scripted import at, date, event, price


def row_versions(scene):
    """Every row's version: an UPDATE gives a row another xmin, even when it changes nothing."""
    return {
        table: scene.db.execute(f"SELECT id, xmin FROM {table} ORDER BY id").fetchall()
        for table in ("offer", "stock", "source_item", "link_event", "notice", "quarantine", "offer_change")
    }


def test_an_agenda_becomes_offers_with_their_dates(scene):
    scene.partner.lists(event("a", date(at(2)), date(at(3))), event("b"))

    run = scene.run()

    assert run["status"] == "succeeded"
    assert scene.counts(run, "read", "new", "changed", "unchanged") == [2, 2, 0, 0]
    assert run["counters"]["offers"]["created"] == 2
    assert run["counters"]["stocks"]["created"] == 3
    assert len(scene.rows("published_offer")) == 2
    assert [row["quantity"] for row in scene.rows("published_stock")] == [20, 20, 20]


def test_an_unchanged_refresh_writes_no_row_version(scene):
    scene.partner.lists(event("a", date(at(2)), date(at(3))), event("b"), event("c"))
    scene.run()
    before = row_versions(scene)
    scene.partner.normalised.clear()

    run = scene.run()

    assert scene.counts(run, "read", "new", "changed", "unchanged") == [3, 0, 0, 3]
    assert scene.partner.normalised == []
    assert row_versions(scene) == before


def test_only_what_changed_is_written(scene):
    scene.partner.lists(event("a"), event("b"), event("c"))
    scene.run()
    before = row_versions(scene)

    scene.partner.lists(event("a"), event("b", title="Un autre titre"), event("c"))
    run = scene.run()

    assert scene.counts(run, "changed", "unchanged") == [1, 2]
    assert run["counters"]["offers"]["updated"] == 1
    assert run["counters"]["stocks"]["updated"] == 0
    after = row_versions(scene)
    assert after["stock"] == before["stock"]
    changed = [row["id"] for row, was in zip(after["offer"], before["offer"], strict=True) if row != was]
    assert changed == [scene.row("offer", ref="b")["id"]]


def test_other_settings_read_everything_anew(scene):
    scene.partner.lists(event("a"), event("b"))
    scene.run()
    scene.db.execute("""UPDATE link SET settings = '{"capacity": "unlimited"}'""")

    run = scene.run()

    assert scene.counts(run, "changed") == [2]
    assert {row["quantity"] for row in scene.rows("stock")} == {None}


def test_an_event_elsewhere_has_its_own_place(scene):
    scene.partner.lists(event("a", place=Place("Parc", "1 allée", "81000", "Albi", 43.9, 2.1)), event("b"))
    scene.run()
    assert scene.row("offer", ref="a")["place_city"] == "Albi"
    assert scene.row("offer", ref="b")["place_name"] is None


def test_what_is_left_out_is_seen_and_counted_with_its_reason(scene):
    scene.partner.lists(event("a"))
    scene.partner.events["b"] = Reason.OTHER_PLACE

    run = scene.run()
    again = scene.run()

    assert scene.counts(run, "read", "new", "filtered") == [2, 2, 1]
    assert run["counters"]["filtered"] == {"other_place": 1}
    assert scene.counts(again, "unchanged", "withdrawn", "filtered") == [2, 0, 1]
    assert again["counters"]["filtered"] == {"other_place": 1}
    assert scene.row("source_item", ref="b")["left_out"] == "other_place"


def test_a_page_that_lists_an_item_twice_keeps_the_last(scene):
    scene.partner.page_items = 10
    scene.partner.lists(event("a"))
    from providers.base import Page  # noqa: PLC0415
    from tests.workers import scripted  # noqa: PLC0415

    first = scripted._item("event", "a", event("a", title="Ancien"))
    last = scripted._item("event", "a", event("a", title="Nouveau"))
    fetch = scripted.Scripted.fetch

    def twice(self, visit):
        for page in fetch(self, visit):
            yield replace(page, items=[first, last]) if isinstance(page, Page) else page

    scene.partner.page_items = 10
    scripted.Scripted.fetch = twice
    try:
        run = scene.run()
    finally:
        scripted.Scripted.fetch = fetch

    assert scene.row("offer")["title"] == "Nouveau"
    assert scene.counts(run, "read", "new", "repeated") == [1, 1, 1]


def test_prices_are_certain_proposed_or_unknown(scene):
    scene.partner.lists(
        event("free"),
        event("paid", date(at(2), price=price("12.50"))),
        event("proposed", date(at(2), price=price("26", Certainty.PROPOSED, "Plein 26€ | Réduit 20€"))),
        event("unknown", date(at(2), price=PRICE_NOT_SAID)),
    )

    run = scene.run()

    prices = {
        row["ref"]: (row["price"], row["price_proposed"], row["held_reason"])
        for row in scene.db.execute(
            """SELECT offer.ref, stock.price, price_proposed, held_reason
               FROM stock JOIN offer ON offer.id = offer_id"""
        )
    }
    assert prices == {
        "free": (Decimal(0), None, None),
        "paid": (Decimal("12.50"), None, None),
        "proposed": (None, Decimal(26), "price_to_confirm"),
        "unknown": (None, None, "price_unknown"),
    }
    assert scene.counts(run, "held") == [2]
    assert scene.counts(scene.run(), "unchanged", "held") == [4, 2]
    assert scene.reasons(scene.row("offer", ref="proposed")["id"]) == ["price_to_confirm"]


def test_an_unknown_price_takes_the_links_default(scene):
    link = scene.new_link(identifier="2", capacity=5, price="8")
    scene.partner.lists(event("a", date(at(2), price=PRICE_NOT_SAID)))
    scene.run(link)
    assert scene.row("stock")["price"] == Decimal(8)
    assert scene.row("offer")["held_reason"] is None


def test_a_persons_answer_to_a_price_sentence_holds_for_all_that_say_the_same(scene):
    said = price("26", Certainty.PROPOSED, "Plein 26€ | Réduit 20€")
    scene.db.execute(
        "INSERT INTO price_answer (link_id, sentence, price) VALUES (%s, %s, 26)", [scene.link, said.sentence]
    )
    scene.partner.lists(event("a", date(at(2), price=said)), event("b", date(at(3), price=said)))
    scene.run()
    assert [row["price"] for row in scene.rows("stock")] == [Decimal(26), Decimal(26)]


def test_without_a_capacity_offers_wait_for_it(scene):
    link = scene.new_link(identifier="2")
    scene.partner.lists(event("a"))
    run = scene.run(link)
    assert scene.row("offer")["held_reason"] == "capacity_unknown"
    assert scene.row("stock")["quantity"] == 0
    assert scene.rows("published_stock") == []
    assert scene.counts(run, "held") == [1]


def test_unlimited_is_not_a_number(scene):
    link = scene.new_link(identifier="2", capacity="unlimited")
    scene.partner.lists(event("a"))
    scene.run(link)
    assert scene.row("stock")["quantity"] is None
    scene.book(scene.row("stock")["id"], 500)


def test_a_full_event_sells_nothing_more(scene):
    scene.partner.lists(event("a", date(at(2), remaining=0)))
    scene.run()
    assert scene.row("stock")["quantity"] == 0
    assert scene.reasons(scene.row("offer")["id"]) == ["sold_out"]


def test_the_category_is_the_partners_else_the_links_else_the_venues(scene):
    scene.partner.lists(event("a", category=None), event("b", category=Category.MUSIC))
    run = scene.run()
    assert scene.row("offer", ref="a")["held_reason"] == "no_category"
    assert scene.row("offer", ref="b")["category"] == "musique"
    assert scene.counts(run, "held") == [1]

    scene.db.execute("UPDATE venue SET default_category = 'livre'")
    scene.run()
    assert scene.row("offer", ref="a")["category"] == "livre"
    assert scene.row("offer", ref="a")["held_reason"] is None


def test_what_is_held_agrees_with_what_the_view_says(scene):
    scene.partner.lists(
        event("a"),
        event("b", category=None),
        event("c", date(at(2), price=PRICE_NOT_SAID)),
        event("d", title_says="cancelled"),
        event("e", date(at(2), cancelled=True)),
    )
    scene.run()
    for row in scene.db.execute("SELECT held_reason, held_question(id) AS question FROM offer"):
        assert row["held_reason"] == row["question"]


def test_what_a_person_edited_stays(scene):
    scene.partner.lists(event("a", date(at(2), price=price("10"))))
    scene.run()
    scene.db.execute("UPDATE offer SET title = 'À moi', fields_edited = '{title}'")
    scene.db.execute("UPDATE stock SET price = 7, capacity = 3, fields_edited = '{price,capacity}'")

    scene.partner.lists(event("a", date(at(2), price=price("12")), title="À eux", description="Neuf"))
    scene.run()

    offer, stock = scene.row("offer"), scene.row("stock")
    assert (offer["title"], offer["description"]) == ("À moi", "Neuf")
    assert (stock["price"], stock["capacity"]) == (Decimal(7), 3)


def test_an_offer_that_a_person_deleted_is_not_made_again(scene):
    scene.partner.lists(event("a"))
    scene.run()
    scene.db.execute("UPDATE offer SET deleted_at = now(), active = false")

    scene.partner.lists(event("a", title="Autre titre"))
    run = scene.run()

    assert scene.row("offer")["title"] == "Évènement a"
    assert scene.counts(run, "deleted_by_hand") == [1]
    assert scene.row("source_item")["left_out"] == "offer_deleted"


def test_an_offer_that_looks_like_one_typed_by_hand_is_held(scene):
    typed = scene.db.execute(
        "INSERT INTO offer (venue_id, title, category) VALUES (%s, 'CYRANO  de Bergerac !', 'livre') RETURNING id",
        [scene.venue],
    ).fetchone()["id"]
    scene.db.execute(
        "INSERT INTO stock (offer_id, ref, starts_at) VALUES (%s, 'x', %s)", [typed, at(2, 20, 15)]
    )
    scene.partner.lists(
        event("a", date(at(2, 20)), title="Cyrano de Bergerac"),
        event("b", date(at(4)), title="Cyrano de Bergerac"),
    )

    run = scene.run()

    assert scene.row("offer", ref="a")["looks_like_id"] == typed
    assert scene.row("offer", ref="a")["held_reason"] == "looks_like_existing"
    assert scene.row("offer", ref="b")["held_reason"] is None
    assert scene.counts(run, "held") == [1]


def test_a_detail_completes_its_event_whichever_comes_first(scene):
    scene.partner.details = {"a": {"description": "Long"}, "z": {"description": "De personne"}}
    scene.partner.lists(event("a"), event("b"))
    run = scene.run()
    assert scene.row("offer", ref="a")["description"] == "Long"
    assert scene.counts(run, "read", "new") == [2, 2]
    assert run["counters"]["details"] == {"read": 2, "new": 2}

    scene.partner.details = {"a": {"description": "Plus long"}, "b": {"description": "Enfin"}}
    run = scene.run()
    assert scene.counts(run, "read", "changed", "unchanged") == [2, 2, 0]
    assert scene.row("offer", ref="a")["description"] == "Plus long"
    assert scene.row("offer", ref="b")["description"] == "Enfin"


def test_an_event_is_counted_once_although_its_detail_changed_too(scene):
    scene.partner.details = {"a": {"description": "Long"}}
    scene.partner.lists(event("a", category=None), event("b"))
    scene.run()

    scene.partner.details = {"a": {"description": "Plus long"}}
    scene.partner.lists(event("a", category=None, title="Nouveau"), event("b"))
    run = scene.run()
    assert scene.counts(run, "changed", "unchanged", "held") == [1, 1, 1]

    scene.db.execute("""UPDATE link SET settings = '{"capacity": 3}'""")
    run = scene.run()
    assert scene.counts(run, "changed", "unchanged", "held") == [2, 0, 1]


def test_a_silent_detail_keeps_its_last_word(scene):
    scene.partner.details = {"a": {"description": "Long"}}
    scene.partner.lists(event("a"))
    scene.run()

    scene.partner.details = {}
    scene.partner.lists(event("a", title="Nouveau titre"))
    scene.run()

    offer = scene.row("offer")
    assert (offer["title"], offer["description"]) == ("Nouveau titre", "Long")


def test_remaining_unknown_is_neither_zero_nor_unlimited(scene):
    link = scene.new_link(identifier="2")
    scene.partner.lists(
        event("zero", date(at(2), remaining=0)),
        event("unlimited", date(at(2), remaining=None)),
        event("unknown", date(at(2), remaining=UNKNOWN)),
    )
    scene.run(link)
    counting = {
        row["ref"]: (row["counting"], row["quantity"])
        for row in scene.db.execute(
            "SELECT offer.ref, counting, quantity FROM stock JOIN offer ON offer.id = offer_id"
        )
    }
    assert counting == {"zero": ("shelf", 0), "unlimited": ("unlimited", None), "unknown": ("unknown", 0)}
