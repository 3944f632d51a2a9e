"""Reads one publication of OPDS 2 as a notice; its model is Readium's Web Publication Manifest.

A text may be a string or a map by language, a list may be a single value, a person a name or an object:
whatever has another shape is passed over.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from providers.opds.links import acquisition, resolved, secure
from providers.opds.notice import (
    MOST,
    PUBLIC,
    Entry,
    block,
    by_how,
    known_subject,
    line,
    role_of,
    said_ean,
    written,
)

_ROLES: Final = {
    "author": "author",
    "translator": "translator",
    "editor": "editor",
    "illustrator": "illustrator",
    "narrator": "narrator",
    "artist": "illustrator",
    "letterer": "other",
    "penciler": "illustrator",
    "colorist": "other",
    "inker": "other",
}
_RASTER: Final = ("image/jpeg", "image/jpg", "image/png", "image/webp", "image/gif")
_MANIFESTS: Final = ("application/webpub+json", "application/audiobook+json", "application/divina+json")
_ISBN_KEYS: Final = ("isbn", "schema:isbn", "http://schema.org/isbn", "https://schema.org/isbn")
_LANGUAGES: Final = ("fr", "fr-FR", "und", "undefined")


def read_publication(publication: object, base: str) -> Entry | None:
    """Give a publication's entry, known by its identifier, else by its only ISBN; None: by neither."""
    if not isinstance(publication, Mapping):
        return None
    metadata = publication.get("metadata")
    if not isinstance(metadata, Mapping):
        return None
    ref = line(text_of(metadata.get("identifier")))
    own = said_ean(ref) if ref else ""
    eans = list(dict.fromkeys(_other_eans(metadata)))[:MOST]
    if not ref:
        if len(eans) != 1:
            return None
        ref = f"urn:isbn:{eans[0]}"
    links = list(links_of(publication.get("links")))[: 2 * MOST]
    notice: dict[str, Any] = {
        "title": line(text_of(metadata.get("title"))),
        "subtitle": line(text_of(metadata.get("subtitle"))),
        "ean": own,
        "eans": eans,
        "contributors": list(_contributors(metadata))[:MOST],
        "publisher": next(_names(metadata.get("publisher")), "") or next(_names(metadata.get("imprint")), ""),
        "collection": _collection(metadata),
        "published": line(text_of(metadata.get("published")), 40),
        "languages": [line(each, 40) for each in _texts(metadata.get("language"))][:MOST],
        "pages": _number(metadata.get("numberOfPages")),
        "subjects": list(_subjects(metadata.get("subject")))[:MOST],
        "description": block(text_of(metadata.get("description"))),
        "cover": _cover(publication.get("images"), base),
        "schema_type": line(next(_texts(metadata.get("@type")), ""), 200),
        "book_format": line(text_of(metadata.get("bookFormat") or metadata.get("schema:bookFormat")), 200),
        "formats": list(_formats(metadata, links)),
        "acquisitions": sorted(_acquisitions(publication, links), key=by_how)[:MOST],
    }
    updated = line(text_of(metadata.get("modified")), 60)
    return Entry(ref, written(notice), updated)


# --- shapes ---


def text_of(value: object) -> str:
    """Give a text, in French where there are several languages; empty for another shape."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        said = {key: each for key, each in value.items() if isinstance(each, str)}
        return next((said[key] for key in _LANGUAGES if key in said), next(iter(said.values()), ""))
    return ""


def links_of(value: object) -> Iterator[Mapping[str, Any]]:
    """Give the link objects of a list."""
    for each in value if isinstance(value, list) else ():
        if isinstance(each, Mapping):
            yield each


def relations_of(link: Mapping[str, Any]) -> list[str]:
    return [each.strip() for each in _texts(link.get("rel"))]


def _several(value: object) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _texts(value: object) -> Iterator[str]:
    return (each for each in _several(value) if isinstance(each, str))


def _names(value: object) -> Iterator[str]:
    """Give the names of persons, houses or series, each a string or an object."""
    for each in _several(value):
        if name := line(text_of(each.get("name") if isinstance(each, Mapping) else each), 300):
            yield name


def _number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return ""
    return line(f"{value:f}" if isinstance(value, Decimal) else str(value), 40)


# --- what they mean ---


def _other_eans(metadata: Mapping[str, Any]) -> Iterator[str]:
    for each in _several(metadata.get("altIdentifier")):
        value, scheme = each, ""
        if isinstance(each, Mapping):
            value, scheme = each.get("value"), text_of(each.get("scheme"))
        if isinstance(value, str) and (ean := said_ean(line(value, 200), scheme)):
            yield ean
    for key in _ISBN_KEYS:
        for value in _texts(metadata.get(key)):
            if ean := said_ean(line(value, 200), "isbn"):
                yield ean


def _contributors(metadata: Mapping[str, Any]) -> Iterator[list[str]]:
    for key, role in _ROLES.items():
        for name in _names(metadata.get(key)):
            yield [name, role]
    for each in _several(metadata.get("contributor")):
        roles = [role_of(word) for word in _texts(each.get("role"))] if isinstance(each, Mapping) else []
        for name in _names(each):
            yield [name, next(iter(roles), "other")]


def _collection(metadata: Mapping[str, Any]) -> str:
    for key in ("belongsTo", "belongs_to"):
        belongs = metadata.get(key)
        if isinstance(belongs, Mapping):
            for kind in ("series", "collection"):
                if name := next(_names(belongs.get(kind)), ""):
                    return name
    return ""


def _subjects(value: object) -> Iterator[list[str]]:
    for each in _several(value):
        if isinstance(each, Mapping):
            scheme, code = text_of(each.get("scheme")), text_of(each.get("code"))
            if scheme and (subject := known_subject(scheme, code, text_of(each.get("name")))):
                yield list(subject)


def _cover(images: object, base: str) -> str:
    """Give the largest image that a page can show; sizes that are not said are small."""
    best, cover = (-1, 0), ""
    for number, image in enumerate(links_of(images)):
        kind, url = text_of(image.get("type")).lower(), resolved(base, text_of(image.get("href")))
        if url is None or (kind and not kind.startswith(_RASTER)) or url.lower().endswith(".svg"):
            continue
        sides = [image.get(side) for side in ("width", "height")]
        area = 1
        for side in sides:
            area *= side if isinstance(side, int) and 0 < side < 100_000 else 1
        if (area, -number) > best:
            best, cover = (area, -number), secure(url)
    return cover


def _formats(metadata: Mapping[str, Any], links: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Give the media types of the publication itself, where it is one to be read on the web."""
    for key in ("schema:encodingFormat", "encodingFormat"):
        for each in _texts(metadata.get(key)):
            yield line(each, 200)
    for link in links:
        kind = text_of(link.get("type")).lower()
        if "self" in relations_of(link) and kind.startswith(_MANIFESTS):
            yield line(kind, 200)


def _acquisitions(
    publication: Mapping[str, Any], links: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    for link in links:
        href = link.get("href")
        how = next(filter(None, (acquisition(each, short=True) for each in relations_of(link))), "")
        if how and isinstance(href, str) and href.strip():
            yield _acquisition(link, how)
    for licence in _several(publication.get("licenses")):
        said = licence.get("metadata") if isinstance(licence, Mapping) else None
        if isinstance(said, Mapping):
            types = sorted({line(each, 200) for each in _texts(said.get("format"))})
            way = {"how": "licence", "types": types, "prices": _prices(said.get("price"))}
            yield {name: value for name, value in way.items() if value}


def _acquisition(link: Mapping[str, Any], how: str) -> dict[str, Any]:
    properties = link.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    steps = set(_last_steps(properties.get("indirectAcquisition"), depth=0))
    types = steps or {line(text_of(link.get("type")), 200)}
    availability, state = properties.get("availability"), ""
    if how in PUBLIC and isinstance(availability, Mapping):
        state = line(text_of(availability.get("state") or availability.get("status")), 40)
    said = {
        "how": how,
        "types": sorted(filter(None, types)),
        "prices": _prices(properties.get("price")),
        "state": state,
    }
    return {name: value for name, value in said.items() if value}


def _prices(value: object) -> list[list[str]]:
    return sorted(
        [line(text_of(price.get("currency")), 20), _number(price.get("value"))]
        for price in _several(value)
        if isinstance(price, Mapping)
    )


def _last_steps(value: object, *, depth: int) -> Iterator[str]:
    """Give the media types at the end of indirect acquisitions, nested as deep as they are."""
    for each in _several(value):
        if isinstance(each, Mapping):
            children = each.get("child")
            if children and depth < 20:
                yield from _last_steps(children, depth=depth + 1)
            elif kind := line(text_of(each.get("type")), 200):
                yield kind
