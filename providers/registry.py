"""Which adapters there are: found by scanning `providers/` and by entry point, imported when first used.

An installed package brings an adapter by the entry point group `passerelle.providers`. One that
cannot be imported, or was written for another version of the contract, is reported when it is asked
for and by `broken`; the others are not concerned.
"""

import importlib
import logging
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from providers.errors import ConfigurationError, TransientError

if TYPE_CHECKING:
    from providers.base import Provider

ENTRY_POINT_GROUP: Final = "passerelle.providers"

CONTRACT: Final = 1
"""Rises when an adapter that was right is no longer: a method of `Provider` asks or gives something else."""

log = logging.getLogger(__name__)

NOT_ADAPTERS: Final = frozenset(
    {
        *("base", "records", "contract", "errors", "settings", "text"),
        *("http", "address", "bodies", "exchange", "headers", "patience", "recorded", "routes", "verdicts"),
        *("answers", "shelf"),
        *("faults", "ladder", "pages", "recording", "registry", "scrubbing"),
        *("icalendar_file", "window", "books", "cinema", "declared", "lines", "pools"),
    }
)


@cache
def provider_modules() -> Mapping[str, str]:
    """Give slug → where the adapter lives, without importing any of them.

    A module or package of `providers/` that has an adapter is named after its slug (`stock_api`
    for `stock-api`); ours come before those of installed packages.
    """
    import providers  # noqa: PLC0415 - the package that holds this module

    found = {
        module.name.replace("_", "-"): f"{providers.__name__}.{module.name}:PROVIDER"
        for module in pkgutil.iter_modules(providers.__path__)
        if module.name not in NOT_ADAPTERS
    }
    for point in entry_points(group=ENTRY_POINT_GROUP):
        found.setdefault(point.name, point.value)
    return MappingProxyType(found)


@cache
def provider(slug: str) -> "Provider[Any]":
    """Give the adapter of a slug; imported when first asked for.

    Raises
    ------
    ConfigurationError
        There is no such provider; the message lists those there are.
    TransientError
        `provider_broken`: there is one, and it cannot be used; whoever runs us has been told.
    """
    where = provider_modules().get(slug)
    if where is None:
        known = ", ".join(sorted(provider_modules()))
        raise ConfigurationError("unknown_provider", f"Partenaire inconnu : « {slug} ». Connus : {known}.")
    found = _tried(slug, where)
    if isinstance(found, str):
        sentence = (
            f"Le partenaire « {slug} » n’est pas disponible pour l’instant : notre équipe est prévenue."
        )
        raise TransientError("provider_broken", sentence, found)
    return found


@cache
def _tried(slug: str, where: str) -> "Provider[Any] | str":
    """Give an adapter, or why it cannot be used; one that cannot is imported, and told, once a process."""
    try:
        return _loaded(slug, where)
    except (Exception, SystemExit) as error:  # whatever an adapter does when it is imported
        log.exception("the adapter of %s at %s cannot be used", slug, where)
        return f"{type(error).__name__}: {error}"


def _loaded(slug: str, where: str) -> "Provider[Any]":
    from providers.base import Provider  # noqa: PLC0415 - it is what asks us

    module, _, name = where.partition(":")
    adapter = getattr(importlib.import_module(module), name or "PROVIDER")
    if not isinstance(adapter, Provider):
        raise TypeError(f"{where} is no Provider, but {type(adapter).__name__}")
    if adapter.slug != slug:
        raise ValueError(f"it calls itself {adapter.slug!r}")
    if not module.startswith("providers.") and adapter.contract != CONTRACT:
        raise ValueError(f"it was written for version {adapter.contract} of the contract, this is {CONTRACT}")
    return adapter


def usable() -> "Sequence[Provider[Any]]":
    """Give the adapters that can be used, by slug."""
    unusable = broken()
    return [provider(slug) for slug in sorted(provider_modules()) if slug not in unusable]


def broken() -> Mapping[str, str]:
    """Give the adapters that cannot be used: slug → why, for an engineer."""
    found: dict[str, str] = {}
    for slug in provider_modules():
        try:
            provider(slug)
        except TransientError as error:
            found[slug] = str(error)
    return found
