"""Trying a source before it is linked: the partner's checks, and offers as a young user would see them."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from models.venue import Venue
from providers.base import Check, CheckState, Provider, VenueFacts
from providers.errors import PartnerError
from providers.records import OfferRecord
from providers.settings import ProviderSettings
from workers.staging import Answers
from workers.visits import Site, open_visit


@dataclass(frozen=True, slots=True)
class Example:
    """An offer as it would be shown; `price` None with nothing proposed waits for an answer."""

    offer: OfferRecord
    category: str | None
    price: Decimal | None
    price_proposed: Decimal | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What trying a source found; `error` says in French why it cannot be imported."""

    identifier: str
    checks: Sequence[Check] = ()
    examples: Sequence[Example] = field(default_factory=tuple)
    error: str = ""

    @property
    def may_import(self) -> bool:
        return not self.error and all(check.state is not CheckState.FAILED for check in self.checks)

    @property
    def title(self) -> str:
        titles = (str(check.facts.get("title", "")) for check in self.checks)
        return next((title for title in titles if title), "")


def try_source(
    site: Site, adapter: Provider[Any], identifier: str, settings: ProviderSettings, venue: Venue
) -> Trial:
    """Ask the partner what an import would bring; nothing is written."""
    facts = VenueFacts(venue.name, venue.timezone, venue.latitude, venue.longitude, venue.siret)
    checks: list[Check] = []
    try:
        with open_visit(
            site, adapter, identifier, settings, name=f"check-{secrets.token_hex(8)}", venue=facts
        ) as opened:
            visit = replace(opened, identifier=adapter.resolve(opened))
            identifier = visit.identifier
            checks.extend(adapter.check(visit))
    except PartnerError as error:
        return Trial(identifier, [check for check in checks if not check.samples], error=error.sentence)
    answers = Answers(settings, venue.default_category, adapter.traits)
    examples = [_example(offer, answers) for check in checks for offer in check.samples]
    return Trial(identifier, checks, examples)


def _example(offer: OfferRecord, answers: Answers) -> Example:
    said = [answers.price(stock) for stock in offer.stocks if not stock.cancelled]
    known = [price for price, _ in said if price is not None]
    proposed = [price for _, price in said if price is not None]
    return Example(
        offer,
        answers.category(offer),
        min(known) if known else None,
        min(proposed) if proposed else None,
    )


def as_row(example: Example) -> Mapping[str, Any]:
    """Give an example as the template of an offer's card reads it."""
    offer = example.offer
    starts = sorted(stock.starts_at for stock in offer.stocks if stock.starts_at and not stock.cancelled)
    return {
        "title": offer.title,
        "category": example.category,
        "image_url": offer.image_url,
        "description": offer.description,
        "place_name": offer.place.name if offer.place else None,
        "place_city": offer.place.city if offer.place else None,
        "next_at": starts[0] if starts else None,
        "dates": len(starts),
        "price": example.price,
        "price_proposed": example.price_proposed,
    }
