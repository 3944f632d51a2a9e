"""Reads one Atom entry: a book as a notice, or the links of a feed that leads to other feeds."""

from functools import cache
from typing import Any, Final

from lxml import etree

from providers.opds.feed import Feed
from providers.opds.links import acquisition, based, resolved, secure
from providers.opds.notice import MOST, PUBLIC, Entry, Notice, block, known_subject, line, role_of, said_ean

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


@cache
def _named(tag: str) -> str:
    """Give « dc:identifier » of a tag, whatever prefix or namespace it was written with."""
    space, _, name = tag.rpartition("}")
    return f"{_FAMILIES.get(space.lstrip('{'), '?')}:{name}"


def local_name(element: "etree._Element") -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def whole_text(element: "etree._Element") -> str:
    """Give the text of an element and of all within it."""
    return "".join(map(str, element.itertext())) if len(element) else element.text or ""


def attribute(element: "etree._Element", name: str) -> str:
    return (element.get(name) or "").strip()


def read_entry(element: "etree._Element", base: str, feed: Feed) -> Entry | None:
    """Count an entry into its feed, and give it unless it leads to sections or has no identifier."""
    reading = _Reading(based(base, element.get(XML_BASE)))
    for child in element:
        tag = child.tag
        if isinstance(tag, str):
            reading.takes(_named(tag), child)
    feed.entries += 1
    is_book = bool(
        reading.acquisitions or reading.is_partial or reading.notice.get("eans") or said_ean(reading.ref)
    )
    if not is_book:
        leads = [feed.takes_section(*link) for link in reading.others]
        if any(leads):
            return None
        feed.lost += not reading.other_links
    feed.publications += 1
    if not reading.ref:
        feed.nameless += 1
        return None
    return Entry(reading.ref, reading.finished(element), reading.updated)


class _Reading:
    """An entry as far as it was read."""

    __slots__ = (
        "acquisitions",
        "base",
        "cover",
        "is_partial",
        "notice",
        "other_links",
        "others",
        "ref",
        "summary",
        "updated",
    )

    def __init__(self, base: str) -> None:
        self.base = base
        self.ref = ""
        self.updated = ""
        self.summary = ""
        self.notice: dict[str, Any] = {}
        self.acquisitions: list[dict[str, Any]] = []
        self.cover = (0, "")
        self.others: list[tuple[str, str, str, str]] = []
        self.other_links = 0
        self.is_partial = False

    def takes(self, name: str, child: "etree._Element") -> None:
        match name:
            case "atom:link":
                self._link(child)
            case "atom:id":
                self.ref = self.ref or line(child.text)
            case "atom:title":
                self._keep("title", whole_text(child))
            case "atom:updated":
                self.updated = (child.text or "").strip()
            case "atom:author":
                self._person(child, "author")
            case "atom:contributor":
                self._person(child, role_of(_role_attribute(child)))
            case "atom:content":
                self.notice.setdefault("description", _text_of(child))
            case "atom:summary":
                self.summary = self.summary or _text_of(child)
            case "atom:category":
                self._subject(child)
            case "dc:identifier" | "schema:isbn":
                scheme = (
                    "isbn" if name == "schema:isbn" else " ".join(str(each) for each in child.attrib.values())
                )
                if ean := said_ean(line(child.text), scheme):
                    self._add("eans", ean)
            case "dc:publisher":
                self._keep("publisher", child.text)
            case "dc:language":
                self._add("languages", line(child.text, 40))
            case "dc:issued":
                self._keep("published", child.text)
            case "dc:extent" | "schema:numberOfPages":
                self._keep("pages", child.text)
            case "dc:format":
                self._add("formats", line(child.text, 200))
            case "dc:alternative" | "schema:alternativeHeadline":
                self._keep("subtitle", child.text)
            case "schema:bookFormat":
                self._keep("book_format", child.text)
            case "schema:Series":
                named = next((each.text for each in child if local_name(each) == "name"), None)
                self._keep("collection", child.get("name") or child.get("{http://schema.org/}name") or named)
            case _:
                pass

    def finished(self, element: "etree._Element") -> Notice:
        """Give the notice; what is empty is left out."""
        notice = self.notice
        own = said_ean(self.ref)
        if own:
            notice["ean"] = own
        if self.summary:
            notice["description"] = notice.get("description") or self.summary
        kind = next(
            (value for key, value in element.attrib.items() if str(key).endswith("additionalType")), ""
        )
        notice["schema_type"] = line(str(kind), 200)
        notice["cover"] = self.cover[1]
        notice["acquisitions"] = sorted(self.acquisitions, key=repr)
        return {name: value for name, value in notice.items() if value}

    def _keep(self, name: str, text: str | None) -> None:
        if name not in self.notice and (said := line(text)):
            self.notice[name] = said

    def _add(self, name: str, value: object) -> None:
        values = self.notice.setdefault(name, [])
        if value and len(values) < MOST and value not in values:
            values.append(value)

    def _person(self, child: "etree._Element", role: str) -> None:
        for each in child:
            if local_name(each) == "name" and (name := line(each.text, 300)):
                self._add("contributors", [name, role])

    def _subject(self, child: "etree._Element") -> None:
        scheme = child.get("scheme")
        if scheme and (subject := known_subject(scheme, child.get("term", ""), child.get("label", ""))):
            self._add("subjects", list(subject))

    def _link(self, link: "etree._Element") -> None:
        relation, href, kind = (
            attribute(link, "rel") or "alternate",
            link.get("href"),
            attribute(link, "type"),
        )
        if how := acquisition(relation):
            if href and href.strip() and len(self.acquisitions) < MOST:
                self.acquisitions.append(_acquisition(link, how, kind))
                self.other_links += 1
            return
        base = based(self.base, link.get(XML_BASE))
        if rank := _IMAGES.get(relation):
            if rank > self.cover[0] and "svg" not in kind and (cover := resolved(base, href)):
                self.cover = rank, secure(cover)
            return
        if relation == "alternate" and "type=entry" in kind.replace(" ", ""):
            self.is_partial = True
        if resolved(base, href) is not None:
            self.other_links += 1
        self.others.append((base, relation, href or "", kind))


def _acquisition(link: "etree._Element", how: str, kind: str) -> dict[str, Any]:
    """Read how a book is had; the availability of what is lent is left, it changes with each reader."""
    said: dict[str, Any] = {"how": how}
    steps = [line(each.get("type"), 200) for each in link.iter() if _is_last_step(each)] if len(link) else ()
    said["types"] = sorted({each for each in steps or (line(kind, 200),) if each})
    prices = (each for each in link if _named_element(each) == "opds:price")
    said["prices"] = sorted(
        [line(each.get("currencycode") or each.get("currency"), 20), line(each.text, 40)] for each in prices
    )
    if how in PUBLIC:
        for each in link:
            match _named_element(each):
                case "opds:availability":
                    said["state"] = line(each.get("status"), 40)
                case "opds:unavailable":
                    said["state"] = "unavailable"
                case _:
                    pass
    return {name: value for name, value in said.items() if value}


def _named_element(element: "etree._Element") -> str:
    tag = element.tag
    return _named(tag) if isinstance(tag, str) else ""


def _is_last_step(element: "etree._Element") -> bool:
    """Whether it is an indirect acquisition that leads to no other."""
    return _named_element(element) == "opds:indirectAcquisition" and not any(
        _named_element(each) == "opds:indirectAcquisition" for each in element
    )


def _role_attribute(child: "etree._Element") -> str:
    return next(
        (str(value) for key, value in child.attrib.items() if str(key).rpartition("}")[2] == "role"), ""
    )


def _text_of(element: "etree._Element") -> str:
    """Give the text or the HTML of a summary or content; a content that lies elsewhere is not read."""
    kind = attribute(element, "type").lower()
    if element.get("src"):
        return ""
    if "xhtml" in kind or len(element):
        inner = (etree.tostring(each, encoding="unicode", method="html") for each in element)
        return block((element.text or "") + "".join(inner))
    if kind in {"", "text", "html"} or kind.startswith("text/"):
        return block(element.text)
    return ""
