"""What the stock lists ask of a person alike: who we are at the partner's, and what its prices are in."""

import base64
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, SecretStr

from providers.books.levels import PriceUnit
from providers.settings import ProviderSettings
from providers.text import fold


def _user(written: Any) -> Any:
    if isinstance(written, str) and (":" in written or not written.strip().isprintable()):
        raise ValueError("un nom d’utilisateur, sans « : »")
    return written.strip() if isinstance(written, str) else written


def _password(written: Any) -> Any:
    pasted = written.get_secret_value() if isinstance(written, SecretStr) else written
    if isinstance(pasted, str) and not pasted.strip().isprintable():
        raise ValueError("un mot de passe, copié en entier")
    return pasted.strip() if isinstance(pasted, str) else pasted


UserName: TypeAlias = Annotated[str, BeforeValidator(_user), Field(max_length=200)]
Password: TypeAlias = Annotated[SecretStr, BeforeValidator(_password)]


def _unit(written: Any) -> Any:
    words = {"euro": PriceUnit.EUROS, "cent": PriceUnit.CENTS, "centime": PriceUnit.CENTS}
    if not isinstance(written, str):
        return written
    unit = words.get(fold(written).removesuffix("s"))
    if unit is None:
        raise ValueError("« euros » ou « centimes »")
    return unit


Unit: TypeAlias = Annotated[PriceUnit, BeforeValidator(_unit)]


class Access(ProviderSettings):
    """Who we are at the partner's; many ask nothing."""

    user: UserName | None = Field(
        default=None,
        title="Nom d’utilisateur",
        description="Seulement si le partenaire vous en a donné un.",
    )
    password: Password | None = Field(
        default=None,
        title="Mot de passe",
        description="Celui qui va avec le nom d’utilisateur.",
    )

    @property
    def headers(self) -> dict[str, str]:
        """Give the Basic authorisation (RFC 7617, in UTF-8), if there is any."""
        secret = self.password.get_secret_value() if self.password else ""
        if not self.user and not secret:
            return {}
        written = base64.b64encode(f"{self.user or ''}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {written}"}
