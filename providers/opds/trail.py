"""Where a traversal of a catalogue stands: the document in hand, those to come, those that were read."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Any, Final, Self

from providers.errors import DataError
from providers.opds.feed import Feed
from providers.opds.links import identity, is_of_catalogue

MOST_DOCUMENTS: Final = 10_000
"""Of one traversal; a catalogue of 100 entries a page comes to a million books."""

MOST_FEEDS: Final = 1_000
"""Sections waiting at once, their next pages not counted."""

MOST_EMPTY: Final = 20
"""Pages in a row without entries."""

DEEPEST: Final = 5
"""Steps from the feed that the person gave to a section; shelves, genres and letters are three."""

_DIGITS: Final = 12
"""Hexadecimal digits of a document's mark."""


@dataclass(frozen=True, slots=True)
class Trail:
    """A traversal between two documents, or within one; JSON values only, it is the cursor.

    Parameters
    ----------
    url
        The document to read; empty when all of them were.
    depth
        Steps from the first feed to the section that `url` belongs to.
    begins
        It is the first page of its list.
    number, digest
        Entries of the document that were given, and the digest of them.
    read
        Marks of the addresses that were read, one after the other; `since` where those of the list in
        hand begin.
    pending
        (address, depth) of sections to come.
    partial
        Something that may be listed was not read: nothing may be taken for gone.
    found
        Publications met so far; `promised` by a feed that says it is complete.
    listed, total
        Of the list in hand: entries met, and how many its first page announced.
    first, last
        Marks of what its first and its last page listed; `empty` counts pages in a row without entries.
    """

    url: str = ""
    depth: int = 0
    begins: bool = True
    number: int = 0
    digest: str = ""
    documents: int = 0
    read: str = ""
    since: int = 0
    pending: tuple[tuple[str, int], ...] = ()
    partial: bool = False
    found: bool = False
    promised: bool = False
    listed: int = 0
    total: int | None = None
    first: str = ""
    last: str = ""
    empty: int = 0

    @classmethod
    def resumed(cls, cursor: Mapping[str, Any]) -> Self:
        said = {name: value for name, value in cursor.items() if name in _DEFAULTS}
        return cls(**said | {"pending": tuple((url, depth) for url, depth in said.get("pending", ()))})

    @property
    def cursor(self) -> Mapping[str, Any]:
        said = asdict(self)
        said["pending"] = [list(each) for each in self.pending]
        return {name: value for name, value in said.items() if value != _DEFAULTS[name]}

    @property
    def over(self) -> bool:
        return not self.url

    @property
    def is_whole(self) -> bool:
        """Whether what was not met is gone: everything was read, and there was something to read."""
        return not self.partial and (self.found or self.promised)

    def within(self, number: int, digest: str) -> "Trail":
        """Give the same trail, so many entries further in its document."""
        return replace(self, number=number, digest=digest)

    def anew(self) -> "Trail":
        """Give the trail at the top of its document, which is not what it was: something may be missed."""
        return replace(self, number=0, digest="", partial=True)

    def without_document(self) -> "Trail":
        """Give the trail past a section that does not exist."""
        return replace(_turned(self), partial=True)

    def after(self, feed: Feed, listing: str, root: str, *, this_feed_only: bool) -> "Trail":
        """Give the trail past a document that was read to its end.

        Parameters
        ----------
        listing
            Digest of what it listed; empty for nothing.
        root
            The address that the person gave.

        Raises
        ------
        DataError
            `loop`, `too_many_documents`.
        """
        empty = 0 if listing else self.empty + 1
        if feed.next and (listing in {self.first, self.last} if listing else empty > MOST_EMPTY):
            raise _loop(f"{feed.url} lists what an earlier page did")
        here = replace(
            self,
            documents=self.documents + 1,
            read=self.read + mark_of(self.url),
            found=self.found or feed.publications > 0,
            promised=self.promised or _says_all(feed),
            listed=self.listed + feed.entries,
            total=feed.total if self.begins else self.total,
            first=self.first or listing,
            last=listing,
            empty=empty,
        )
        here = _with_sections(here, feed, root, this_feed_only=this_feed_only)
        if not feed.next:
            partial = here.partial or _is_amiss(here, feed) or _falls_short(here, feed)
            return _turned(replace(here, partial=partial))
        if here.documents >= MOST_DOCUMENTS:
            sentence = (
                f"Le catalogue a plus de {MOST_DOCUMENTS} pages : nous ne le lisons pas. "
                "Collez l’adresse d’un flux plus court, ou demandez des pages plus longues."
            )
            raise DataError("too_many_documents", sentence, feed.next[:500])
        if here.was_read(feed.next, since=here.since):
            raise _loop(feed.next)
        if here.was_read(feed.next):  # it runs into a list that was read
            return _turned(replace(here, partial=here.partial or _is_amiss(here, feed)))
        return replace(
            here,
            url=feed.next,
            begins=False,
            number=0,
            digest="",
            partial=here.partial or _is_amiss(here, feed),
        )

    def was_read(self, url: str, since: int = 0) -> bool:
        mark = mark_of(url)
        spot = self.read.find(mark, since)
        while spot >= 0 and spot % _DIGITS:
            spot = self.read.find(mark, spot + 1)
        return spot >= 0


def _says_all(feed: Feed) -> bool:
    return feed.complete or (feed.total == 0 and feed.next is None)


def _is_amiss(trail: Trail, feed: Feed) -> bool:
    """Whether something of the list may have been missed on this page, or before it."""
    moved = trail.total is not None and feed.total is not None and trail.total != feed.total
    return moved or feed.nameless > 0 or feed.lost > 0 or (trail.begins and not feed.begins)


def _falls_short(trail: Trail, feed: Feed) -> bool:
    """Whether the list that ends here has fewer entries than it announced."""
    total = trail.total if feed.total is None else feed.total
    is_of_books = feed.publications > 0 or not feed.sections
    return is_of_books and total is not None and total > trail.listed


def _with_sections(trail: Trail, feed: Feed, root: str, *, this_feed_only: bool) -> Trail:
    leads = [url for url in feed.sections if is_of_catalogue(url, root, feed.url)]
    if not leads or this_feed_only:
        return trail
    if feed.crawlable and not feed.publications and is_of_catalogue(feed.crawlable, root, feed.url):
        leads = [feed.crawlable]
    known = {identity(url) for url, _ in trail.pending} | {identity(trail.url)}
    fresh = [url for url in leads if identity(url) not in known and not trail.was_read(url)]
    room = MOST_FEEDS - len(trail.pending) if trail.depth < DEEPEST else 0
    pending = trail.pending + tuple((url, trail.depth + 1) for url in fresh[:room])
    return replace(trail, pending=pending, partial=trail.partial or len(fresh) > room)


def _turned(trail: Trail) -> Trail:
    """Give the trail at the next section that was not read meanwhile, or at its end."""
    pending = list(trail.pending)
    while pending:
        url, depth = pending.pop(0)
        if trail.was_read(url):
            continue
        if trail.documents >= MOST_DOCUMENTS:
            return replace(trail, url="", pending=(), partial=True)
        return Trail(
            url,
            depth,
            documents=trail.documents,
            read=trail.read,
            since=len(trail.read),
            pending=tuple(pending),
            partial=trail.partial,
            found=trail.found,
            promised=trail.promised,
        )
    return replace(trail, url="", pending=(), number=0, digest="")


_DEFAULTS: Final = asdict(Trail()) | {"pending": []}


def mark_of(url: str) -> str:
    """Give what an address is remembered by."""
    return blake2b(identity(url).encode("utf-8", "replace"), digest_size=_DIGITS // 2).hexdigest()


def _loop(url: str) -> DataError:
    """Give the error of a catalogue whose next page is one that was read."""
    sentence = (
        "Le catalogue tourne en rond : sa page suivante est une page déjà lue. "
        "Prévenez le site qui le publie."
    )
    return DataError("loop", sentence, url[:500])
