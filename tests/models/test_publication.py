"""The brochure's rules, each with an example: what is shown, and why not."""

import psycopg
import pytest

from models.vocabulary import CATEGORY_LABELS, SENTENCES, Category, Reason


def test_a_complete_offer_is_published(portal):
    offer = portal.offer()
    portal.stock(offer)
    assert portal.reasons(offer) == []
    assert portal.one("SELECT id FROM published_offer") == offer
    assert portal.one("SELECT offer_id FROM published_stock") == offer


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"category": None}, "no_category"),
        ({"category": "cinema", "is_online": True}, "digital_cinema"),
        ({"category": "presse"}, "physical_press"),
        ({"active": False}, "offer_inactive"),
        ({"deleted_at": "2020-01-01"}, "offer_deleted"),
        ({"title_says": "cancelled"}, "title_says_cancelled"),
    ],
)
def test_what_an_offer_says_of_itself_may_hide_it(portal, columns, reason):
    offer = portal.offer(**columns)
    portal.stock(offer)
    assert portal.reasons(offer) == [reason]
    assert portal.one("SELECT id FROM published_offer") is None


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"price": None}, "price_unknown"),
        ({"price": None, "price_proposed": 12}, "price_to_confirm"),
        ({"counting": "unknown", "quantity": 0}, "capacity_unknown"),
        ({"quantity": 0}, "sold_out"),
        ({"starts_at": "2020-01-01"}, "no_upcoming_date"),
        ({"booking_limit_at": "2020-01-01"}, "no_upcoming_date"),
        ({"active": False}, "no_upcoming_date"),
    ],
)
def test_what_its_dates_say_may_hide_it(portal, columns, reason):
    offer = portal.offer()
    portal.stock(offer, **columns)
    assert portal.reasons(offer) == [reason]
    assert portal.one("SELECT id FROM published_stock") is None


def test_an_online_press_offer_and_a_digital_book_are_published(portal):
    for category in ("presse", "livre"):
        offer = portal.offer(category=category, is_online=True, title=category)
        portal.stock(offer)
        assert portal.reasons(offer) == []


def test_only_digital_books_are_reimbursed_online(portal):
    assert portal.one("SELECT array_agg(code) FROM category WHERE reimbursed_online") == ["livre"]


def test_offers_wait_for_their_structure_to_be_validated(portal):
    offer = portal.offer()
    portal.stock(offer)
    portal.db.execute("UPDATE offerer SET validated_at = NULL")
    assert portal.reasons(offer) == ["offerer_not_validated"]
    assert portal.one("SELECT id FROM published_offer") is None


def test_paid_offers_wait_for_their_day_and_free_ones_do_not(portal):
    portal.db.execute("UPDATE publication_rule SET paid_offers_from = current_date + 10")
    paid, free = portal.offer(title="Payant"), portal.offer(title="Gratuit")
    portal.stock(paid, price=5)
    portal.stock(free, price=0)
    assert portal.reasons(paid) == ["paid_not_open"]
    assert portal.reasons(free) == []


def test_an_offer_that_looks_like_another_waits(portal):
    other = portal.offer()
    offer = portal.offer(title="Cyrano 2", looks_like_id=other)
    portal.stock(offer)
    assert portal.reasons(offer) == ["looks_like_existing"]


def test_reasons_come_the_most_pressing_first(portal):
    offer = portal.offer(category=None, title_says="postponed")
    portal.stock(offer, price=None)
    assert portal.reasons(offer) == ["title_says_cancelled", "no_category", "price_unknown"]
    assert portal.one("SELECT held_question(%s)", offer) == "title_says_cancelled"


def test_every_reason_that_the_view_gives_has_a_sentence(portal):
    text = portal.one("SELECT pg_get_viewdef('offer_publication'::regclass)")
    import re  # noqa: PLC0415

    given = set(re.findall(r"THEN '(\w+)'::text", text))
    assert given
    assert given <= {reason.value for reason in Reason}
    assert set(SENTENCES) == set(Reason)


def test_the_ten_categories_are_the_vocabularys(portal):
    rows = portal.db.execute("SELECT code, label FROM category").fetchall()
    assert {row["code"]: row["label"] for row in rows} == {c.value: CATEGORY_LABELS[c] for c in Category}


def test_a_siret_starts_with_its_structures_siren(portal):
    with pytest.raises(psycopg.errors.CheckViolation, match="SIREN"):
        portal.db.execute("UPDATE venue SET siret = '99999999900011'")
    portal.db.execute("UPDATE venue SET siret = '73282932000074'")


def test_titles_are_folded_for_search(portal):
    assert portal.one("SELECT fold('  L’Œuvre  d''ÉTÉ : n° 3 !')") == "l oeuvre d ete n 3"


def test_history_is_append_only(portal):
    link = portal.add("link", venue_id=portal.venue, provider="p", identifier="1", interval="1 hour")
    portal.add("link_event", link_id=link, actor="a", action="linked")
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        portal.db.execute("DELETE FROM link_event")
