"""The settings of an Open Agenda link: which places, since when, and what fills the agenda's silence."""

import json
import re
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field

from providers.openagenda.places import Choice
from providers.settings import OfferDefaults, Since
from providers.text import fold

_ALL = frozenset({"all", "tous", "toutes", "tous les lieux"})


def _places(written: Any) -> Any:
    """Read « tous », « Salle A, Salle B » or, for names with commas, « Salle A ; Foyer, 1er étage »."""
    if not isinstance(written, str):
        return written or None
    if fold(written) in _ALL:
        return "all"
    if written.lstrip().startswith("["):
        try:
            return json.loads(written) or None
        except (ValueError, RecursionError):
            raise ValueError("une liste de lieux, par exemple « Salle A ; Salle B »") from None
    separator = r"[;\n]" if re.search(r"[;\n]", written) else ","
    return tuple(name.strip() for name in re.split(separator, written) if name.strip()) or None


Places: TypeAlias = Annotated[Choice, BeforeValidator(_places)]


class OpenAgendaSettings(OfferDefaults):
    """What a person may choose; `places` None keeps the places that match the venue."""

    places: Places = Field(
        default=None,
        title="Lieux à importer",
        description=(
            "« tous », ou les noms des lieux séparés par des virgules (ou des points-virgules). "
            "« en ligne » y ajoute les évènements sans lieu. "
            "Vide : seulement les évènements qui ont lieu chez vous, d’après le nom ou l’adresse."
        ),
    )
    since: Since = Field(
        default="today",
        title="Importer les dates à partir du",
        description="« aujourd’hui », ou une date, par exemple 2026-09-01, pour reprendre des dates passées.",
    )
