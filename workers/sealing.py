"""A link's secrets: kept apart from its settings, encrypted, and joined with them only to ask the partner."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from providers.errors import ConfigurationError
from providers.settings import ProviderSettings
from runtime.secrets import SecretsUnreadableError, open_secret_box
from runtime.settings import RuntimeSettings


def apart(settings: ProviderSettings) -> tuple[dict[str, Any], dict[str, str]]:
    """Give settings as they are stored: (what anybody may read, what is secret), only what was written."""
    secret = {
        name: value.get_secret_value()
        for name in settings.model_fields_set
        if isinstance(value := getattr(settings, name), SecretStr)
    }
    return settings.model_dump(mode="json", exclude_unset=True, exclude=set(secret)), secret


def seal(runtime: RuntimeSettings, secret: Mapping[str, str]) -> bytes | None:
    """Encrypt secrets for `link.secrets`; None when there are none."""
    return open_secret_box(runtime).encrypt(secret).encode() if secret else None


def unseal(runtime: RuntimeSettings, sealed: bytes | None) -> dict[str, str]:
    """Give back what `seal` encrypted; nothing for None.

    Raises
    ------
    ConfigurationError
        Code `secrets_unreadable`: none of our keys reads it any more, a person has to write it again.
    """
    if sealed is None:
        return {}
    try:
        return open_secret_box(runtime).decrypt(bytes(sealed).decode())
    except SecretsUnreadableError as error:
        raise ConfigurationError(
            "secrets_unreadable",
            "La clé d’accès enregistrée ne peut plus être lue. Indiquez-la de nouveau.",
            str(error),
        ) from None
