"""Reads one Atom entry: a book as a notice, or the links of a feed that leads to other feeds."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

from lxml import etree

from providers.opds.feed import Feed
from providers.opds.links import acquisition, based, resolved, secure
from providers.opds.notice import (
    LONGEST_TEXT,
    MOST,
    PUBLIC,
    Entry,
    Notice,
    by_how,
    known_subject,
    line,
    role_of,
    said_ean,
    written,
)

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml has no other name for it

ATOM: Final = "http://www.w3.org/2005/Atom"
XML_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"

_FAMILIES: Final = {
    "": "atom",
    ATOM: "atom",
    "http://purl.org/dc/terms/": "dc",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://opds-spec.org/2010/catalog": "opds",
    "http://opds-spec.org/": "opds",
    "http://schema.org/": "schema",
    "https://schema.org/": "schema",
    "http://bib.schema.org/": "schema",
}
_IMAGES: Final = {
    "http://opds-spec.org/image": 3,
    "http://opds-spec.org/cover": 2,
    "x-stanza-cover-image": 2,
    "http://opds-spec.org/image/thumbnail": 1,
    "http://opds-spec.org/thumbnail": 1,
    "x-stanza-cover-image-thumbnail": 1,
}
"""Artwork relations, the larger the better."""


@lru_cache(maxsize=4096)
def named(tag: object) -> str:
    """Give « dc:identifier » of a tag, whatever prefix or namespace it was written with."""
    if not isinstance(tag, str):
        return ""  # a comment, an entity
    space, _, name = tag.rpartition("}")
    return f"{_FAMILIES.get(space.lstrip('{'), '?')}:{name}"


def local_name(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def whole_text(element: Element) -> str:
    """Give the text of an element and of all within it."""
    return "".join(map(str, element.itertext())) if len(element) else element.text or ""


def attribute(element: Element, name: str) -> str:
    return element.get(name, "").strip()


def read_entry(element: Element, base: str, feed: Feed) -> Entry | None:
    """Count an entry into its feed, and give it unless it leads to sections or has no identifier."""
    reading = _Reading(based(base, element.get(XML_BASE)))
    for child in element:
        if take := _take(child.tag):
            take(reading, child)
    feed.entries += 1
    if not reading.is_book:
        leads = [feed.takes_section(*link) for link in reading.others]
        if any(leads):
            return None
        feed.lost += not any(resolved(base, href) for base, _, href, _ in reading.others)
    feed.publications += 1
    ref = reading.ref
    if not ref:  # against Atom: known by its only ISBN
        eans = reading.notice.get("eans", ())
        if len(eans) != 1:
            feed.nameless += 1
            return None
        ref = f"urn:isbn:{eans[0]}"
    return Entry(ref, written(reading.finished(element)), reading.updated)


class _Reading:
    """An entry as far as it was read; a method for each element that says something of the book."""

    __slots__ = ("acquisitions", "base", "cover", "is_book", "notice", "others", "ref", "summary", "updated")

    def __init__(self, base: str) -> None:
        self.base = base
        self.ref = ""
        self.updated = ""
        self.summary = ""
        self.notice: dict[str, Any] = {}
        self.acquisitions: list[dict[str, Any]] = []
        self.cover = (0, "")
        self.others: list[tuple[str, str, str, str]] = []
        self.is_book = False

    def finished(self, element: Element) -> Notice:
        """Give the notice; what is empty is left out."""
        notice = self.notice
        if self.summary and "description" not in notice:
            notice["description"] = self.summary
        for name, value in element.items():
            if str(name).endswith("additionalType"):
                notice["schema_type"] = line(str(value), 200)
        if self.cover[1]:
            notice["cover"] = self.cover[1]
        if self.acquisitions:
            notice["acquisitions"] = sorted(self.acquisitions, key=by_how)
        return notice

    def id(self, child: Element) -> None:
        if not self.ref:
            self.ref = line(child.text)
            if own := said_ean(self.ref):
                self.notice["ean"] = own
                self.is_book = True

    def when(self, child: Element) -> None:
        self.updated = (child.text or "").strip()

    def add(self, name: str, value: object) -> None:
        values = self.notice.setdefault(name, [value])
        if len(values) < MOST and value not in values:
            values.append(value)

    def person(self, child: Element, role: str = "author") -> None:
        for each in child:
            if named(each.tag) == "atom:name" and (name := line(each.text, 300)):
                self.add("contributors", [name, role])

    def contributor(self, child: Element) -> None:
        role = next((str(value) for key, value in child.items() if str(key).endswith("role")), "")
        self.person(child, role_of(role))

    def identifier(self, child: Element) -> None:
        schemes = " ".join(str(value) for _, value in child.items())
        if local_name(child) == "isbn":
            schemes = "isbn"
        if ean := said_ean(line(child.text), schemes):
            self.add("eans", ean)
            self.is_book = True

    def language(self, child: Element) -> None:
        if tag := line(child.text, 40):
            self.add("languages", tag)

    def format(self, child: Element) -> None:
        if kind := line(child.text, 200):
            self.add("formats", kind)

    def series(self, child: Element) -> None:
        within = next((each.text for each in child if local_name(each) == "name"), None)
        name = line(child.get("name") or child.get("{http://schema.org/}name") or within)
        if name:
            self.notice.setdefault("collection", name)

    def subject(self, child: Element) -> None:
        scheme = child.get("scheme")
        if scheme and (subject := known_subject(scheme, child.get("term", ""), child.get("label", ""))):
            self.add("subjects", list(subject))

    def content(self, child: Element) -> None:
        if said := _text_of(child):
            self.notice.setdefault("description", said)

    def abstract(self, child: Element) -> None:
        self.summary = self.summary or _text_of(child)

    def link(self, link: Element) -> None:
        relation, href = attribute(link, "rel") or "alternate", attribute(link, "href")
        if how := acquisition(relation):
            if href and len(self.acquisitions) < MOST:
                self.acquisitions.append(_acquisition(link, how))
                self.is_book = True
            return
        rank = _IMAGES.get(relation)
        if rank and rank <= self.cover[0]:
            return
        base = based(self.base, link.get(XML_BASE))
        kind = attribute(link, "type")
        if rank:
            if "svg" not in kind and (cover := resolved(base, href)):
                self.cover = rank, secure(cover)
            return
        if relation == "alternate" and "type=entry" in kind.replace(" ", ""):
            self.is_book = True  # a partial entry: the whole one lies there
        self.others.append((base, relation, href, kind))


_Take: TypeAlias = Callable[["_Reading", Element], None]


def _keeps(name: str) -> _Take:
    """Give what keeps the first text of an element under a name."""

    def take(reading: _Reading, child: Element) -> None:
        if name not in reading.notice and (said := line(whole_text(child))):
            reading.notice[name] = said

    return take


_TAKES: Final[Mapping[str, _Take]] = {
    "atom:id": _Reading.id,
    "atom:title": _keeps("title"),
    "atom:updated": _Reading.when,
    "atom:author": _Reading.person,
    "atom:contributor": _Reading.contributor,
    "atom:content": _Reading.content,
    "atom:summary": _Reading.abstract,
    "atom:category": _Reading.subject,
    "atom:link": _Reading.link,
    "dc:identifier": _Reading.identifier,
    "dc:publisher": _keeps("publisher"),
    "dc:language": _Reading.language,
    "dc:issued": _keeps("published"),
    "dc:extent": _keeps("pages"),
    "dc:format": _Reading.format,
    "dc:alternative": _keeps("subtitle"),
    "schema:isbn": _Reading.identifier,
    "schema:alternativeHeadline": _keeps("subtitle"),
    "schema:bookFormat": _keeps("book_format"),
    "schema:numberOfPages": _keeps("pages"),
    "schema:Series": _Reading.series,
}
"""What an entry's child says, by its name."""


@lru_cache(maxsize=4096)
def _take(tag: object) -> _Take | None:
    return _TAKES.get(named(tag))


def _acquisition(link: Element, how: str) -> dict[str, Any]:
    """Read how a book is had; the availability of what is lent is left, it changes with each reader."""
    if not len(link):
        kind = line(link.get("type"), 200)
        return {"how": how, "types": [kind]} if kind else {"how": how}
    types, prices, state = set[str](), [], ""
    for each in link:
        match named(each.tag):
            case "opds:indirectAcquisition":
                types |= _last_steps(each)
            case "opds:price":
                currency = line(each.get("currencycode") or each.get("currency"), 20)
                prices.append([currency, line(each.text, 40)])
            case "opds:availability" if how in PUBLIC:
                state = line(each.get("status"), 40)
            case "opds:unavailable" if how in PUBLIC:
                state = "unavailable"
            case _:
                pass
    types = types or {line(link.get("type"), 200)}
    types.discard("")
    said = {"how": how, "types": sorted(types), "prices": sorted(prices), "state": state}
    return {name: value for name, value in said.items() if value}


def _last_steps(step: Element) -> set[str]:
    """Give the media types at the end of an indirect acquisition, nested as deep as it is."""
    if not len(step):
        return {line(step.get("type"), 200)}
    steps = [each for each in step.iter() if named(each.tag) == "opds:indirectAcquisition"]
    inner = {each.getparent() for each in steps[1:]}
    return {line(each.get("type"), 200) for each in steps if each not in inner}


def _text_of(element: Element) -> str:
    """Give the text or the HTML of a summary or content; a content that lies elsewhere is not read."""
    kind = attribute(element, "type").lower()
    if element.get("src"):
        return ""
    if "xhtml" in kind or len(element):
        inner = (etree.tostring(each, encoding="unicode", method="html") for each in element)
        return ((element.text or "") + "".join(inner)).strip()[:LONGEST_TEXT]
    if kind in {"", "text", "html"} or kind.startswith("text/"):
        return (element.text or "").strip()[:LONGEST_TEXT]
    return ""
