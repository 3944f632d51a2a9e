"""What the cinema adapters ask of a person: a key, and places where the partner does not count them."""

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, SecretStr

from providers.settings import Capacity, CategoryChoice, OfferDefaults
from providers.text import typeset


def _pasted(written: Any) -> Any:
    """Read what was pasted, without what came along around it."""
    text = written.get_secret_value() if isinstance(written, SecretStr) else written
    if not isinstance(text, str) or not text.strip().isprintable() or not 0 < len(text.strip()) <= 500:
        raise ValueError("ce que le partenaire vous a donné, copié en entier")
    return text.strip()


Key: TypeAlias = Annotated[SecretStr, BeforeValidator(_pasted)]
Account: TypeAlias = Annotated[str, BeforeValidator(_pasted)]


class SeatsAsked(OfferDefaults):
    """The link says how many places each showing offers; a showing is always « Cinéma »."""

    capacity: Capacity | None = Field(
        default=None,
        title=typeset("Combien de places proposez-vous au pass Culture pour chaque séance ?"),
        description=typeset("Un nombre, ou « sans limite »."),
    )
    category: CategoryChoice | None = Field(
        default=None,
        title="Catégorie",
        description=typeset("Laissez vide : une séance de ce partenaire est toujours « Cinéma »."),
    )
