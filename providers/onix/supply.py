"""Who sells a product in France, whether it can be had there, and the public's fixed price (block 6).

A price counts when it is a fixed retail price with tax (type 04), in euros, for one consumer, in a
territory that holds France, on the day of reading. Where none does, or two that count alike
contradict each other, the price is not said.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from models.vocabulary import Certainty
from providers.onix.dates import has_time, iso_date, moment
from providers.onix.tags import Element
from providers.records import PRICE_NOT_SAID, Price

PARIS: Final = ZoneInfo("Europe/Paris")

_FIXED: Final = "04"
_FOR_ONE: Final = {"": 0, "00": 0, "05": 1, "08": 2}
"""List 59: unqualified, the consumer's, a promotion; libraries, schools and subscribers pay others."""

_PROVISIONAL: Final = "01"
_AMOUNT: Final = re.compile(r"[0-9]{1,6}(?:[.,][0-9]{1,6})?")

_TO_BE_HAD: Final = frozenset({"20", "21", "22", "23"})
_NOT_SAID: Final = frozenset({"", "97", "98", "99"})
"""List 65; the others say that it cannot be had, or not yet."""

_OFF_SALE: Final = frozenset({"01", "03", "07", "11", "12", "15", "16", "17"})
"""List 64 and 68: cancelled, postponed for ever, out of print, withdrawn, recalled."""

_NOT_HERE: Final = -1
_ANYWHERE, _WORLD, _NAMED = range(3)
_EVERYWHERE: Final = frozenset({"WORLD", "ECZ"})
"""Regions of list 49 that hold France: the world, the countries of the euro."""


@dataclass(frozen=True, slots=True)
class Asked:
    """When a price is asked for, and what the message says for prices that do not say it."""

    now: datetime
    price_type: str = ""
    currency: str = ""


def read(supplies: Sequence[Element], asked: Asked) -> dict[str, Any]:
    """Give `price` and `available` of the product supplies that concern France."""
    candidates: list[tuple[tuple[Any, ...], Decimal]] = []
    said: list[bool | None] = []
    for supply in supplies:
        market, details, status = _market(supply)
        if market == _NOT_HERE:
            continue
        for detail in details:
            said.append(_availability(detail, status))
            prices = (_price(child, market, asked) for child in detail if child.tag == "Price")
            candidates.extend(price for price in prices if price)
    return {"price": _chosen(candidates), "available": _available(said)}


def published(supplies: Iterable[Element]) -> str:
    """Give when the product came out in France, where its publisher says no other date."""
    for supply in supplies:
        market, _, _ = _market(supply)
        if market != _NOT_HERE:
            for block in supply:
                if block.tag == "MarketPublishingDetail":
                    for child in block:
                        if child.tag == "MarketDate" and (found := dated(child, "MarketDateRole", "01")):
                            return found
    return ""


def dated(composite: Element, role_tag: str, role: str) -> str:
    """Give the date of a composite that has a role; nothing where it has another."""
    written = form = ""
    matches = False
    for leaf in composite:
        text = (leaf.text or "").strip()
        if leaf.tag == role_tag:
            matches = text == role
        elif leaf.tag == "Date":
            written, form = text, leaf.get("dateformat", form)
        elif leaf.tag == "DateFormat":
            form = form or text
    return iso_date(written, form) if matches and written else ""


def is_off_sale(status: str) -> bool:
    return status in _OFF_SALE


def _market(supply: Element) -> tuple[int, Sequence[Element], str]:
    """Give how a supply names France, its supply details, and its publishing status there."""
    ranks: list[int] = []
    details: list[Element] = []
    status = ""
    for child in supply:
        if child.tag == "SupplyDetail":
            details.append(child)
        elif child.tag == "Market":
            ranks.extend(_territory(each) for each in child if each.tag == "Territory")
        elif child.tag == "MarketPublishingDetail":
            status = next(
                ((each.text or "").strip() for each in child if each.tag == "MarketPublishingStatus"), ""
            )
    return (max(ranks) if ranks else _ANYWHERE), details, status


def _territory(territory: Element) -> int:
    """Say whether France is in a territory: by name, with the world, or not."""
    told: dict[str, str] = {}
    for leaf in territory:
        told[leaf.tag] = f"{told.get(leaf.tag, '')} {leaf.text or ''}"
    if "FR" in told.get("CountriesIncluded", "").split():
        return _NAMED
    if "FR" in told.get("CountriesExcluded", "").split():
        return _NOT_HERE
    regions = told.get("RegionsIncluded", "").split()
    if not _EVERYWHERE.isdisjoint(told.get("RegionsExcluded", "").split()):
        return _NOT_HERE
    if not _EVERYWHERE.isdisjoint(regions):
        return _WORLD
    only_excludes = not regions and not told.get("CountriesIncluded", "").split() and told
    return _WORLD if only_excludes else _NOT_HERE


def _availability(detail: Element, status: str) -> bool | None:
    code = next(((leaf.text or "").strip() for leaf in detail if leaf.tag == "ProductAvailability"), "")
    if code in _NOT_SAID:
        return False if is_off_sale(status) else None
    return code in _TO_BE_HAD


def _available(said: Sequence[bool | None]) -> bool | None:
    if True in said:
        return True
    return False if False in said else None


def _price(price: Element, market: int, asked: Asked) -> tuple[tuple[Any, ...], Decimal] | None:
    """Give (how well it fits, amount) of a price that counts today in France."""
    told: dict[str, str] = {}
    dates: list[Element] = []
    place = market
    for leaf in price:
        tag = leaf.tag
        if tag == "Territory":
            place = _territory(leaf)
        elif tag == "PriceDate":
            dates.append(leaf)
        elif tag == "BatchBonus":
            return None
        elif leaf.text:
            told[tag] = leaf.text.strip()
    qualifier = _FOR_ONE.get(told.get("PriceQualifier", ""))
    if (
        told.get("PriceType", asked.price_type) != _FIXED
        or told.get("CurrencyCode", asked.currency) != "EUR"
        or place == _NOT_HERE
        or qualifier is None
        or told.get("MinimumOrderQuantity", "1") not in {"0", "1"}
    ):
        return None
    amount = told.get("PriceAmount", "")
    if not _AMOUNT.fullmatch(amount):
        return None
    euros = Decimal(amount.replace(",", "."))
    window = _window(dates, asked.now) if dates else (False, "")
    if not euros or euros != round(euros, 2) or window is None:
        return None
    is_firm = told.get("PriceStatus") != _PROVISIONAL
    return (place, qualifier if qualifier < 2 or window[0] else 0, *window, is_firm), round(euros, 2)


def _window(dates: Sequence[Element], now: datetime) -> tuple[bool, str] | None:
    """Give (it ends, when it began) of a price that is in force; None: it is not, or not readably so."""
    ends, began = False, ""
    for role, written in _bounds(dates):
        at = _moment(written)
        if at is None:
            return None
        if role == "14":
            if at > now:
                return None
            began = max(began, f"{at:%Y%m%d%H%M}")
        elif role == "15":
            if (at if has_time(written) else at + timedelta(days=1)) <= now:
                return None
            ends = True
    return ends, began


def _bounds(dates: Sequence[Element]) -> Iterator[tuple[str, str]]:
    """Give (from 14, until 15; date as written) of list 173; « from … until » (24) is both."""
    for each in dates:
        told: Mapping[str, str] = {leaf.tag: (leaf.text or "").strip() for leaf in each}
        role, written = told.get("PriceDateRole", ""), told.get("Date", "")
        if role == "24":
            yield "14", written[:8]
            yield "15", written[8:16]
        else:
            yield role, written


def _moment(written: str) -> datetime | None:
    """Give when a date begins; in Paris where it says no zone."""
    found = moment(written)
    if found is None:
        return None
    clock = written.partition("T")[2]
    if clock.endswith("Z") or "+" in clock or "-" in clock:
        return found
    return found.replace(tzinfo=PARIS)


def _chosen(candidates: Sequence[tuple[tuple[Any, ...], Decimal]]) -> Price:
    """Give the price that fits best, if only one amount does."""
    if not candidates:
        return PRICE_NOT_SAID
    best = max(rank for rank, _ in candidates)
    amounts = {amount for rank, amount in candidates if rank == best}
    return Price(amounts.pop(), Certainty.CERTAIN) if len(amounts) == 1 else PRICE_NOT_SAID
