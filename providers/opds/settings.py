"""The settings of an OPDS link: what opens a catalogue that is not public, and how far it is read."""

from pydantic import Field, SecretStr

from providers.settings import ProviderSettings
from providers.text import typeset


class OpdsSettings(ProviderSettings):
    """What a person may choose; a public catalogue needs none of it."""

    username: str = Field(
        default="",
        max_length=200,
        title="Nom d’utilisateur",
        description=typeset("Si le catalogue en demande un ; vide : il est public."),
    )
    password: SecretStr | None = Field(
        default=None,
        title="Mot de passe",
        description="Celui qui va avec le nom d’utilisateur.",
    )
    this_feed_only: bool = Field(
        default=False,
        title="Ne lire que ce flux",
        description=typeset(
            "Sans les rubriques auxquelles il renvoie ; ses pages suivantes sont lues dans tous les cas."
        ),
    )
