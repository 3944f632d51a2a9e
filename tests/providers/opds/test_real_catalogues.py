"""Catalogues of real sites, the broken ones too, where the corpus is: what is read is what its facts say."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from models.vocabulary import Reason
from providers.errors import DataError
from providers.opds import book
from providers.opds.feed import Feed
from providers.opds.notice import Entry
from providers.opds.source import Document
from providers.records import LeftOut, ProductRecord
from tests.providers.opds.catalogue import HOST, NOW, Site, is_whole, pages, refs, visit

CORPUS = Path(os.environ.get("PASSERELLE_CORPUS", "/nonexistent"))
EVERY = sorted((CORPUS / "books").glob("opds[12]/*"))

pytestmark = pytest.mark.skipif(not EVERY, reason="PASSERELLE_CORPUS names no corpus")


def facts_of(name: str) -> dict[str, Any]:
    return json.loads((CORPUS / "facts.json").read_text())[f"books/{name}"]


def read(name: str) -> tuple[Feed, list[Entry]]:
    path = CORPUS / "books" / name
    feed, entries = Document(path, f"{HOST}/{path.name}", NOW).read()
    return feed, list(entries)


@pytest.mark.parametrize("name", [f"{path.parent.name}/{path.name}" for path in EVERY])
def test_a_document_holds_what_its_facts_say(name):
    facts = facts_of(name)
    if not facts["well_formed"]:
        with pytest.raises(DataError):
            read(name)
        return
    feed, entries = read(name)
    notices = [json.loads(entry.notice) for entry in entries]
    priced = [each for each in notices if any("prices" in way for way in each.get("acquisitions", ()))]
    with_ways = [each for each in notices if "acquisitions" in each]
    assert feed.entries == facts["entries"]
    assert feed.nameless == facts["entries_without_id"]
    assert len(priced) == facts["priced_entries"]
    assert (feed.next is not None) == facts["next_link"]
    if feed.sections:
        assert entries == []
    else:
        assert len({entry.ref for entry in entries}) == facts["distinct_ids"]
    if "entries_with_acquisition" in facts:
        assert len(with_ways) == facts["entries_with_acquisition"]
        said = {
            " ".join(price)
            for each in priced
            for way in each["acquisitions"]
            for price in way.get("prices", ())
        }
        assert said == set(facts["prices"])


@pytest.mark.parametrize("folder", ["opds1", "opds2"])
def test_the_folders_hold_what_their_facts_say(folder):
    facts = facts_of(folder)
    found = Counter[str]()
    for path in EVERY:
        if path.parent.name == folder and facts_of(f"{folder}/{path.name}")["well_formed"]:
            feed, entries = read(f"{folder}/{path.name}")
            found["entries"] += feed.entries
            found["with_next"] += feed.next is not None
            found["priced_entries"] += sum('"prices"' in entry.notice for entry in entries)
    assert found == {name: facts[name] for name in ("entries", "with_next", "priced_entries")}


def outcomes(name: str) -> dict[str, str | None]:
    """Ref → the EAN, or why it is none."""
    found: dict[str, str | None] = {}
    for entry in read(name)[1]:
        try:
            record = book.read(entry.ref, entry.notice)
        except DataError as error:
            found[entry.ref] = error.code
            continue
        found[entry.ref] = record.reason.value if isinstance(record, LeftOut) else record.ean
    return found


def test_isbns_are_told_from_other_identifiers():
    assert list(outcomes("opds1/id_and_dcterms_identifier.xml").values()) == [
        Reason.NO_EAN,
        "9781468316438",
        "several_eans",
    ]
    assert outcomes("opds1/wiki_1_1.xml")["urn:uuid:7b595b0c-e15c-4755-bf9a-b7019f5c1dab"] == "ean_malformed"
    assert Counter(outcomes("opds1/biblioboard_mini.xml").values()) == {Reason.NO_EAN: 3, "several_eans": 1}
    assert all(ref.endswith(ean or "") for ref, ean in outcomes("opds2/odl_prix.json").items())


def test_forms_are_told_by_type_and_by_what_one_receives():
    def forms(name: str) -> list[str]:
        records = (book.read(entry.ref, entry.notice) for entry in read(name)[1])
        return [record.form.value for record in records if isinstance(record, ProductRecord)]

    assert forms("opds2/audiobook_streaming.json") == ["audio"]
    assert forms("opds2/odl_prix.json") == ["digital", "audio", "digital", "digital", "digital"]


def test_the_pages_of_a_catalogue_are_followed_to_the_last(tmp_path):
    folder = CORPUS / "books/opds1"
    site = Site({f"/next-{number}.xml": (folder / f"next_{number}.xml").read_bytes() for number in (0, 1, 2)})
    found = pages(visit(site, tmp_path, identifier=f"{HOST}/next-0.xml"))
    assert site.asked == ["/next-0.xml", "/next-1.xml", "/next-2.xml"]
    assert sum(len(refs(page)) for page in found) == 9
    assert is_whole(found)


@pytest.mark.parametrize("name", ["empty.xml", "bad_link_without_href.xml", "entry.xml", "navigation.xml"])
def test_what_is_no_whole_catalogue_takes_nothing_for_gone(tmp_path, name):
    assert not is_whole(pages(visit((CORPUS / "books/opds1" / name).read_bytes(), tmp_path)))


def test_a_feed_with_unreadable_publications_takes_nothing_for_gone(tmp_path):
    found = pages(visit((CORPUS / "books/opds2/bad_feed.json").read_bytes(), tmp_path))
    assert len(refs(found[0])) == facts_of("opds2/bad_feed.json")["distinct_ids"]
    assert not is_whole(found)
