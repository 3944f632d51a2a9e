"""What every cinema adapter does: gives its films page by page, reads each, and tries a link."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import blake2b
from itertools import chain, islice
from json import dumps
from typing import Any, ClassVar, Final, TypeVar

from pydantic import ValidationError

from models.vocabulary import Family, Reason
from providers.base import (
    Cadence,
    Check,
    CheckState,
    Item,
    Limits,
    Page,
    Provider,
    Traits,
    VenueFact,
    Visit,
)
from providers.cinema.film import Film, Showing, offer
from providers.cinema.refusals import KEY_REFUSED
from providers.errors import ConfigurationError, DataError
from providers.records import LeftOut, OfferRecord, Record
from providers.settings import ProviderSettings
from providers.text import counted, typeset

A_PAGE: Final = 50
"""Films; a multiplex shows some sixty."""

SAMPLES: Final = 3

S = TypeVar("S", bound=ProviderSettings)

SEATS_KNOWN: Final = Traits(
    knows_remaining=True,
    deducts_our_bookings=False,  # an operator whose application books there: PASSERELLE_BOOKED_AT_PARTNERS
    keeps_session_ids=True,
    uses=frozenset({VenueFact.TIMEZONE}),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A film as it was listed; `place` orders the listing, always the same. `payload` is plain JSON.

    An empty `ref`: something is listed that names no film (`UNNAMED`).
    """

    place: str
    ref: str
    payload: Mapping[str, Any]

    @property
    def item(self) -> Item:
        """The film as an item: any seat that is sold changes its fingerprint, another export does not."""
        written = dumps(self.payload, sort_keys=True, separators=(",", ":"), default=str)
        return Item(self.ref, blake2b(written.encode(), digest_size=16).digest(), self.payload)


UNNAMED: Final = Listed("", "", {})


@dataclass(frozen=True, slots=True)
class Told:
    """What a payload says: a film and its showings; `otherwise`: why it makes no offer without any."""

    film: Film
    showings: Sequence[Showing]
    otherwise: Reason = Reason.OVER


class Cinema(Provider[S]):
    """A partner that sells a cinema's showings."""

    family = Family.TICKETING
    version = 1
    traits = SEATS_KNOWN
    cadence = Cadence(shortest=timedelta(minutes=2), usual=timedelta(minutes=10), longest=timedelta(hours=6))
    limits = Limits(requests=60, period=timedelta(minutes=1), body=32 * 1024 * 1024)
    no_tariff: ClassVar[str] = ""
    """What to do when no showing has a price, in French; empty where prices come from the link."""

    @abstractmethod
    def films(self, visit: Visit[S]) -> Iterator[Listed]:
        """Give the cinema's films in the order of their places; the first is given once all is read."""

    @abstractmethod
    def tell(self, payload: Any, visit: Visit[S]) -> Told:
        """Read a film's payload.

        Raises
        ------
        DataError, ValueError
            It is not as the partner writes it.
        """

    def fetch(self, visit: Visit[S]) -> Iterator[Page]:
        """Give the films, fifty a page; the cursor is the place of the last one."""
        asked = visit.clock()
        after = str((visit.cursor or {}).get("after", ""))
        page: list[Item] = []
        unnamed = False
        for listed in self.films(visit):
            unnamed = unnamed or not listed.ref
            if not listed.ref or listed.place <= after:
                continue
            if len(page) == A_PAGE:
                yield Page(page, {"after": after}, asked)
                page = []
            page.append(listed.item)
            after = listed.place
        yield Page(page, {"after": after}, asked, last=True, unidentified=unnamed)

    def normalise(self, item: Item, visit: Visit[S]) -> Sequence[Record]:
        try:
            told = self.tell(item.payload, visit)
            if self.no_tariff and _is_not_for_sale(told.showings):
                return [LeftOut(item.ref, Reason.NOT_ON_SALE)]
            return [offer(item.ref, told.film, told.showings, otherwise=told.otherwise)]
        except (ValueError, ArithmeticError, RecursionError) as error:
            sentence = (
                f"Ce film n’est pas lisible : {self.label} l’écrit d’une façon que nous ne connaissons pas."
            )
            raise DataError("not_a_film", sentence, _why(error)) from None

    def check(self, visit: Visit[S]) -> Iterator[Check]:
        """Give the checks `key`, `films`, `tariff` and `samples`; a refusal ends them."""
        for each in self._checks(visit):
            yield replace(each, sentence=typeset(each.sentence))

    def _checks(self, visit: Visit[S]) -> Iterator[Check]:
        try:
            listing = self.films(visit)
            first = list(islice(listing, 1))
            yield Check("key", CheckState.OK, f"Clé acceptée par {self.label}.")
            yield from self._films(chain(first, listing), visit)
        except ConfigurationError as error:
            name = "key" if error.code == KEY_REFUSED else "cinema"
            yield Check(name, CheckState.FAILED, error.sentence, {"detail": str(error)})
        except DataError as error:
            sentence = f"La réponse n’est pas celle de {self.label}. Vérifiez : {self.identifier_label}."
            yield Check("cinema", CheckState.FAILED, sentence, {"detail": str(error)})

    def _films(self, listing: Iterator[Listed], visit: Visit[S]) -> Iterator[Check]:
        films = showings = without_tariff = 0
        samples: list[OfferRecord] = []
        unread: list[str] = []
        for listed in listing:
            if not listed.ref:
                continue
            try:
                record = self.normalise(listed.item, visit)[0]
            except DataError as error:
                unread.append(str(error))
                continue
            if isinstance(record, LeftOut):
                without_tariff += record.reason is Reason.NOT_ON_SALE
            if not isinstance(record, OfferRecord):
                continue
            films += 1
            showings += len(record.stocks)
            samples += [record] if len(samples) < SAMPLES else []
        facts = {"films": films, "showings": showings, "unread": len(unread), "detail": unread[:3]}
        yield self._programme(films, showings, len(unread), facts)
        if without_tariff and not films:
            yield Check("tariff", CheckState.WARNING, self.no_tariff)
        if samples:
            such = (
                "telle que les jeunes la verraient"
                if len(samples) == 1
                else "telles que les jeunes les verraient"
            )
            sentence = f"Voici {counted(len(samples), 'offre')}, {such}."
            yield Check("samples", CheckState.OK, sentence, samples=samples)

    def _programme(self, films: int, showings: int, unread: int, facts: Mapping[str, Any]) -> Check:
        if not films and not unread:
            sentence = (
                f"{self.label} n’annonce aucune séance à venir. Si c’est inattendu, "
                f"vérifiez : {self.identifier_label}."
            )
            return Check("films", CheckState.WARNING, sentence, facts)
        sentence = f"{counted(films, 'film')} à l’affiche, {counted(showings, 'séance')} à venir."
        if unread:
            sentence += f" {counted(unread, 'film')} à corriger."
        return Check("films", CheckState.WARNING if unread else CheckState.OK, sentence, facts)


def _is_not_for_sale(showings: Sequence[Showing]) -> bool:
    """Tell whether a partner that says the pass Culture's tariff has none for a film: schools', say."""
    return bool(showings) and all(each.price is None and not each.cancelled for each in showings)


def _why(error: Exception) -> str:
    """Say which fields were not as expected, without what was in them."""
    if isinstance(error, ValidationError):
        wrong = error.errors(include_url=False, include_input=False, include_context=False)
        return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in wrong)[:1000]
    return f"{type(error).__name__}: {error}"[:300]
