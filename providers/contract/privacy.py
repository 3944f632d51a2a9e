"""What must not come out: secrets, people's names and addresses, and text that does harm."""

import copy
import json
import logging
import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final

import structlog
from pydantic import SecretStr

from providers.base import Item
from providers.contract.alterations import (
    altered,
    is_calendar,
    is_json,
    is_xml,
    of_json,
    opened,
    put,
    replaced,
    texts,
    with_children,
)
from providers.contract.stage import Stage
from providers.errors import PartnerError
from providers.faults import FAULTS
from providers.pages import is_secret
from providers.recorded import Ask, Told
from providers.records import OfferRecord, ProductRecord, Record, dump

SECRET: Final = "k9k9k9k9k9k9k9k9"  # noqa: S105 - planted
NAME: Final = "Wilhelmine Plantagenest"
EMAIL: Final = "wilhelmine.plantagenest@courriel.example"
PHONE: Final = "06 39 98 12 34"
PLANTED: Final = ("Plantagenest", "plantagenest@", "39 98 12 34", "39981234")

_PERSON: Final = {"first_name": "Wilhelmine", "last_name": "Plantagenest", "email": EMAIL, "phone": PHONE}
_PERSONS: Final[Mapping[str, Any]] = {
    "attendee_name": NAME,
    "attendee_email": EMAIL,
    "email": EMAIL,
    "phone": PHONE,
    "telephone": PHONE,
    "order_firstname": "Wilhelmine",
    "order_name": "Plantagenest",
    "order_email": EMAIL,
    "attendees": [_PERSON],
    "customer": _PERSON,
    "owner": _PERSON,
    "creator": {"name": NAME, **_PERSON},
    "contact": {"name": NAME, "email": EMAIL, "tel": PHONE},
    "invoice_address": {"name": NAME},
}
_PERSONS_ICS: Final = (
    f"ATTENDEE;CN={NAME};ROLE=REQ-PARTICIPANT:mailto:{EMAIL}\r\n"
    f"ORGANIZER;CN={NAME}:mailto:{EMAIL}\r\nCONTACT:{NAME}\\, {EMAIL}\\, {PHONE}\r\n"
).encode()
_PERSONS_XML: Final = (
    f"<Contact><ContactName>{NAME}</ContactName><EmailAddress>{EMAIL}</EmailAddress></Contact>",
    f"<attendee><name>{NAME}</name><email>{EMAIL}</email><phone>{PHONE}</phone></attendee>",
)
_UNWANTED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ACTIVE: Final = re.compile(
    r"(?i)<\s*(?:script|style|iframe|object|embed|svg|form|meta|link|base|img)\b|<[^>]*\son\w+\s*="
)
HOSTILE: Final = (
    "<script>alert(document.cookie)</script>",
    '<img src=x onerror="alert(1)">',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "[ici](javascript:alert(1))",
    "\u202egnp.exe\u2066\x07\x1b[31m",
)
_MOST: Final = 150
"""Texts of a recorded answer that are made hostile, one at a time."""


class PrivacyContract(Stage):
    """Secrets, personal data, hostile text."""

    def test_secrets_are_redacted_everywhere(self) -> None:
        names = [
            name for name, each in self.provider.Settings.model_fields.items() if is_secret(each.annotation)
        ]
        if not names:
            self.does_not_apply("it has no secrets")
        with_all = copy.copy(self)
        vars(with_all)["settings"] = {**dict.fromkeys(names, SECRET), **self.written}
        assert set(with_all.secrets) == set(names)
        with_all._secrets_are_redacted()

    def _secrets_are_redacted(self) -> None:
        assert all(len(value) >= 8 for value in self.secrets.values()), "record it with a longer secret"
        with _listening() as heard:
            heard.append(repr(self.read_settings) + str(self.read_settings))
            heard.append(self.read_settings.model_dump_json())
            heard.extend(repr((page.cursor, page.items)) for page in self.pages())
            heard.extend(repr(check) for check in self.checks())
            heard.extend(json.dumps(dump(record)) for record in self._records())
            for fault in ("unauthorised", "not_found", "server_error", "html", "slow", "cut", "empty"):
                heard.extend(self._errors(FAULTS[fault]))
        for name, value in self.secrets.items():
            assert isinstance(getattr(self.read_settings, name), SecretStr)
            assert not [each[:300] for each in heard if value in each], f"{name} is seen"

    def test_no_personal_data_comes_out(self) -> None:
        with _listening() as heard:
            records = [
                *self._records(_with_persons),
                *self._records(of_json(_with_contacts)),
                *self._with_contacts_in_payloads(),
            ]
            heard.extend(json.dumps(dump(record), ensure_ascii=False) for record in records)
            heard.extend(repr(check) for check in self.checks(_with_persons))
        assert records
        for word in PLANTED:
            found = [each for each in heard if word in each]
            assert not found, found[0][max(0, found[0].find(word) - 200) :][:400]

    def test_an_error_quotes_no_personal_data(self) -> None:
        """A message may quote a value that cannot be read, never an address or a number."""
        with self.visit() as visit:
            for item in self.items(_with_persons):
                for path, _ in list(texts(item.payload))[:_MOST]:
                    spoilt = replace(item, payload=put(item.payload, path, f"{NAME} {EMAIL} {PHONE}"))
                    error = self.normalised(spoilt, visit).error
                    assert error is None or not any(word in error.sentence for word in (EMAIL, PHONE))

    def test_hostile_text_is_cleaned(self) -> None:
        met = 0
        with self.visit() as visit:
            for item in self.items():
                for payload in _hostile(item, self.normalised(item, visit).records):
                    for record in self.normalised(replace(item, payload=payload), visit).records:
                        met += 1
                        assert not (wrong := harm_of(record)), wrong
        assert met, "no hostile text came through to a record"

    def _with_contacts_in_payloads(self) -> Iterator[Record]:
        """Plant in the texts that came out: what a description says of how to reach somebody."""
        with self.visit() as visit:
            for item in self.items():
                for text in _long_texts(self.normalised(item, visit).records):
                    first = text.splitlines()[0][:60]
                    contact = f"{first} Contact : {EMAIL} ou {PHONE}."
                    payload = _payload_with(item.payload, first, contact)
                    yield from self.normalised(replace(item, payload=payload), visit).records

    def _records(self, change: Any = None) -> list[Record]:
        return [record for read in self.read(*filter(None, [change])) for record in read.records]

    def _errors(self, fault: Any) -> list[str]:
        heard = []
        for act in (self.provider.check, self.provider.fetch):
            with self.visit(fault) as visit:
                try:
                    heard += [repr(each) for each in act(visit)]
                except PartnerError as error:
                    heard.append("".join(traceback.format_exception(error)) + error.sentence)
        return heard


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Hear what is logged and printed within the block."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(f"{record.getMessage()} {record.__dict__}")

    root, ear = logging.getLogger(), Ear(level=1)
    level = root.level
    root.addHandler(ear)
    root.setLevel(1)
    try:
        with structlog.testing.capture_logs() as events:
            yield heard
        heard += [repr(event) for event in events]
    finally:
        root.removeHandler(ear)
        root.setLevel(level)


def _with_persons(ask: Ask, told: Told) -> Told:
    """Add attendees, customers and contacts wherever the format has room for them."""
    if is_calendar(told):
        return replace(told, body=re.sub(rb"(BEGIN:VEVENT\r?\n)", rb"\1" + _PERSONS_ICS, told.body))
    if is_xml(told):
        return with_children(told, _PERSONS_XML)
    return of_json(_persons_added)(ask, told) if is_json(told) else told


def _persons_added(value: Any) -> Any:
    if isinstance(value, Mapping):
        inner = {key: _persons_added(each) for key, each in value.items()}
        return {**_PERSONS, **inner} if any(isinstance(each, str) for each in value.values()) else inner
    return [_persons_added(each) for each in value] if isinstance(value, list) else value


def _with_contacts(value: Any) -> Any:
    """Add an address and a number to whatever reads like a sentence."""
    if isinstance(value, Mapping):
        return {key: _with_contacts(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_contacts(each) for each in value]
    prose = isinstance(value, str) and value.count(" ") >= 4 and "://" not in value
    return f"{value} Contact : {EMAIL} ou {PHONE}" if prose else value


def _long_texts(records: Sequence[Record]) -> list[str]:
    """Give the texts of records that are prose."""
    return [
        record.description
        for record in records
        if isinstance(record, OfferRecord | ProductRecord) and record.description.strip()
    ]


def _payload_with(payload: Any, old: str, new: str) -> Any:
    if isinstance(payload, bytes):
        return replaced(payload, old, new)
    for path, text in texts(payload):
        if old in text:
            payload = put(payload, path, text.replace(old, new))
    return payload


def _hostile(item: Item, records: Sequence[Record]) -> Iterator[Any]:
    """Give the payload with one of its texts made hostile, each in turn."""
    if isinstance(item.payload, bytes):
        said = [
            t for r in records if isinstance(r, OfferRecord | ProductRecord) for t in (r.title, r.description)
        ]
        for text in filter(None, said):
            for bad in HOSTILE:
                first = text.splitlines()[0][:40]
                yield replaced(item.payload, first, first + bad)
    for path, text in list(texts(opened(item.payload)))[:_MOST]:
        for bad in HOSTILE:
            yield altered(item.payload, partial(put, path=path, new=text + bad))


def harm_of(record: Record) -> list[str]:
    """Say what of a record would do harm on a screen, where refs are not shown; nothing when it is clean."""
    kept = dump(record)
    wrong = [
        f"{path}: {text[:200]!r}"
        for path, text in texts(kept)
        if path[-1] not in {"ref", "pool"} and _UNWANTED.search(text)
    ]
    wrong += [
        f"{path}: {text[:200]!r}"
        for path, text in texts(kept)
        if path[-1] == "description" and _ACTIVE.search(text)
    ]
    return wrong + [
        f"{path}: {text[:200]!r}"
        for path, text in texts(kept)
        if str(path[-1]).endswith("url") and text and not text.startswith(("https://", "http://"))
    ]
