"""What a title announces that the status should have said: « (Annulé) », « COMPLET : », « Reporté au… ».

Only a marker set apart counts: « Le bonheur reporté » and « Petit-déjeuner complet » are titles.
"""

import re
import unicodedata
from typing import Final

from models.vocabulary import TitleSays

_CANCELLED: Final = r"annul(?:e|ee|es|ees|ation)|cancell?ed|n'aura pas lieu"
_POSTPONED: Final = r"report(?:e|ee|es|ees)?|postponed|date reportee"
_FULL: Final = (
    r"(?:c'est |deja |affiche )?complet(?:e|s|es)?|sold[ -]?out|(?:a )?guichets? fermes?|plus de places?"
)
_WHAT: Final = r"(?:(?:evenement|spectacle|concert|seance|atelier|conference|visite|date|salle|soiree)s? )?"
_WHEN: Final = r"(?:\s+(?:au|a|en|le|sine die|pour|jusqu'a|ulterieurement|cause|suite)\b[^()\[\]:|]{0,60}?)?"
_MARKS: Final = (
    (TitleSays.CANCELLED, _CANCELLED),
    (TitleSays.POSTPONED, _POSTPONED),
    (TitleSays.FULL, _FULL),
)
_SPACED: Final = re.compile(r"\b(?:[^\W\d_] ){3,}[^\W\d_]\b")


def _shapes(mark: str) -> re.Pattern[str]:
    said = rf"{_WHAT}(?:{mark})(?!\s+d[ue]\b){_WHEN}\s*[!.]*"
    return re.compile(
        rf"[(\[{{*]\s*{said}(?:\s*[-–—,:/][^()\[\]]{{0,60}})?\s*[)\]}}*]"  # « (annulé) », « [complet !] »
        rf"|^\s*{said}\s*(?:$|[:|!/]|\s[-–—]+\s|[-–—]{{2,}})"  # « ANNULÉ : … », « Complet - … »
        rf"|(?:\s[-–—]+|\s?[:|/!])\s*{said}\s*$"  # « … - complet », « … : reporté au 3 mai »
    )


_SHAPES: Final = tuple((says, _shapes(mark)) for says, mark in _MARKS)
_CAPITALS: Final = re.compile(r"^\s*(ANNULÉE?S?|ANNULEE?S?|REPORTÉE?S?|COMPLET)\s+(?=\S*[a-zà-ÿ])")
_CAPITALS_SAY: Final = {"A": TitleSays.CANCELLED, "R": TitleSays.POSTPONED, "C": TitleSays.FULL}
_MOVED: Final = re.compile(r"\breport(?:e|ee|es|ees)? au (?:\w+ )?[0-9]")
_ANNULMENT: Final = re.compile(
    r"^\s*annulation d(?:e la |e l'|u |es )(?:concert|spectacle|conference|visite|atelier)"
)


def title_says(title: str) -> TitleSays | None:
    """Give what a title announces, or None."""
    joined = _SPACED.sub(lambda found: found[0].replace(" ", ""), title)
    apart = unicodedata.normalize("NFD", joined.replace("’", "'").replace("\u00a0", " "))
    folded = "".join(sign for sign in apart if not unicodedata.combining(sign)).lower()
    for says, shape in _SHAPES:
        if shape.search(folded):
            return says
    if capitals := _CAPITALS.match(unicodedata.normalize("NFC", joined)):
        return _CAPITALS_SAY[capitals[1][0]]
    if _ANNULMENT.match(folded):
        return TitleSays.CANCELLED
    return TitleSays.POSTPONED if _MOVED.search(folded) else None
