"""Reads the address of a stock service, and gives that of one shop's list."""

import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from providers.base import Visit
from providers.books.address import read_address
from providers.errors import ConfigurationError
from providers.stock_api.settings import StockApiSettings

HELP: Final = (
    "Collez l’adresse du service de stocks que votre logiciel de librairie vous a donnée, par exemple "
    "https://stocks.exemple.fr/stocks ; le SIRET de votre lieu y est ajouté."
)
PLACE: Final = "{siret}"
_ENDS_WITH_SIRET: Final = re.compile(r"/[0-9]{14}$")


def read(written: str) -> str:
    """Give the service's address as it is stored, without the parameters that we add ourselves.

    A SIRET that was pasted at its end is the venue's own, or else a setting: it is left out. One
    that stands elsewhere is written `{siret}`.

    Raises
    ------
    ConfigurationError
        What was pasted is no address.
    """
    parts = urlsplit(read_address(written, HELP))
    kept = [each for each in parts.query.split("&") if each and not _OURS.match(each)]
    path = parts.path.rstrip("/")
    return urlunsplit(parts._replace(path=_ENDS_WITH_SIRET.sub("", path), query="&".join(kept)))


_OURS: Final = re.compile(r"(?:limit|after|modifiedSince)(?:=|$)", re.IGNORECASE)


def siret_of(visit: Visit[StockApiSettings]) -> str:
    """Give the SIRET by which the service knows the shop: the setting's, else the venue's.

    Raises
    ------
    ConfigurationError
        There is none.
    """
    siret = visit.settings.siret or (visit.venue.siret if visit.venue else None)
    if not siret:
        raise ConfigurationError(
            "siret_missing",
            "Ce lieu n’a pas de SIRET, et c’est par lui que le service de stocks connaît les librairies : "
            "indiquez-le dans les réglages.",
        )
    return siret


def address_of(identifier: str, siret: str) -> str:
    """Give the address of a shop's list."""
    parts = urlsplit(identifier)
    path = parts.path.replace(PLACE, siret) if PLACE in parts.path else f"{parts.path.rstrip('/')}/{siret}"
    return urlunsplit(parts._replace(path=path))
