"""How long we wait for a partner, and the heart that beats meanwhile."""

import gzip
import threading
import traceback
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from providers import address, patience
from providers.errors import TransientError
from providers.http import PoliteClient
from tests.providers.loopback import Partner, answer, drip, head, silence

URL = "https://feed.example/agenda"


@pytest.fixture
def partner() -> Iterator[Partner]:
    with Partner() as started:
        yield started


def client(partner: Partner, **options: Any) -> PoliteClient:
    return PoliteClient(host_map={"feed.example": partner.base}, sleep=lambda _: None, **options)


def failure(partner: Partner, **options: Any) -> TransientError:
    with client(partner, **options) as polite, pytest.raises(TransientError) as caught:
        polite.get(URL)
    return caught.value


class FullBudget:
    def wait(self, key: str) -> float:
        return 5


def test_a_silent_partner_is_given_up(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.exchange.READ_TIMEOUT", 0.5)
    monkeypatch.setattr(patience, "STEP", 0.05)
    partner.says(silence)
    assert failure(partner).code == "timeout"
    assert len(partner.requests) == 1


@pytest.mark.parametrize(
    "start",
    [b"HTTP/1.1 200 OK\r\nX-Slow: ", head(200, {"Content-Length": "1000000"})],
    ids=["headers", "body"],
)
def test_a_drip_does_not_outlive_the_deadline(partner: Partner, start: bytes) -> None:
    partner.says(drip(start))
    assert failure(partner, deadline=timedelta(seconds=1)).code == "deadline"
    assert len(partner.requests) == 1


def test_a_compressed_drip_does_not_outlive_it_either(partner: Partner) -> None:
    partner.says(drip(head(200, {"Content-Encoding": "gzip"}) + gzip.compress(b"a"), gzip.compress(b"")))
    assert failure(partner, deadline=timedelta(seconds=1)).code == "deadline"


class LeaseLostError(OSError):
    """An error of ours that the layers below could take for the network's."""


def test_the_heart_beats_while_the_partner_is_silent(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "STEP", 0.02)
    partner.says(silence)
    beats: list[int] = []

    def heart() -> None:
        beats.append(1)
        if len(beats) > 5:
            raise LeaseLostError

    with pytest.raises(LeaseLostError):
        client(partner, heart=heart).get(URL)
    assert len(partner.requests) == 1


def test_the_heart_beats_while_a_body_streams(partner: Partner) -> None:
    def heart() -> None:
        if polite.received > 1000:
            raise LeaseLostError

    partner.says(drip(head(200, {"Content-Length": "1000000"}), b"x" * 500))
    polite = client(partner, heart=heart)
    with pytest.raises(LeaseLostError):
        polite.get(URL)


def test_what_the_heart_raises_is_not_shown_with_the_secrets_of_a_url(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "STEP", 0.02)
    resolving, over = threading.Event(), threading.Event()

    def resolve(host: str, port: int) -> bool:
        resolving.set()
        return over.wait(60)

    def heart() -> None:
        if resolving.is_set():
            raise LeaseLostError

    monkeypatch.setattr(address, "resolve", resolve)
    asked = f"{URL}?key=s3cret"
    with PoliteClient(heart=heart) as polite, pytest.raises(LeaseLostError) as caught:
        polite.get(asked)
    over.set()
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_no_attempt_begins_after_the_deadline(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    partner.says(answer(status=500))
    failure(partner, deadline=timedelta(seconds=1.9))
    assert len(partner.requests) == 2  # a pause of 1 s still fits, the next one of 2 s does not


def test_waiting_for_our_turn_is_not_held_against_the_partner() -> None:
    waiting = patience.Patience(heart=lambda: None, sleep=lambda _: None)
    with waiting.within(10):
        waiting.wait(100)
        assert waiting.left() > 100


def test_the_heart_may_stop_a_wait(partner: Partner) -> None:
    def heart() -> None:
        raise LeaseLostError

    with pytest.raises(LeaseLostError):
        client(partner, heart=heart, budget=FullBudget()).get(URL)
    assert partner.requests == []


def test_a_name_that_does_not_resolve_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "STEP", 0.02)
    monkeypatch.setattr(address, "RESOLUTION", 0.5)
    over = threading.Event()
    monkeypatch.setattr(address, "resolve", lambda host, port: over.wait(60))
    beats: list[int] = []
    polite = PoliteClient(sleep=lambda _: None, heart=lambda: beats.append(1))
    with pytest.raises(TransientError) as caught:
        polite.post(URL, form={})
    over.set()
    assert caught.value.code == "unreachable"
    assert len(beats) > 5
