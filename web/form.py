"""The form of a source as a person wrote it, read without asking anybody whether it leads anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.link import Link
from providers.base import Provider, provider
from providers.errors import ConfigurationError
from workers.sealing import apart, unseal
from workers.visits import Site, read_settings


@dataclass(frozen=True, slots=True)
class Form:
    """What a person wrote, read: nobody was asked whether it leads anywhere.

    `settings` may be shown to whoever may see the source, `secret` to nobody.
    """

    adapter: Provider[Any]
    identifier: str
    settings: dict[str, Any]
    secret: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def written(self) -> dict[str, Any]:
        """All of the settings, for asking the partner."""
        return self.settings | self.secret


def read_form(slug: str, identifier: str, written: Mapping[str, Any]) -> Form:
    """Read the form of a source; no network.

    Raises
    ------
    ConfigurationError
        The partner is unknown, or the identifier or a setting is not one; the sentence says which.
    """
    adapter = provider(slug)
    return Form(adapter, adapter.read_identifier(identifier), *settings_as_written(adapter, written))


def settings_as_written(
    adapter: Provider[Any], written: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Give (settings, secrets) in the one form that is stored: as written, and only what was written."""
    return apart(read_settings(adapter, with_kept({}, written)))


def with_kept(kept: Mapping[str, str], written: Mapping[str, Any]) -> dict[str, Any]:
    """Give what was written, with the secrets that are kept where they were not written anew."""
    return {**kept, **{name: value for name, value in written.items() if value not in (None, "")}}


def secrets_of(site: Site, link: Link) -> dict[str, str]:
    """Give a link's secrets; none where they cannot be read any more, for they can be given anew."""
    try:
        return unseal(site.settings, link.secrets)
    except ConfigurationError:
        return {}
