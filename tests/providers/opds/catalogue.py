"""A stand-in for any site that publishes catalogues, and words to write them."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from providers.base import Item, Page, Visit
from providers.errors import ConfigurationError, PartnerError
from providers.http import Download, PoliteClient, validators_key
from providers.opds import PROVIDER, Opds
from providers.opds.settings import OpdsSettings
from providers.records import Record

NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)
HOST = "https://larive.example"
ADDRESS = f"{HOST}/opds/tous.xml"
FIXTURES = Path(__file__).parent / "fixtures"

ACQUISITION = "application/atom+xml;profile=opds-catalog;kind=acquisition"
NAVIGATION = "application/atom+xml;profile=opds-catalog;kind=navigation"
BUY = "http://opds-spec.org/acquisition/buy"


def gone(status: int = 404) -> ConfigurationError:
    error = ConfigurationError("not_found", "…")
    error.status = status
    return error


class Site(PoliteClient):
    """Answers an address with a body, an error, or None for a 304; remembers what it was asked."""

    def __init__(self, pages: Mapping[str, Any], redirects: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.pages = {self._name(url): body for url, body in pages.items()}
        self.redirects = redirects or {}
        self.asked: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.conditional: list[bool] = []

    @staticmethod
    def _name(url: str) -> str:
        return url if url.startswith("http") else HOST + url

    def download(
        self, url, to, *, params=None, headers=None, budget_key=None, limit=None, conditional=True, **_
    ):
        self.asked.append(url.removeprefix(HOST))
        self.headers.append(headers)
        self.conditional.append(conditional)
        body = self.pages.get(url, gone())
        if isinstance(body, PartnerError):
            raise body
        if body is None:
            return None
        self.fresh_validators[validators_key(url)] = {"etag": "x"}
        to.write_bytes(body)
        where = self.redirects.get(url.removeprefix(HOST), url)
        return Download(to, hashlib.sha256(body).hexdigest(), len(body), {}, self._name(where), NOW)


def visit(pages: Any, spool: Path, **changes: Any) -> Visit[OpdsSettings]:
    """A visit to a site, or to a single document at `ADDRESS`."""
    named = {name: changes.pop(name) for name in OpdsSettings.model_fields if name in changes}
    site = (
        pages
        if isinstance(pages, PoliteClient)
        else Site(pages if isinstance(pages, dict) else {ADDRESS: pages})
    )
    values = {"identifier": ADDRESS, "clock": lambda: NOW, **changes}
    return Visit(settings=OpdsSettings(**named), http=site, spool=spool, **values)


def pages(to: Visit[OpdsSettings], adapter: Opds = PROVIDER) -> list[Page]:
    return list(adapter.fetch(to))


def items(to: Visit[OpdsSettings]) -> dict[str, Item]:
    return {item.ref: item for page in PROVIDER.fetch(to) for item in page.items}


def refs(page: Page) -> list[str]:
    return [item.ref for item in page.items]


def is_whole(found: list[Page]) -> bool:
    """Whether what was not listed may be withdrawn; there is one last page, at the end."""
    assert [page.last for page in found] == [False] * (len(found) - 1) + [True]
    return not found[-1].unidentified


def records(to: Visit[OpdsSettings]) -> dict[str, Record]:
    return {ref: PROVIDER.normalise(item, to)[0] for ref, item in items(to).items()}


def read(spool: Path, body: bytes, **changes: Any) -> Any:
    """Import a catalogue of one entry and give its record."""
    (record,) = records(visit(body, spool, **changes)).values()
    return record


# --- OPDS 1 ---


def feed(*parts: str, head: str = "", root: str = "") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:opds="http://opds-spec.org/2010/catalog" '
        'xmlns:schema="http://schema.org/" xmlns:fh="http://purl.org/syndication/history/1.0" '
        'xmlns:at="http://purl.org/atompub/tombstones/1.0" '
        f'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"{root}>'
        f"<id>urn:x-larive:tous</id><title>Larive</title>{head}{''.join(parts)}</feed>"
    ).encode()


def link(rel: str, href: str | None, kind: str = ACQUISITION, within: str = "", more: str = "") -> str:
    where = "" if href is None else f' href="{href}"'
    return f'<link rel="{rel}" type="{kind}"{where}{more}>{within}</link>'


def price(amount: str, currency: str = "EUR") -> str:
    return f'<opds:price currencycode="{currency}">{amount}</opds:price>'


def buy(*prices: str, kind: str = "application/epub+zip") -> str:
    return link(BUY, "/acheter", kind, "".join(prices))


def entry(
    ref: str = "urn:x:1",
    *parts: str,
    isbn: str = "urn:isbn:9782000000013",
    title: str = "Un titre",
    ways: str = buy(),
) -> str:
    """Write an entry; "" leaves its identifier, ISBN, title or ways out."""
    named = f"<id>{ref}</id>" if ref else ""
    titled = f"<title>{title}</title>" if title else ""
    identified = f"<dcterms:identifier>{isbn}</dcterms:identifier>" if isbn else ""
    return f"<entry>{named}{titled}{identified}{ways}{''.join(parts)}</entry>"


def section(href: str | None, rel: str = "subsection", kind: str = ACQUISITION) -> str:
    return f"<entry><id>urn:x-section:{href}</id><title>Rubrique</title>{link(rel, href, kind)}</entry>"


# --- OPDS 2 ---


def publication(ref: str | None = "urn:isbn:9782000000013", **metadata: Any) -> dict[str, Any]:
    """Write a publication; `links` and `images` are its own, the rest its metadata."""
    parts = {name: metadata.pop(name) for name in ("links", "images", "licenses") if name in metadata}
    said = {"title": "Un titre", **({} if ref is None else {"identifier": ref}), **metadata}
    return {
        "metadata": said,
        "links": [{"rel": "buy", "href": "/acheter", "type": "application/epub+zip"}],
        **parts,
    }


def feed2(*publications: Any, links: Any = (), metadata: Any = None, **more: Any) -> bytes:
    said = {"metadata": metadata or {"title": "Larive"}, "links": list(links)}
    return json.dumps(
        said | ({"publications": list(publications)} if publications or not more else {}) | more
    ).encode()


def next_to(href: str) -> dict[str, str]:
    return {"rel": "next", "href": href, "type": "application/opds+json"}


def path_of(url: str) -> str:
    return urlsplit(url).path


# --- catalogues ---


def total(number: int) -> str:
    return f"<opensearch:totalResults>{number}</opensearch:totalResults>"


def page(*numbers: int, onward: str = "", head: str = "") -> bytes:
    """An Atom page of entries, with a link to the next."""
    onward = onward and link("next", onward)
    return feed(*(entry(f"urn:x:{number}") for number in numbers), head=head + onward)


def three(**changes: bytes) -> dict[str, bytes]:
    return {
        "/opds/tous.xml": page(1, 2, onward="page/2.xml"),
        "/opds/page/2.xml": page(3, 4, onward="3.xml"),
        "/opds/page/3.xml": page(5),
        **changes,
    }


ROOT = feed(section("romans.xml"), section("bd.xml", kind=NAVIGATION))


def sections(**changes) -> dict[str, bytes]:
    return {
        "/opds/tous.xml": ROOT,
        "/opds/romans.xml": page(1, 2, onward="romans-2.xml"),
        "/opds/romans-2.xml": page(3),
        "/opds/bd.xml": feed(section("manga.xml")),
        "/opds/manga.xml": page(4),
        **changes,
    }
