"""One request: repetitions, waits, redirects, deadlines, and what each failure is called."""

import gzip
import os
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.errors import ConfigurationError, DataError, PartnerError, RateLimited, TransientError
from providers.http import PoliteClient
from tests.providers.loopback import Partner, answer, drip, head, raw, redirect

URL = "https://feed.example/agenda"
NOW = datetime(2026, 3, 12, 14, 5, tzinfo=UTC)
RESET = raw()


@pytest.fixture
def partner() -> Iterator[Partner]:
    with Partner() as started:
        yield started


class Naps(list[float]):
    """Sleeps nothing, remembers what was asked for."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


class Queue:
    """A budget that lets go after the waits it was given."""

    def __init__(self, *waits: float) -> None:
        self.waits = list(waits)
        self.keys: list[str] = []

    def wait(self, key: str) -> float:
        self.keys.append(key)
        return self.waits.pop(0) if self.waits else 0.0


def client(partner: Partner, **options: Any) -> PoliteClient:
    options = {
        "host_map": {"feed.example": partner.base, "other.example": partner.base},
        "clock": lambda: NOW,
        "sleep": Naps(),
    } | options
    return PoliteClient(**options)


def failure(partner: Partner, **options: Any) -> PartnerError:
    with client(partner, **options) as polite, pytest.raises(PartnerError) as caught:
        polite.get(URL)
    assert "feed.example" in caught.value.sentence
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, ConfigurationError, "refused"),
        (403, ConfigurationError, "refused"),
        (404, ConfigurationError, "not_found"),
        (410, ConfigurationError, "not_found"),
        (400, ConfigurationError, "rejected"),
        (206, TransientError, "unexpected_status"),
        (304, TransientError, "unexpected_status"),
    ],
)
def test_a_status_that_nothing_can_change_is_told_at_once(
    partner: Partner, status: int, kind: type[PartnerError], code: str
) -> None:
    partner.says(answer(status=status))
    error = failure(partner)
    assert (type(error), error.code, error.status) == (kind, code, status)
    assert len(partner.requests) == 1


@pytest.mark.parametrize("first", [answer(status=500), answer(status=503), answer(status=429), RESET])
def test_what_may_pass_is_asked_again(partner: Partner, first: Any) -> None:
    partner.says(first, answer(b"ok"))
    assert client(partner).get(URL).content == b"ok"


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (answer(status=502), TransientError, "server_error"),
        (answer(status=503), TransientError, "unavailable"),
        (answer(status=429), RateLimited, "rate_limited"),
        (RESET, TransientError, "connection_lost"),
        (raw(b"SSH-2.0-OpenSSH_9.6\r\n"), TransientError, "connection_lost"),
    ],
)
def test_after_four_attempts_we_come_back_later(
    partner: Partner, reply: Any, kind: type[PartnerError], code: str
) -> None:
    partner.says(reply)
    error = failure(partner)
    assert (type(error), error.code) == (kind, code)
    assert len(partner.requests) == 4


def test_nobody_listening_is_told_as_unreachable() -> None:
    with Partner() as gone:
        gone.says(answer())
    assert failure(gone).code == "unreachable"


@pytest.mark.parametrize(
    "reply",
    [
        raw(head(200, {"Content-Length": "100"}) + b"too short"),
        raw(head(200, {"Transfer-Encoding": "chunked"}) + b"5\r\nhello\r\n"),
        raw(head(200, {"Transfer-Encoding": "chunked"}) + b"ff\r\nhello"),
        raw(head(200, {"Content-Encoding": "gzip"}) + gzip.compress(os.urandom(500))[:-20]),
    ],
    ids=["length", "between chunks", "in a chunk", "gzip without length"],
)
def test_a_cut_body_is_never_an_answer(partner: Partner, reply: Any) -> None:
    partner.says(reply)
    error = failure(partner)
    assert (type(error), error.code) == (TransientError, "cut")
    assert len(partner.requests) == 4


def test_waits_between_attempts_are_drawn_at_random_and_grow(partner: Partner) -> None:
    partner.says(answer(status=500))
    naps = Naps()
    failure(partner, sleep=naps)
    assert len(set(naps)) > 1
    assert 0 < sum(naps) <= 1 + 2 + 4


def test_a_retry_after_is_waited_in_small_steps(partner: Partner) -> None:
    partner.says(answer(status=429, Retry_After="20"), answer(b"ok"))
    naps = Naps()
    client(partner, sleep=naps).get(URL)
    assert sum(naps) >= 20
    assert max(naps) <= 0.5


def test_a_retry_after_may_be_a_date(partner: Partner) -> None:
    partner.says(
        answer(status=503, Retry_After="Thu, 12 Mar 2026 14:05:30 GMT", Date="Thu, 12 Mar 2026 14:05:00 GMT"),
        answer(b"ok"),
    )
    naps = Naps()
    client(partner, sleep=naps).get(URL)
    assert sum(naps) >= 30


def test_a_long_retry_after_puts_the_run_back(partner: Partner) -> None:
    partner.says(answer(status=429, Retry_After="3600"))
    naps = Naps()
    error = failure(partner, sleep=naps)
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + timedelta(hours=1)
    assert (len(partner.requests), naps) == (1, [])


def test_a_long_closure_is_a_wait_rather_than_an_outage(partner: Partner) -> None:
    partner.says(answer(status=503, Retry_After="3600"))
    error = failure(partner)
    assert (type(error), error.code) == (RateLimited, "unavailable")


def test_a_host_that_said_when_is_not_asked_before(partner: Partner) -> None:
    partner.says(answer(status=429, Retry_After="3600"))
    polite = client(partner)
    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            polite.get(URL)
    assert caught.value.retry_at == polite.next_allowed["feed.example"] == NOW + timedelta(hours=1)
    assert len(partner.requests) == 1


def test_a_post_is_not_repeated_when_it_may_have_been_heard(partner: Partner) -> None:
    partner.says(RESET)
    with pytest.raises(TransientError):
        client(partner).post(URL, form={})
    assert len(partner.requests) == 1


def test_a_post_is_repeated_when_the_partner_did_nothing(partner: Partner) -> None:
    partner.says(answer(status=503), answer(b"ok"))
    assert client(partner).post(URL, form={}).content == b"ok"


def test_every_request_costs_budget(partner: Partner) -> None:
    partner.says(answer(status=500), redirect("https://other.example/x"), answer(b"ok"))
    budget = Queue()
    client(partner, budget=budget).get(URL)
    assert budget.keys == ["feed.example", "feed.example", "other.example"]


def test_a_budget_may_be_shared_by_something_else_than_the_host(partner: Partner) -> None:
    partner.says(redirect("https://other.example/x"), answer(b"ok"))
    budget = Queue()
    client(partner, budget=budget).get(URL, budget_key="agenda-7")
    assert budget.keys == ["agenda-7", "agenda-7"]


def test_our_turn_is_waited_for(partner: Partner) -> None:
    partner.says(answer(b"ok"))
    naps = Naps()
    client(partner, budget=Queue(1.5, 0.25), sleep=naps).get(URL)
    assert naps == [0.5, 0.5, 0.5, 0.25]


def test_a_long_queue_puts_the_run_back(partner: Partner) -> None:
    error = failure(partner, budget=Queue(40, 40))
    assert (type(error), error.code) == (RateLimited, "budget")
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + timedelta(seconds=40)
    assert partner.requests == []


def test_redirects_are_followed(partner: Partner) -> None:
    partner.says(redirect("/b"), redirect("https://other.example/c", status=308), answer(b"ok"))
    assert client(partner).get(URL).url == "https://other.example/c"
    assert [request.target for request in partner.requests] == ["/agenda", "/b", "/c"]


def test_redirects_without_end_are_not(partner: Partner) -> None:
    partner.says(redirect("/again"))
    assert failure(partner).code == "too_many_redirects"
    assert len(partner.requests) == 6


def test_another_host_sees_no_credentials(partner: Partner) -> None:
    partner.says(redirect("https://other.example/x"), answer())
    secrets = {"Authorization": "Bearer s3cret", "X-Api-Key": "s3cret", "Cookie": "a=s3cret", "key": "s3cret"}
    client(partner).get(URL, headers=secrets | {"Accept": "text/calendar"})
    assert "s3cret" in str(partner.requests[0].headers)
    assert "s3cret" not in str(partner.requests[1].headers)
    assert partner.requests[1].headers["accept"] == "text/calendar"


def test_the_same_host_sees_credentials_again(partner: Partner) -> None:
    partner.says(redirect("/x"), answer())
    client(partner).get(URL, headers={"Authorization": "Bearer ours"})
    assert partner.requests[1].headers["authorization"] == "Bearer ours"


def test_a_body_announced_too_large_is_not_read(partner: Partner) -> None:
    partner.says(raw(head(200, {"Content-Length": "1000000"})))
    error = failure(partner, body_limit=1000)
    assert (type(error), error.code) == (DataError, "too_large")


def test_a_body_that_turns_out_too_large_is_not_read_on(partner: Partner) -> None:
    partner.says(drip(head(200, {}), b"x" * 400))
    polite = client(partner, body_limit=1000)
    with pytest.raises(DataError) as caught:
        polite.get(URL)
    assert caught.value.code == "too_large"
    assert polite.received < 100_000


def test_a_bomb_is_not_unpacked(partner: Partner) -> None:
    bomb = gzip.compress(b"\0" * 5_000_000)
    partner.says(answer(bomb, Content_Encoding="gzip"))
    error = failure(partner)
    assert (type(error), error.code) == (DataError, "too_large")


@pytest.mark.parametrize(
    ("body", "encoding"), [(b"not gzip", "gzip"), (b"??", "br"), (zlib.compress(b"a"), "gzip, deflate")]
)
def test_a_body_that_cannot_be_unpacked_is_a_data_error(partner: Partner, body: bytes, encoding: str) -> None:
    partner.says(answer(body, Content_Encoding=encoding))
    error = failure(partner)
    assert (type(error), error.code) == (DataError, "undecodable")


@pytest.mark.parametrize("reply", [answer(status=500), RESET])
def test_no_message_holds_a_secret(partner: Partner, reply: Any) -> None:
    partner.says(reply)
    with client(partner) as polite, pytest.raises(TransientError) as caught:
        polite.get("https://u:s3cret@feed.example/x?api_key=s3cret&q=jazz")
    assert "s3cret" not in f"{caught.value} {caught.value.sentence}"
    assert "q=jazz" in str(caught.value)
