"""What an opportunity costs the public: of its offers the adult's, in euros; and until when it is sold."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from models.vocabulary import Certainty
from providers.errors import DataError
from providers.pretix.tickets import rank_of
from providers.records import PRICE_NOT_SAID, Price
from providers.rpde.values import amount, duration, moment, objects, term, text, whole, words
from providers.text import fold

OFF_SALE: Final = frozenset({"SoldOut", "OutOfStock", "Discontinued"})

_NEGATED: Final = re.compile(r"\bnon (?:members?|membres?|adherente?s?|abonnee?s?)\b")
_ASIDE: Final = re.compile(
    r"\b(?:members?|membres?|juniors?|youth|teen(?:ager)?s?|infants?|babys?|bebes?|under [0-9]+"
    r"|over [0-9]+|pensioners?|seniors?|carers?|staff|students?|disab\w+|gp referral|jeunes?(?! public))\b"
)
_OF_AGE, _RETIRED = 18, 55


def offers_of(chain: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Give the offers of an opportunity: its own, else those of what it is part of."""
    for said in chain:
        if found := objects(said.get("offers")) or objects(said.get("offer")):
            return found
    return ()


def price_of(chain: Sequence[Mapping[str, Any]]) -> Price:
    """Give the public's price: of the best-named offers the dearest; another currency's is not said."""
    offers = offers_of(chain)
    if not offers:
        is_free = next((said["isAccessibleForFree"] for said in chain if "isAccessibleForFree" in said), None)
        return Price(Decimal(0), Certainty.CERTAIN) if is_free is True else PRICE_NOT_SAID
    told = [(_rank(each), found, each) for each in offers if (found := amount(each.get("price"))) is not None]
    if not told:
        return PRICE_NOT_SAID
    _, found, chosen = min(told, key=lambda each: (each[0], -each[1]))
    currency = text(chosen.get("priceCurrency")).strip().upper()
    return Price(found, Certainty.CERTAIN) if found == 0 or currency == "EUR" else PRICE_NOT_SAID


def _rank(offer: Mapping[str, Any]) -> int:
    """Rank an offer by its name and by whom it is for: 0 is the adult's, 3 somebody else's."""
    ages = next(iter(objects(offer.get("ageRestriction")) or objects(offer.get("ageRange"))), {})
    least, most = whole(ages.get("minValue")), whole(ages.get("maxValue"))
    if (most is not None and 0 < most < _OF_AGE) or (least is not None and least >= _RETIRED):
        return 3
    name = _NEGATED.sub("full price", fold(words(offer.get("name"))))
    return 3 if _ASIDE.search(name) else rank_of(name)


def is_sold_out(chain: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether every offer says that nothing is left."""
    offers = offers_of(chain)
    return bool(offers) and all(term(each.get("availability")) in OFF_SALE for each in offers)


def booking_limit(chain: Sequence[Mapping[str, Any]], starts_at: datetime, zone: ZoneInfo) -> datetime | None:
    """Give until when the last of the offers may be booked; None: until the start, or not said."""
    limits: list[datetime] = []
    for offer in offers_of(chain):
        before = duration(offer.get("validThroughBeforeStartDate"))
        if before is not None:
            limits.append(starts_at - before)
            continue
        try:
            until = moment(offer.get("validThrough") or offer.get("availabilityEnds"), zone)
        except DataError:
            return None
        if until is None or until.is_day:
            return None
        limits.append(until.at)
    return max(limits, default=None)
