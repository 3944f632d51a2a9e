"""The settings of an iCalendar link: from when, how far, and what fills the calendar's silence."""

from pydantic import Field

from providers.settings import OfferDefaults, Since


class IcalSettings(OfferDefaults):
    """What a person may choose."""

    since: Since = Field(
        default="today",
        title="Importer les dates à partir du",
        description="« aujourd’hui », ou une date, par exemple 2026-09-01, pour reprendre des dates passées.",
    )
    until_months: int = Field(
        default=12,
        ge=1,
        le=24,
        title="Répétitions : importer combien de mois à l’avance",
        description=(
            "Pour les évènements qui se répètent, de 1 à 24 mois. "
            "Un évènement à date unique est toujours importé."
        ),
    )
