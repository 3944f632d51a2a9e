"""What a declaration makes of JSON: paths, pages, prices, and what it refuses."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from models.vocabulary import Certainty
from providers.base import VenueFacts, Visit
from providers.declared import (
    Api,
    DateOf,
    EventOf,
    JsonApi,
    LinkHeader,
    NextAddress,
    Offset,
    OnePage,
    Pages,
    Tariffs,
    Token,
)
from providers.declared.mapping import instant, price
from providers.declared.paths import every, first, inside
from providers.errors import ConfigurationError, DataError, TransientError
from providers.http import PoliteClient
from providers.records import UNKNOWN, LeftOut
from tests.providers.loopback import Partner, answer, document
from tests.providers.parvis.partner import NOW_2030, ParvisSettings

SAID = {"a": {"b": [{"c": 1}, {"c": None}, {"c": 3}], "d": ""}, "e": []}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b.*.c", [1, 3]),
        ("a.b.2.c", [3]),
        ("a.d|a.b.0.c", [1]),
        ("a.d", []),
        ("a.b.9.c", []),
        ("a.b.c", []),
        ("nowhere.*", []),
        ("", []),
    ],
)
def test_a_path_finds_what_is_said_and_never_raises(path, found):
    assert every(SAID, path) == found
    assert first(SAID, path) == (found[0] if found else None)


def test_an_empty_list_is_told_from_none():
    assert inside(SAID, "e") == []
    assert inside(SAID, "a.e") is None
    assert inside(SAID, "") == SAID


class Hall(JsonApi[ParvisSettings]):
    slug = "hall"
    label = "Hall"
    Settings = ParvisSettings
    identifier_help = "Collez le nom de la salle, par exemple « ecluse »."
    api = Api(
        url="https://hall.example/{identifier}/events",
        items="events",
        host="Hall",
        headers={"X-Key": "{token}"},
    )
    event = EventOf(
        ref="id",
        title="name",
        date=DateOf(
            at="dates.*", starts="at", remaining="left", price=Tariffs(["tariffs.*"], "price", "name")
        ),
    )


def paged(paging):
    return type("Paged", (Hall,), {"api": Api(**{**vars_of(Hall.api), "paging": paging})})()


def vars_of(api):
    return {name: getattr(api, name) for name in ("url", "items", "host", "headers")}


def event(number, **changes):
    dates = [{"at": "2030-02-01T20:00:00", "left": 4, "tariffs": [{"price": "12,50"}]}]
    return {"id": number, "name": f"Bal {number}", "dates": dates, **changes}


@pytest.fixture
def hall():
    with Partner() as partner:
        yield partner


def visit(partner, tmp_path, **changes):
    client = PoliteClient(host_map={"hall.example": partner.base}, sleep=lambda _: None)
    values = {"identifier": "ecluse", "venue": VenueFacts("Hall"), **changes}
    settings = ParvisSettings(token="k9k9k9k9")
    return Visit(settings=settings, clock=lambda: NOW_2030, http=client, spool=tmp_path, **values)


def listed(said):
    link = said.pop("Link", None)
    return document(said, **({"Link": link} if link else {}))


def refs(adapter, to):
    return [[item.ref for item in page.items] for page in adapter.fetch(to)]


def test_one_page_is_asked_with_the_key(hall, tmp_path):
    hall.says(document({"events": [event(1), event(2)]}))
    assert refs(paged(OnePage()), visit(hall, tmp_path)) == [["1", "2"]]
    assert hall.requests[0].target == "/ecluse/events"
    assert hall.requests[0].headers["x-key"] == "k9k9k9k9"


@pytest.mark.parametrize(
    ("paging", "said", "asked"),
    [
        (Pages("page", "pages"), [{"pages": 2}, {"pages": 2}], ["?page=1", "?page=2"]),
        (Token("after", "next"), [{"next": "a b"}, {"next": None}], ["", "?after=a+b"]),
        (Token("after", "next", "more"), [{"next": "x", "more": True}, {"next": "y", "more": False}], ["", "?after=x"]),
        (Token("after", "next"), [{"next": 7}, {"next": False}], ["", "?after=7"]),
        (NextAddress("next"), [{"next": "/ecluse/events?p=2"}, {}], ["", "?p=2"]),
        (Pages("page", "pages", start=0), [{"pages": "2"}, {"pages": "2"}], ["?page=0", "?page=1"]),
        (Pages("page", events="total"), [{"total": 2}, {"total": 2}], ["?page=1", "?page=2"]),
        (Pages("page", more="more"), [{"more": True}, {"more": False}], ["?page=1", "?page=2"]),
        (Pages("page"), [{}, {"events": []}], ["?page=1", "?page=2"]),
        (Offset("skip", "total"), [{"total": 2}, {"total": 2}], ["?skip=0", "?skip=1"]),
        (Offset("skip"), [{}, {"events": []}], ["?skip=0", "?skip=1"]),
        (LinkHeader(), [{"Link": '</ecluse/events?p=2>; rel="next", </x>; rel="last"'}, {"Link": '</x>; rel="prev"'}], ["", "?p=2"]),
    ],
)  # fmt: skip
def test_pages_follow_each_other(hall, tmp_path, paging, said, asked):
    hall.says(*(listed({"events": [event(n)], **each}) for n, each in enumerate(said)))
    pages = list(paged(paging).fetch(visit(hall, tmp_path)))
    assert [page.last for page in pages] == [False, True]
    assert [received.target for received in hall.requests] == [f"/ecluse/events{each}" for each in asked]
    assert not any(page.unidentified for page in pages)
    hall.requests.clear()
    hall.says(listed({"events": [event(1)], **said[1]}))
    assert len(list(paged(paging).fetch(visit(hall, tmp_path, cursor=pages[0].cursor)))) == 1
    assert hall.requests[0].target.endswith(asked[1])


@pytest.mark.parametrize(
    ("paging", "said"),
    [
        (Pages("page", events="total"), [{"total": 9}, {"total": 9, "events": []}]),
        (Offset("skip", "total"), [{"total": 9}, {"total": 9, "events": []}]),
    ],
)
def test_a_list_that_ends_before_its_count_lets_nothing_be_taken_for_gone(hall, tmp_path, paging, said):
    hall.says(*(document({"events": [event(n)], **each}) for n, each in enumerate(said)))
    pages = list(paged(paging).fetch(visit(hall, tmp_path)))
    assert [(page.last, page.unidentified) for page in pages] == [(False, False), (True, True)]


def test_pages_that_turn_in_a_circle_are_no_complete_list(hall, tmp_path):
    hall.says(document({"events": [event(1)], "next": "same"}))
    with pytest.raises(TransientError):
        refs(paged(Token("after", "next")), visit(hall, tmp_path))


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/events", "//elsewhere.example", "http://[::1"]
)
def test_the_key_goes_to_no_other_host(hall, tmp_path, elsewhere):
    hall.says(document({"events": [], "next": elsewhere}))
    with pytest.raises(DataError, match="autre adresse"):
        refs(paged(NextAddress("next")), visit(hall, tmp_path))


@pytest.mark.parametrize("said", [{"events": None}, {"events": {}}, {}, [], {"error": "no"}])
def test_what_is_no_list_is_no_empty_one(hall, tmp_path, said):
    hall.says(document(said))
    with pytest.raises(DataError):
        refs(Hall(), visit(hall, tmp_path))


@pytest.mark.parametrize(
    ("paging", "said"),
    [
        (Pages("page", "pages"), {}),
        (Pages("page", "pages"), {"pages": -1}),
        (Pages("page", events="total"), {"total": None}),
        (Pages("page", more="more"), {"more": "?"}),
        (Offset("skip", "total"), {"total": True}),
        (Token("after", "next", "more"), {"more": True}),
        (Token("after", "next", "more"), {"next": "x"}),
    ],
)
def test_what_does_not_say_whether_it_is_the_last_page_is_not(hall, tmp_path, paging, said):
    hall.says(document({"events": [event(1)], **said}))
    with pytest.raises(DataError):
        refs(paged(paging), visit(hall, tmp_path))


def test_an_event_without_a_ref_lets_nothing_be_taken_for_gone(hall, tmp_path):
    hall.says(document({"events": [event(None), event(2)]}))
    (page,) = Hall().fetch(visit(hall, tmp_path))
    assert page.unidentified
    assert [item.ref for item in page.items] == ["2"]


@pytest.mark.parametrize(("status", "code"), [(401, "key_refused"), (403, "key_refused"), (404, "not_found")])
def test_a_refusal_says_what_to_do(hall, tmp_path, status, code):
    hall.says(answer(status=status))
    with pytest.raises(ConfigurationError) as raised:
        refs(Hall(), visit(hall, tmp_path))
    assert raised.value.code == code
    assert "Hall" in raised.value.sentence


def test_what_an_event_becomes(hall, tmp_path):
    hall.says(document({"events": [event(1)]}))
    to = visit(hall, tmp_path)
    (page,) = Hall().fetch(to)
    (record,) = Hall().normalise(page.items[0], to)
    (stock,) = record.stocks
    assert record.title == "Bal 1"
    assert stock.ref == "20300201T190000Z"
    assert stock.starts_at.isoformat() == "2030-02-01T20:00:00+01:00"
    assert (stock.price.amount, stock.remaining) == (Decimal("12.50"), 4)


def test_what_is_not_said_is_unknown_and_what_has_no_date_is_left_out(hall, tmp_path):
    hall.says(document({"events": [event(1, dates=[{"at": "2030-02-01T20:00:00"}]), event(2, dates=[])]}))
    to = visit(hall, tmp_path)
    (page,) = Hall().fetch(to)
    first_record, second = (Hall().normalise(item, to)[0] for item in page.items)
    assert first_record.stocks[0].remaining is UNKNOWN
    assert first_record.stocks[0].price.amount is None
    assert isinstance(second, LeftOut)


CERTAIN, PROPOSED = Certainty.CERTAIN, Certainty.PROPOSED


@pytest.mark.parametrize(
    ("tariffs", "amount", "certainty"),
    [
        ([{"price": 1200}], "12.00", CERTAIN),
        ([{"price": 1200, "name": "Plein tarif"}, {"price": 800, "name": "Réduit"}], "12.00", CERTAIN),
        ([{"price": 1500, "name": "Soutien"}, {"price": 1000, "name": "Tarif normal"}], "10.00", CERTAIN),
        ([{"price": 1200, "name": "Parterre"}, {"price": 900, "name": "Balcon"}], "12.00", PROPOSED),
        ([{"price": 0, "chosen": 500}], "5.00", PROPOSED),
        ([{"price": 0}], "0.00", CERTAIN),
        ([{"price": 800, "name": "Réduit"}], "8.00", PROPOSED),
        ([{"price": "beaucoup"}, {"price": -5}, {"price": True}, {}], None, Certainty.UNKNOWN),
        ([], None, Certainty.UNKNOWN),
    ],
)
def test_the_publics_full_price(tariffs, amount, certainty):
    said = price(tariffs, cents=True)
    assert (said.amount, said.certainty) == (amount and Decimal(amount), certainty)


@pytest.mark.parametrize("written", ["hier", "2030-02-30", "0001-01-01T00:00:00", "9999-01-01", 5, ""])
def test_what_is_no_instant_is_not_one(written):
    with pytest.raises((ValueError, TypeError)):
        instant(written, ZoneInfo("Europe/Paris"))
