"""What is asked of a person where a cinema partner does not count seats."""

from pydantic import Field

from providers.settings import Capacity, CategoryChoice, OfferDefaults


class SeatsAsked(OfferDefaults):
    """The link says how many places each showing offers; a showing is always « Cinéma »."""

    capacity: Capacity | None = Field(
        default=None,
        title="Combien de places proposez-vous au pass Culture pour chaque séance ?",
        description="Un nombre, ou « sans limite ».",
    )
    category: CategoryChoice | None = Field(
        default=None,
        title="Catégorie",
        description="Laissez vide : une séance de ce partenaire est toujours « Cinéma ».",
    )
