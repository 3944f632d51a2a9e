"""A partner's settings as a form: one field each, from the adapter's own `Settings`; its errors in French."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final, get_args

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from models.vocabulary import CATEGORY_LABELS, Category
from providers.settings import UNLIMITED, ProviderSettings
from providers.text import typeset

LATER: Final = "plus-tard"
NUMBER: Final = "nombre"

PROBLEMS: Final[Mapping[str, str]] = {
    "missing": "Indiquez une réponse.",
    "int_parsing": "Indiquez un nombre entier.",
    "int_type": "Indiquez un nombre entier.",
    "int_from_float": "Indiquez un nombre entier.",
    "float_parsing": "Indiquez un nombre.",
    "decimal_parsing": "Indiquez un montant en euros, par exemple 12,50.",
    "decimal_max_places": "Indiquez deux chiffres au plus après la virgule.",
    "greater_than_equal": "Ce nombre est trop petit.",
    "greater_than": "Ce nombre est trop petit.",
    "less_than_equal": "Ce nombre est trop grand.",
    "less_than": "Ce nombre est trop grand.",
    "date_from_datetime_parsing": "Indiquez une date, par exemple 2026-09-01.",
    "date_parsing": "Indiquez une date, par exemple 2026-09-01.",
    "enum": "Choisissez une réponse de la liste.",
    "bool_parsing": "Répondez par oui ou par non.",
    "string_too_long": "Ce texte est trop long.",
    "string_too_short": "Ce texte est trop court.",
    "url_parsing": "Indiquez une adresse complète, qui commence par https://.",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form.

    `kind` names how it is asked: `capacity`, `choice`, `tick`, `secret`, `number` or `text`.
    """

    name: str
    title: str
    description: str
    kind: str
    required: bool
    value: str = ""
    error: str = ""
    choices: Sequence[tuple[str, str]] = ()
    unanswered: str = ""
    """What no choice at all is called; nothing: one is always made."""

    @property
    def described(self) -> str:
        """The ids of what says more of the field, for those who do not see it."""
        parts = [f"{self.name}-aide" if self.description else "", f"{self.name}-erreur" if self.error else ""]
        return " ".join(part for part in parts if part)


def fields(
    settings: type[ProviderSettings],
    written: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    kept: Collection[str] = (),
) -> list[Field]:
    """Give the questions of a partner's settings, with what was answered before.

    What is secret is never shown; the names in `kept` may be left empty, and stay as they are.
    """
    known, wrong = written or {}, errors or {}
    return [
        _kept(field) if field.name in kept else field
        for field in (
            _field(name, each, known.get(name, _default(each)), wrong.get(name, ""))
            for name, each in settings.model_fields.items()
        )
    ]


def _kept(field: Field) -> Field:
    return replace(
        field,
        required=False,
        description=f"{field.description} Laissez vide pour garder celle qui est enregistrée.",
    )


def read(settings: type[ProviderSettings], form: Mapping[str, Any]) -> dict[str, Any]:
    """Give a sent form as settings are written; what was left empty is left out."""
    written: dict[str, Any] = {}
    for field in fields(settings):
        value = str(form.get(field.name, "")).strip()
        if field.kind == "capacity":
            choice = str(form.get(f"{field.name}-choix", ""))
            value = {UNLIMITED: UNLIMITED, NUMBER: value or "?"}.get(choice, "" if choice == LATER else value)
        elif field.kind == "tick":
            value = "true" if value else "false"
        if value:
            written[field.name] = value
    return written


def problems(settings: type[ProviderSettings], written: Mapping[str, Any]) -> dict[str, str]:
    """Give field → what is wrong with it, in French; empty: the settings are good."""
    try:
        settings.model_validate(dict(written))
    except ValidationError as error:
        found: dict[str, str] = {}
        for problem in error.errors(include_url=False, include_input=False):
            name = str(problem["loc"][0]) if problem["loc"] else ""
            if name in settings.model_fields:
                found.setdefault(name, _sentence(name, problem["type"], problem["msg"]))
        return found or {"": "Ces réponses ne conviennent pas ensemble."}
    return {}


def _sentence(name: str, kind: str, message: str) -> str:
    if name == "capacity":
        return "Indiquez un nombre de places, entre 0 et 1\u00a0000\u00a0000, ou « sans limite »."
    if kind != "value_error":
        return PROBLEMS.get(kind, "Cette réponse ne convient pas.")
    said = message.removeprefix("Value error, ").rstrip(".")
    return f"{said}." if said[:1].isupper() else f"Indiquez {said}."


def _field(name: str, field: FieldInfo, value: Any, error: str) -> Field:
    kinds = _kinds(field.annotation)
    choices: Sequence[tuple[str, str]] = ()
    kind, unanswered = "text", ""
    words = next((each for each in kinds if isinstance(each, type) and issubclass(each, Enum)), None)
    if name == "capacity":
        kind = "capacity"
    elif Category in kinds:
        kind, choices = "choice", [(each.value, label) for each, label in CATEGORY_LABELS.items()]
        unanswered = "Pas de réponse par défaut"
    elif words is not None:
        kind, choices = "choice", [(each.value, getattr(each, "label", each.value)) for each in words]
        unanswered = "" if field.is_required() or _default(field) is not None else "Pas de réponse"
    elif SecretStr in kinds:
        kind = "secret"
    elif bool in kinds:
        kind = "tick"
    elif kinds & {int, float} and not kinds & {str, Decimal, date}:
        kind = "number"
    return Field(
        name=name,
        title=typeset(field.title or name),
        description=typeset(field.description or ""),
        kind=kind,
        required=field.is_required(),
        value=as_written(value),
        error=error,
        choices=choices,
        unanswered=unanswered,
    )


def as_written(value: Any) -> str:
    """Give a setting as a person would write it."""
    match value:
        case None | False:
            return ""
        case True:
            return "true"
        case list() | tuple():
            return " ; ".join(map(str, value))
        case "all":
            return "tous"
        case "today":
            return "aujourd’hui"
        case Decimal():
            return str(value).replace(".", ",")
        case _:
            return str(value)


def _default(field: FieldInfo) -> Any:
    return None if field.is_required() else field.get_default(call_default_factory=True)


def _kinds(annotation: Any) -> set[Any]:
    """The plain types in an annotation, whatever wraps them."""
    inner = get_args(annotation)
    if not inner:
        return {annotation}
    return set().union(*(_kinds(each) for each in inner))
