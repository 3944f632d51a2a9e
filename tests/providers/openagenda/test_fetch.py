"""What is asked of Open Agenda, in which order, and what comes of each answer."""

from datetime import datetime

import pytest

from models.vocabulary import Shortfall
from providers.base import provider
from providers.errors import ConfigurationError, DataError, RateLimited, TransientError
from providers.openagenda import PROVIDER, ics
from tests.providers.openagenda.agenda import (
    NOW,
    OpenAgenda,
    calendar,
    fixture,
    items,
    two_pages,
    vevent,
    visit,
)


def test_the_provider_is_found_by_its_slug():
    assert provider("openagenda") is PROVIDER


def test_details_come_first_then_the_events(tmp_path):
    agenda = OpenAgenda(fixture("shape_a.ics"), two_pages())
    pages = list(PROVIDER.fetch(visit(agenda, tmp_path)))
    assert [[(item.kind, item.ref) for item in page.items] for page in pages] == [
        [("detail", "70010001"), ("detail", "70010002")],
        [("detail", "70010003")],
        [("event", "70010001"), ("event", "70010002"), ("event", "70010003")],
    ]
    assert [page.last for page in pages] == [False, False, True]
    assert all(page.shortfall is None for page in pages)
    assert {page.estimate for page in pages} == {3}
    assert {page.requested_at for page in pages} == {NOW}


def test_a_timing_that_names_no_event_lets_nothing_be_taken_for_gone(tmp_path):
    nameless = vevent("8").replace("UID:", "X-UID:")
    for events, unidentified in (([vevent("7")], False), ([vevent("7"), nameless], True)):
        to = visit(OpenAgenda(calendar(*events), two_pages()), tmp_path)
        assert [page.unidentified for page in PROVIDER.fetch(to) if page.last] == [unidentified]


def test_every_request_is_on_the_agendas_own_budget(tmp_path):
    agenda = OpenAgenda(fixture("shape_a.ics"), two_pages())
    to = visit(agenda, tmp_path)
    list(PROVIDER.fetch(to))
    assert [budget for _, budget in agenda.asked] == ["openagenda:90000001"] * 3
    assert PROVIDER.budget_key(to) == "openagenda:90000001"
    assert agenda.asked[-1][0] == "https://openagenda.com/agendas/90000001/events.v2.ics"


def test_details_of_what_is_over_are_not_asked_for(tmp_path):
    agenda = OpenAgenda(fixture("shape_a.ics"), two_pages())
    list(PROVIDER.fetch(visit(agenda, tmp_path)))
    # the venue's day began at 23:00 UTC the day before, and a timing may have begun a day earlier
    assert "timings%5Bgte%5D=2029-12-30T23%3A00%3A00.000Z" in agenda.asked[0][0]
    assert "detailed=1" in agenda.asked[0][0]


def test_the_timings_of_an_event_are_grouped_wherever_they_lie(tmp_path):
    scattered = calendar(vevent("1", "20300601T180000Z"), vevent("2"), vevent("1", "20300602T180000Z"))
    found = items(visit(OpenAgenda(scattered), tmp_path))
    assert found["1"].payload.count(b"DTSTART") == 2
    assert list(found) == ["1", "2"]


@pytest.mark.parametrize(
    "failure",
    [
        TransientError("timeout", "…"),
        RateLimited("rate_limited", "…", retry_at=datetime.max.replace(tzinfo=NOW.tzinfo)),
        DataError("not_json", "…"),
        None,  # a 404
        b'{"success": false}',
        b'{"events": "none"}',
    ],
)
def test_without_details_the_calendar_is_imported_and_it_is_said(tmp_path, failure):
    pages = list(PROVIDER.fetch(visit(OpenAgenda(fixture("shape_a.ics"), failure), tmp_path)))
    assert pages[0].shortfall is Shortfall.DETAILS_NOT_RECEIVED
    assert not pages[0].items
    assert pages[-1].last
    assert len(pages[-1].items) == 3


def test_details_that_stop_halfway_keep_what_came(tmp_path):
    details = two_pages()
    details[list(details)[1]] = TransientError("timeout", "…")
    pages = list(PROVIDER.fetch(visit(OpenAgenda(fixture("shape_a.ics"), details), tmp_path)))
    assert [len(page.items) for page in pages] == [2, 0, 3]
    assert pages[1].shortfall is Shortfall.DETAILS_NOT_RECEIVED


def test_what_is_no_partner_error_comes_through(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        list(PROVIDER.fetch(visit(_Stopped(fixture("shape_a.ics")), tmp_path)))


class _Stopped(OpenAgenda):
    def get(self, url, **_):
        raise KeyboardInterrupt


def test_a_server_that_gives_one_page_for_ever_is_asked_twice(tmp_path):
    agenda = OpenAgenda(fixture("shape_a.ics"), fixture("details_1.json"))
    pages = list(PROVIDER.fetch(visit(agenda, tmp_path)))
    assert len(agenda.asked) == 3
    assert [len(page.items) for page in pages] == [2, 3]


def test_pages_that_turn_in_a_circle_end(tmp_path):
    page = b'{"total": 9, "events": [{"uid": %d}], "after": ["%s"]}'
    details = {
        (): page % (1, b"a"),
        ("a",): page % (2, b"b"),
        ("b",): page % (3, b"a"),
    }
    to = visit(OpenAgenda(fixture("shape_a.ics"), details), tmp_path)
    assert list(items(to, "detail")) == ["1", "2", "3"]


def test_a_total_that_lies_changes_nothing(tmp_path):
    details = {
        (): b'{"total": 9000, "events": [{"uid": 1}], "after": ["a"]}',
        ("a",): b'{"total": 0, "events": []}',
    }
    to = visit(OpenAgenda(fixture("shape_a.ics"), details), tmp_path)
    assert list(items(to, "detail")) == ["1"]


def test_details_go_on_where_they_stopped(tmp_path):
    agenda = OpenAgenda(fixture("shape_a.ics"), two_pages())
    cursor = next(PROVIDER.fetch(visit(agenda, tmp_path))).cursor
    rest = list(PROVIDER.fetch(visit(agenda, tmp_path, cursor=cursor)))
    assert [len(page.items) for page in rest] == [1, 3]


def _hundred_events(first: int = 0) -> bytes:
    return calendar(*(vevent(str(1000 + number)) for number in range(first, 1200)))


def test_events_go_on_where_they_stopped_in_the_same_file(tmp_path):
    agenda = OpenAgenda(_hundred_events())
    pages = list(PROVIDER.fetch(visit(agenda, tmp_path)))
    events = [page for page in pages if page.items]
    assert [len(page.items) for page in events] == [500, 500, 200]
    rest = list(PROVIDER.fetch(visit(agenda, tmp_path, cursor=events[0].cursor)))
    assert [page.items for page in rest] == [page.items for page in events[1:]]
    assert not any(page.restarted for page in rest)
    assert agenda.conditional[-1] is False  # a 304 would be about another traversal


def test_another_file_starts_again_from_the_top_and_says_so(tmp_path):
    agenda = OpenAgenda(_hundred_events())
    first = next(page for page in PROVIDER.fetch(visit(agenda, tmp_path)) if page.items)
    agenda.calendar = _hundred_events(first=1)
    rest = list(PROVIDER.fetch(visit(agenda, tmp_path, cursor=first.cursor)))
    assert [page.restarted for page in rest] == [True, False, False]
    assert sum(len(page.items) for page in rest) == 1199


def test_a_traversal_that_stopped_at_its_very_end_still_ends(tmp_path):
    agenda = OpenAgenda(fixture("shape_a.ics"))
    last = list(PROVIDER.fetch(visit(agenda, tmp_path)))[-1]
    (page,) = PROVIDER.fetch(visit(agenda, tmp_path, cursor=last.cursor))
    assert page.last
    assert not page.items
    assert not page.restarted


def test_a_page_is_bounded_by_its_timings_too(tmp_path):
    many = [
        vevent(str(event), f"2030{1 + day // 28:02}{1 + day % 28:02}T180000Z")
        for event in range(5)
        for day in range(300)
    ]
    pages = [page for page in PROVIDER.fetch(visit(OpenAgenda(calendar(*many * 12)), tmp_path)) if page.items]
    assert [len(page.items) for page in pages] == [2, 2, 1]
    assert [page.last for page in pages] == [False, False, True]


def test_an_unmodified_calendar_is_said_to_be_so(tmp_path):
    pages = list(PROVIDER.fetch(visit(OpenAgenda(None, two_pages()), tmp_path)))
    assert pages[-1].unmodified
    assert pages[-1].last
    assert [len(page.items) for page in pages] == [2, 1, 0]


def test_an_empty_calendar_is_a_complete_snapshot_of_nothing(tmp_path):
    pages = list(PROVIDER.fetch(visit(OpenAgenda(calendar()), tmp_path)))
    assert pages[-1].last
    assert not pages[-1].items


@pytest.mark.parametrize(
    ("body", "error", "code"),
    [
        (calendar(vevent())[:-20], TransientError, "cut_body"),
        (b"", TransientError, "cut_body"),
        (b"<!DOCTYPE html><html><body>Maintenance</body></html>", DataError, "not_a_calendar"),
        (b'{"error": "busy"}', DataError, "not_a_calendar"),
        (calendar(vevent(), head="X-WR-RELCALID:90000002\r\n"), ConfigurationError, "other_agenda"),
        (ConfigurationError("not_found", "404"), ConfigurationError, "agenda_not_found"),
        (ConfigurationError("refused", "403"), ConfigurationError, "refused"),
        (RateLimited("rate_limited", "…"), RateLimited, "rate_limited"),
    ],
)
def test_each_bad_answer_has_its_own_outcome_and_gives_no_page(tmp_path, body, error, code):
    pages = PROVIDER.fetch(visit(OpenAgenda(body, b'{"events": []}'), tmp_path))
    with pytest.raises(error) as raised:
        list(pages)
    assert raised.value.code == code
    assert raised.value.sentence


def test_a_404_says_what_to_do_about_it(tmp_path):
    with pytest.raises(ConfigurationError, match="404") as raised:
        list(PROVIDER.fetch(visit(OpenAgenda(ConfigurationError("not_found", "404")), tmp_path)))
    assert raised.value.sentence.startswith("Aucun agenda n°\u00a090000001 sur Open Agenda. Vérifiez")


def test_a_calendar_without_end_of_events_or_lines_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(ics, "MOST_TIMINGS", 3)
    with pytest.raises(DataError, match="more than 3 VEVENT"):
        items(visit(OpenAgenda(calendar(*[vevent()] * 4)), tmp_path))
    monkeypatch.setattr(ics, "MOST_LINES", 20)
    with pytest.raises(DataError, match="over 20"):
        items(visit(OpenAgenda(calendar(*[vevent()] * 4)), tmp_path))


def test_a_bom_and_blank_lines_are_no_obstacle(tmp_path):
    body = (
        b"\xef\xbb\xbf\r\n"
        + fixture("shape_a.ics").replace(b"BEGIN:VEVENT", b"\r\nBEGIN:VEVENT")
        + b"\r\n\r\n"
    )
    assert len(items(visit(OpenAgenda(body), tmp_path))) == 3


def test_a_description_may_quote_the_words_of_the_format(tmp_path):
    quoting = vevent(DESCRIPTION="Écrivez BEGIN:VEVENT puis END:VEVENT et END:VCALENDAR")
    found = items(visit(OpenAgenda(calendar(quoting, vevent("8"))), tmp_path))
    assert list(found) == ["7", "8"]
    assert b"LOCATION" in found["7"].payload


def test_a_timing_that_is_never_closed_costs_no_other(tmp_path):
    open_ended = vevent().replace("END:VEVENT\r\n", "")
    assert list(items(visit(OpenAgenda(calendar(open_ended, vevent("8"))), tmp_path))) == ["7", "8"]


def test_a_timing_whose_uid_names_no_event_is_put_aside_by_itself(tmp_path):
    to = visit(OpenAgenda(calendar(vevent(UID=""), vevent("8"))), tmp_path)
    unreadable, good = items(to).values()
    with pytest.raises(DataError):
        PROVIDER.normalise(unreadable, to)
    assert PROVIDER.normalise(good, to)
