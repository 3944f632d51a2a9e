"""What is sold of a date: the kinds of seat, each at the public's full price, and what remains of each.

Products that are tariffs of one kind of seat are one stock, at the highest price that is neither
reduced nor a support; kinds of seat with places of their own are several. What remains of a product
is the least that its quotas leave, and those of what comes with it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from providers.pools import Bound, Pool, pools, within
from providers.pretix.shapes import Override, Payload, PretixItem, Quota, Sold, SubEvent, Variation, says
from providers.records import UNKNOWN, NotSaid, Remaining
from providers.text import fold, one_line, without_contacts

_FULL: Final = re.compile(r"\b(?:plein|normal|normale|unique|full price|regular|standard|adultes?|adult)\b")
_OTHER: Final = re.compile(
    r"\b(?:reduite?s?|etudiante?s?|lyceene?s?|enfants?|moins de [0-9]+|[0-9]+ ans|demandeurs?|chomeurs?|rsa"
    r"|seniors?|retraites?|abonnee?s?|adherente?s?|scolaires?|groupes?|pmr|handicap|invitations?|exoneree?s?"
    r"|tarif jeunes?|accompagnateurs?|reduced|student|children|child|kinder|concession"
    r"|soutien|solidaires?|solidarite|suspendue?s?|mecenes?|dons?|donation|supporter)\b"
)
_SEVERAL: Final = re.compile(r"\b(?:pack|lot de|carnet|duo|famille|family|pass|abonnement|table)\b")
_LONGEST: Final = 100
_MOST: Final = 2**31 - 1
_NO_QUOTA: Final = -1


def rank_of(name: str) -> int:
    """Rank a tariff by its name: 0 calls itself full, 1 does not say, 2 is several tickets, 3 another."""
    folded = fold(name)
    if _OTHER.search(folded):
        return 3
    if _SEVERAL.search(folded):
        return 2
    return 0 if _FULL.search(folded) else 1


@dataclass(frozen=True, slots=True)
class Product:
    """An item or a variation of one, at a date; `rank` 0 calls itself the full price, 3 another tariff.

    `takes`: of each quota that bounds it, how much one ticket takes; `quotas` are those of its own.
    """

    key: tuple[int, int]
    name: str
    price: Decimal
    is_free_price: bool
    is_public: bool
    quotas: frozenset[int]
    takes: Mapping[int, int]
    remaining: Remaining
    opens: datetime | None
    closes: datetime | None
    hidden_by_item: int | None
    hidden_by_quota: int | None

    @property
    def rank(self) -> int:
        return rank_of(self.name)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of seat at a date; `ref` tells it from the others of the date, empty for the first."""

    ref: str
    label: str
    price: Decimal
    is_free_price: bool
    remaining: Remaining
    closes: datetime | None
    pool: str = ""


@dataclass(slots=True)
class _Group:
    """Products that sell the same places; the first is the dearest that the public may buy."""

    products: list[Product] = field(default_factory=list)

    @property
    def key(self) -> tuple[int, int]:
        return min(product.key for product in self.products)


class Tickets:
    """The products and quotas of an event, ready to be asked what a date sells."""

    def __init__(self, payload: Payload) -> None:
        self._now = payload.asked
        adding = {addon.addon_category for item in payload.items for addon in item.addons} - {None}
        alone = [item for item in payload.items if item.category not in adding]
        # where nothing admits (workshops sold as goods), whatever is sold is the ticket
        self._items = [item for item in alone if item.admission] or alone
        self._quotas: dict[int | None, list[Quota]] = {}
        for quota in payload.quotas:
            self._quotas.setdefault(quota.subevent, []).append(quota)

    def of(self, date: SubEvent | None) -> Sequence[Kind]:
        """Give the kinds of seat that anybody may buy at a date of the series, or at the event itself."""
        quotas = {quota.id: quota for quota in self._quotas.get(date.id if date else None, ())}
        products = [product for product in self._products(date, quotas.values()) if product.quotas]
        products = list(_unhidden(products, quotas))
        groups = _grouped(products)
        first = min((group.key for group in groups), default=None)
        sold = {group.key: chosen for group in groups if (chosen := self._chosen(group))}
        if any(product.rank < 3 for product, _ in sold.values()):
            sold = {key: (product, closes) for key, (product, closes) in sold.items() if product.rank < 3}
        pooled = _pools([product for product, _ in sold.values()], quotas)
        left = {each.key: within(pooled.get(each.key), each.remaining) for each, _ in sold.values()}
        return [
            Kind(
                ref="" if key == first else "-".join(str(part) for part in key if part),
                label=product.name if len(groups) > 1 and (len(sold) > 1 or key != first) else "",
                price=product.price,
                is_free_price=product.is_free_price,
                remaining=0 if self._is_closed(product) else left[product.key],
                closes=closes,
                pool=pooled[product.key].name if product.key in pooled else "",
            )
            for key, (product, closes) in sorted(sold.items())
        ]

    def _products(self, date: SubEvent | None, quotas: Iterable[Quota]) -> Iterator[Product]:
        quotas = list(quotas)
        items = {each.item: each for each in date.item_price_overrides} if date else {}
        variations = {each.variation: each for each in date.variation_price_overrides} if date else {}
        for item in self._items:
            if not item.variations:
                containing = [quota for quota in quotas if item.id in quota.items]
                yield _product(item, None, containing, quotas, [items.get(item.id)])
            for variation in item.variations:
                containing = [quota for quota in quotas if variation.id in quota.variations]
                said = [items.get(item.id), variations.get(variation.id)]
                yield _product(item, variation, containing, quotas, said)

    def _chosen(self, group: _Group) -> tuple[Product, datetime | None] | None:
        """Give the product whose price the public pays in full, and when the last tariff closes.

        Tariffs that are not open yet are not spoken of; closed ones only where no other is open.
        """
        begun = [
            each
            for each in group.products
            if each.is_public and (each.opens is None or each.opens <= self._now)
        ]
        tariffs = [each for each in begun if not self._is_closed(each)] or begun
        if not tariffs:
            return None
        fixed = [each for each in tariffs if not each.is_free_price] or tariffs
        chosen = min(fixed, key=lambda each: (each.rank, -each.price, len(each.quotas), each.key))
        ends = [each.closes for each in tariffs]
        return chosen, None if None in ends else max(end for end in ends if end)

    def _is_closed(self, product: Product) -> bool:
        return product.closes is not None and product.closes <= self._now


def _product(
    item: PretixItem,
    variation: Variation | None,
    own: Sequence[Quota],
    quotas: Sequence[Quota],
    overrides: Sequence[Override | None],
) -> Product:
    takes = _takes(item, own, quotas)
    said = [each for each in overrides if each]
    sold: list[Sold] = [item, *([variation] if variation else [])]
    windows: list[Sold | Override] = [*sold, *said]
    prices = [
        *(each.price for each in reversed(said)),
        *([variation.default_price] if variation else []),
        item.default_price,
    ]
    return Product(
        key=(item.id, variation.id if variation else 0),
        name=_name(item, variation),
        price=next(price for price in prices if price is not None),
        is_free_price=item.free_price,
        is_public=all(each.is_public for each in sold) and not any(each.disabled for each in said),
        quotas=frozenset(quota.id for quota in own),
        takes=takes,
        remaining=_remaining(takes, quotas),
        opens=max((each.available_from for each in windows if each.available_from), default=None),
        closes=min((each.available_until for each in windows if each.available_until), default=None),
        hidden_by_item=item.hidden_if_item_available,
        hidden_by_quota=item.hidden_if_available,
    )


def _name(item: PretixItem, variation: Variation | None) -> str:
    names = [says(item.name), says(variation.value) if variation else ""]
    return without_contacts(one_line(" – ".join(name for name in names if name)))[:_LONGEST]


def _left(quota: Quota) -> Remaining:
    """Give what a quota leaves; sold out and closed leave nothing, whatever the number says."""
    left = quota.available_number
    if quota.available is None or (quota.available and isinstance(left, NotSaid)):
        return UNKNOWN
    if not quota.available:
        return 0
    return max(0, min(left, _MOST)) if isinstance(left, int) else None


def _takes(item: PretixItem, own: Sequence[Quota], quotas: Sequence[Quota]) -> Mapping[int, int]:
    """Give quota → how much of it a ticket takes with all that comes with it, as pretix counts it.

    What comes with it and has no quota is not for sale: that is `_NO_QUOTA`, which leaves nothing.
    """
    takes = Counter({quota.id: 1 for quota in own})
    for bundle in item.bundles:
        bounds = [quota.id for quota in quotas if bundle.is_bound_by(quota)]
        for number in bounds or [_NO_QUOTA]:
            takes[number] += bundle.count
    return takes


def _remaining(takes: Mapping[int, int], quotas: Sequence[Quota]) -> Remaining:
    """Give how often a product can be sold: None beats not said, not said beats a number but zero."""
    lefts = [(_left(quota), takes[quota.id]) for quota in quotas if quota.id in takes]
    every = [left // times if isinstance(left, int) else left for left, times in lefts]
    numbers = [left for left in every if isinstance(left, int)]
    if 0 in numbers or _NO_QUOTA in takes:
        return 0
    if any(isinstance(left, NotSaid) for left in every):
        return UNKNOWN
    return min(numbers, default=None)


def _unhidden(products: Sequence[Product], quotas: Mapping[int, Quota]) -> Iterator[Product]:
    """Leave out what is only shown once another product, or a quota, is sold out."""
    going = {product.key[0] for product in products if product.is_public and product.remaining != 0}
    for product in products:
        quota = quotas.get(product.hidden_by_quota) if product.hidden_by_quota is not None else None
        if product.hidden_by_item not in going and (quota is None or _left(quota) == 0):
            yield product


def _grouped(products: Sequence[Product]) -> Sequence[_Group]:
    """Put the tariffs of the same places together.

    A product whose quotas hold all those of a dearer one is a cheaper, perhaps limited, tariff of
    it; a dearer one with a quota of its own is another kind of seat. What the public cannot buy
    comes last: it makes no kind of seat of others.
    """
    groups: list[_Group] = []
    ranked = sorted(products, key=lambda each: (not each.is_public, -each.price, len(each.quotas), each.key))
    for product in ranked:
        home = next((group for group in groups if group.products[0].quotas <= product.quotas), None)
        if home is None:
            groups.append(home := _Group())
        home.products.append(product)
    return groups


def _pools(products: Sequence[Product], quotas: Mapping[int, Quota]) -> Mapping[tuple[int, int], Pool]:
    """Give the pools of the kinds of seat that share quotas, those of what comes with a ticket too."""
    bounds = [
        Bound(str(number), left, takes)
        for number in sorted(quotas)
        if isinstance(left := _left(quotas[number]), int)
        and (takes := {each.key: each.takes[number] for each in products if number in each.takes})
    ]
    return pools(bounds, {product.key: product.remaining for product in products})
