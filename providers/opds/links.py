"""Links of a catalogue: where they lead, from the address of their feed, and what their relation means."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import urldefrag, urljoin, urlsplit

LONGEST: Final = 4_000

_USABLE: Final = re.compile(r"https?://[^\s/?#@:\[\]]+(?::[0-9]{1,5})?(?:[/?#]|$)", re.IGNORECASE)
_SPACE: Final = re.compile(r" ")
_ABSOLUTE: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)

_ACQUISITION: Final = "http://opds-spec.org/acquisition"
_ACQUISITIONS: Final = {
    "": "any",
    "/buy": "buy",
    "/open-access": "open",
    "/borrow": "borrow",
    "/subscribe": "subscribe",
    "/sample": "sample",
    "/preview": "sample",
}
_SHORT: Final = {
    "acquisition": "any",
    "buy": "buy",
    "download": "open",
    "borrow": "borrow",
    "subscribe": "subscribe",
    "preview": "sample",
    "sample": "sample",
}
"""OPDS 2.0's short words for the relations of OPDS 1."""

_NO_SECTION: Final = frozenset(
    {
        *("self", "start", "up", "search", "next", "prev", "previous", "first", "last", "prev-archive"),
        *("next-archive", "current", "related", "contributor", "author", "series", "collection"),
        *("recommendations", "issues", "annotations", "help", "register", "profile", "authenticate"),
        "http://opds-spec.org/shelf",
        "http://opds-spec.org/subscriptions",
        "http://opds-spec.org/facet",
        "http://opds-spec.org/crawlable",
    }
)
"""What leads elsewhere than to a part of the catalogue, or back."""

CRAWLABLE: Final = "http://opds-spec.org/crawlable"


def resolved(base: str, href: str | None) -> str | None:
    """Give the absolute http(s) address of a link, without its fragment; None if it cannot be one."""
    if not href or len(href) > LONGEST:
        return None
    href = href.strip()
    try:
        url = href if _ABSOLUTE.match(href) else urljoin(base, href)
        if not _USABLE.match(url):
            return None
        if "#" in url:
            url = urldefrag(url).url
    except ValueError:
        return None
    return url if url.isprintable() and " " not in url else "".join(_SPACE.sub("%20", url).split())


def based(base: str, written: str | None) -> str:
    """Give the base address that an `xml:base` makes; one that cannot be read is passed over."""
    if not written:
        return base
    try:
        return urljoin(base, written.strip())
    except ValueError:
        return base


def secure(url: str) -> str:
    """Give an address with https: what says http:// is called so all the same."""
    return f"https:{url[5:]}" if url[:5].lower() == "http:" else url


def identity(url: str) -> str:
    """Give what two addresses of the same document have in common."""
    parts = urlsplit(url)
    return f"{parts.netloc.lower().removesuffix(':443').removesuffix(':80')}{parts.path or '/'}?{parts.query}"


def is_of_catalogue(url: str, *ours: str) -> bool:
    """Whether an address is of the site of one of ours: the same host, one above or one below it."""
    theirs = _host(url)
    return any(
        theirs == host or theirs.endswith(f".{host}") or host.endswith(f".{theirs}")
        for host in map(_host, ours)
    )


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower().removeprefix("www.").rstrip(".")


@lru_cache(maxsize=1024)
def acquisition(relation: str, *, short: bool = False) -> str:
    """Give how a relation lets one have a book: `buy`, `open`, `borrow`…; empty for another relation."""
    if relation.startswith(_ACQUISITION):
        return _ACQUISITIONS.get(relation.removeprefix(_ACQUISITION).rstrip("/"), "other")
    return _SHORT.get(relation, "") if short else ""


def leads_to_section(relation: str, media_type: str) -> bool:
    """Whether a link leads to another feed of the catalogue, to be browsed downwards."""
    kind = media_type.lower()
    is_feed = (kind.startswith("application/atom+xml") and "type=entry" not in kind.replace(" ", "")) or (
        kind.startswith("application/opds+json")
    )
    return is_feed and relation not in _NO_SECTION
