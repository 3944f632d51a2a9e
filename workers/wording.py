"""What French calls the things that a source lists: events and their dates, lines and stocks, books."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from models.french import counted
from providers.base import Provider, provider
from providers.errors import PartnerError
from workers.levels import LEVEL
from workers.products import PRODUCT


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun, with what has to agree with it."""

    one: str
    several: str
    feminine: bool = False

    def counted(self, number: int) -> str:
        """Give « 2 lignes »."""
        return counted(number, self.one, self.several)

    def of(self, number: int) -> str:
        """Give « ligne » or « lignes », as the number wants it."""
        return self.one if number < 2 else self.several

    def agreed(self, number: int, participle: str) -> str:
        """Give « modifiée » of « modifié »."""
        return participle + "e" * self.feminine + "s" * (number >= 2)

    def said(self, number: int, participle: str) -> str:
        """Give « 2 modifiées » of « modifié »."""
        return counted(number, self.agreed(1, participle))

    def new(self, number: int) -> str:
        """Give « 1 nouveau », « 2 nouvelles »."""
        one, several = ("nouvelle", "nouvelles") if self.feminine else ("nouveau", "nouveaux")
        return counted(number, one, several)


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for one sort of source.

    Parameters
    ----------
    read
        What a run reads and counts.
    item
        What is left out, with its reason.
    offer, stock
        What a run writes.
    """

    read: Noun
    item: Noun
    offer: Noun
    stock: Noun


OFFER: Final = Noun("offre", "offres", feminine=True)
DATE: Final = Noun("date", "dates", feminine=True)
STOCK: Final = Noun("stock", "stocks")
LINE: Final = Noun("ligne", "lignes", feminine=True)
BOOK: Final = Noun("livre", "livres")
COPY: Final = Noun("exemplaire", "exemplaires")

_EVENT: Final = Noun("évènement", "évènements")
_ELEMENT: Final = Noun("élément", "éléments")
EVENTS: Final = Wording(_ELEMENT, _EVENT, OFFER, DATE)
KINDS: Final[Mapping[str, Wording]] = {
    LEVEL: Wording(LINE, LINE, OFFER, STOCK),
    PRODUCT: Wording(BOOK, BOOK, OFFER, STOCK),
}


def wording(adapter: Provider[Any]) -> Wording:
    """Give the words for what a partner lists."""
    return KINDS.get(adapter.traits.primary, EVENTS)


def primary_of(slug: str) -> str:
    """Give the kind of items that a partner's offers are made of; of one that is gone, none."""
    try:
        return provider(slug).traits.primary
    except PartnerError:
        return ""


def wording_of(slug: str) -> Wording:
    """Give the words for what a partner lists, by its slug."""
    return KINDS.get(primary_of(slug), EVENTS)
