"""What becomes of an event's timings: the offer, its dates, and what is left out of it."""

from datetime import UTC, date, datetime

import pytest

from models.vocabulary import Reason
from providers.base import Item, VenueFacts
from providers.errors import ConfigurationError, DataError
from providers.openagenda import PROVIDER
from providers.records import LeftOut, OfferRecord, Place
from tests.providers.openagenda.agenda import (
    HALLE,
    NOW,
    OpenAgenda,
    calendar,
    fixture,
    items,
    records,
    vevent,
    visit,
)

REUNION = VenueFacts("Halle aux Grains", "Indian/Reunion", 44.1235, 2.3458)


def read(tmp_path, *events: str, **changes):
    """Import one event and give its record."""
    to = visit(OpenAgenda(calendar(*events)), tmp_path, **changes)
    (item,) = items(to).values()
    (record,) = PROVIDER.normalise(item, to)
    return record


def starts(record: OfferRecord) -> list[str]:
    return [stock.ref for stock in record.stocks]


def test_an_event_is_an_offer_and_each_timing_a_date(tmp_path):
    record = records(visit(OpenAgenda(fixture("shape_a.ics")), tmp_path))["70010001"]
    assert isinstance(record, OfferRecord)
    assert record.title == "Veillée de contes : la forêt qui marche"
    assert record.description == (
        "Une conteuse, un bâton de pluie et des histoires d’arbres voyageurs, pour petits et grands rêveurs."
    )
    assert starts(record) == ["20300112T190000Z", "20300113T150000Z", "20300119T190000Z"]
    assert record.stocks[0].ends_at == datetime(2030, 1, 12, 20, 30, tzinfo=UTC)
    assert record.place is None  # at the venue itself


def test_both_shapes_and_a_prefix_bring_the_same_offers(tmp_path):
    a = records(visit(OpenAgenda(fixture("shape_a.ics")), tmp_path, places="all"))
    b = records(visit(OpenAgenda(fixture("shape_b.ics")), tmp_path, places="all"))
    assert a == b


def test_the_older_form_is_read_too(tmp_path):
    venue = VenueFacts("Le moulin d'écume")
    (record,) = records(visit(OpenAgenda(fixture("legacy.ics")), tmp_path, venue=venue)).values()
    assert record.ref == "70010009"
    assert record.description == "Musique et feu de bois"
    assert starts(record) == ["20301231T200000Z"]


def test_an_occurrence_that_comes_twice_counts_once_and_the_last_one_holds(tmp_path):
    record = read(tmp_path, vevent(), vevent(DTEND="20300601T210000Z"))
    (stock,) = record.stocks
    assert stock.ends_at == datetime(2030, 6, 1, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "start", "end"),
    [
        ({"DTEND": "20300601T200000Z"}, "20300601T180000Z", datetime(2030, 6, 1, 20, tzinfo=UTC)),
        ({}, "20300601T180000Z", None),
        ({"DTEND": "20300601T170000Z"}, "20300601T180000Z", None),
        ({"DTEND": "soon"}, "20300601T180000Z", None),
        ({"DTSTART": "20300601T200000"}, "20300601T160000Z", None),  # floating: the venue's time
        ({"TZID": "Europe/Paris"}, "20300601T180000Z", None),  # a bare line that changes nothing
        (
            {"DTSTART": "20300601", "DTEND": "20300603"},
            "20300531T200000Z",
            datetime(2030, 6, 2, 20, tzinfo=UTC),
        ),
        ({"DTSTART": "20300601"}, "20300531T200000Z", datetime(2030, 6, 1, 20, tzinfo=UTC)),
        ({"DTSTAMP": "{DTSTAMP}"}, "20300601T180000Z", None),
    ],
)
def test_times_are_instants_read_in_the_venues_timezone(tmp_path, lines, start, end):
    (stock,) = read(tmp_path, vevent(**lines), venue=REUNION).stocks
    assert stock.ref == start
    assert stock.ends_at == end


def test_a_time_may_name_its_zone(tmp_path):
    event = vevent().replace("DTSTART:20300601T180000Z", 'DTSTART;TZID="America/Cayenne":20300601T150000')
    assert starts(read(tmp_path, event)) == ["20300601T180000Z"]


@pytest.mark.parametrize(
    "lines",
    [
        {"DTSTART": "00000101T000000Z"},
        {"DTSTART": "99991231T235959Z"},
        {"DTSTART": "20301301T000000Z"},
        {"DTSTART": "bientôt"},
        {"DTSTART": ""},
        {"SUMMARY": ""},
        {"SUMMARY": " \\n "},
    ],
)
def test_an_unreadable_event_costs_that_event_only(tmp_path, lines):
    to = visit(OpenAgenda(calendar(vevent("1", **lines), vevent("2"))), tmp_path)
    bad, good = items(to).values()
    with pytest.raises(DataError) as raised:
        PROVIDER.normalise(bad, to)
    assert raised.value.sentence
    assert PROVIDER.normalise(good, to)


def test_an_unknown_zone_is_not_guessed(tmp_path):
    event = vevent().replace("DTSTART:20300601T180000Z", "DTSTART;TZID=../../etc:20300601T150000")
    with pytest.raises(DataError):
        read(tmp_path, event)


def test_texts_are_unescaped_and_cleaned(tmp_path):
    record = read(
        tmp_path,
        vevent(
            SUMMARY="Bal\\, folk \\; et \\\\ plus\x07\u2028fort",
            DESCRIPTION="Un\\nDeux\u2028Trois\x00 \\, quatre - Voir plus: https://openagenda.com/events/7_x",
        ),
    )
    assert record.title == "Bal, folk ; et \\ plus fort"
    assert record.description == "Un\nDeux\nTrois , quatre"


def test_a_fold_inside_a_character_is_undone(tmp_path):
    event = vevent().encode().replace(b"Un titre", "Un tit\xc3".encode("latin-1") + b"\r\n \xa9")
    body = calendar().replace(b"END:VCALENDAR", event + b"END:VCALENDAR")
    (record,) = records(visit(OpenAgenda(body), tmp_path)).values()
    assert record.title == "Un tité"


def test_whom_to_call_is_not_kept(tmp_path):
    record = read(tmp_path, vevent(DESCRIPTION="Réserver au 05 00 00 00 00 ou accueil@vaubreal.example"))
    assert record.description == "Réserver au … ou …"


def test_a_cancelled_timing_is_a_cancelled_date(tmp_path):
    record = read(tmp_path, vevent(STATUS="CANCELLED"), vevent(start="20300602T180000Z"))
    assert [stock.cancelled for stock in record.stocks] == [True, False]


def test_what_the_title_says_goes_with_the_offer(tmp_path):
    assert read(tmp_path, vevent(SUMMARY="Bal (annulé)")).title_says == "cancelled"


# --- when ---


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        ("20300101T130000Z", "20300101T140000Z", True),  # this afternoon
        ("20300101T100000Z", "20300101T130000Z", True),  # going on
        ("20300101T090000Z", "20300101T110000Z", False),  # over since an hour
        ("20300101T090000Z", "", True),  # today, and no end is known
        ("20291231T220000Z", "", False),  # yesterday, 23 h in Paris
        ("20291231T230000Z", "", True),  # midnight in Paris: today
        ("20291231T180000Z", "20291231T200000Z", False),
        ("20291220T080000Z", "20300105T180000Z", True),  # a long one, going on
    ],
)
def test_what_is_over_is_not_imported(tmp_path, start, end, kept):
    record = read(tmp_path, vevent(start=start, DTEND=end))
    assert isinstance(record, OfferRecord) is kept
    if not kept:
        assert record == LeftOut("7", Reason.OVER)


def test_only_the_dates_to_come_are_in_the_record(tmp_path):
    record = read(tmp_path, vevent(start="20290601T180000Z"), vevent(start="20300601T180000Z"))
    assert starts(record) == ["20300601T180000Z"]


def test_the_day_is_the_venues(tmp_path):
    """At noon UTC of the first, it already was the first for four hours before in Réunion."""
    start = "20291231T203000Z"  # half past midnight there, half past nine the evening before in Paris
    assert starts(read(tmp_path, vevent(start=start), venue=REUNION)) == [start]
    assert read(tmp_path, vevent(start=start)) == LeftOut("7", Reason.OVER)


def test_an_earlier_day_brings_the_past_back(tmp_path):
    events = vevent(start="20290601T180000Z", DTEND="20290601T190000Z"), vevent(start="20280601T180000Z")
    record = read(tmp_path, *events, since=date(2029, 1, 1))
    assert starts(record) == ["20290601T180000Z"]


# --- where ---


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ({}, True),
        ({"GEO": ""}, True),  # by its name
        ({"LOCATION": "HALLE AUX GRAINS", "GEO": ""}, True),
        ({"LOCATION": "Salle de bal - 4 place de la Fontaine"}, True),  # by its position
        ({"LOCATION": "Salle de bal", "GEO": "44.1279;2.3458"}, True),  # 489 m to the north
        ({"LOCATION": "Salle de bal", "GEO": "44.1281;2.3458"}, False),
        ({"LOCATION": "Salle de bal", "GEO": "0;0"}, False),
        ({"LOCATION": "Salle de bal", "GEO": "44.1234"}, False),
        ({"LOCATION": "", "GEO": ""}, False),  # said to be nowhere: not here
    ],
)
def test_by_default_what_takes_place_at_the_venue_is_kept(tmp_path, lines, kept):
    to = visit(OpenAgenda(calendar(vevent("1"), vevent("2", **lines))), tmp_path)
    (record,) = PROVIDER.normalise(items(to)["2"], to)
    assert isinstance(record, OfferRecord) is kept
    if not kept:
        assert record == LeftOut("2", Reason.OTHER_PLACE)


@pytest.mark.parametrize(
    ("places", "kept"),
    [
        ("all", {"1", "2", "3", "4"}),
        ("Tous", {"1", "2", "3", "4"}),
        ("salle de bal", {"2"}),
        ("Salle de bal, Théâtre", {"2", "3"}),
        ("Théâtre - Petite salle", {"3"}),
        ("Théâtre - Petite salle; Salle de bal", {"2", "3"}),
        ('["Théâtre", "en ligne"]', {"3", "4"}),
        (["Salle de bal"], {"2"}),
        ("", {"1"}),
        (None, {"1"}),
    ],
)
def test_places_are_chosen_by_name(tmp_path, places, kept):
    events = [
        vevent("1"),
        vevent("2", LOCATION="Salle de bal - 3 rue Haute", GEO="45;3"),
        vevent("3", LOCATION="Théâtre - Petite salle - 3 rue Haute", GEO="45;3"),
        vevent("4", LOCATION="", GEO=""),
    ]
    found = records(visit(OpenAgenda(calendar(*events)), tmp_path, places=places))
    assert {ref for ref, record in found.items() if isinstance(record, OfferRecord)} == kept


def test_only_the_timings_at_the_kept_places_are_dates(tmp_path):
    elsewhere = vevent(start="20300602T180000Z", LOCATION="Salle de bal", GEO="45;3")
    assert starts(read(tmp_path, vevent(), elsewhere)) == ["20300601T180000Z"]


def test_another_place_goes_with_the_offer(tmp_path):
    record = read(
        tmp_path, vevent(LOCATION="Salle de bal - 3 rue Haute\\, 12345 Vaubréal", GEO="45;3"), places="all"
    )
    assert record.place == Place(
        "Salle de bal", "3 rue Haute, 12345 Vaubréal", "12345", "Vaubréal", 45.0, 3.0
    )


def test_without_a_venue_every_place_is_kept(tmp_path):
    found = records(visit(OpenAgenda(fixture("shape_a.ics")), tmp_path, venue=None))
    assert all(isinstance(record, OfferRecord) for record in found.values())


@pytest.mark.parametrize(
    "venue", [VenueFacts("Ailleurs"), VenueFacts("Ailleurs", latitude=48.8, longitude=2.3)]
)
def test_nothing_at_the_venue_is_never_a_silent_zero(tmp_path, venue):
    pages = PROVIDER.fetch(visit(OpenAgenda(fixture("shape_a.ics")), tmp_path, venue=venue))
    assert next(pages).shortfall  # the details, which are not there either
    with pytest.raises(ConfigurationError) as raised:
        next(pages)
    assert raised.value.code == "no_place_matches"
    assert raised.value.sentence.replace("\u00a0", " ") == (
        "Aucun évènement de cet agenda n’a lieu à « Ailleurs ». "
        "Choisissez les lieux à importer : « Halle aux Grains », « Le Moulin d’Écume »."
    )


def test_at_most_ten_places_are_listed(tmp_path):
    events = [vevent(str(number), LOCATION=f"Salle {number}", GEO="") for number in range(13)]
    with pytest.raises(ConfigurationError) as raised:
        items(visit(OpenAgenda(calendar(*events)), tmp_path))
    assert raised.value.sentence.replace("\u00a0", " ").endswith("« Salle 9 » et 3 de plus.")


def test_a_payload_that_is_none_is_put_aside(tmp_path):
    with pytest.raises(DataError):
        PROVIDER.normalise(Item("7", b"", None), visit(OpenAgenda(), tmp_path))


def test_a_venue_of_an_unknown_timezone_is_read_as_paris(tmp_path):
    venue = VenueFacts("Halle aux Grains", "Mars/Olympus")
    assert starts(read(tmp_path, vevent(DTSTART="20300601T200000"), venue=venue)) == ["20300601T180000Z"]


def test_the_clock_is_the_visits(tmp_path):
    later = visit(OpenAgenda(calendar(vevent())), tmp_path, clock=lambda: NOW.replace(year=2031), venue=HALLE)
    (item,) = items(later).values()
    assert PROVIDER.normalise(item, later) == [LeftOut("7", Reason.OVER)]
