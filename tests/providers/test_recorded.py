"""Which recorded answer a request gets, and what the real client makes of it."""

import json
from datetime import UTC, datetime

import pytest

from providers.errors import ConfigurationError, DataError, RateLimited, TransientError
from providers.faults import FAULTS
from providers.http import PoliteClient
from providers.recorded import Recorded, Recording
from providers.recording import record
from tests.providers.loopback import Partner, answer, document
from tests.providers.parvis.partner import PARVIS, ParvisSettings

EVENTS = "https://partner.example/events"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "one.json").write_text('{"page": 1}')
    (tmp_path / "two.json").write_text('{"page": 2}')
    (tmp_path / "seat.json").write_text('{"seat": "A1"}')
    answers = [
        {"ask": f"GET {EVENTS}?page=1&since=2030-01-01T12:00:00Z", "body": "one.json"},
        {"ask": f"GET {EVENTS}?page=2&since=2030-01-01T12:00:00Z", "body": "two.json"},
        {"ask": "POST https://partner.example/seats", "sends": '"seat": "A1"', "body": "seat.json"},
        {"ask": "GET https://partner.example/gone", "status": 410},
    ]
    index = {"identifier": "1", "now": "2030-01-01T12:00:00+00:00", "answers": answers}
    (tmp_path / "answers.json").write_text(json.dumps(index))
    return tmp_path


def test_a_request_is_known_by_its_address_and_query_whatever_their_order(folder):
    client = Recorded(folder)
    assert client.get(f"{EVENTS}?since=2030-01-01T12:00:00Z&page=2").json() == {"page": 2}
    assert client.get(EVENTS, params={"page": "1", "since": "2030-01-01T12:00:00Z"}).json() == {"page": 1}
    assert client.requests == 2


def test_the_day_of_the_request_does_not_matter(folder):
    asked = {"page": "2", "since": "2031-05-05T08:30:00Z"}
    assert Recorded(folder).get(EVENTS, params=asked).json() == {"page": 2}


def test_a_post_is_known_by_what_it_sends(folder):
    client = Recorded(folder)
    assert client.post("https://partner.example/seats", json={"seat": "A1"}).json() == {"seat": "A1"}
    with pytest.raises(ConfigurationError):
        client.post("https://partner.example/seats", json={"seat": "B2"})


def test_what_was_not_recorded_is_said(folder):
    with pytest.raises(ConfigurationError, match="no answer in"):
        Recorded(folder).get(EVENTS, params={"page": "3"})


def test_a_recorded_refusal_is_one(folder):
    with pytest.raises(ConfigurationError) as raised:
        Recorded(folder).get("https://partner.example/gone")
    assert raised.value.status == 410


def test_files_without_an_index_are_found_by_name_and_number(tmp_path):
    (tmp_path / "page_1.json").write_text("[1]")
    (tmp_path / "page_2.json").write_text("[2]")
    (tmp_path / "only.ics").write_bytes(b"BEGIN:VCALENDAR")
    recording = Recording(tmp_path)
    for _ in range(2):  # another visit finds the same files
        client = Recorded(recording)
        assert client.get(f"{EVENTS}.json").json() == [1]
        assert client.get(f"{EVENTS}.json?after=1").json() == [2]
        assert client.get(f"{EVENTS}.json").json() == [1]
        assert client.download("https://partner.example/agenda.ics", tmp_path / "to").size == 15


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("unauthorised", ConfigurationError, "refused"),
        ("rate_limited", RateLimited, "rate_limited"),
        ("server_error", TransientError, "server_error"),
        ("cut", TransientError, "cut"),
        ("slow", TransientError, "timeout"),
        ("too_large", DataError, "too_large"),
        ("html", DataError, "not_json"),
        ("empty", DataError, "not_json"),
    ],
)
def test_a_fault_is_what_the_network_would_have_made_of_it(folder, fault, error, code):
    client = Recorded(folder, FAULTS[fault])
    with pytest.raises(error) as raised:
        client.get(f"{EVENTS}?page=1&since=2030-01-01T12:00:00Z").json()
    assert raised.value.code == code


def test_the_network_is_never_reached(folder, monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network"))
    assert Recorded(folder).get(f"{EVENTS}?page=1&since=2030-01-01").json()


NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
KEY = "tropsecret99"
PAGE = {"events": [{"id": "bal", "title": "Bal", "dates": [], "email": "w@courriel.example"}], "next": None}


def test_what_is_recorded_is_read_again_without_its_secret(tmp_path):
    with Partner() as partner:
        partner.says(document({**PAGE, "token": KEY}))
        taken = record(
            PARVIS, " 5150 ", ParvisSettings(token=KEY), {"token": KEY}, tmp_path / "new",
            clock=lambda: NOW, host_map={"parvis.example": partner.base},
        )  # fmt: skip
    assert taken.error is None
    assert partner.requests[0].headers["authorization"] == f"Bearer {KEY}"
    written = "".join(file.read_text() for file in (tmp_path / "new").iterdir())
    assert KEY not in written
    assert "courriel.example" not in written
    recording = Recording(tmp_path / "new")
    assert recording.now == NOW
    assert recording.index["identifier"] == "5150"
    ParvisSettings.model_validate(recording.index["settings"])
    read = Recorded(recording).get("https://parvis.example/api/5150/events?page=1").json()
    assert read["events"][0]["title"] == "Bal"


def test_what_was_recorded_before_an_error_is_kept_and_the_error_told(tmp_path):
    with Partner() as partner:
        partner.says(document({**PAGE, "next": 2}), answer(status=403))
        taken = record(
            PARVIS, "5150", ParvisSettings(token=KEY), {"token": KEY}, tmp_path,
            clock=lambda: NOW, host_map={"parvis.example": partner.base},
        )  # fmt: skip
    assert isinstance(taken.error, ConfigurationError)
    assert [each.get("status", 200) for each in Recording(tmp_path).index["answers"]] == [200, 403]


def test_a_client_that_nothing_stands_before_is_the_networks():
    with Partner() as partner, PoliteClient(host_map={"parvis.example": partner.base}) as client:
        partner.says(document({"a": 1}))
        assert client.get("https://parvis.example/").json() == {"a": 1}
