"""The settings of a Billetweb link: who asks and with which key, and what fills Billetweb's silence."""

import re
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, SecretStr

from providers.settings import OfferDefaults
from providers.text import fold, typeset


def _user(written: Any) -> Any:
    if written is None or isinstance(written, bool):
        return written
    bare = re.sub(r"^user\s*[:=]\s*", "", str(written).strip(), flags=re.IGNORECASE)
    if bare and not re.fullmatch(r"[\w.@-]{1,60}", bare):
        raise ValueError("l’utilisateur de l’API, par exemple 16254")
    return bare or None


def _key(written: Any) -> Any:
    """Read a key as pasted, with or without the word before it."""
    pasted = written.get_secret_value() if isinstance(written, SecretStr) else written
    bare = re.sub(r"^key\s*[:=]\s*", "", str(pasted).strip(), flags=re.IGNORECASE)
    if not re.fullmatch(r"[\x21-\x7e]{4,200}", bare):
        raise ValueError("la clé d’API de Billetweb, copiée en entier")
    return bare


def _times(written: Any) -> Any:
    if not isinstance(written, str):
        return written
    meant = {"lieu": "venue", "venue": "venue", "paris": "paris", "europe paris": "paris"}.get(fold(written))
    if meant is None:
        raise ValueError("« Paris » ou « lieu »")
    return meant


Key: TypeAlias = Annotated[SecretStr, BeforeValidator(_key)]
User: TypeAlias = Annotated[str | None, BeforeValidator(_user)]
Times: TypeAlias = Annotated[Literal["paris", "venue"], BeforeValidator(_times)]


class BilletwebSettings(OfferDefaults):
    """`capacity` and `price` matter only where Billetweb says none."""

    user: User = Field(
        default=None,
        title="Utilisateur de l’API",
        description=typeset(
            "Dans Billetweb : « Réglages », « Outils », « API » : la valeur de « user ». "
            "Vide : l’identifiant lui-même, s’il est ce numéro."
        ),
    )
    key: Key = Field(
        title="Clé d’API",
        description=typeset("Au même endroit, la valeur de « key »."),
    )
    times: Times = Field(
        default="paris",
        title="À quelle heure sont écrits vos horaires dans Billetweb",
        description=typeset(
            "« Paris », ou « lieu » quand votre lieu vit à une autre heure et qu’ils sont à la sienne."
        ),
    )
