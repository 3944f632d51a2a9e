"""The settings that a person gives a link: one source for validation, the form, the docs and redaction."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from models.vocabulary import CATEGORY_LABELS, Category

UNLIMITED = "unlimited"
MOST_PLACES = 1_000_000


class ProviderSettings(BaseModel):
    """Settings of a link, as written: « today » stays « today ». Secrets are `SecretStr` fields."""

    # an error that quotes what was written would carry a secret to the logs
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True)


def _capacity(written: Any) -> Any:
    if not isinstance(written, str):
        return written
    folded = written.strip().casefold()
    if folded in {UNLIMITED, "sans limite", "illimité", "illimite"}:
        return UNLIMITED
    digits = re.sub(r"[\s\u00a0\u202f]", "", written)
    if not re.fullmatch(r"[0-9]{1,7}", digits) or int(digits) > MOST_PLACES:
        raise ValueError("un nombre de places, ou « sans limite »")
    return int(digits)


def _price(written: Any) -> Any:
    if written is None or isinstance(written, Decimal):
        return written
    text = re.sub(r"[\s\u00a0\u202f€]", "", str(written)).casefold().replace(",", ".")
    if text in {"free", "gratuit", "0"}:
        return Decimal(0)
    if not re.fullmatch(r"[0-9]{1,8}([.][0-9]{1,2})?", text):
        raise ValueError("un montant en euros, par exemple « 12,50 », ou « gratuit »")
    return Decimal(text)


def _category(written: Any) -> Any:
    if isinstance(written, str):
        for category, label in CATEGORY_LABELS.items():
            if written.strip().casefold() in {category.value, category.name.casefold(), label.casefold()}:
                return category
        raise ValueError(f"une des catégories {', '.join(CATEGORY_LABELS.values())}")
    return written


def _since(written: Any) -> Any:
    if not isinstance(written, str):
        return written
    word = written.strip().casefold()
    if word in {"today", "aujourd’hui", "aujourd'hui"}:
        return "today"
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise ValueError("« aujourd’hui », ou une date comme 2026-09-01") from None


Capacity: TypeAlias = Annotated[
    Annotated[int, Field(ge=0, le=MOST_PLACES)] | Literal["unlimited"], BeforeValidator(_capacity)
]
"""Places offered for each date: a number, or `unlimited` (« Sans limite (entrée libre) »)."""

Euros: TypeAlias = Annotated[
    Decimal, BeforeValidator(_price), Field(ge=0, le=Decimal("99999999.99"), decimal_places=2)
]
"""An amount in euros; « gratuit » is 0."""

CategoryChoice: TypeAlias = Annotated[Category, BeforeValidator(_category)]

Since: TypeAlias = Annotated[Literal["today"] | date, BeforeValidator(_since)]
"""The first day whose dates are imported, as written: `today` moves with the day."""


class CategoryDefault(ProviderSettings):
    """For a partner that says prices and what remains, and only lacks our categories."""

    category: CategoryChoice | None = Field(
        default=None,
        title="Catégorie par défaut",
        description="Pour les évènements dont le partenaire ne dit pas ce qu’ils sont.",
    )


class OfferDefaults(ProviderSettings):
    """What the engine itself reads of a link's settings where the partner is silent.

    `capacity` None: not answered yet, offers are held `capacity_unknown`.
    """

    capacity: Capacity | None = Field(
        default=None,
        title="Combien de places proposez-vous au pass Culture pour chaque date ?",
        description="Un nombre, ou « sans limite » (entrée libre).",
    )
    price: Euros | None = Field(
        default=None,
        title="Prix quand le partenaire ne le dit pas",
        description="« gratuit » ou un montant en euros ; vide : l’offre attend votre réponse.",
    )
    category: CategoryChoice | None = Field(
        default=None,
        title="Catégorie par défaut",
        description="Pour les évènements dont les mots-clés ne la disent pas.",
    )
