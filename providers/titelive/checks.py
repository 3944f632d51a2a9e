"""Tries a link and says in French what it would bring: the password, the books of the last days."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import Any, Final

from providers.base import Check, CheckState, Item, Visit
from providers.errors import ConfigurationError, DataError
from providers.records import ProductRecord
from providers.text import counted, typeset
from providers.titelive import files, product, sheet, tit
from providers.titelive.api import Api
from providers.titelive.days import ONE_DAY, Place, today
from providers.titelive.identifier import Source
from providers.titelive.settings import TiteliveSettings

DAYS_TRIED: Final = 7
TITLES: Final = 3
MOST_READ: Final = 1_000
"""Lines of a file that are read for a check."""


def check(visit: Visit[TiteliveSettings]) -> Iterator[Check]:
    """Give the checks `key` or `files`, then `books` and `since`; a refusal ends them."""
    source = Source.of(visit.identifier)
    for each in _of_api(visit, source) if source.login else _of_files(visit, source):
        yield replace(each, sentence=typeset(each.sentence))


@dataclass(frozen=True, slots=True)
class Told:
    """What some sheets would become."""

    books: Sequence[ProductRecord]
    refused: int
    unreadable: int

    @classmethod
    def by(cls, items: Sequence[Item]) -> "Told":
        books, refused, unreadable = [], 0, 0
        for item in items:
            try:
                record = product.read(item)
            except DataError:
                unreadable += 1
                continue
            if isinstance(record, ProductRecord) and record.refused is None:
                books.append(record)
            else:
                refused += 1
        return cls(books, refused, unreadable)

    @property
    def facts(self) -> Mapping[str, Any]:
        titles = [book.title for book in self.books[:TITLES]]
        return {
            "books": len(self.books),
            "left_out": self.refused,
            "unreadable": self.unreadable,
            "titles": titles,
        }

    def check(self, when: str) -> Check:
        if not self.books:
            sentence = f"{when} : aucun livre que le pass Culture propose."
            return Check("books", CheckState.WARNING, sentence, self.facts)
        titles = ", ".join(f"« {book.title} »" for book in self.books[:TITLES])
        sentence = f"{when} : {counted(len(self.books), 'livre')}, dont {titles}."
        return Check("books", CheckState.OK, sentence, self.facts)


def _of_api(visit: Visit[TiteliveSettings], source: Source) -> Iterator[Check]:
    api = Api(visit, source.login)
    try:
        api.sign_in()
        day = today(visit) - ONE_DAY
        found = api.search(day, 1)
        for _ in range(DAYS_TRIED - 1):
            if found.works:
                break
            day -= ONE_DAY
            found = api.search(day, 1)
    except ConfigurationError as error:
        yield Check("key", CheckState.FAILED, error.sentence, {"detail": str(error)})
        return
    except DataError as error:
        sentence = "TiteLive ne répond pas comme prévu. Réessayez plus tard, ou prévenez-nous."
        yield Check("key", CheckState.FAILED, sentence, {"detail": str(error)})
        return
    yield Check("key", CheckState.OK, "Identifiants acceptés par TiteLive.")
    items = [item for work in found.works for item in sheet.items_of(work)]
    yield Told.by(items).check(f"Première page des articles modifiés le {day:%d/%m/%Y}")
    yield _since(visit, Place.of(replace(visit, cursor=None)))


def _of_files(visit: Visit[TiteliveSettings], source: Source) -> Iterator[Check]:
    day, now = today(visit), today(visit)
    try:
        download = files.found(visit, source, day)
        while download is None and source.is_series and day > now - timedelta(days=DAYS_TRIED):
            day -= ONE_DAY
            download = files.found(visit, source, day)
        if download is None:
            raise files.no_files(source)
        if not source.is_series:
            files.refuse_nothing(download)
        tit.expect(download.path)
    except (ConfigurationError, DataError) as error:
        yield Check("files", CheckState.FAILED, error.sentence, {"detail": str(error)})
        return
    name = source.file_of(day).rpartition("/")[2].partition("?")[0]
    yield Check("files", CheckState.OK, f"Fichier « {name} » trouvé sur « {source.host} ».", {"file": name})
    read = [line for line in islice(tit.lines(download.path), MOST_READ) if line.text.strip()]
    yield Told.by([tit.item_of(line) for line in read]).check(f"Début du fichier « {name} »")
    if source.is_series:
        yield _since(visit, Place.of(replace(visit, cursor=None), most=files.KEPT_DAYS))


def _since(visit: Visit[TiteliveSettings], place: Place) -> Check:
    """Say from when a first importation reads, and when that is later than was asked for."""
    asked, facts = visit.settings.since, {"since": place.day.isoformat()}
    if asked is not None and asked < place.day:
        sentence = (
            f"La première importation ne peut lire que depuis le {place.day:%d/%m/%Y} : ce qui a été modifié "
            "avant n’est plus chez TiteLive sous cette forme."
        )
        return Check("since", CheckState.WARNING, sentence, facts)
    sentence = f"La première importation lira ce qui a été modifié depuis le {place.day:%d/%m/%Y}."
    return Check("since", CheckState.OK, sentence, facts)
