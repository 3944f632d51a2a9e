"""What makes an event of a calendar the same event, and unchanged."""

from datetime import UTC, datetime

import pytest

from tests.providers.ical.calendar import NOW, PARIS_BY_HAND, calendar, items, vevent, visit

WEEKLY = vevent(RRULE="FREQ=WEEKLY")


def fingerprint(tmp_path, *events: str, head: str = "", now: datetime = NOW, **changes) -> bytes:
    (item,) = items(visit(calendar(*events, head=head), tmp_path, now=now, **changes)).values()
    return item.fingerprint


def test_what_is_rewritten_at_each_export_changes_nothing(tmp_path):
    later = vevent(
        "X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC",
        "CREATED:20290101T000000Z",
        "BEGIN:VALARM",
        "TRIGGER:-PT15M",
        "END:VALARM",
        DTSTAMP="20300115T120000Z",
        LAST_MODIFIED="20300115T120000Z",
        SEQUENCE="3",
        TRANSP="OPAQUE",
        ATTENDEE="mailto:une.personne@vaubreal.example",
    )
    assert fingerprint(tmp_path, vevent()) == fingerprint(tmp_path, later)


@pytest.mark.parametrize(
    "change",
    [
        {"SUMMARY": "Un autre titre"},
        {"DESCRIPTION": "Des mots"},
        {"LOCATION": "Ailleurs"},
        {"URL": "https://x.example"},
        {"STATUS": "CANCELLED"},
        {"CLASS": "PRIVATE"},
        {"DTSTART": "20300301T193000Z"},
        {"DTEND": "20300301T210000Z"},
        {"RRULE": "FREQ=WEEKLY;COUNT=2"},
        {"EXDATE": "20300301T190000Z"},
        {"CATEGORIES": "Concert"},
    ],
)
def test_what_a_reader_would_see_changes_it(tmp_path, change):
    assert fingerprint(tmp_path, vevent()) != fingerprint(tmp_path, vevent(**change))


def test_the_order_of_blocks_lines_and_folds_is_irrelevant(tmp_path):
    moved = vevent("RECURRENCE-ID:20300308T190000Z", DTSTART="20300309T190000Z")
    other_way = moved.replace("SUMMARY:Un titre\r\n", "").replace(
        "BEGIN:VEVENT\r\n", "BEGIN:VEVENT\r\nSUMMARY:Un \r\n titre\r\n"
    )
    assert fingerprint(tmp_path, WEEKLY, moved) == fingerprint(tmp_path, other_way, WEEKLY, other_way)


def test_between_two_versions_of_an_event_the_sequence_matters(tmp_path):
    one, two = vevent(SEQUENCE="1"), vevent(SEQUENCE="2", SUMMARY="Autre")
    assert fingerprint(tmp_path, one, two) != fingerprint(tmp_path, vevent(SEQUENCE="3"), two)


def test_the_definition_of_a_zone_that_is_used_belongs_to_the_event(tmp_path):
    event = vevent("DTSTART;TZID=Chez nous:20300301T200000", DTSTART="")
    here = PARIS_BY_HAND.format(name="Chez nous")
    there = here.replace("+0100", "+0900")
    elsewhere = PARIS_BY_HAND.format(name="Ailleurs")
    assert fingerprint(tmp_path, event, head=here) != fingerprint(tmp_path, event, head=there)
    assert fingerprint(tmp_path, event, head=here) == fingerprint(
        tmp_path, event, head=f"{here}\r\n{elsewhere}"
    )


def test_so_does_the_zone_of_the_calendar(tmp_path):
    assert fingerprint(tmp_path, WEEKLY) != fingerprint(tmp_path, WEEKLY, head="X-WR-TIMEZONE:Europe/Paris")


FEBRUARY = datetime(2030, 2, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "rule",
    [
        *(
            "FREQ=WEEKLY",
            "FREQ=WEEKLY;COUNT=200",
            "FREQ=DAILY;UNTIL=20350101",
            "FREQ=MONTHLY;BYDAY=5SU;COUNT=4",
        ),
        *("FREQ=DAILY;BYHOUR=10,11;UNTIL=20300401", "FREQ=HOURLY;UNTIL=20300401", "FREQ=NEVER"),
    ],
)
def test_repetitions_that_may_outlast_the_window_are_read_anew_once_a_month(tmp_path, rule):
    event = vevent(RRULE=rule)
    january = fingerprint(tmp_path, event)
    assert january == fingerprint(tmp_path, event, now=datetime(2030, 1, 31, 12, tzinfo=UTC))
    assert january != fingerprint(tmp_path, event, now=FEBRUARY)


@pytest.mark.parametrize(
    "more",
    [
        "SUMMARY:Un titre",
        "RRULE:FREQ=WEEKLY;COUNT=10;BYDAY=TU,TH",
        "RRULE:FREQ=DAILY;UNTIL=20300401T190000Z",
        "RRULE:FREQ=MONTHLY;COUNT=3",
        "RDATE:20300302T190000Z,20300401T190000Z",
        "EXDATE:20300401T190000Z",
    ],
)
def test_what_ends_within_the_window_is_not(tmp_path, more):
    assert fingerprint(tmp_path, vevent(more)) == fingerprint(tmp_path, vevent(more), now=FEBRUARY)


def test_the_month_is_the_venues(tmp_path):
    """At half past eleven in the evening of the 31st, UTC, it is February in Paris."""
    late = datetime(2030, 1, 31, 23, 30, tzinfo=UTC)
    assert fingerprint(tmp_path, WEEKLY, now=late) == fingerprint(tmp_path, WEEKLY, now=FEBRUARY)


# --- refs ---


@pytest.mark.parametrize(
    ("uid", "ref"),
    [
        ("abc@google.com", "abc@google.com"),
        (" {A-B} ", "{A-B}"),
        ("é\x00ü", "éü"),
        ("x" * 75 + "\r\n yz", "x" * 75 + "yz"),
    ],
)
def test_an_event_is_known_by_its_uid(tmp_path, uid, ref):
    assert list(items(visit(calendar(vevent(UID=uid)), tmp_path))) == [ref]


def test_the_uid_of_an_alarm_is_not_the_events(tmp_path):
    alarm = vevent("BEGIN:VALARM", "UID:alarm", "END:VALARM")
    assert list(items(visit(calendar(alarm), tmp_path))) == ["1@vaubreal.example"]


def test_a_very_long_uid_is_cut_and_stays_its_own(tmp_path):
    found = items(visit(calendar(vevent(UID="x" * 999 + "1"), vevent(UID="x" * 999 + "2")), tmp_path))
    assert len(found) == 2
    assert all(len(ref) <= 200 for ref in found)


def test_without_a_uid_an_event_is_known_by_its_name_and_start(tmp_path):
    body = calendar(vevent(UID=""), vevent(UID="", SUMMARY="Autre"), vevent(UID="", DESCRIPTION="Des mots"))
    assert len(items(visit(body, tmp_path))) == 2


def test_what_is_kept_of_an_event_names_no_one(tmp_path):
    personal = vevent(
        "ORGANIZER:mailto:une.personne@vaubreal.example", "CONTACT:05 00 00 00 00", "ATTENDEE:x"
    )
    (item,) = items(visit(calendar(personal), tmp_path)).values()
    assert isinstance(item.payload, bytes)
    for word in (b"ORGANIZER", b"CONTACT", b"ATTENDEE", b"personne"):
        assert word not in item.payload
