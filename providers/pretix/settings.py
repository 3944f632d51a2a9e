"""The settings of a pretix link: the key of its API, and a category where pretix has none."""

import re
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, SecretStr

from providers.settings import CategoryDefault
from providers.text import typeset


def _token(written: Any) -> Any:
    """Read a key as pasted, with or without the word that pretix wants before it."""
    pasted = written.get_secret_value() if isinstance(written, SecretStr) else written
    bare = re.sub(r"^(?:authorization:)?\s*token\s+", "", str(pasted).strip(), flags=re.IGNORECASE)
    if not re.fullmatch(r"[\x21-\x7e]{8,200}", bare):
        raise ValueError("une clé d’API de pretix, copiée en entier (64 lettres et chiffres)")
    return bare


Token: TypeAlias = Annotated[SecretStr, BeforeValidator(_token)]


class PretixSettings(CategoryDefault):
    """pretix says the price and what remains of each date: neither is asked of a person."""

    token: Token = Field(
        title="Clé d’API",
        description=typeset(
            "Dans pretix : l’organisateur, « Équipes », une équipe qui voit vos évènements "
            "(aucun autre droit n’est nécessaire), « Jetons d’API » : créez-en un et collez-le ici."
        ),
    )
