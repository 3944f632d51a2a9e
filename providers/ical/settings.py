"""The settings of an iCalendar link: from when, how far, and what fills the calendar's silence."""

import re
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BeforeValidator, Field

from providers.settings import OfferDefaults, Since

MOST_MONTHS: Final = 24


def _months(written: Any) -> Any:
    months = (
        int(written) if isinstance(written, str) and re.fullmatch(r"\s*[0-9]{1,3}\s*", written) else written
    )
    if isinstance(months, bool) or not isinstance(months, int) or not 1 <= months <= MOST_MONTHS:
        raise ValueError(f"un nombre de mois, de 1 à {MOST_MONTHS}")
    return months


Months: TypeAlias = Annotated[int, Field(ge=1, le=MOST_MONTHS), BeforeValidator(_months)]
"""How many months ahead repetitions are imported."""


class IcalSettings(OfferDefaults):
    """What a person may choose."""

    since: Since = Field(
        default="today",
        title="Importer les dates à partir du",
        description="« aujourd’hui », ou une date, par exemple 2026-09-01, pour reprendre des dates passées.",
    )
    until_months: Months = Field(
        default=12,
        title="Répétitions : importer combien de mois à l’avance",
        description=(
            "Pour les évènements qui se répètent, de 1 à 24 mois. "
            "Un évènement à date unique est toujours importé."
        ),
    )
