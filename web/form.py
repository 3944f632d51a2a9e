"""The form of a source as a person wrote it, read without asking anybody whether it leads anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.base import Provider, provider
from workers.visits import read_settings


@dataclass(frozen=True, slots=True)
class Form:
    """What a person wrote, read: nobody was asked whether it leads anywhere."""

    adapter: Provider[Any]
    identifier: str
    settings: dict[str, Any]


def read_form(slug: str, identifier: str, written: Mapping[str, Any]) -> Form:
    """Read the form of a source; no network.

    Raises
    ------
    ConfigurationError
        The partner is unknown, or the identifier or a setting is not one; the sentence says which.
    """
    adapter = provider(slug)
    return Form(adapter, adapter.read_identifier(identifier), settings_as_written(adapter, written))


def settings_as_written(adapter: Provider[Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """Give settings in the one form that is stored: as written, and only what was written."""
    given = {name: value for name, value in written.items() if value not in (None, "")}
    return read_settings(adapter, given).model_dump(mode="json", exclude_unset=True)
