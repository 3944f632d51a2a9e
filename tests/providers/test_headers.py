"""What a reply's headers ask of us."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import text

from providers.headers import fresh_until, retry_after

NOW = datetime(2026, 3, 12, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": " 0 "}, 0),
        ({"Retry-After": "Thu, 12 Mar 2026 14:06:00 GMT"}, 60),
        ({"Retry-After": "Thu, 12 Mar 2026 14:00:00 GMT"}, 0),
        # a partner whose clock is an hour ahead means a minute all the same
        ({"Retry-After": "Thu, 12 Mar 2026 15:06:00 GMT", "Date": "Thu, 12 Mar 2026 15:05:00 GMT"}, 60),
        ({"Retry-After": "999999999"}, timedelta(days=7).total_seconds()),
    ],
)
def test_retry_after_is_understood(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("written", ["", "soon", "-5", "1.5", "Thu, 99 Mar 2026"])
def test_a_retry_after_that_says_nothing_is_none(written: str) -> None:
    assert retry_after({"Retry-After": written}, NOW) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Cache-Control": "public, max-age=600"}, 600),
        ({"Cache-Control": "max-age=600", "Age": "100"}, 500),
        ({"Cache-Control": "max-age=60", "Expires": "Thu, 12 Mar 2026 20:00:00 GMT"}, 60),
        ({"Expires": "Thu, 12 Mar 2026 14:15:00 GMT"}, 600),
        ({"Expires": "Thu, 12 Mar 2026 15:15:00 GMT", "Date": "Thu, 12 Mar 2026 15:05:00 GMT"}, 600),
    ],
)
def test_an_answer_is_fresh_for_as_long_as_it_says(headers: dict[str, str], seconds: float) -> None:
    assert fresh_until(headers, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cache-Control": "no-cache, max-age=600"},
        {"Cache-Control": "s-maxage=600"},
        {"Cache-Control": "max-age=60", "Age": "61"},
        {"Expires": "0"},
        {"Expires": "Thu, 12 Mar 2026 14:00:00 GMT"},
    ],
)
def test_an_answer_that_may_be_stale_is_not_fresh(headers: dict[str, str]) -> None:
    assert fresh_until(headers, NOW) is None


@given(text(), text())
def test_no_header_can_break_the_reading(one: str, two: str) -> None:
    retry_after({"Retry-After": one, "Date": two}, NOW)
    fresh_until({"Cache-Control": one, "Expires": two, "Age": two, "Date": one}, NOW)
