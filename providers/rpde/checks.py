"""Tries a feed and says in French what it would bring: its items, where they are, three offers to come."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from models.vocabulary import Reason
from providers.base import Check, CheckState, Visit
from providers.errors import DataError
from providers.openagenda.places import listed
from providers.records import LeftOut, OfferRecord
from providers.rpde import feed, opportunity, series
from providers.rpde.settings import RpdeSettings
from providers.rpde.shapes import item_of
from providers.text import counted, typeset

SAMPLES: Final = 3
MOST_PAGES: Final = 5
"""A feed begins with what changed longest ago: what is to come may be far; a person waits."""


def check(visit: Visit[RpdeSettings]) -> Iterator[Check]:
    """Give the checks `feed`, `places` and `samples`; raises what an import would raise."""
    for each in _checks(visit):
        yield replace(each, sentence=typeset(each.sentence))


def _checks(visit: Visit[RpdeSettings]) -> Iterator[Check]:
    try:
        first, *more = islice(feed.pages(visit.http, visit.identifier), MOST_PAGES)
    except DataError as error:
        yield Check(
            "feed", CheckState.FAILED, error.sentence, {"code": error.code, "detail": str(error)[:500]}
        )
        return
    pages = [first, *more]
    entries = [each for page in pages for each in page.items]
    facts = {"items": len(entries), "kinds": _kinds(entries), "whole": pages[-1].is_last}
    if not entries:
        yield Check("feed", CheckState.WARNING, "Le flux ne contient rien pour l’instant.", facts)
        return
    number = counted(len(entries), "élément")
    which = number if pages[-1].is_last else f"plus de {number}"
    yield Check("feed", CheckState.OK, f"Le flux contient {which}.", facts)
    yield from _samples(entries, visit)


def _kinds(entries: Sequence[Any]) -> dict[str, int]:
    kinds = Counter(str(each.get("kind"))[:60] for each in entries if isinstance(each, dict))
    return dict(kinds.most_common(10))


def _samples(entries: Sequence[Any], visit: Visit[RpdeSettings]) -> Iterator[Check]:
    left: Counter[str] = Counter()
    offers: dict[str, OfferRecord] = {}
    with series.opened(visit) as parents:
        for said in entries:
            item = item_of(said, parents.parent_of(said.get("data")) if isinstance(said, dict) else None)
            if item is None or item.deleted:
                left["deleted" if item else "unidentified"] += 1
                if item:
                    offers.pop(item.ref, None)
                continue
            try:
                record = opportunity.read(item, visit)
            except DataError as error:
                left[error.code] += 1
                continue
            if isinstance(record, LeftOut):
                left[record.reason.value] += 1
            elif isinstance(record, OfferRecord):
                offers[item.ref] = record
    yield from _places(offers, left)
    yield _sampled(list(offers.values()), left)


def _places(offers: dict[str, OfferRecord], left: Counter[str]) -> Iterator[Check]:
    """Name the places of a feed that has several."""
    names = [name for name, _ in Counter(_where(each) for each in offers.values()).most_common()]
    if len(names) > 1 or left[Reason.OTHER_PLACE.value]:
        sentence = f"Lieux trouvés : {listed(names)}." if names else "Aucun des lieux choisis ne s’y trouve."
        state = CheckState.OK if names else CheckState.WARNING
        yield Check("places", state, sentence, {"places": names})


def _where(offer: OfferRecord) -> str:
    if offer.is_online:
        return "en ligne"
    return offer.place.name if offer.place else "chez vous, ou sans lieu"


def _sampled(offers: Sequence[OfferRecord], left: Counter[str]) -> Check:
    facts = {"left_out": dict(sorted(left.items()))}
    if not offers and left["series_elsewhere"]:
        sentence = (
            "Les séances de ce flux n’ont pas de nom : elles renvoient à un flux de séries. "
            "Indiquez son adresse dans « Adresse du flux des séries »."
        )
        return Check("samples", CheckState.FAILED, sentence, facts)
    if not offers:
        sentence = "Aucune séance à venir dans le début de ce flux."
        return Check("samples", CheckState.WARNING, sentence, facts)
    shown = offers[-SAMPLES:]
    such = "telle que les jeunes la verraient" if len(shown) == 1 else "telles que les jeunes les verraient"
    return Check("samples", CheckState.OK, f"Voici {counted(len(shown), 'offre')}, {such}.", facts, shown)
