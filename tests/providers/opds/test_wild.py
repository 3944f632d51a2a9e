"""Whatever a document or a notice holds, it is read or put aside; nothing else is ever raised."""

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.base import Item, Visit
from providers.errors import DataError, PartnerError
from providers.http import PoliteClient
from providers.opds import PROVIDER
from providers.opds.links import resolved
from providers.opds.notice import said_ean
from providers.opds.settings import OpdsSettings
from providers.opds.source import Document
from providers.records import LeftOut, ProductRecord, dump, load
from tests.providers.opds.catalogue import ADDRESS, FIXTURES, NOW

TO = Visit(ADDRESS, OpdsSettings(), lambda: NOW, PoliteClient(), Path("/nonexistent"))
ATOM = (FIXTURES / "catalogue_1.xml").read_text()
JSON = json.loads((FIXTURES / "catalogue_2.json").read_text())

CALM = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=150,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["urn:isbn:9782000000013", "0001-01-01T00:00:00Z", "9999-99-99", "EUR", "1e9", "\x00", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip

WHOLE = {
    "title": "Un titre", "subtitle": "Un conte", "ean": "9782000000013", "eans": ["9782000000020"],
    "contributors": [["Camille", "author"]], "publisher": "Pont", "collection": "Contes", "published": "2029",
    "languages": ["fr"], "pages": "12", "subjects": [["clil", "3001", ""]], "description": "<p>Un</p>",
    "cover": "https://larive.example/1.jpg", "schema_type": "EBook", "book_format": "Paperback",
    "formats": ["audio/mpeg"],
    "acquisitions": [{"how": "buy", "types": ["application/pdf"], "prices": [["EUR", "5"]], "state": "available"}],
}  # fmt: skip


def read(payload: object) -> None:
    try:
        (record,) = PROVIDER.normalise(Item("urn:x:1", b"", payload), TO)
    except DataError:
        return
    assert isinstance(record, ProductRecord | LeftOut)
    assert load(dump(record)) == record
    json.dumps(dump(record)).encode()


@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), json_values, max_size=3))
@CALM
def test_any_change_of_a_notice_is_read_or_put_aside(changes):
    read(json.dumps(WHOLE | changes))


@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), st.text(max_size=60)))
@CALM
def test_any_words_are_read_or_put_aside(changes):
    lists = ("eans", "languages", "formats")
    notice = {name: [said] if name in lists else said for name, said in changes.items()}
    names = [["x" + str(changes.get("title")), "author"]]
    read(json.dumps(WHOLE | {k: v for k, v in notice.items() if k not in {"contributors", "subjects", "acquisitions"}}
                    | {"contributors": names}))  # fmt: skip


@given(json_values | st.binary(max_size=50))
@CALM
def test_any_payload_is_read_or_put_aside(payload):
    read(payload)


def consume(path: Path) -> None:
    try:
        reading, entries = Document(path, ADDRESS, NOW).read()
        for entry in entries:
            assert entry.ref
            assert entry.fingerprint
            if not entry.deleted:
                read(entry.notice)
        assert reading.entries >= reading.publications
    except PartnerError:
        pass


@given(
    st.lists(st.tuples(st.integers(0, len(ATOM) - 1), st.integers(0, 30), st.text(max_size=8)), max_size=4)
)
@CALM
def test_any_damage_to_an_atom_feed_is_read_or_refused(tmp_path, damage):
    text = ATOM
    for at, length, instead in damage:
        text = text[:at] + instead + text[at + length :]
    path = tmp_path / "document"
    path.write_bytes(text.encode("utf-8", "replace"))
    consume(path)


@given(st.sampled_from(["metadata", "links", "images", "licenses"]), st.sampled_from(sorted(JSON["publications"][0]["metadata"])),
       json_values)  # fmt: skip
@CALM
def test_any_publication_is_read_or_refused(tmp_path, part, name, value):
    changed = json.loads(json.dumps(JSON))
    first, second, third = changed["publications"]
    first["metadata"][name] = value
    second[part] = value
    third["links"] = [
        {"rel": value, "href": value, "properties": value},
        {"rel": "buy", "href": "/", "properties": {"price": value}},
    ]
    path = tmp_path / "document"
    path.write_text(json.dumps(changed))
    consume(path)


@given(st.sampled_from(["metadata", "links", "navigation", "groups", "publications", "facets"]), json_values)
@CALM
def test_any_json_feed_is_read_or_refused(tmp_path, part, value):
    path = tmp_path / "document"
    path.write_text(json.dumps({**JSON, part: value}))
    consume(path)


@given(st.text(max_size=60), st.text(max_size=20))
@CALM
def test_any_text_is_an_address_or_an_isbn_or_neither(text, other):
    url = resolved(ADDRESS, text)
    assert url is None or url.lower().startswith(("http://", "https://"))
    assert isinstance(said_ean(text, other), str)
