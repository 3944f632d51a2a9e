"""The partners that a venue may choose, in groups: what each brings, whom a venue knows by name first."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from models.vocabulary import Family
from providers.base import Provider, provider, provider_modules
from providers.errors import TransientError
from workers.levels import LEVEL
from workers.products import PRODUCT


@dataclass(frozen=True, slots=True)
class Group:
    """Partners of one sort; `aside`: few venues have one, so it is shown folded."""

    title: str
    brings: str
    aside: bool = False
    partners: list[Provider[Any]] = field(default_factory=list)


AGENDAS: Final = Group("Agendas", "Vos évènements et leurs dates.")
TICKETING: Final = Group("Billetteries et séances", "Vos séances, leurs prix et les places qui restent.")
STOCKS: Final = Group("Librairies", "Vos livres en rayon et leurs exemplaires.")
CATALOGUES: Final = Group(
    "Votre propre catalogue de livres",
    # the catalogues of the trade are linked once, by the operator, for every venue
    "Titre, auteur et couverture de vos livres, pour votre lieu seulement. Les catalogues des éditeurs et"
    " des distributeurs sont déjà lus pour tous\u00a0: reliez le vôtre s’il a des livres qu’ils n’ont pas.",
    aside=True,
)


def group_of(adapter: Provider[Any]) -> Group:
    """Give the group of a partner, without its partners."""
    if adapter.traits.primary == LEVEL:
        return STOCKS
    if adapter.traits.primary == PRODUCT:
        return CATALOGUES
    return TICKETING if adapter.family is Family.TICKETING else AGENDAS


def grouped() -> Sequence[Group]:
    """Give the groups that have partners, each sorted: generic sources after those that have a name."""
    found: dict[str, Group] = {
        group.title: Group(group.title, group.brings, group.aside)
        for group in (AGENDAS, TICKETING, STOCKS, CATALOGUES)
    }
    adapters = []
    for slug in provider_modules():
        with suppress(TransientError):  # a broken adapter takes no other partner from the page
            adapters.append(provider(slug))
    # refs of one feed only are the mark of a generic source
    for each in sorted(adapters, key=lambda each: (not each.traits.refs_are_global, each.label.casefold())):
        found[group_of(each).title].partners.append(each)
    return [group for group in found.values() if group.partners]
