"""The settings of a link to a stock file: what it holds, and which of its columns say what."""

from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field

from providers.books.levels import PriceUnit
from providers.books.settings import Access, Unit
from providers.text import fold, one_line


class Contents(StrEnum):
    """What a file lists."""

    SNAPSHOT = "snapshot"
    CHANGES = "changes"

    @property
    def label(self) -> str:
        return {Contents.SNAPSHOT: "Tout le stock", Contents.CHANGES: "Seulement ce qui a changé"}[self]


NO_COLUMN = "aucune"


def _contents(written: Any) -> Any:
    words = {
        "snapshot": Contents.SNAPSHOT,
        "tout": Contents.SNAPSHOT,
        "tout le stock": Contents.SNAPSHOT,
        "complet": Contents.SNAPSHOT,
        "changes": Contents.CHANGES,
        "changements": Contents.CHANGES,
        "les changements": Contents.CHANGES,
    }
    if not isinstance(written, str):
        return written
    contents = words.get(fold(written))
    if contents is None:
        raise ValueError("« tout » ou « changements »")
    return contents


def _column(written: Any) -> Any:
    if isinstance(written, int) and not isinstance(written, bool):
        return str(written)
    return one_line(written) if isinstance(written, str) else written


Holds: TypeAlias = Annotated[Contents, BeforeValidator(_contents)]
Column: TypeAlias = Annotated[str, BeforeValidator(_column), Field(min_length=1, max_length=200)]
"""A column's name in the first line, or its number, from 1."""


class CsvStockSettings(Access):
    """What a person may choose; the columns are found by their names where nothing is said."""

    contents: Holds = Field(
        default=Contents.SNAPSHOT,
        title="Le fichier contient",
        description=(
            "« tout » le stock : les livres qui n’y sont plus sont retirés. Ou seulement les « changements »."
        ),
    )
    prices: Unit = Field(
        default=PriceUnit.EUROS,
        title="Les prix sont en",
        description="« euros » (12,90) ou « centimes » (1290).",
    )
    ean_column: Column | None = Field(
        default=None,
        title="Colonne de l’EAN",
        description="Son nom ou son numéro ; vide : nous la cherchons.",
    )
    available_column: Column | None = Field(
        default=None,
        title="Colonne du nombre d’exemplaires",
        description="Son nom ou son numéro ; vide : nous la cherchons.",
    )
    price_column: Column | None = Field(
        default=None,
        title="Colonne du prix",
        description=(
            "Son nom ou son numéro ; « aucune » : le prix fixé par l’éditeur vaut ; vide : nous la cherchons."
        ),
    )
