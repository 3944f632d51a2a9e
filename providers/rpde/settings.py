"""The settings of an RPDE link: which places, where the series are, and what fills the feed's silence."""

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field

from providers.errors import ConfigurationError
from providers.openagenda.settings import Places
from providers.rpde import identifier
from providers.settings import OfferDefaults


def _address(written: Any) -> Any:
    if not isinstance(written, str):
        return written
    if not written.strip():
        return None
    try:
        return identifier.read(written)
    except ConfigurationError:
        raise ValueError(
            "l’adresse d’un flux, par exemple https://www.exemple.fr/rpde/session-series"
        ) from None


FeedAddress: TypeAlias = Annotated[str | None, BeforeValidator(_address)]


class RpdeSettings(OfferDefaults):
    """`capacity` and `price` matter only where the feed says none."""

    places: Places = Field(
        default="all",
        title="Lieux à importer",
        description=(
            "« tous », ou les noms des lieux séparés par des virgules (ou des points-virgules), "
            "si le flux est celui de plusieurs lieux."
        ),
    )
    series: FeedAddress = Field(
        default=None,
        title="Adresse du flux des séries",
        description=(
            "Seulement si les séances ne portent pas de nom et renvoient à un autre flux "
            "(« session-series », « facility-uses »)."
        ),
    )
