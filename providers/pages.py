"""The part of an adapter's page in `docs/providers/` that is written from the adapter itself."""

from typing import Any, Final, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from providers.base import Provider

BEGINS: Final = "<!-- Written by `passerelle docs` from the adapter: do not edit. -->"
ENDS: Final = "<!-- End of what is written. -->"


def written_part(adapter: Provider[Any]) -> str:
    """Give the settings, traits and pace of an adapter as Markdown, between its two marks."""
    traits, cadence, limits = adapter.traits, adapter.cadence, adapter.limits
    rows = [_row(name, field) for name, field in adapter.Settings.model_fields.items()]
    settings = (
        ["| setting | question | default |", "|---|---|---|", *rows] if rows else ["It has no settings."]
    )
    said = {
        "a usual run reads": "everything" if traits.traversal == "snapshot" else "what changed",
        "what remains": "said by the partner" if traits.knows_remaining else "not said by the partner",
        "our bookings": "deducted by the partner"
        if traits.deducts_our_bookings
        else "not known to the partner",
        "a moved date": "keeps its row" if traits.keeps_session_ids else "is another date",
        "hints": "taken" if traits.hints else "none",
        "visited": f"every {_minutes(cadence.usual)}, {_minutes(cadence.shortest)} at the shortest",
        "requests": f"{limits.requests} in {limits.period.total_seconds():.0f} s at most",
    }
    facts = ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in said.items())]
    return "\n".join([BEGINS, "", *settings, "", *facts, "", ENDS])


def is_secret(annotation: Any) -> bool:
    """Tell whether a setting of this type is secret, or may be."""
    return annotation is SecretStr or any(is_secret(each) for each in get_args(annotation))


def _row(name: str, field: FieldInfo) -> str:
    secret = is_secret(field.annotation)
    default = "asked for" if field.is_required() else _default(field.get_default(call_default_factory=True))
    question = " — ".join(part for part in (field.title, field.description) if part)
    return f"| `{name}`{' (secret)' if secret else ''} | {question.replace('|', '/')} | {default} |"


def _default(value: Any) -> str:
    return "" if value is None else f"`{value}`"


def _minutes(span: Any) -> str:
    minutes = span.total_seconds() / 60
    if minutes < 1:
        return f"{span.total_seconds():.0f} s"
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"


def with_written_part(page: str, adapter: Provider[Any]) -> str:
    """Give a page with its written part made current; it goes before the first `## ` where it is new."""
    before, begins, rest = page.partition(BEGINS)
    if begins:
        _, _, after = rest.partition(ENDS)
        return f"{before}{written_part(adapter)}{after}"
    head, heading, tail = page.partition("\n## ")
    return f"{head.rstrip()}\n\n{written_part(adapter)}\n{heading}{tail}"


def is_current(page: str, adapter: Provider[Any]) -> bool:
    """Tell whether a page's written part is what the adapter says."""
    return written_part(adapter) in page
