"""The settings of a TiteLive link: the password of either source, and the day to begin at."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BeforeValidator, Field, SecretStr

from providers.settings import ProviderSettings
from providers.text import typeset

EARLIEST: Final = date(2000, 1, 1)


def _day(written: Any) -> Any:
    """Read a day as ISO or as a French reader writes it."""
    if written is None or isinstance(written, date):
        return written
    text = str(written).strip()
    if not text:
        return None
    try:
        if re.fullmatch(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}", text):
            day = datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone
        else:
            day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("un jour, par exemple 2026-09-01 ou 01/09/2026") from None
    if day < EARLIEST:
        raise ValueError("un jour après l’an 2000")
    return day


def _secret(written: Any) -> Any:
    value = written.get_secret_value() if isinstance(written, SecretStr) else written
    return None if isinstance(value, str) and not value.strip() else written


FirstDay: TypeAlias = Annotated[date | None, BeforeValidator(_day)]
Password: TypeAlias = Annotated[SecretStr | None, BeforeValidator(_secret)]


class TiteliveSettings(ProviderSettings):
    """What the identifier leaves open: it is a login of the API, or the address of the files."""

    password: Password = Field(
        default=None,
        title="Mot de passe",
        description=typeset(
            "Celui que TiteLive vous a donné avec l’identifiant. "
            "Pour une adresse de fichiers : celui du dossier, s’il en a un."
        ),
    )
    user: Annotated[str, Field(max_length=200)] = Field(
        default="",
        title="Utilisateur du dossier de fichiers",
        description=typeset("Seulement pour une adresse de fichiers protégée par un mot de passe."),
    )
    since: FirstDay = Field(
        default=None,
        title="Importer ce qui a été modifié depuis le",
        description=typeset(
            "Par exemple 01/09/2026. Vide : les trente derniers jours. "
            "La première importation part de ce jour, les suivantes de la dernière journée lue."
        ),
    )
