"""A page of an OPDS 1 catalogue: its entries read, and made products, beside feedparser on the same bytes.

python -m bench.opds [entries] [rounds]

feedparser gives entries as dictionaries; the like of that is our entries as they are read. Seconds are of
the processor: nothing is waited for.
"""

import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser

from bench.agenda import WORDS
from bench.measure import Rounds, show
from providers.base import Item, Visit
from providers.http import PoliteClient
from providers.opds import PROVIDER
from providers.opds.crawl import Reading
from providers.opds.settings import OpdsSettings
from providers.opds.source import Document
from providers.records import ProductRecord

NOW = datetime(2030, 1, 1, tzinfo=UTC)
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" '
    'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:opds="http://opds-spec.org/2010/catalog" '
    'xmlns:schema="http://schema.org/"><id>urn:x-vaubreal:tout</id><title>Tous les titres</title>'
    "<updated>2030-01-01T00:00:00Z</updated>"
)


def catalogue(entries: int) -> Iterator[bytes]:
    """Write a catalogue of books as a French shop of digital books publishes it."""
    yield HEAD.encode()
    for number in range(entries):
        yield _entry(number).encode()
    yield b"</feed>"


def _entry(number: int) -> str:
    digits = f"97920{number:07}"
    key = -sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits)) % 10
    here = f"https://livres.vaubreal.example/{number}"
    return (
        f'<entry schema:additionalType="http://schema.org/EBook"><title>Le pont n° {number}</title>'
        f"<id>urn:uuid:00000000-0000-4000-8000-{number:012}</id>"
        f"<dcterms:identifier>urn:isbn:{digits}{key}</dcterms:identifier>"
        "<author><name>Camille Vaubréal</name></author><author><name>Noé Larive</name></author>"
        "<published>2029-12-01T03:00:00Z</published><updated>2029-12-24T03:00:00Z</updated>"
        "<dcterms:language>fr</dcterms:language><dcterms:publisher>Éditions du Pont</dcterms:publisher>"
        "<dcterms:issued>2029-11-03</dcterms:issued><dcterms:extent>312 pages</dcterms:extent>"
        '<category scheme="http://www.bisg.org/standards/bisac_subject/index.html" term="FIC020000"/>'
        '<category scheme="https://ns.editeur.org/thema/" term="FBA" label="Fiction moderne"/>'
        f'<summary type="html">&lt;p&gt;{WORDS}&lt;/p&gt;'
        f"&lt;p&gt;&lt;i&gt;Le pont&lt;/i&gt; n° {number}.&lt;/p&gt;</summary>"
        f'<link rel="http://opds-spec.org/image" type="image/jpeg" href="{here}/couverture.jpg"/>'
        f'<link rel="http://opds-spec.org/image/thumbnail" type="image/jpeg" href="{here}/petite.jpg"/>'
        f'<link rel="http://opds-spec.org/acquisition/buy" type="text/html" href="{here}/acheter">'
        f'<opds:price currencycode="EUR">{number % 20}.99</opds:price>'
        '<opds:indirectAcquisition type="application/epub+zip"/></link>'
        '<link rel="http://opds-spec.org/acquisition/sample" type="application/epub+zip" '
        f'href="{here}/extrait.epub"/>'
        "</entry>\n"
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    found = Rounds()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "document"
        path.write_bytes(b"".join(catalogue(count)))
        visit: Visit[Any] = Visit(
            identifier="https://livres.vaubreal.example/opds",
            settings=OpdsSettings(),
            clock=lambda: NOW,
            http=PoliteClient(),
            spool=Path(folder),
        )
        for _ in range(rounds):
            found.take_processor("peer", lambda: feedparser.parse(path.read_bytes()))
            found.take_processor("read", lambda: deque(_read(path), maxlen=0))
            found.take_processor("both", lambda: _import(path, visit))
    what = {
        "peer": "feedparser, which loses the price and the ISBN",
        "read": "read: every entry, its price and its ISBN; all that an unchanged catalogue costs",
        "both": "read and normalised: every entry a product",
    }
    show(
        f"Catalogue of {count:,} entries, medians of {rounds}",
        ["", "processor, s", "spread", "entries/s", "× feedparser", "asked"],
        [
            [
                words,
                f"{found.median(name):.3f}",
                found.spread(name),
                f"{count / found.median(name):,.0f}",
                f"{found.median('peer') / found.median(name):.1f}",
                "≥ 10" if name == "read" else "",
            ]
            for name, words in what.items()
        ],
    )


def _read(path: Path) -> Iterator[Item]:
    """Give the items as the engine takes them: a page at a time."""
    reading = Reading(Document(path, "https://livres.vaubreal.example/opds", NOW))
    for batch, _ in reading.batches(PROVIDER.limits.page_items):
        yield from batch


def _import(path: Path, visit: Visit[Any]) -> None:
    for item in _read(path):
        (record,) = PROVIDER.normalise(item, visit)
        if not isinstance(record, ProductRecord) or record.price.amount is None:
            raise TypeError(record)


if __name__ == "__main__":
    main()
