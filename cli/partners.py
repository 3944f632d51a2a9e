"""`passerelle providers` and `describe`: which partners there are, and what is true of each."""

from typing import Annotated, Any

import typer
from rich.table import Table

from cli.answers import Answer, AsJson, command
from models.french import counted
from providers.base import provider
from providers.ladder import standing
from providers.registry import broken, usable

Slug = Annotated[str, typer.Argument(metavar="PROVIDER", help="See `passerelle providers`.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    command(app, "providers", example="passerelle providers")(list_providers)
    command(app, "describe", example="passerelle describe openagenda")(describe)


def list_providers(*, as_json: AsJson = False) -> Answer:
    """List the partners that venues can be linked to, how far each adapter has come, and what is broken.

    The level is computed from form, page, tests and recorded answers; see providers/ladder.py.
    """
    del as_json
    table = Table("nom", "partenaire", "famille", "niveau", "pour le suivant")
    document: list[dict[str, Any]] = []
    for adapter in usable():
        stands = standing(adapter)
        table.add_row(adapter.slug, adapter.label, adapter.family, stands.level, "\n".join(stands.lacks))
        known = {"slug": adapter.slug, "label": adapter.label, "family": adapter.family, "broken": None}
        document.append({**known, "level": stands.level, "lacks": stands.lacks})
    for slug, why in broken().items():
        table.add_row(slug, "", "", "en panne", why)
        document.append({"slug": slug, "label": slug, "family": None, "broken": why, "level": None})
    return Answer(document, [table])


def describe(slug: Slug, *, as_json: AsJson = False) -> Answer:
    """Describe a partner: what to paste, its settings, how often and how much it is asked."""
    del as_json
    adapter = provider(slug)
    traits, cadence, limits = adapter.traits, adapter.cadence, adapter.limits
    settings: list[dict[str, Any]] = [
        {
            "name": name,
            "title": field.title or name,
            "description": field.description or "",
            "required": field.is_required(),
            "default": None if field.is_required() else field.get_default(call_default_factory=True),
        }
        for name, field in adapter.Settings.model_fields.items()
    ]
    document = {
        "slug": adapter.slug,
        "label": adapter.label,
        "family": adapter.family,
        "version": adapter.version,
        "identifier": {"label": adapter.identifier_label, "help": adapter.identifier_help},
        "settings": settings,
        "traits": {
            "traversal": traits.traversal,
            "primary": traits.primary,
            "completes": traits.completes,
            "deducts_our_bookings": traits.deducts_our_bookings,
            "knows_remaining": traits.knows_remaining,
            "refs_are_global": traits.refs_are_global,
            "keeps_session_ids": traits.keeps_session_ids,
            "hints": traits.hints,
            "uses": sorted(traits.uses),
        },
        "cadence": cadence,
        "limits": limits,
    }
    table = Table("réglage", "question", "aide", "par défaut")
    for each in settings:
        default = "" if each["default"] is None else str(each["default"])
        shown = "(à indiquer)" if each["required"] else default
        table.add_row(str(each["name"]), str(each["title"] or ""), str(each["description"] or ""), shown)
    minutes = int(cadence.usual.total_seconds() // 60)
    pace = (
        f"Une importation toutes les {minutes} minutes ;"
        f" {counted(limits.requests, 'requête')} au plus en {int(limits.period.total_seconds())} s."
    )
    remaining = (
        "Le partenaire dit combien de places restent."
        if traits.knows_remaining
        else "Le partenaire ne dit pas combien de places restent : c’est le réglage « capacity »."
    )
    return Answer(
        document,
        [
            f"{adapter.label} ({adapter.slug}, {adapter.family}, version {adapter.version})",
            f"{adapter.identifier_label} : {adapter.identifier_help}",
            pace,
            remaining,
            table,
        ],
    )
