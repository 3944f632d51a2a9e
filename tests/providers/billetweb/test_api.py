"""What reaches the wire and what comes back: refusals in a 200, the front's HTML, a traversal cut in two."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from models.vocabulary import Reason
from providers.billetweb import PROVIDER
from providers.errors import ConfigurationError, DataError, RateLimited, TransientError
from providers.records import LeftOut, OfferRecord
from tests.providers.billetweb.counter import (
    CHALLENGE,
    KEY,
    NOW,
    TOO_FAST,
    Counter,
    Sells,
    date,
    event,
    items_of,
    records_of,
    series,
    visiting,
)


def refused(counter, tmp_path, **changes):
    with visiting(counter, tmp_path, **changes) as visit, pytest.raises(Exception) as refusal:
        items_of(visit)
    return refusal.value


def test_who_asks_and_the_version_go_with_every_request(tmp_path):
    counter = Counter()
    counter.puts(Sells(series(), [date()]), Sells(event("50")))
    with visiting(counter, tmp_path) as visit:
        assert set(items_of(visit)) == {"48213", "50"}
    assert counter.paths == [
        "events",
        "event/48213/tickets",
        "event/48213/dates",
        "event/50/tickets",
        "event/50/avail",
    ]
    assert all(parse_qs(urlsplit(each).query)["version"] == ["1"] for each in counter.asked)


def test_attendees_are_never_asked_for(tmp_path):
    counter = Counter()
    counter.puts(Sells(series(), [date()]), Sells(event("50")))
    with visiting(counter, tmp_path) as visit:
        items_of(visit)
        list(PROVIDER.check(visit))
    assert not any("attendees" in path or "order" in path for path in counter.paths)


def test_too_many_requests_are_told_in_a_200_and_waited_out(tmp_path):
    error = refused(Counter(refuse=lambda _: TOO_FAST), tmp_path)
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + timedelta(minutes=1)


def test_a_traversal_that_was_slowed_down_goes_on_where_it_was(tmp_path):
    counter = Counter()
    counter.puts(*(Sells(event(number)) for number in ("1", "2", "3")))
    counter.refuse = lambda path: TOO_FAST if "/event/2/" in path else None
    with visiting(counter, tmp_path) as visit:
        pages = PROVIDER.fetch(visit)
        read = [next(pages), next(pages)]
        with pytest.raises(RateLimited):
            next(pages)
    counter.refuse = lambda _: None
    with visiting(counter, tmp_path, cursor=read[-1].cursor) as visit:
        assert list(items_of(visit)) == ["2", "3"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"error": "unauthorized", "description": "wrong key"}, "key_refused"),
        ({"error": "unauthorized", "description": "… limited rights to specific events …"}, "key_limited"),
        ({"error": "bad_user"}, "key_refused"),
    ],
)
def test_a_key_is_refused_in_a_200(tmp_path, said, code):
    error = refused(Counter(refuse=lambda _: said), tmp_path)
    assert isinstance(error, ConfigurationError)
    assert error.code == code
    assert error.sentence.startswith("Clé refusée par Billetweb")


def test_a_wrong_key_is_never_quoted(tmp_path):
    error = refused(Counter(), tmp_path, key="x" * 32)
    assert isinstance(error, ConfigurationError)
    assert error.code == "key_refused"
    assert "x" * 32 not in f"{error} {error.sentence}"


def test_the_key_is_in_no_payload(tmp_path):
    counter = Counter()
    counter.puts(Sells(event()))
    with visiting(counter, tmp_path) as visit:
        assert KEY not in repr(items_of(visit)) + repr(visit)


@pytest.mark.parametrize(
    "said", [CHALLENGE, b"\xef\xbb\xbf\n<html>Bonjour", (403, {}, CHALLENGE), (503, {}, b"")]
)
def test_the_front_s_page_is_away_for_now(tmp_path, said):
    assert isinstance(refused(Counter(refuse=lambda _: said), tmp_path), TransientError)


def test_a_401_is_a_refused_key(tmp_path):
    error = refused(Counter(refuse=lambda _: (401, {}, b"")), tmp_path)
    assert (type(error), error.code) == (ConfigurationError, "key_refused")


@pytest.mark.parametrize("said", [{"error": "maintenance"}, {"error": "internal_error", "description": "…"}])
def test_billetweb_may_say_that_it_is_away(tmp_path, said):
    assert isinstance(refused(Counter(refuse=lambda _: said), tmp_path), TransientError)


@pytest.mark.parametrize("said", [b"", b"oui", {}, {"error": "unknown_method"}, "texte", b"[{]", b"\xff\xfe"])
def test_what_is_not_billetweb_costs_the_run_and_withdraws_nothing(tmp_path, said):
    assert isinstance(refused(Counter(refuse=lambda _: said), tmp_path), DataError)


@pytest.mark.parametrize(
    "said", [{"error": "unauthorized", "description": "limited rights to specific events"}, (404, {}, b"")]
)
def test_an_event_that_is_refused_costs_itself(tmp_path, said):
    counter = Counter()
    counter.puts(Sells(event("1")), Sells(event("2")))
    counter.refuse = lambda path: said if "/event/1/" in path else None
    with visiting(counter, tmp_path) as visit:
        items = items_of(visit)
        with pytest.raises(DataError):
            PROVIDER.normalise(items["1"], visit)
        assert isinstance(PROVIDER.normalise(items["2"], visit)[0], OfferRecord)


def test_a_key_that_is_refused_half_way_ends_the_run(tmp_path):
    counter = Counter()
    counter.puts(Sells(event("1")))
    counter.refuse = lambda path: (401, {}, b"") if "/event/1/" in path else None
    assert isinstance(refused(counter, tmp_path), ConfigurationError)


def test_drafts_are_seen_and_left_out_at_no_further_cost(tmp_path):
    counter = Counter()
    counter.puts(Sells(event("1", online="0")), Sells(event("2")))
    with visiting(counter, tmp_path) as visit:
        assert records_of(visit)["1"] == LeftOut("1", Reason.NOT_ON_SALE)
    assert not any("event/1/" in path for path in counter.paths)


def test_an_event_a_page_and_the_cursor_after_each(tmp_path):
    counter = Counter()
    counter.puts(Sells(event("3")), Sells(event("1")), Sells(event("2", online="0")))
    with visiting(counter, tmp_path) as visit:
        pages = list(PROVIDER.fetch(visit))
        assert [[item.ref for item in page.items] for page in pages] == [["2"], ["1"], ["3"]]
        assert [page.last for page in pages] == [False, False, True]
        assert all(page.requested_at == NOW and page.estimate == 3 for page in pages)
        for number, page in enumerate(pages):
            rest = list(PROVIDER.fetch(replace(visit, cursor=page.cursor)))
            assert [item.ref for each in rest[1:] for item in each.items] == [
                item.ref for each in pages[number + 1 :] for item in each.items
            ]
            assert rest[-1].last


def test_an_account_without_events_is_an_empty_complete_traversal(tmp_path):
    with visiting(Counter(), tmp_path) as visit:
        (page,) = PROVIDER.fetch(visit)
    assert (list(page.items), page.last, page.unidentified) == ([], True, False)


@pytest.mark.parametrize("row", [None, 3, {"name": "sans numéro"}, {"id": ""}, {"id": {"a": 1}}])
def test_a_row_that_names_no_event_lets_nothing_be_taken_for_gone(tmp_path, row):
    counter = Counter(refuse=lambda path: [row, event("1")] if path.endswith("/events") else [])
    with visiting(counter, tmp_path) as visit:
        pages = list(PROVIDER.fetch(visit))
    assert [item.ref for page in pages for item in page.items] == ["1"]
    assert pages[-1].last
    assert pages[-1].unidentified


def test_an_event_listed_twice_is_read_once(tmp_path):
    counter = Counter(refuse=lambda path: [event("1"), event("1")] if path.endswith("/events") else [])
    with visiting(counter, tmp_path) as visit:
        assert [item.ref for page in PROVIDER.fetch(visit) for item in page.items] == ["1"]


@pytest.mark.parametrize("identifier", ["les-bateliers", "Les-Bateliers"])
def test_a_link_to_one_event_reads_that_event_only(tmp_path, identifier):
    counter = Counter()
    counter.puts(Sells(event("1")), Sells(event("2", ext_id="autre", shop="https://www.billetweb.fr/autre")))
    with visiting(counter, tmp_path, identifier=identifier, user="16254") as visit:
        assert list(items_of(visit)) == ["1"]


def test_an_event_that_the_account_does_not_have_is_told(tmp_path):
    error = refused(Counter(), tmp_path, identifier="cyrano", user="16254")
    assert (type(error), error.code) == (ConfigurationError, "event_not_found")


def test_without_a_user_nothing_is_asked(tmp_path):
    counter = Counter()
    error = refused(counter, tmp_path, identifier="tous")
    assert (type(error), error.code) == (ConfigurationError, "user_missing")
    assert counter.asked == []


def test_a_replayed_payload_reads_as_it_did(tmp_path):
    from workers import payloads  # noqa: PLC0415

    counter = Counter()
    counter.puts(Sells(series(), [date()]))
    with visiting(counter, tmp_path) as visit:
        (item,) = items_of(visit).values()
        kept = payloads.load(payloads.dump(item.payload))
        assert PROVIDER.normalise(replace(item, payload=kept), visit) == PROVIDER.normalise(item, visit)
        assert json.dumps(kept, default=str)
