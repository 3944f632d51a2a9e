"""The settings of an ONIX link: how its sender opens it to us, and whether it lists everything."""

from pydantic import Field, SecretStr

from providers.settings import ProviderSettings


class OnixSettings(ProviderSettings):
    """What a person may choose."""

    complete: bool = Field(
        default=False,
        title="Chaque message contient tout le catalogue",
        description=(
            "À cocher seulement si l’expéditeur envoie chaque fois la liste entière : "
            "ce qui n’y figure plus est alors retiré."
        ),
    )
    user: str = Field(
        default="",
        max_length=200,
        title="Identifiant de connexion",
        description="Si l’adresse du message est protégée ; vide sinon.",
    )
    password: SecretStr = Field(
        default=SecretStr(""),
        title="Mot de passe",
        description="Celui qui va avec l’identifiant de connexion.",
    )
