"""Tries a link and says in French what it would bring: the key, the events, their hours, three offers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from models.vocabulary import Reason
from providers.base import Check, CheckState, Visit
from providers.billetweb import event
from providers.billetweb.api import Api
from providers.billetweb.settings import BilletwebSettings
from providers.errors import ConfigurationError, DataError
from providers.records import LeftOut, OfferRecord
from providers.text import counted, typeset
from providers.window import zone_of

SAMPLES: Final = 3
MOST_TRIED: Final = 6
"""Events that are read for the samples, three requests each: a person waits."""


def check(visit: Visit[BilletwebSettings]) -> Iterator[Check]:
    """Give the checks `key`, `events`, `times` and `samples`; a refusal ends them."""
    for each in _checks(visit):
        yield replace(each, sentence=typeset(each.sentence))


def _checks(visit: Visit[BilletwebSettings]) -> Iterator[Check]:
    try:
        api = Api(visit)
        listed = event.listed(api, visit.identifier)
    except ConfigurationError as error:
        name = "events" if error.code == "event_not_found" else "key"
        yield Check(name, CheckState.FAILED, error.sentence, {"detail": str(error)})
        return
    yield Check("key", CheckState.OK, "Clé acceptée par Billetweb.")
    published = [each for each in listed.events if event.is_worth_reading(each)]
    facts = {"events": len(published), "listed": len(listed.events)}
    if not published:
        sentence = (
            "Aucun évènement à venir n’est publié : un brouillon, ou un évènement passé, n’est pas importé."
        )
        yield Check("events", CheckState.WARNING, sentence, facts)
        return
    yield Check("events", CheckState.OK, f"{counted(len(published), 'évènement')} en ligne.", facts)
    yield from _times(visit)
    yield _samples(api, visit, published)


def _times(visit: Visit[BilletwebSettings]) -> Iterator[Check]:
    """Ask a venue that lives by another clock than Paris to look at the hours."""
    zone, now = zone_of(visit.venue), visit.clock()
    if now.astimezone(zone).utcoffset() == now.astimezone(event.PARIS).utcoffset():
        return
    if visit.settings.times == "venue":
        yield Check("times", CheckState.OK, "Vos horaires sont lus à l’heure de votre lieu.")
        return
    sentence = (
        "Billetweb donne ses horaires à l’heure de Paris, et votre lieu vit à une autre heure. Vérifiez les "
        "exemples : si les horaires sont décalés, réglez « À quelle heure… » sur « lieu »."
    )
    yield Check("times", CheckState.WARNING, sentence, {"timezone": zone.key})


def _samples(api: Api, visit: Visit[BilletwebSettings], published: Sequence[Mapping[str, Any]]) -> Check:
    samples: list[OfferRecord] = []
    left: list[Reason] = []
    for each in published[:MOST_TRIED]:
        try:
            record = event.read(event.whole_item(api, each, visit.clock(), event.clock_of(visit)), visit)
        except DataError:
            continue
        if isinstance(record, LeftOut):
            left.append(record.reason)
        elif isinstance(record, OfferRecord):
            samples.append(record)
        if len(samples) == SAMPLES:
            break
    facts = {"left_out": {reason.value: left.count(reason) for reason in sorted(set(left))}}
    if not samples:
        sentence = "Aucun des premiers évènements n’a de date à venir avec un billet en vente au public."
        return Check("samples", CheckState.WARNING, sentence, facts)
    such = "telle que les jeunes la verraient" if len(samples) == 1 else "telles que les jeunes les verraient"
    sentence = f"Voici {counted(len(samples), 'offre')}, {such}."
    return Check("samples", CheckState.OK, sentence, facts, samples)
