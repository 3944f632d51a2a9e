"""Tries a link and says in French what it would bring: the key, the events, three offers to come."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from providers.base import Check, CheckState, Visit
from providers.errors import ConfigurationError, DataError
from providers.pretix import event
from providers.pretix.api import Api
from providers.pretix.settings import PretixSettings
from providers.pretix.shapes import says
from providers.records import OfferRecord
from providers.text import counted, one_line, typeset

SAMPLES: Final = 3
MOST_TRIED: Final = 6


def check(visit: Visit[PretixSettings]) -> Iterator[Check]:
    """Give the checks `key`, `events` and `samples`; a refusal ends them."""
    for each in _checks(visit):
        yield replace(each, sentence=typeset(each.sentence))


def _checks(visit: Visit[PretixSettings]) -> Iterator[Check]:
    api = Api(visit)
    try:
        title = _title(api)
        events = list(api.events())
    except ConfigurationError as error:
        name = "key" if error.code == "key_refused" else "organiser"
        yield Check(name, CheckState.FAILED, error.sentence, {"detail": str(error)})
        return
    except DataError as error:
        sentence = f"« {api.shop.host} » ne répond pas comme un pretix. Vérifiez l’adresse de la billetterie."
        yield Check("organiser", CheckState.FAILED, sentence, {"detail": str(error)})
        return
    yield Check("key", CheckState.OK, f"Clé acceptée par pretix : « {title} ».", {"title": title})
    on_sale = [each for each in events if event.is_worth_reading(each, visit.clock())]
    yield _events(api, visit, events, on_sale)
    if on_sale:
        yield _samples(api, visit, on_sale)


def _title(api: Api) -> str:
    if api.shop.event:
        return one_line(says(api.event(api.shop.event).get("name") or {})) or api.shop.event
    name = api.organiser().get("name")
    return one_line(name) if isinstance(name, str) and name.strip() else api.shop.organiser


def _events(
    api: Api,
    visit: Visit[PretixSettings],
    events: Sequence[Mapping[str, Any]],
    on_sale: Sequence[Mapping[str, Any]],
) -> Check:
    alone = sum(not each.get("has_subevents") for each in on_sale)
    dates = alone + ((api.upcoming(visit.clock()) or 0) if alone < len(on_sale) else 0)
    facts = {"events": len(on_sale), "dates": dates, "listed": len(events)}
    if not on_sale:
        sentence = (
            "Aucun évènement à venir n’est en vente au public : une boutique fermée, en mode test ou "
            "masquée n’est pas importée."
        )
        return Check("events", CheckState.WARNING, sentence, facts)
    sentence = f"{counted(len(on_sale), 'évènement')} en vente, {counted(dates, 'date')} à venir."
    return Check("events", CheckState.OK, sentence, facts)


def _samples(api: Api, visit: Visit[PretixSettings], on_sale: Sequence[Mapping[str, Any]]) -> Check:
    samples: list[OfferRecord] = []
    for each in on_sale[:MOST_TRIED]:
        try:
            record = event.read(event.whole_item(api, each, visit.clock()), visit.venue)
        except DataError:
            continue
        if isinstance(record, OfferRecord):
            samples.append(record)
        if len(samples) == SAMPLES:
            break
    if not samples:
        sentence = "Aucun des premiers évènements n’a de billet en vente au public."
        return Check("samples", CheckState.WARNING, sentence)
    such = "telle que les jeunes la verraient" if len(samples) == 1 else "telles que les jeunes les verraient"
    return Check(
        "samples", CheckState.OK, f"Voici {counted(len(samples), 'offre')}, {such}.", samples=samples
    )
