"""The settings of a link to a stock service: who we are there, and what its prices are in."""

import re
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field

from providers.books.levels import PriceUnit
from providers.books.settings import Access, Unit


def _siret(written: Any) -> Any:
    if not isinstance(written, str):
        return written
    digits = re.sub(r"[\s\u00a0\u202f.]", "", written)
    if not re.fullmatch(r"[0-9]{14}", digits):
        raise ValueError("un SIRET : 14 chiffres")
    return digits


Siret: TypeAlias = Annotated[str, BeforeValidator(_siret)]


class StockApiSettings(Access):
    """What a person may choose."""

    prices: Unit = Field(
        default=PriceUnit.EUROS,
        title="Les prix sont en",
        description="« euros » (12.90) ou « centimes » (1290), selon ce que le service envoie.",
    )
    siret: Siret | None = Field(
        default=None,
        title="SIRET connu du partenaire",
        description="Seulement s’il n’est pas celui du lieu.",
    )
