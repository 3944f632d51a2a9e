"""What makes an event the same event, and unchanged."""

import pytest

from providers.openagenda.ics import event_of, fingerprint, kept_lines
from tests.providers.openagenda.agenda import OpenAgenda, calendar, fixture, items, vevent, visit


@pytest.mark.parametrize(
    ("uid", "event"),
    [
        (b"48516406//20231125T060000Z", "48516406"),
        (b"90000001//48516406//20231125T060000Z", "48516406"),
        (b"90000001//48516406//2019-12-31//20:00:00Z", "48516406"),
        (b"48516406//2019-12-31//20:00:00Z", "48516406"),
        (b" 48516406//20231125T060000Z ", "48516406"),
        (b"48516406", "48516406"),
        (b"//20231125T060000Z", ""),
        (b"", ""),
    ],
)
def test_the_event_is_read_from_each_form_of_uid(uid, event):
    assert event_of(uid) == event


def test_the_two_shapes_of_the_export_give_the_same_fingerprints(tmp_path):
    """Shape B has other lines, other folds, an agenda prefix in its UIDs and, here, the reverse order."""
    a = items(visit(OpenAgenda(fixture("shape_a.ics")), tmp_path))
    b = items(visit(OpenAgenda(fixture("shape_b.ics")), tmp_path))
    assert {ref: item.fingerprint for ref, item in a.items()} == {
        ref: item.fingerprint for ref, item in b.items()
    }


def _fingerprint(*events: str) -> bytes:
    return fingerprint(kept_lines(event.encode()) for event in events)


def test_bookkeeping_and_doubles_change_nothing():
    one = vevent(SEQUENCE="1", CREATED="20200101T000000Z")
    later = vevent(DTSTAMP="20400101T000000Z", SEQUENCE="2", **{"LAST-MODIFIED": "20400101T000000Z"})
    assert _fingerprint(one) == _fingerprint(later) == _fingerprint(later, one)


@pytest.mark.parametrize(
    "change",
    [
        {"SUMMARY": "Un autre titre"},
        {"DESCRIPTION": "Des mots"},
        {"LOCATION": "Ailleurs"},
        {"GEO": "1;1"},
        {"STATUS": "CANCELLED"},
        {"DTEND": "20300601T200000Z"},
        {"DTSTART": "20300601T190000Z"},
    ],
)
def test_what_a_reader_would_see_changes_it(change):
    assert _fingerprint(vevent()) != _fingerprint(vevent(**change))


def test_line_ends_change_nothing(tmp_path):
    written = calendar(vevent())
    crlf = items(visit(OpenAgenda(written), tmp_path))
    lf = items(visit(OpenAgenda(written.replace(b"\r\n", b"\n")), tmp_path))
    assert crlf["7"].fingerprint == lf["7"].fingerprint


def test_a_timing_more_changes_it():
    assert _fingerprint(vevent()) != _fingerprint(vevent(), vevent(start="20300602T180000Z"))


def test_what_is_kept_of_an_event_names_no_one(tmp_path):
    personal = vevent(
        ORGANIZER="mailto:une.personne@vaubreal.example", CONTACT="05 00 00 00 00", ATTENDEE="x"
    )
    (item,) = items(visit(OpenAgenda(calendar(personal)), tmp_path)).values()
    assert isinstance(item.payload, bytes)
    assert b"vaubreal" not in item.payload
    assert b"05 00" not in item.payload
