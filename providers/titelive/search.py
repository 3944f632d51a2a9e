"""Reads the search API day by day, each to its end, page by page.

A page may be partly filled although another follows, so only an empty one ends a day; TiteLive's
own count is used in one sense only: where it claims more than was given, an empty page ends the
day only if the next one is empty too. A search gives 20,000 articles at most: a day that comes to
that is read again in shares, one availability code each.
"""

from collections.abc import Generator, Iterator, Mapping
from datetime import date
from typing import Final

from providers.base import Page, Visit
from providers.errors import ConfigurationError, DataError
from providers.titelive import sheet
from providers.titelive.api import A_PAGE, Api, Found, as_list
from providers.titelive.days import Place, start_of_next, today
from providers.titelive.settings import TiteliveSettings
from providers.titelive.values import day as day_of
from providers.titelive.values import written

MOST_FOUND: Final = 20_000
"""Articles that a search can give; past them its pages are empty or wrong."""

PARTS: Final = tuple("0123456789")
"""TiteLive's availability codes; together they hold every article."""


def pages(visit: Visit[TiteliveSettings], login: str) -> Iterator[Page]:
    """Give the pages of the days from the visit's place until today; the last one says that it is."""
    api = Api(visit, login)
    place, last = Place.of(visit), today(visit)
    while True:
        asked = visit.clock()
        is_too_large = yield from _search(api, place)
        if is_too_large and place.part:
            raise _too_large(place.day)
        place = Place(place.day, part=PARTS[0]) if is_too_large else _after(place)
        if place.day > last:
            yield Page((), start_of_next(last).cursor, asked, last=True, unidentified=True)
            return
        yield Page((), place.cursor, asked, unidentified=True)


def _search(api: Api, place: Place) -> Generator[Page, None, bool]:
    """Give the pages of one search, from the one after the place; true: it holds more than it can give."""
    before: frozenset[tuple[str, bytes]] = frozenset()
    empty = 0
    number = place.done
    while number * A_PAGE < MOST_FOUND:
        number += 1
        found = api.search(place.day, number, place.part)
        items = [item for work in found.works for item in sheet.items_of(work)]
        if not found.works:
            empty += 1
            if empty == 2 or not _claims_more(found, place.listed):
                return place.listed >= MOST_FOUND
            continue
        same = frozenset((item.ref, item.fingerprint) for item in items)
        if same and same == before:
            raise _repeated(place.day, number)
        before, empty = same, 0
        place = place.at(done=number, listed=place.listed + _counted(found, place))
        yield Page(items, place.cursor, found.requested_at, unidentified=True)
    return not empty or place.listed >= MOST_FOUND


def _counted(found: Found, place: Place) -> int:
    """Count the articles that the search itself found: with them come the other editions of their works."""
    works = [work.get("article") for work in found.works if isinstance(work, Mapping)]
    articles = [each for some in works for each in as_list(some) or () if isinstance(each, Mapping)]
    return sum(
        place.part in ("", written(each.get("dispo")))
        and (day_of(each.get("datemodification")) or place.day) >= place.day
        for each in articles
    )


def _claims_more(found: Found, listed: int) -> bool:
    """Tell whether TiteLive's count exceeds what it gave; it often is a figure of its own."""
    return found.announced is not None and found.announced > listed


def _after(place: Place) -> Place:
    """Give what is read after a search: the day's next share, else the next day."""
    if place.part and place.part != PARTS[-1]:
        return Place(place.day, part=PARTS[PARTS.index(place.part) + 1])
    return place.next_day()


def _too_large(day: date) -> ConfigurationError:
    sentence = (
        f"Le {day:%d/%m/%Y}, TiteLive a modifié plus d’articles qu’il n’en laisse lire en une fois "
        "(20 000). Choisissez une date plus récente dans « Importer ce qui a été modifié depuis le »."
    )
    return ConfigurationError("day_too_large", sentence, f"{day}: {MOST_FOUND} articles of one availability")


def _repeated(day: date, number: int) -> DataError:
    sentence = "TiteLive redonne sans fin la même page : nous ne savons pas ce qui manque."
    return DataError("paging_ignored", sentence, f"{day}: page {number} is the one before it")
