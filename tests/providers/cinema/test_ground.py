"""What the cinema adapters share: times, large documents, showings put together, films made offers."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.vocabulary import Reason
from providers.cinema import grouping, outline, times
from providers.cinema.film import Film, Showing, offer
from providers.cinema.shapes import remaining
from providers.errors import DataError, TransientError
from providers.records import UNKNOWN, LeftOut

PARIS = ZoneInfo("Europe/Paris")
AT = datetime(2030, 2, 1, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2030-02-01T20:30:00", AT),
        ("2030-02-01 20:30", AT),
        ("20300201T2030", AT),
        ("2030-02-01T20:30:00.000+0100", AT),
        ("2030-02-01T23:30:00 +04:00", AT),
        ("2030-02-01T19:30:00Z", AT),
    ],
)
def test_an_instant_is_read_however_it_is_written(written, instant):
    assert times.read(written, PARIS) == instant


@pytest.mark.parametrize(
    "written",
    ["", "2030-02-01", "2030-13-01T20:30", "2030-02-01T24:30", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00",
     "2030-W05-5T20:30", "20:30", "2030-02-01T20:30+99:00"],
)  # fmt: skip
def test_what_is_no_instant_is_refused(written):
    with pytest.raises(ValueError):
        times.read(written, PARIS)


@given(
    st.datetimes(datetime(1995, 1, 1), datetime(2190, 1, 1)),
    st.sampled_from(["Europe/Paris", "Pacific/Noumea"]),
)
def test_what_the_venues_clock_shows_is_what_was_written(naive, zone):
    naive = naive.replace(second=0, microsecond=0)
    shown = times.read(naive.isoformat(), ZoneInfo(zone)).astimezone(ZoneInfo(zone))
    gap = datetime.fromisoformat(naive.isoformat()).replace(tzinfo=ZoneInfo(zone))
    exists = gap.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == naive
    assert (shown.replace(tzinfo=None) == naive) is exists
    assert shown.fold == 0 or not exists


def test_this_morning_is_the_venues():
    late = datetime(2030, 1, 15, 23, 30, tzinfo=UTC)
    assert times.this_morning(late, PARIS) == datetime(2030, 1, 15, 23, tzinfo=UTC)
    assert times.this_morning(late, ZoneInfo("America/Martinique")) == datetime(2030, 1, 15, 4, tzinfo=UTC)


@pytest.mark.parametrize(("seats", "left"), [(None, UNKNOWN), (-1, -1), (0, 0), (3, 3), (2**40, 2**31 - 1)])
def test_seats_are_unknown_none_or_some(seats, left):
    assert remaining(seats) == left


def document(tmp_path, content):
    file = tmp_path / "document.json"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return file


def test_a_large_document_is_read_part_by_part(tmp_path):
    said = {
        "sites": [{"id": f"{n}", "odd": '}{][",\\"', "deep": [{"x": [n]}]} for n in range(300)],
        "version": 7,
    }
    with outline.opened(document(tmp_path, said), 2, "ems.example") as read:
        assert read.frame["version"] == 7
        assert list(read.parts(read.frame["sites"])) == said["sites"]


def test_a_root_list_is_read_part_by_part(tmp_path):
    said = [{"n": 1, "price": 6.9}, {"n": 2}]
    with outline.opened(document(tmp_path, b"\xef\xbb\xbf" + json.dumps(said).encode()), 1, "x") as read:
        assert list(read.parts(read.frame)) == [{"n": 1, "price": Decimal("6.9")}, {"n": 2}]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", DataError),
        (b"   ", DataError),
        (b"<html>", DataError),
        (b"[1, 2", TransientError),
        (b'{"a": "b', TransientError),
        (b'{"a": [{"b": 1}]', TransientError),
        (b"]", DataError),
        (b"{}{}", DataError),
        (b"[" * 5000, DataError),
        (b'{"a": NaN}', DataError),
        (b"[" + b"1," * 700_000 + b"1]", DataError),
    ],
)
def test_what_is_no_document_is_refused(tmp_path, content, error):
    with pytest.raises(error), outline.opened(document(tmp_path, content), 2, "x"):
        pass


def test_a_part_that_cannot_be_read_costs_itself_only(tmp_path):
    with outline.opened(document(tmp_path, b'[{"a": nul}, {"a": 1}, {"a": "\xe9"}]'), 1, "x") as read:
        assert read.part(1) == {"a": 1}
        for broken in (0, 2):
            with pytest.raises(DataError):
                read.part(broken)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(st.dictionaries(st.text(max_size=5), json_values, max_size=4), max_size=6), json_values)
def test_any_parts_come_back_as_they_were(tmp_path_factory, parts, rest):
    folder = tmp_path_factory.mktemp("outline")
    with outline.opened(document(folder, {"rest": rest, "parts": parts}), 2, "x") as read:
        assert list(read.parts(read.frame["parts"])) == parts


def test_showings_are_put_together_by_film_in_an_order_of_its_own(tmp_path):
    first, second = (tmp_path / name for name in ("first", "second"))
    one, other = grouping.Grouped(first), grouping.Grouped(second)
    films = [str(number) for number in range(200)]
    for film in films:
        one.add({film: [[film, 1], [film, 2]]})
    for film in reversed(films):
        other.add({film: [[film, 1]]})
        other.add({film: [[film, 2]]})
    assert list(one) == list(other)
    assert sorted(film for film, _ in one) == sorted(films)
    places = [one.place_of(film) for film, _ in one]
    assert places == sorted(places)


def test_a_folder_that_was_used_before_is_emptied(tmp_path):
    grouping.Grouped(tmp_path).add({"20": [1]})
    assert list(grouping.Grouped(tmp_path)) == []


def test_more_showings_than_a_cinema_can_have_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(grouping, "MOST_SHOWINGS", 3)
    grouped = grouping.Grouped(tmp_path)
    grouped.add({"20": [1, 2, 3]})
    with pytest.raises(DataError) as raised:
        grouped.add({"21": [4]})
    assert raised.value.code == "too_many_showings"


def test_a_film_without_showings_says_why():
    assert offer("x/1", Film("Les Rameurs"), []) == LeftOut("x/1", Reason.OVER)


@pytest.mark.parametrize("ends", [AT, datetime(2030, 2, 1, 18, tzinfo=UTC), datetime(2030, 2, 3, tzinfo=UTC)])
def test_an_end_that_makes_no_sense_is_not_said(ends):
    (stock,) = offer("x/1", Film("Les Rameurs"), [Showing("1", AT, ends_at=ends)]).stocks
    assert stock.ends_at is None


def test_words_are_cleaned_and_contacts_hidden():
    film = Film(
        " Les\u200b  Rameurs ",
        "Réservez au 01 23 45 67 89 <script>x</script>ou <i>écrivez</i> à contact@lune.example",
        minutes=45,
        poster="http://images.example/1.jpg",
    )
    record = offer("x/1", film, [Showing("1", AT, traits=("VO", "", "VO", "3D"))])
    assert record.title == "Les Rameurs"
    assert record.description == "Réservez au … ou écrivez à …\n\nDurée\u00a0: 45\u00a0min"
    assert record.image_url == ""
    assert record.stocks[0].label == "VO – 3D"
