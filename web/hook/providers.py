"""The partners that can be linked, each with its form."""

from functools import cache

import structlog
from fastapi import APIRouter

from providers.base import provider, provider_modules
from web.dependencies import KNOWN_CALLERS, Reading
from web.problems import documented
from web.shapes import ProviderState

router = APIRouter(tags=["partenaires"], dependencies=KNOWN_CALLERS)
log = structlog.get_logger(__name__)


@router.get("/providers", responses=documented(401, 422, 503))
def list_providers(call: Reading) -> list[ProviderState]:
    """Donne les partenaires ; `settings` est le schéma JSON de leurs réglages."""
    del call
    states = [provider_state(slug) for slug in sorted(provider_modules())]
    return [state for state in states if state is not None]


@cache
def provider_state(slug: str) -> ProviderState | None:
    """Give a partner as it is offered; None when its adapter cannot be imported."""
    try:
        adapter = provider(slug)
    except Exception:  # whatever an adapter's module does when imported
        log.exception("provider_broken", provider=slug)
        return None
    return ProviderState(
        provider=adapter.slug,
        label=adapter.label,
        family=adapter.family,
        identifier_label=adapter.identifier_label,
        identifier_help=adapter.identifier_help,
        knows_remaining=adapter.traits.knows_remaining,
        settings=adapter.Settings.model_json_schema(),
    )
