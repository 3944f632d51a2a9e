"""What came of a run, in the words of what its source lists: offers and dates, lines and copies, books."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.french import counted
from workers.levels import LEVEL
from workers.products import PRODUCT
from workers.wording import primary_of

Line = tuple[str, str, str, str]
"""Where a number is in the counters (group, word), and its words for one and for several."""

EVENTS: Final[Sequence[Line]] = (
    ("offers", "created", "offre créée", "offres créées"),
    ("offers", "updated", "offre mise à jour", "offres mises à jour"),
    ("items", "unchanged", "inchangée", "inchangées"),
    ("offers", "withdrawn", "offre retirée", "offres retirées"),
    ("items", "held", "offre à compléter", "offres à compléter"),
    (
        *("items", "held_elsewhere"),
        *("tenue à jour par une autre source", "tenues à jour par une autre source"),
    ),
    ("items", "deleted_by_hand", "supprimée à la main", "supprimées à la main"),
    ("items", "quarantined", "élément à corriger", "éléments à corriger"),
    ("items", "filtered", "laissée de côté", "laissées de côté"),
)
LINES: Final[Sequence[Line]] = (
    ("offers", "created", "livre mis en vente", "livres mis en vente"),
    ("stocks", "updated", "stock mis à jour", "stocks mis à jour"),
    ("offers", "updated", "fiche mise à jour", "fiches mises à jour"),
    ("items", "unchanged", "ligne inchangée", "lignes inchangées"),
    ("offers", "withdrawn", "livre retiré", "livres retirés"),
    ("items", "held", "livre à compléter", "livres à compléter"),
    (
        *("items", "held_elsewhere"),
        *("livre tenu à jour par une autre source", "livres tenus à jour par une autre source"),
    ),
    ("items", "deleted_by_hand", "livre supprimé à la main", "livres supprimés à la main"),
    ("items", "quarantined", "ligne à corriger", "lignes à corriger"),
    ("items", "filtered", "ligne laissée de côté", "lignes laissées de côté"),
)
BOOKS: Final[Sequence[Line]] = (
    ("items", "new", "nouveau livre", "nouveaux livres"),
    ("items", "changed", "livre modifié", "livres modifiés"),
    ("items", "unchanged", "livre inchangé", "livres inchangés"),
    ("items", "withdrawn", "livre retiré du catalogue", "livres retirés du catalogue"),
    ("offers", "created", "offre créée", "offres créées"),
    ("offers", "updated", "offre mise à jour", "offres mises à jour"),
    ("items", "quarantined", "livre à corriger", "livres à corriger"),
    ("items", "filtered", "livre laissé de côté", "livres laissés de côté"),
)
ALWAYS: Final = 2
"""Lines that are said even of nothing."""
NOT_WRITTEN: Final = frozenset(
    {"unchanged", "held", "held_elsewhere", "deleted_by_hand", "quarantined", "filtered"}
)


def result(slug: str, counters: Mapping[str, Any]) -> list[tuple[int, str, str]]:
    """Give what came of a run: how many, and the words for one and for several."""
    lines = [
        (_number(counters, group, word), one, several)
        for group, word, one, several in _lines(primary_of(slug))
    ]
    return [line for place, line in enumerate(lines) if line[0] or place < ALWAYS]


def written(slug: str, counters: Mapping[str, Any]) -> str:
    """Give « 2 créées, 1 retirée »: what a run wrote, under a heading that says of what."""
    lines = _lines(primary_of(slug))
    said = [
        counted(number, one.removeprefix("offre "), several.removeprefix("offres "))
        if lines is EVENTS
        else counted(number, one, several)
        for group, word, one, several in lines
        if (number := _number(counters, group, word)) and word not in NOT_WRITTEN
    ]
    return ", ".join(said) or ("aucun changement" if counters.get("offers") else "")


def _lines(kind: str) -> Sequence[Line]:
    return {LEVEL: LINES, PRODUCT: BOOKS}.get(kind, EVENTS)


def _number(counters: Mapping[str, Any], group: str, word: str) -> int:
    return int(counters.get(group, {}).get(word, 0))
