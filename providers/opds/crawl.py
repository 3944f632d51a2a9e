"""Reads a catalogue from document to document, and says after each where it stands."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Final

from providers.base import Item, Limits, Page, Visit
from providers.errors import ConfigurationError, TransientError
from providers.opds import source
from providers.opds.notice import Entry
from providers.opds.settings import OpdsSettings
from providers.opds.source import Document
from providers.opds.trail import Trail

KIND: Final = "product"

_CLOSED: Final = frozenset({401, 403, 404, 410})
"""Statuses of a section that is not there, or not for us."""


class Reading:
    """One document, its entries given in batches; `number` and `digest` are of those given so far."""

    def __init__(self, document: Document) -> None:
        self.feed, self._entries = document.read()
        self.requested_at = document.requested_at
        self.number = 0
        self._digest = blake2b(digest_size=8)

    @property
    def digest(self) -> str:
        return self._digest.hexdigest() if self.number else ""

    def passes(self, number: int, digest: str) -> bool:
        """Pass so many entries; says whether they are those that were given before."""
        while self.number < number and (entry := next(self._entries, None)):
            self._item(entry)
        return (self.number, self.digest) == (number, digest)

    def batches(self, most: int) -> Iterator[tuple[Sequence[Item], bool]]:
        """Give the other entries as items, and whether the document ended well after them."""
        batch: list[Item] = []
        for entry in self._entries:
            if len(batch) == most:
                yield batch, False
                batch = []
            batch.append(self._item(entry))
        yield batch, True

    def _item(self, entry: Entry) -> Item:
        fingerprint = entry.fingerprint  # a tombstone's is that of no text
        self._digest.update(entry.ref.encode() + b"\0" + fingerprint)
        self.number += 1
        return Item(entry.ref, fingerprint, entry.notice, KIND, deleted=entry.deleted)


class Crawl:
    """A traversal from a visit's cursor; an entry that several sections list is given once."""

    def __init__(self, visit: Visit[OpdsSettings], limits: Limits) -> None:
        self._visit = visit
        self._limits = limits
        self._met: set[bytes] = set()

    def pages(self) -> Iterator[Page]:
        """Give a page for each document, several for a long one.

        The cursor goes on within a document that lists first what it listed before. The first one,
        changed, is read from the top; a later one too, and then nothing is taken for gone.
        """
        visit = self._visit
        trail = Trail.resumed(visit.cursor) if visit.cursor else Trail(visit.identifier)
        if trail.over:  # it was interrupted between its last page and its conclusion
            yield _page((), trail, Trail(), None, visit)
        while not trail.over:
            try:
                conditional = not visit.cursor and not trail.documents
                document = source.download(visit, trail.url, self._limits, conditional=conditional)
            except ConfigurationError as error:
                before, trail = trail, _past_closed(trail, error)
                yield _page((), trail, before, None, visit)
                continue
            if document is None:
                yield Page((), None, visit.clock(), last=True, unmodified=True)
                return
            reading, restarted = Reading(document), False
            if trail.number and not reading.passes(trail.number, trail.digest):
                restarted = not trail.documents
                trail = Trail(visit.identifier) if restarted else trail.anew()
                reading = Reading(document)
            for batch, ended in reading.batches(self._limits.page_items):
                before = trail
                trail = self._after(trail, reading) if ended else trail.within(reading.number, reading.digest)
                yield _page(self._fresh(batch, before), trail, before, reading, visit, restarted=restarted)
                restarted = False

    def _after(self, trail: Trail, reading: Reading) -> Trail:
        visit, feed = self._visit, reading.feed
        alone = visit.settings.this_feed_only
        if alone and not trail.documents and feed.sections and not feed.publications:
            raise ConfigurationError(
                "sections_only",
                "Ce flux ne contient que des rubriques, et « Ne lire que ce flux » est coché. Décochez-le, "
                "ou collez l’adresse d’une rubrique qui liste des livres.",
                f"{len(feed.sections)} sections",
            )
        if not trail.documents and (feed.next or (feed.sections and not alone)):
            # unchanged itself, it would hide what changed in those that it leads to
            source.forget_validators(visit, visit.identifier)
        return trail.after(feed, reading.digest, visit.identifier, this_feed_only=alone)

    def _fresh(self, batch: Sequence[Item], trail: Trail) -> Sequence[Item]:
        """Leave out what an earlier section listed: two sections may show a book differently."""
        fresh = []
        for item in batch:
            mark = blake2b(item.ref.encode(), digest_size=8).digest()
            if not (trail.depth and mark in self._met):
                fresh.append(item)
            if not item.deleted:
                self._met.add(mark)
        return fresh


def _page(
    items: Sequence[Item],
    trail: Trail,
    before: Trail,
    reading: Reading | None,
    visit: Visit[OpdsSettings],
    *,
    restarted: bool = False,
) -> Page:
    total = (reading.feed.total or before.total) if reading and not before.depth else None
    return Page(
        items,
        trail.cursor,
        reading.requested_at if reading else visit.clock(),
        estimate=total,
        last=trail.over,
        restarted=restarted,
        unidentified=trail.over and not trail.is_whole,
    )


def _past_closed(trail: Trail, error: ConfigurationError) -> Trail:
    """Go on without a section that is not there; a next page that is gone was there when we were told of it.

    Raises
    ------
    ConfigurationError
        It is the feed that the person gave.
    TransientError
        `catalogue_moved`: pages came or went meanwhile.
    """
    if not trail.begins and error.status in {404, 410}:
        sentence = "Le catalogue a changé pendant la lecture. Nous réessaierons."
        raise TransientError("catalogue_moved", sentence, f"{trail.url[:500]} is gone") from error
    if trail.depth and trail.begins and error.status in _CLOSED:
        return trail.without_document()
    raise error
