"""Where an event takes place, from one line: « Salle du Lavoir, 3 rue Haute, 21200 Beaune, France »."""

import re
from collections.abc import Iterable
from typing import Any, Final

from providers.base import VenueFacts
from providers.billetweb.strings import words
from providers.openagenda.places import Spot, is_own
from providers.records import Place
from providers.text import fold

_POSTAL: Final = re.compile(r"\b([0-9]{5})\s+([^,0-9][^,]*)")


def place_of(said: Iterable[Any], venue: VenueFacts | None) -> Place | None:
    """Give the first place that is told; None when that is the venue, or none is."""
    line = next((found for each in said if (found := words(each))), "")
    parts = [part.strip() for part in line.split(",") if part.strip() and fold(part) != "france"]
    if not parts:
        return None
    postal = _POSTAL.search(line)
    place = Place(
        name=parts[0][:200],
        address=", ".join(parts[1:])[:500],
        postal_code=postal[1] if postal else "",
        city=postal[2].strip()[:100] if postal else "",
    )
    spot = Spot(place, frozenset(fold(part) for part in (line, *parts)) - {""})
    return None if is_own(spot, venue) else place
