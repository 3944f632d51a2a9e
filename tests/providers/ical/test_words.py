"""What an event says in words, and what is not kept of it."""

import pytest

from models.vocabulary import Category, Reason, TitleSays
from providers.errors import DataError
from providers.records import LeftOut, Place
from tests.providers.ical.calendar import HALLE, read, vevent


def test_an_event_is_an_offer(tmp_path):
    record = read(
        tmp_path,
        vevent(
            "ATTACH;FMTTYPE=image/jpeg:https://www.vaubreal.example/affiche.jpg",
            SUMMARY="Bal\\, folk \\; et \\\\ plus",
            DESCRIPTION="Musique et feu de bois.\\nVenez !",
            LOCATION="Salle des fêtes\\, 3 rue Haute\\, 81000 Albi\\, France",
            URL="https://www.vaubreal.example/bal",
            CATEGORIES="Concert,Famille",
        ),
    )
    assert record.title == "Bal, folk ; et \\ plus"
    assert record.description == "Musique et feu de bois.\nVenez !"
    assert record.place == Place("Salle des fêtes", "3 rue Haute, 81000 Albi", "81000", "Albi")
    assert record.url == "https://www.vaubreal.example/bal"
    assert record.image_url == "https://www.vaubreal.example/affiche.jpg"
    assert record.category is Category.MUSIC
    assert record.stocks[0].price.amount is None


def test_html_in_a_description_becomes_text(tmp_path):
    described = '<p>Un <b>bal</b> &amp\\; des <a href="https://x.example">danses</a></p><ul><li>folk</li><li>swing</li></ul><script>x()</script>'
    record = read(tmp_path, vevent(DESCRIPTION=described))
    assert record.description == "Un bal & des danses\n\n- folk\n- swing"


def test_entities_in_a_title_are_read(tmp_path):
    assert read(tmp_path, vevent(SUMMARY="L&rsquo\\;été &#8211\\; Acte&nbsp\\;2")).title == "L’été – Acte 2"


def test_outlooks_own_description_stands_in(tmp_path):
    event = vevent("X-ALT-DESC;FMTTYPE=text/html:<html><body><p>Un bal</p></body></html>")
    assert read(tmp_path, event).description == "Un bal"


def test_whom_to_call_or_write_to_is_not_kept(tmp_path):
    event = vevent(
        "ORGANIZER;CN=Une Personne:mailto:une.personne@vaubreal.example",
        "ATTENDEE;CN=Une Autre:mailto:une.autre@vaubreal.example",
        "CONTACT:Une Personne\\, 05 00 00 00 00",
        "COMMENT:Appeler Une Autre",
        "BEGIN:VALARM",
        "ATTENDEE:mailto:alarme@vaubreal.example",
        "DESCRIPTION:Une alarme",
        "TRIGGER:-PT15M",
        "END:VALARM",
        DESCRIPTION="Réserver au 05 00 00 00 00 ou accueil@vaubreal.example",
        LOCATION="Chez nous (05 00 00 00 01)",
        SUMMARY="Bal (06 00 00 00 02)",
        URL="mailto:accueil@vaubreal.example",
    )
    record = read(tmp_path, event)
    assert record.description == "Réserver au … ou …"
    assert record.title == "Bal (…)"
    for personal in ("Personne", "Autre", "alarme", "accueil", "00 00"):
        assert personal not in repr(record)


@pytest.mark.parametrize("kept", ["PRIVATE", "CONFIDENTIAL", "private"])
def test_what_is_private_is_left_out(tmp_path, kept):
    assert read(tmp_path, vevent(CLASS=kept)) == LeftOut("1@vaubreal.example", Reason.PRIVATE)


def test_only_the_instances_that_are_private_are_left_out(tmp_path):
    weekly = vevent(RRULE="FREQ=WEEKLY;COUNT=2")
    private = vevent("RECURRENCE-ID:20300308T190000Z", DTSTART="20300308T200000Z", CLASS="PRIVATE")
    assert [stock.ref for stock in read(tmp_path, weekly, private).stocks] == ["20300301T190000Z"]


def test_a_link_to_the_pass_culture_is_no_second_offer(tmp_path):
    event = vevent(URL="https://passculture.app/offre/12345")
    assert read(tmp_path, event) == LeftOut("1@vaubreal.example", Reason.ALREADY_PASS_CULTURE)


@pytest.mark.parametrize(
    ("title", "says"),
    [("Bal (annulé)", TitleSays.CANCELLED), ("COMPLET - Bal", TitleSays.FULL), ("Bal", None)],
)
def test_what_a_title_announces_is_said(tmp_path, title, says):
    assert read(tmp_path, vevent(SUMMARY=title)).title_says is says


@pytest.mark.parametrize(
    "location",
    [
        "Halle aux Grains",
        "HALLE AUX GRAINS\\, 4 place de la Fontaine",
        "Halle aux Grains\\n12345 Vaubréal",
        "",
    ],
)
def test_the_venue_itself_is_no_other_place(tmp_path, location):
    assert read(tmp_path, vevent(LOCATION=location), venue=HALLE).place is None


def test_a_position_near_the_venue_is_the_venue(tmp_path):
    assert read(tmp_path, vevent(LOCATION="Au bout du parc", GEO="44.1236;2.3459")).place is None
    far = read(tmp_path, vevent(LOCATION="Au bout du parc", GEO="45;3")).place
    assert (far.latitude, far.longitude) == (45.0, 3.0)


@pytest.mark.parametrize("location", ["https://visio.example/abc", "En ligne", "Microsoft Teams Meeting"])
def test_an_address_on_the_web_is_online(tmp_path, location):
    record = read(tmp_path, vevent(LOCATION=location))
    assert record.is_online
    assert record.place is None
    assert record.url == (location if location.startswith("https") else "")


@pytest.mark.parametrize(
    ("line", "image"),
    [
        ("IMAGE;VALUE=URI;DISPLAY=BADGE:https://x.example/a", "https://x.example/a"),
        ("ATTACH:https://x.example/a.png", "https://x.example/a.png"),
        ("ATTACH;FMTTYPE=application/pdf:https://x.example/a.pdf", ""),
        ("ATTACH:http://x.example/a.png", ""),
        ("ATTACH:https://[x.example/a.png", ""),
        ("ATTACH;ENCODING=BASE64;VALUE=BINARY:AAAA", ""),
        ("ATTACH:CID:part1.0001@example", ""),
    ],
)
def test_an_image_is_one_that_is_on_the_web_over_https(tmp_path, line, image):
    assert read(tmp_path, vevent(line)).image_url == image


@pytest.mark.parametrize(
    "lines",
    [
        {"SUMMARY": ""},
        {"SUMMARY": " \\n "},
        {"DTSTART": ""},
        {"DTSTART": "soon"},
        {"DTSTART": "00000101T000000Z"},
        {"DTSTART": "20300231T200000Z"},
        {"DURATION": "long"},
        {"EXDATE": "20300231"},
        {"RDATE": "20300301T190000Z/never"},
        {"RECURRENCE-ID": "never"},
    ],
)
def test_an_unreadable_event_is_put_aside(tmp_path, lines):
    with pytest.raises(DataError) as raised:
        read(tmp_path, vevent(**lines))
    assert raised.value.sentence.endswith(".")
