"""Whatever the calendar, an event is read or put aside; nothing else is ever raised, and nothing lasts."""

import json
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.base import Item
from providers.errors import DataError, PartnerError
from providers.ical import PROVIDER
from providers.records import LeftOut, OfferRecord, dump, load
from tests.providers.ical.calendar import PARIS_BY_HAND, Site, calendar, items, vevent, visit

TO = visit(Site(), Path("/nonexistent"))
WEEKLY = vevent(
    "DTSTART;TZID=Chez nous:20300305T200000",
    "RRULE:FREQ=WEEKLY;COUNT=20;BYDAY=TU,TH",
    "EXDATE;TZID=Chez nous:20300312T200000",
    "RDATE;VALUE=PERIOD:20300309T140000Z/PT30M",
    DTSTART="",
    LOCATION="Salle des fêtes\\, 81000 Albi",
    DURATION="PT2H",
)
MOVED = vevent("RECURRENCE-ID;RANGE=THISANDFUTURE:20300319T190000Z", DTSTART="20300320T190000Z")
WHOLE = calendar(WEEKLY, MOVED, head=PARIS_BY_HAND.format(name="Chez nous"))
LONGEST = 5.0
"""Seconds of work for one event, ten times what the worst one takes."""

lines = st.sampled_from(
    [line for line in WHOLE.split(b"\r\n") if line and not line.startswith((b"BEGIN", b"END"))]
)
names = st.sampled_from(
    [b"DTSTART", b"DTEND", b"DURATION", b"RRULE", b"RDATE", b"EXDATE", b"RECURRENCE-ID", b"SEQUENCE", b"GEO"]
)
values = st.sampled_from(
    [
        *(b"20300305", b"20300305T190000Z", b"20300305T200000", b"19000101T000000Z", b"21991231T235959Z"),
        *(b"P99999D", b"-P1D", b"PT0S", b"20300301/20300401", b"20300301T000000Z/P9W", b"", b"x", b",,,"),
        *(
            b"FREQ=DAILY",
            b"FREQ=SECONDLY",
            b"FREQ=YEARLY;BYMONTHDAY=31;COUNT=99999999",
            b"FREQ=HOURLY;COUNT=9",
        ),
        *(b"FREQ=DAILY;UNTIL=20300101", b"FREQ=MONTHLY;BYDAY=5MO,-5MO;BYSETPOS=-1", b"99999999999", b"-1"),
    ]
)
parameters = st.sampled_from(
    [b"", b";VALUE=DATE", b";TZID=Chez nous", b";TZID=Europe/Paris", b";RANGE=THISANDFUTURE"]
)
properties = st.builds(
    lambda name, parameter, value: name + parameter + b":" + value, names, parameters, values
)


@st.composite
def mutated(draw, whole: bytes) -> bytes:
    body = bytearray(whole)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(body)))
        cut = draw(st.integers(0, 30))
        body[at : at + cut] = draw(
            st.binary(max_size=12) | st.sampled_from([b"\n", b":", b";", b'"', b"\\", b"\n ", b"9", b"-"])
        )
    return bytes(body)


events = st.lists(lines | properties, max_size=8).map(
    lambda event: b"\r\n".join([b"BEGIN:VEVENT", b"UID:1", *event, b"END:VEVENT", b""])
)
"""Lines that each could be one of an event, in no sensible company."""


def assembled(chosen: list[bytes]) -> bytes:
    return b"BEGIN:VCALENDAR\r\n" + b"".join(chosen) + b"END:VCALENDAR\r\n"


def read(item: Item) -> None:
    began = time.process_time()
    try:
        (record,) = PROVIDER.normalise(item, TO)
    except DataError as error:
        assert error.sentence  # noqa: PT017
        return
    finally:
        assert time.process_time() - began < LONGEST
    assert isinstance(record, OfferRecord | LeftOut)
    assert load(dump(record)) == record
    assert "\\u0000" not in json.dumps(dump(record))


@given(mutated(WHOLE.replace(b"\r\n", b"\n")) | st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_are_read_or_put_aside(payload):
    read(Item("1", b"", payload))


def crowded(number: int, block: str) -> bytes:
    days = [f"{datetime(2030, 2, 1) + timedelta(hours=hour):%Y%m%dT%H%M%SZ}" for hour in range(number)]
    return calendar(vevent(RRULE="FREQ=HOURLY"), *(vevent(block.format(day), DTSTART=day) for day in days))


@pytest.mark.parametrize(
    "payload",
    [
        crowded(2_500, "RECURRENCE-ID:{}"),
        crowded(1_500, "RECURRENCE-ID:{}"),
        crowded(101, "RECURRENCE-ID;RANGE=THISANDFUTURE:{}"),
        crowded(100, "RECURRENCE-ID;RANGE=THISANDFUTURE:{}"),
        calendar(vevent(*[f"RRULE:FREQ=DAILY;COUNT={9_000 + each}" for each in range(2_000)])),
        calendar(vevent(*["RDATE:" + ",".join(["20300301T190000Z", "20300401T190000Z"] * 900)] * 10)),
        calendar(vevent("RRULE:FREQ=HOURLY", *["EXDATE:" + ",".join(["20300301T190000Z"] * 900)] * 10)),
        calendar(vevent("DURATION:P99999D", DTSTART="19000101T000000Z", RRULE="FREQ=DAILY")),
    ],
)
def test_a_crowd_of_instances_dates_or_rules_is_read_or_put_aside_in_a_moment(payload):
    read(Item("1", b"", payload.replace(b"\r", b"")))


@given(st.none() | st.integers() | st.text() | st.lists(st.integers()))
def test_what_is_no_payload_is_put_aside(payload):
    read(Item("1", b"", payload))


@given(mutated(WHOLE) | st.lists(events, min_size=1, max_size=4).map(assembled))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_calendar_is_read_or_refused(tmp_path_factory, body):
    to = visit(body, tmp_path_factory.mktemp("spool"))
    with suppress(PartnerError):
        for item in items(to).values():
            read(item)


@given(st.lists(events, min_size=2, max_size=4), st.randoms())
@settings(max_examples=60, deadline=None)
def test_what_is_said_of_an_event_does_not_depend_on_the_order_of_its_blocks(
    tmp_path_factory, chosen, random
):
    turned = random.sample(chosen, len(chosen))
    (one,) = items(visit(assembled(chosen), tmp_path_factory.mktemp("spool"))).values()
    (other,) = items(visit(assembled(turned), tmp_path_factory.mktemp("spool"))).values()
    assert (one.fingerprint, one.payload) == (other.fingerprint, other.payload)
