"""Tries a catalogue and says in French what it would bring: its books, their ISBNs, their prices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

from models.vocabulary import Certainty
from providers.base import Check, CheckState, Limits, Visit
from providers.errors import ConfigurationError, DataError
from providers.opds import book, source
from providers.opds.feed import Feed
from providers.opds.links import is_of_catalogue
from providers.opds.notice import Entry
from providers.opds.settings import OpdsSettings
from providers.records import LeftOut, ProductRecord
from providers.text import counted, typeset

MOST_DOCUMENTS: Final = 6
"""Documents asked for until one lists books: a person waits."""

MOST_TRIED: Final = 200
SAMPLES: Final = 3


@dataclass(slots=True)
class _Found:
    """What the first documents said; `feeds` ends with the one that lists books, if any."""

    feeds: list[Feed] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def check(visit: Visit[OpdsSettings], limits: Limits) -> Iterator[Check]:
    """Give the checks `catalogue`, `books`, `isbn` and `prices`; a refusal ends them."""
    for each in _checks(visit, limits):
        yield replace(each, sentence=typeset(each.sentence))


def _checks(visit: Visit[OpdsSettings], limits: Limits) -> Iterator[Check]:
    try:
        found = _found(visit, limits)
    except (ConfigurationError, DataError) as error:
        yield Check(
            "catalogue", CheckState.FAILED, error.sentence, {"code": error.code, "detail": str(error)}
        )
        return
    root, listing = found.feeds[0], found.feeds[-1]
    yield _catalogue(root, visit)
    yield _books(listing, found.entries)
    if found.entries:
        yield from _contents(found.entries)


def _found(visit: Visit[OpdsSettings], limits: Limits) -> _Found:
    """Read the feed, and of the sections one after the other until one lists books."""
    found = _Found()
    to_read, read = [visit.identifier], set[str]()
    while to_read and len(found.feeds) < MOST_DOCUMENTS:
        url = to_read.pop(0)
        read.add(url)
        try:
            document = source.download(visit, url, limits)
        except ConfigurationError:
            if not found.feeds:
                raise
            continue
        if document is None:
            break
        feed, entries = document.read()
        found.entries = list(islice((each for each in entries if not each.deleted), MOST_TRIED))
        for _ in entries:
            pass  # to its end: what the feed says of itself may come last
        found.feeds.append(feed)
        if feed.publications or visit.settings.this_feed_only:
            break
        leads = [feed.crawlable, *feed.sections] if feed.crawlable else list(feed.sections)
        fresh = [
            each
            for each in leads
            if each and each not in read and is_of_catalogue(each, visit.identifier, feed.url)
        ]
        to_read = fresh + to_read
    return found


def _catalogue(root: Feed, visit: Visit[OpdsSettings]) -> Check:
    named = f"« {root.title} »" if root.title else "sans titre"
    sections = sum(is_of_catalogue(url, visit.identifier, root.url) for url in root.sections)
    facts = {"title": root.title, "format": root.format, "sections": sections, "entries": root.entries}
    sentence = f"Catalogue {named}, au format {root.format}."
    if sections and visit.settings.this_feed_only:
        sentence += f" Ses rubriques ({sections}) ne seront pas lues, comme vous l’avez choisi."
    elif sections:
        sentence += f" Il renvoie à des rubriques ({sections}), qui seront lues elles aussi."
    return Check("catalogue", CheckState.OK, sentence, facts)


def _books(listing: Feed, entries: Sequence[Entry]) -> Check:
    facts = {"announced": listing.total, "first_page": listing.publications, "has_next": bool(listing.next)}
    if not entries:
        sentence = (
            "Aucun livre n’a été trouvé dans ce flux. Collez l’adresse du flux qui liste tous les livres, "
            "souvent appelé « tous les titres » ou « crawlable »."
        )
        return Check("books", CheckState.WARNING, sentence, facts)
    sentence = f"{counted(listing.publications, 'livre')} sur la première page"
    if listing.total is not None and listing.total > listing.publications:
        sentence += f", {counted(listing.total, 'livre')} annoncés"
    sentence += ". Les pages suivantes seront lues aussi." if listing.next else "."
    if not listing.begins:
        sentence += " Ce n’est pas le début de la liste : collez plutôt l’adresse de sa première page."
        return Check("books", CheckState.WARNING, sentence, facts)
    return Check("books", CheckState.OK, sentence, facts)


def _contents(entries: Sequence[Entry]) -> Iterator[Check]:
    records: list[ProductRecord] = []
    without, wrong = 0, list[str]()
    for entry in entries:
        try:
            record = book.read(entry.ref, entry.notice)
        except DataError as error:
            wrong.append(error.sentence)
            continue
        if isinstance(record, LeftOut):
            without += 1
        else:
            records.append(record)
    yield _isbn(len(entries), records, without, wrong)
    if records:
        yield _prices(records)


def _isbn(tried: int, records: Sequence[ProductRecord], without: int, wrong: Sequence[str]) -> Check:
    facts = {"tried": tried, "with_isbn": len(records), "without_isbn": without, "unreadable": len(wrong)}
    if not records:
        sentence = (
            "Aucun des premiers livres n’a d’ISBN : sans lui, un livre n’est pas importé. Demandez à celui "
            "qui publie le catalogue d’y mettre les ISBN (dc:identifier, ou metadata.identifier)."
        )
        if wrong:
            sentence = f"Aucun des premiers livres n’est lisible. {wrong[0]}"
        return Check("isbn", CheckState.FAILED, sentence, facts)
    samples = [_sample(record) for record in records[:SAMPLES]]
    sentence = f"{counted(len(records), 'livre')} avec un ISBN, sur les {tried} premiers."
    if without:
        sentence += (
            f" Sans ISBN, {counted(without, 'livre')} ne seront pas importés."
            if without > 1
            else (" Sans ISBN, un livre ne sera pas importé.")
        )
    if wrong:
        sentence += f" À corriger dans le catalogue : {counted(len(wrong), 'notice')}. {wrong[0]}"
    state = CheckState.WARNING if without or wrong else CheckState.OK
    return Check("isbn", state, sentence, {**facts, "samples": samples})


def _prices(records: Sequence[ProductRecord]) -> Check:
    priced = sum(record.price.certainty is Certainty.CERTAIN for record in records)
    facts = {"priced": priced, "of": len(records)}
    if not priced:
        sentence = (
            "Aucun prix public en euros dans ce catalogue : les livres prendront celui de vos stocks ou d’un "
            "autre catalogue."
        )
        return Check("prices", CheckState.WARNING, sentence, facts)
    return Check("prices", CheckState.OK, f"{counted(priced, 'livre')} avec un prix en euros.", facts)


def _sample(record: ProductRecord) -> dict[str, Any]:
    return {
        "ean": record.ean,
        "title": record.title,
        "authors": [each.name for each in record.contributors if each.role == "author"],
        "form": record.form.value,
        "price": None if record.price.amount is None else str(record.price.amount),
    }
