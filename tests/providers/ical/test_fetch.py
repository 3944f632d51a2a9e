"""What is asked of a site, page by page, and what comes of each answer."""

from datetime import UTC, datetime

import pytest

from providers import icalendar_file
from providers.base import provider
from providers.errors import ConfigurationError, DataError, TransientError
from providers.ical import PROVIDER, Ical, checks
from tests.providers.ical.calendar import ADDRESS, NOW, Site, calendar, items, records, vevent, visit


def many(number: int) -> bytes:
    return calendar(*(vevent(UID=f"{index:04}") for index in range(number)))


class Narrow(Ical):
    limits = Ical.limits.__class__(page_items=2)


def test_the_provider_is_found_by_its_slug():
    assert provider("ical") is PROVIDER


def test_a_calendar_is_read_in_pages_and_said_to_be_complete(tmp_path):
    pages = list(Narrow().fetch(visit(many(5), tmp_path)))
    assert [[item.ref for item in page.items] for page in pages] == [
        ["0000", "0001"],
        ["0002", "0003"],
        ["0004"],
    ]
    assert [page.last for page in pages] == [False, False, True]
    assert {page.estimate for page in pages} == {5}
    assert {page.requested_at for page in pages} == {NOW}


def test_an_empty_calendar_is_a_complete_answer(tmp_path):
    (page,) = PROVIDER.fetch(visit(calendar(), tmp_path))
    assert (list(page.items), page.last) == ([], True)


def test_events_that_repeat_make_shorter_pages(tmp_path):
    body = calendar(*(vevent(UID=f"{index:04}", RRULE="FREQ=DAILY") for index in range(50)))
    assert [len(page.items) for page in PROVIDER.fetch(visit(body, tmp_path))] == [20, 20, 10]


@pytest.mark.parametrize("first", [1, 2])
def test_it_goes_on_after_any_page(tmp_path, first):
    pages = list(Narrow().fetch(visit(many(5), tmp_path)))
    rest = list(Narrow().fetch(visit(many(5), tmp_path, cursor=pages[first - 1].cursor)))
    assert [page.items for page in rest] == [page.items for page in pages[first:]]
    assert not any(page.restarted for page in rest)


def test_a_calendar_that_rewrites_its_stamps_at_each_request_is_gone_on_with(tmp_path):
    cursor = next(Narrow().fetch(visit(many(5), tmp_path))).cursor
    later = many(5).replace(b"DTSTAMP:20291201", b"DTSTAMP:20300115")
    page = next(Narrow().fetch(visit(later, tmp_path, cursor=cursor)))
    assert not page.restarted
    assert page.items[0].ref == "0002"


def test_a_calendar_that_says_something_else_is_read_from_the_top(tmp_path):
    cursor = next(Narrow().fetch(visit(many(5), tmp_path))).cursor
    pages = list(Narrow().fetch(visit(many(6), tmp_path, cursor=cursor)))
    assert [page.restarted for page in pages] == [True, False, False]
    assert pages[0].items[0].ref == "0000"


def test_what_did_not_change_is_not_read(tmp_path):
    (page,) = PROVIDER.fetch(visit(Site(None), tmp_path))
    assert (page.unmodified, page.last, list(page.items)) == (True, True, [])


@pytest.mark.parametrize(("day", "conditional"), [(1, False), (3, False), (4, True), (31, True)])
def test_in_the_first_days_of_a_month_it_is_read_all_the_same(tmp_path, day, conditional):
    """The window of repetitions has moved on: a 304 would keep the new dates out for ever."""
    site = Site(calendar())
    list(PROVIDER.fetch(visit(site, tmp_path, now=datetime(2030, 1, day, 12, tzinfo=UTC))))
    assert site.asked == [(ADDRESS, conditional)]


def test_it_is_not_conditional_when_it_goes_on(tmp_path):
    site = Site(calendar())
    list(PROVIDER.fetch(visit(site, tmp_path, cursor={"digest": "x", "number": 1})))
    assert site.asked == [(ADDRESS, False)]


@pytest.mark.parametrize(
    ("body", "error", "code"),
    [
        (b"", TransientError, "cut_body"),
        (calendar(vevent())[:-20], TransientError, "cut_body"),
        (b"BEGIN:VCALENDAR\r\n", TransientError, "cut_body"),
        (b"<!doctype html><p>Bient\xc3\xb4t</p>", DataError, "not_a_calendar"),
        (b'{"error": "no"}', DataError, "not_a_calendar"),
        (calendar().replace(b"END", b"; BEGIN:VEVENT\r\nEND"), DataError, "not_a_calendar"),
    ],
)
def test_another_answer_than_a_calendar_is_an_error_and_no_page(tmp_path, body, error, code):
    with pytest.raises(error) as raised:
        list(PROVIDER.fetch(visit(body, tmp_path)))
    assert raised.value.code == code
    assert raised.value.sentence.endswith(".")


@pytest.mark.parametrize("code", ["not_found", "refused"])
def test_an_address_without_a_public_calendar_says_what_to_do_about_it(tmp_path, code):
    with pytest.raises(ConfigurationError) as raised:
        list(PROVIDER.fetch(visit(ConfigurationError(code, "…"), tmp_path)))
    assert raised.value.code == "calendar_not_found"
    assert "publiquement" in raised.value.sentence


def test_other_errors_come_through(tmp_path):
    with pytest.raises(ConfigurationError) as raised:
        list(PROVIDER.fetch(visit(ConfigurationError("address_refused", "…"), tmp_path)))
    assert raised.value.code == "address_refused"


def test_a_calendar_without_end_of_events_or_lines_is_refused(tmp_path):
    path = tmp_path / "calendar.ics"
    path.write_bytes(many(4))
    for most in ({"most_events": 3}, {"most_lines": 20}):
        with (
            pytest.raises(DataError),
            icalendar_file.opened(path, icalendar_file.CalendarFile, sender="Le site", **most),
        ):
            pass


WRITTEN = calendar(vevent(SUMMARY="L’été à Vauréal"))
AT = WRITTEN.index("é".encode()) + 1


@pytest.mark.parametrize(
    "otherwise",
    [
        WRITTEN.decode().encode("cp1252"),
        WRITTEN.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + WRITTEN,
        WRITTEN.replace(b"\r\n", b"\r"),
        WRITTEN.replace(b"\r\n", b"\r\r\n"),
        WRITTEN.replace(b"BEGIN:VEVENT", b"Begin:VEvent").replace(b"END:VEVENT", b"end:vevent"),
        WRITTEN[:AT] + b"\r\n " + WRITTEN[AT:],
        WRITTEN.replace(b"END:VEVENT", b"LOCATION:Caf\xe9\r\nEND:VEVENT"),
        WRITTEN + b"<!-- Cached in 0.2 s -->\n",
    ],
)
def test_a_calendar_may_be_written_otherwise_than_the_format_wants(tmp_path, otherwise):
    (record,) = records(visit(otherwise, tmp_path)).values()
    assert record.title == "L’été à Vauréal"
    assert record.place is None or record.place.name == "Café"


def test_events_lie_wherever_they_lie(tmp_path):
    moved = vevent("RECURRENCE-ID:20300308T190000Z", UID="a")
    body = calendar(vevent(UID="a", RRULE="FREQ=WEEKLY"), vevent(UID="b"), moved)
    found = items(visit(body, tmp_path))
    assert found["a"].payload.count(b"BEGIN:VEVENT") == 2
    assert b"RECURRENCE-ID" in found["a"].payload


def test_what_is_no_event_is_passed_over(tmp_path):
    todo = "BEGIN:VTODO\r\nUID:t\r\nDTSTART:20300301T190000Z\r\nEND:VTODO\r\n"
    assert list(items(visit(calendar(todo, vevent()), tmp_path))) == ["1@vaubreal.example"]


# --- before linking ---


def said(found) -> dict[str, str]:
    return {check.name: check.sentence.replace("\u00a0", " ") for check in found}


def test_a_check_says_what_there_is_and_shows_three_offers(tmp_path):
    body = calendar(*(vevent(UID=str(number)) for number in range(4)), head="X-WR-CALNAME:La saison")
    found = list(PROVIDER.check(visit(body, tmp_path)))
    assert said(found) == {
        "calendar": "Le calendrier « La saison » contient 4 évènements.",
        "samples": "Voici 3 offres, telles que les jeunes les verraient.",
    }
    assert [len(check.samples) for check in found] == [0, 3]
    assert {check.state for check in found} == {"ok"}


@pytest.mark.parametrize(
    ("events", "state", "sentence"),
    [
        ([vevent(DTSTART="20290101T190000Z")], "warning", "Aucune date à venir dans ce calendrier."),
        ([vevent(CLASS="PRIVATE")], "warning", "privés"),
        ([vevent(SUMMARY="Busy"), vevent(SUMMARY="Occupé", UID="2")], "failed", "disponibilités"),
        ([vevent(), vevent(SUMMARY="", UID="2")], "ok", "Voici 1 offre, telle que les jeunes la verraient."),
    ],
)
def test_a_check_says_what_is_amiss(tmp_path, events, state, sentence):
    samples = list(checks.check(visit(calendar(*events), tmp_path), PROVIDER.limits))[-1]
    assert samples.state == state
    assert sentence in samples.sentence.replace("\u00a0", " ")


def test_an_empty_calendar_is_a_warning(tmp_path):
    (check,) = PROVIDER.check(visit(calendar(), tmp_path))
    assert (check.state, said([check])["calendar"]) == (
        "warning",
        "Le calendrier ne contient aucun évènement.",
    )


def test_the_form_is_in_french_and_its_bounds_hold():
    for field in PROVIDER.Settings.model_json_schema()["properties"].values():
        assert field["title"]
        assert field["description"]
    settings = PROVIDER.Settings(
        since="2020-01-31", until_months="24", capacity="sans limite", price="gratuit"
    )
    assert PROVIDER.Settings.model_validate(settings.model_dump(mode="json")) == settings
    for wrong in ({"until_months": 25}, {"until_months": 0}, {"since": "demain"}):
        with pytest.raises(ValueError, match="validation error"):
            PROVIDER.Settings(**wrong)
