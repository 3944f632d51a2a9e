"""What the JSON of an event adds to its offer, and what of it is never kept."""

import json
from decimal import Decimal

import pytest

from models.vocabulary import Category, Certainty, Reason
from providers.base import Item
from providers.errors import DataError
from providers.openagenda import PROVIDER
from providers.openagenda.detail import fingerprint, trim
from providers.records import UNKNOWN, Detail, LeftOut, OfferRecord, Place, Price, dump, load
from tests.providers.openagenda.agenda import (
    OpenAgenda,
    calendar,
    fixture,
    items,
    records,
    two_pages,
    vevent,
    visit,
)


def detail(event: dict) -> Detail:
    trimmed = trim({"uid": 7, **event})
    (record,) = PROVIDER.normalise(Item("7", fingerprint(trimmed), trimmed, "detail"), None)
    assert isinstance(record, Detail)
    return record


def completed(tmp_path, event: dict, *vevents: str, **changes) -> OfferRecord | LeftOut:
    to = visit(OpenAgenda(calendar(*vevents or (vevent(),))), tmp_path, **changes)
    (record,) = (record for item in items(to).values() for record in PROVIDER.normalise(item, to))
    kept = load(dump(detail(event)))  # as it comes back from the database
    return PROVIDER.complete(record, kept, to)


def test_a_whole_agenda_is_completed(tmp_path):
    found = records(visit(OpenAgenda(fixture("shape_a.ics"), two_pages()), tmp_path, places="all"))
    tale, ball, show = (found[ref] for ref in ("70010001", "70010002", "70010003"))
    assert tale.category is Category.PERFORMING_ARTS
    assert tale.image_url == "https://cdn.openagenda.com/main/70010001.full.image.jpg"
    assert tale.image_credit == "Photo : Atelier Brume"
    assert tale.description.endswith("Une veillée au coin du feu.\n\nÉcrire à …")
    free = Price(Decimal(0), Certainty.CERTAIN, "Gratuit, sur réservation au …")
    assert {stock.price for stock in tale.stocks} == {free}
    assert [stock.remaining for stock in ball.stocks] == [0]
    assert ball.stocks[0].price.certainty is Certainty.PROPOSED
    assert show.place == Place(
        "Le Moulin d’Écume", "Chemin des Saules", "12340", "Saint-Cyprès", 44.201, 2.41
    )
    assert tale.place is None


@pytest.mark.parametrize(
    ("status", "cancelled", "remaining", "online"),
    [
        (1, False, UNKNOWN, False),
        (2, False, UNKNOWN, False),
        (3, False, UNKNOWN, True),
        (4, True, UNKNOWN, False),
        (5, False, 0, False),
        (6, True, UNKNOWN, False),
        ({"id": 6, "label": {"fr": "Annulé"}}, True, UNKNOWN, False),
        (None, False, UNKNOWN, False),
        ("6?", False, UNKNOWN, False),
    ],
)
def test_the_status_decides_what_is_sold(tmp_path, status, cancelled, remaining, online):
    record = completed(tmp_path, {"status": status})
    assert [stock.cancelled for stock in record.stocks] == [cancelled]
    assert [stock.remaining for stock in record.stocks] == [remaining]
    assert record.is_online is online


def test_an_online_event_has_a_link_and_no_place(tmp_path):
    elsewhere = vevent(LOCATION="Ailleurs", GEO="45;3")
    event = {"attendanceMode": 2, "onlineAccessLink": "https://video.vaubreal.example/direct"}
    record = completed(tmp_path, event, elsewhere, places="all")
    assert record.is_online
    assert record.url == "https://video.vaubreal.example/direct"
    assert record.place is None


def test_an_event_that_is_both_is_not_online_but_has_its_link(tmp_path):
    record = completed(tmp_path, {"attendanceMode": 3, "onlineAccessLink": "https://video.vaubreal.example/"})
    assert not record.is_online
    assert record.url


@pytest.mark.parametrize(
    "registration",
    [
        [{"service": "passCulture", "type": "link", "value": "https://passculture.app/offre/135436287"}],
        [{"service": "passCulture", "type": "link", "value": None}],
        [{"type": "email", "value": "a@vaubreal.example"}, {"service": "passCulture"}],
        [{"type": "link", "value": "https://passculture.app/offre/1"}],
        [{"type": "link", "value": "https://www.pass.culture.fr/offre/1"}],
    ],
)
def test_what_already_is_a_pass_culture_offer_is_left_out(tmp_path, registration):
    assert completed(tmp_path, {"registration": registration}) == LeftOut("7", Reason.ALREADY_PASS_CULTURE)


@pytest.mark.parametrize(
    "registration",
    [None, [], "x", [None], [{"type": "link", "value": None}], [{"value": "https://pass.example/offre"}]],
)
def test_other_ways_to_register_are_none_of_our_business(tmp_path, registration):
    assert isinstance(completed(tmp_path, {"registration": registration}), OfferRecord)


def test_nothing_personal_is_kept():
    event = {
        "description": {"fr": "x"},
        "longDescription": {"fr": "Écrire à jeanne@vaubreal.example ou 05 00 00 00 01"},
        "conditions": {"fr": "Gratuit, 05-00-00-00-02, jo.martin@vaubreal.example"},
        "imageCredits": "jean@vaubreal.example",
        "registration": [
            {"type": "phone", "value": "05 00 00 00 03"},
            {"type": "email", "value": "k@vaubreal.example"},
        ],
        "location": {"name": "Ici", "email": "halle@vaubreal.example", "phone": "05 00 00 00 04"},
        "creator": {"email": "l@vaubreal.example"},
        "contributor": {"name": "Une personne"},
    }
    assert "registration" not in json.dumps(trim(event))
    assert "halle@" not in json.dumps(trim(event))
    kept = json.dumps(dump(detail(event)))
    assert "vaubreal" not in kept
    assert "00 00" not in kept
    assert "00-00" not in kept
    assert "personne" not in kept


@pytest.mark.parametrize(
    ("image", "url"),
    [
        (None, ""),
        (False, ""),
        ("https://img.example/a.jpg", "https://img.example/a.jpg"),
        ("//img.example/a.jpg", "https://img.example/a.jpg"),
        ("http://img.example/a.jpg", ""),
        ("javascript:alert(1)", ""),
        ("https://img.example/a b.jpg", ""),
        ("https://u:p@img.example/a.jpg", ""),
        ({"base": "https://img.example/", "filename": "b.jpg"}, "https://img.example/b.jpg"),
        ({"base": "https://img.example", "filename": "b.jpg", "variants": []}, "https://img.example/b.jpg"),
        (
            {"base": "https://img.example/", "filename": "b", "variants": [{"type": "full"}]},
            "https://img.example/b",
        ),
        (
            {"base": "https://img.example/", "variants": [{"type": "full", "filename": "f"}]},
            "https://img.example/f",
        ),
        ({"base": "http://img.example/", "filename": "b.jpg"}, ""),
        ({"filename": "b.jpg"}, ""),
        ({"base": "https://img.example/", "variants": "x"}, ""),
    ],
)
def test_the_image_is_the_full_one_over_https(tmp_path, image, url):
    assert completed(tmp_path, {"image": image}).image_url == url


@pytest.mark.parametrize(
    ("conditions", "sentence"),
    [
        ({"fr": "Prix libre", "en": "Pay what you want"}, "Prix libre"),
        ({"en": "Pay what you want"}, "Pay what you want"),
        ({"en": "Free", "de": "Gratis"}, ""),
        ("Prix libre", "Prix libre"),
        ({}, ""),
        (None, ""),
        ([], ""),
        ({"fr": None}, ""),
        ({"fr": 3}, ""),
    ],
)
def test_the_price_is_read_in_french_or_the_only_language(tmp_path, conditions, sentence):
    (stock,) = completed(tmp_path, {"conditions": conditions}).stocks
    assert stock.price == Price(None, Certainty.UNKNOWN, sentence)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("<p>Un</p><p>Deux <b>gras</b><br>trois</p>", "Un\n\nDeux gras\n\ntrois"),
        ("<ul><li>un</li><li>deux</li></ul>", "- un\n- deux"),
        ("Quatre &amp; cinq <script>alert(1)</script>", "Quatre & cinq"),
        ("**Gras**, *penché* et [un lien](https://a.example)", "Gras, penché et un lien (https://a.example)"),
        ("# Titre\n\nné en 1955\\.", "Titre\n\nné en 1955."),
        ("2 < 3 et 4*5*6", "2 < 3 et 4*5*6"),
        ("Un\u2028deux", "Un\ndeux"),
    ],
)
def test_the_long_description_becomes_plain_text(tmp_path, said, text):
    assert completed(tmp_path, {"longDescription": {"fr": said}}).description == text


def test_the_short_description_comes_before_the_long_one_unless_it_begins_it(tmp_path):
    short = vevent(DESCRIPTION="Trois mots seulement…")
    assert completed(tmp_path, {"longDescription": "Et la suite."}, short).description == (
        "Trois mots seulement…\n\nEt la suite."
    )
    whole = completed(tmp_path, {"longDescription": "Trois mots seulement, et la suite."}, short)
    assert whole.description == "Trois mots seulement, et la suite."


@pytest.mark.parametrize(
    ("keywords", "title", "category"),
    [
        (["Concert", "jazz", "Vaubréal"], "Titre", Category.MUSIC),
        (["concert", "exposition"], "Titre", None),
        (["concert", "exposition"], "Exposition et concert", Category.MUSEUM),
        (["concert"], "Conférence sur le jazz", Category.MUSIC),
        ([], "Conférence : les marées", Category.MEETING),
        ([], "Conférencier d’un soir", None),
        ([], "Table ronde sur l’eau", Category.MEETING),
        (["livre"], "Le livre de la jungle", None),
        ("musique, folk", "Titre", Category.MUSIC),
        ({"fr": ["Théâtre"]}, "Titre", Category.PERFORMING_ARTS),
        ({"en": ["Cinéma"]}, "Titre", Category.CINEMA),
        ({}, "Titre", None),
        (None, "Titre", None),
        ([None, 3, "atelier"], "Titre", Category.WORKSHOP),
    ],
)
def test_the_category_is_what_keywords_agree_on(tmp_path, keywords, title, category):
    assert completed(tmp_path, {"keywords": keywords}, vevent(SUMMARY=title)).category is category


def test_a_category_may_be_told_by_the_title_before_any_detail(tmp_path):
    to = visit(OpenAgenda(calendar(vevent(SUMMARY="Concert de printemps"))), tmp_path)
    (record,) = records(to).values()
    assert record.category is Category.MUSIC


def test_coordinates_may_come_as_decimals(tmp_path):
    event = {"location": {"name": "Ailleurs", "latitude": Decimal("45.5"), "longitude": Decimal("3.5")}}
    record = completed(tmp_path, event, vevent(LOCATION="Autre nom", GEO="45;3"), places="all")
    assert record.place == Place("Ailleurs", latitude=45.5, longitude=3.5)


def test_the_export_of_before_2020_is_read_too(tmp_path):
    event = {
        "image": "https://img.example/a.jpg",
        "conditions": {"fr": "Gratuit"},
        "keywords": {"fr": ["théâtre"]},
        "locationName": "Salle de bal",
        "address": "3 rue Haute",
        "city": "Vaubréal",
        "latitude": 45,
        "longitude": 3,
    }
    record = completed(tmp_path, event, vevent(LOCATION="Ailleurs", GEO="45;3"), places="all")
    assert record.place == Place("Salle de bal", "3 rue Haute", city="Vaubréal", latitude=45, longitude=3)
    assert record.stocks[0].price.amount == 0


def test_an_unchanged_detail_has_the_same_fingerprint_whatever_its_order_and_its_bookkeeping():
    one = trim({"uid": 1, "status": 1, "location": {"name": "a", "city": "b"}, "updatedAt": "2030"})
    two = trim({"updatedAt": "2031", "location": {"city": "b", "name": "a"}, "status": 1, "uid": 1})
    assert fingerprint(one) == fingerprint(two)
    assert fingerprint(one) != fingerprint({**two, "status": 6})


def test_events_without_uid_are_no_items(tmp_path):
    page = b'{"events": [{"title": "x"}, null, {"uid": null}, {"uid": true}, {"uid": "12"}], "after": null}'
    assert list(items(visit(OpenAgenda(fixture("shape_a.ics"), page), tmp_path), "detail")) == ["12"]


@pytest.mark.parametrize("payload", [None, "x", [], 3, b"x"])
def test_a_detail_that_is_no_event_is_put_aside(payload):
    with pytest.raises(DataError):
        PROVIDER.normalise(Item("7", b"", payload, "detail"), None)
