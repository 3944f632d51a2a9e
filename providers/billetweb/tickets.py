"""What is sold of a date: the kinds of seat, each at the public's full price.

Billetweb knows tariffs, and categories that group them (« Catégorie 1 > Or »). A category is a kind of
seat; within one, the tariffs are prices of the same seat, and the full one is taken. Tariffs that say
neither that they are full nor that they are another tariff, and name different things (« Fosse »,
« Balcon »), are kinds too.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from providers.billetweb.strings import amount, is_set, moment, numbered, words
from providers.pretix.tickets import rank_of
from providers.text import fold

_ASIDE: Final = re.compile(
    r"\b(?:membres?|benevoles?|personnel|professionnels?|presse|partenaires?|guichet|sur place|comite|cse"
    r"|pass culture|bebes?|ados?|jeunes?(?! public)|minimas?|sociaux|tarif special"
    r"|parking|vestiaire|consigne|boissons?|repas|t shirt|tee shirt|livret|catalogue|frais|adhesion"
    r"|cotisation"
    r"|carte cadeau|bons? cadeaux?|option)\b"
)
_NEGATED: Final = re.compile(r"\b(?:non|hors|sans)\s+(?:membres?|adherente?s?|abonnee?s?|reduite?s?)\b")
_FREE_PRICE: Final = re.compile(
    r"\b(?:prix|tarif|participation|contribution|entree)s? (?:libre|consciente?|au chapeau)s?\b"
)
_TARIFF: Final = re.compile(
    r"\b(?:tarifs?|prix|billets?|places?|entrees?|plein|pleine|normale?|unique|standard|regular|adultes?|adult"
    r"|prevente|pre vente|en ligne|early bird|last minute|derniere minute|lancement"
    r"|public|general|libre|et|a|de|la|le)\b"
)
_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Tariff:
    """A ticket as Billetweb lists it; `rank` 0 calls itself full, 3 is another tariff, or no seat at all."""

    id: str
    name: str
    category: str
    price: Decimal | None
    is_public: bool
    opens: datetime | None
    closes: datetime | None

    @property
    def rank(self) -> int:
        folded = _NEGATED.sub("plein", fold(self.name))
        return 3 if _ASIDE.search(folded) else rank_of(folded)

    @property
    def category_rank(self) -> int:
        """A category may itself be « Tarifs réduits » or « Restauration »."""
        folded = fold(self.category)
        return 3 if _ASIDE.search(folded) or rank_of(folded) == 3 else 0

    @property
    def is_free_price(self) -> bool:
        return _FREE_PRICE.search(fold(self.name)) is not None

    @property
    def thing(self) -> str:
        """What the name says besides that it is a tariff: « fosse », nothing."""
        said = [
            word for word in _TARIFF.sub(" ", fold(self.name)).split() if len(word) == 1 or not word.isdigit()
        ]
        # « Tarif 1 » names nothing, « Catégorie 1 » does; a price in a name (« 20 € ») does not
        return " ".join(said) if any(len(word) > 1 for word in said) else ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of seat at a date; `ref` tells it from the others, empty for the event's first."""

    ref: str
    label: str
    tariff: Tariff
    ids: frozenset[str]
    closes: datetime | None
    is_closed: bool


def read_tariffs(said: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> Sequence[Tariff]:
    """Read the tariffs of an event, by number; `visibility` 0 is for everybody.

    Raises
    ------
    DataError
        One has no number, or its times are unreadable.
    """
    found = [
        Tariff(
            id=number,
            name=words(each.get("name") or each.get("full_name"), _LONGEST),
            category=words(each.get("category"), _LONGEST),
            price=amount(each.get("price")),
            is_public=not is_set(each.get("visibility"), default=False),
            opens=moment(each.get("start_time"), zone),
            closes=moment(each.get("end_time"), zone),
        )
        for number, each in numbered(said).items()
    ]
    return sorted(found, key=lambda each: (len(each.id), each.id))


def kinds(tariffs: Sequence[Tariff], sold: Mapping[str, Any] | None, now: datetime) -> Sequence[Kind]:
    """Give the kinds of seat that anybody may buy at a date.

    Parameters
    ----------
    tariffs
        All of the event, by number.
    sold
        A session's own map of tariffs: those not in it, or at `"0"` while others are not, are not sold
        there. None: all are.
    """
    groups = _grouped(tariffs)
    offered = [each for each in tariffs if _is_sold(each.id, sold)]
    chosen = [(group, _chosen([each for each in group if each in offered], now)) for group in groups]
    found = [(group, *choice) for group, choice in chosen if choice]
    worst = min((_worth(tariff) for _, tariff, _, _ in found), default=0)
    found = [each for each in found if _worth(each[1]) == worst or _worth(each[1]) < 2]
    several = len(found) > 1
    return [
        Kind(
            ref="" if group is groups[0] else group[0].id,
            label=_label(tariff, groups) if several else "",
            tariff=tariff,
            ids=frozenset(each.id for each in group),
            closes=closes,
            is_closed=is_closed,
        )
        for group, tariff, closes, is_closed in found
    ]


def _worth(tariff: Tariff) -> int:
    """Rank a kind by the tariff that stands for it: below 2 it is a seat at the public's price."""
    return max(tariff.rank, tariff.category_rank)


def _is_sold(number: str, sold: Mapping[str, Any] | None) -> bool:
    if not sold:
        return True
    on = {each for each, state in sold.items() if is_set(state, default=True)}
    return number in (on or sold)


def _grouped(tariffs: Sequence[Tariff]) -> Sequence[Sequence[Tariff]]:
    """Put the tariffs of the same seat together: by category, then by what their names name.

    What the public cannot buy stays in its category's group: it makes no kind of seat of others.
    """
    by_category: dict[str, list[Tariff]] = {}
    for each in tariffs:
        by_category.setdefault(fold(each.category), []).append(each)
    groups: list[list[Tariff]] = []
    for members in by_category.values():
        seats = [each for each in members if each.is_public and each.rank < 2]
        full = [each for each in seats if each.rank == 0]
        if any(not each.thing for each in full or seats):
            groups.append(members)
            continue
        by_thing: dict[str, list[Tariff]] = {}
        for each in full or seats:
            by_thing.setdefault(each.thing, []).append(each)
        if len(by_thing) < 2:
            groups.append(members)
            continue
        for each in members:
            if all(each not in group for group in by_thing.values()):
                _home(each, by_thing).append(each)
        groups.extend(sorted(group, key=lambda each: (len(each.id), each.id)) for group in by_thing.values())
    return sorted(groups, key=lambda group: (len(group[0].id), group[0].id))


def _home(tariff: Tariff, by_thing: Mapping[str, list[Tariff]]) -> list[Tariff]:
    """Give the kind whose thing a further tariff names (« Balcon réduit »), else the first."""
    said = set(tariff.thing.split())
    return next(
        (group for thing, group in by_thing.items() if set(thing.split()) <= said),
        next(iter(by_thing.values())),
    )


def _chosen(group: Sequence[Tariff], now: datetime) -> tuple[Tariff, datetime | None, bool] | None:
    """Give the tariff whose price the public pays in full, when the last tariff closes, and if all have.

    Tariffs that are not open yet are not spoken of; closed ones only where no other is open.
    """
    begun = [each for each in group if each.is_public and (each.opens is None or each.opens <= now)]
    open_ = [each for each in begun if each.closes is None or each.closes > now]
    going = open_ or begun
    if not going:
        return None
    fixed = [each for each in going if not each.is_free_price] or going
    chosen = min(fixed, key=lambda each: (each.rank, -(each.price or Decimal(0)), len(each.id), each.id))
    ends = [each.closes for each in going]
    return chosen, None if None in ends else max(end for end in ends if end), not open_


def _label(tariff: Tariff, groups: Sequence[Sequence[Tariff]]) -> str:
    """Give « Catégorie 1 – Or », and the tariff's name where the category holds several kinds."""
    category = " – ".join(part.strip() for part in tariff.category.split(">") if part.strip())
    alone = sum(fold(each[0].category) == fold(tariff.category) for each in groups) == 1
    return (category if alone and category else f"{category} – {tariff.name}" if category else tariff.name)[
        :_LONGEST
    ]
