"""What the hook answers and is asked, as types: they are its documentation, and the page shows them too."""

from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models.vocabulary import LinkState, RunMode, RunStatus
from providers.base import CheckState


def _storable(value: Any) -> Any:
    """Refuse what PostgreSQL's texts and JSON cannot hold: NUL, half a surrogate pair, NaN."""
    match value:
        case str():
            if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
                raise ValueError("contient un caractère qui n’est pas du texte")
        case float() if not isfinite(value):
            raise ValueError("contient un nombre qui n’en est pas un")
        case Mapping():
            for name, inner in value.items():
                _storable(name)
                _storable(inner)
        case list():
            for inner in value:
                _storable(inner)
    return value


Text = Annotated[str, Field(max_length=2000), AfterValidator(_storable)]
Written = Annotated[dict[str, Any], Field(max_length=100), AfterValidator(_storable)]


class Sent(BaseModel):
    """What callers send: nothing that is not known here."""

    model_config = ConfigDict(extra="forbid")


class ImportForm(Sent):
    """A source as a person writes it; `settings` as `GET /providers` describes them."""

    provider: Text = Field(examples=["openagenda"])
    identifier: Text = Field(examples=["47826291", "https://openagenda.com/jep-2018-ile-de-france"])
    settings: Written = Field(default={}, examples=[{"capacity": "unlimited"}])


class RunWish(Sent):
    mode: Literal["usual", "full"] = "usual"


class LinkEdit(Sent):
    """What changes; `settings` replaces all of them."""

    settings: Written | None = None
    state: Literal["active", "paused"] | None = None


class NoticeAnswer(Sent):
    answer: Literal["move", "cancel", "keep", "noted"]


class ReviewDecision(Sent):
    decision: Literal["confirm", "keep"]


class Answered(BaseModel):
    """What we answer; attributes of rows are read by name."""

    model_config = ConfigDict(from_attributes=True)


class RunError(Answered):
    code: str
    message: str = Field(description="Français, pour le lieu.")


class RunState(Answered):
    """A run as it stands. `counts` are of items; `estimate` is null until the partner tells."""

    run: int
    link: int
    venue: int | None
    provider: str
    status: RunStatus
    label: str = Field(description="L’état en français, par exemple « en cours ».")
    final: bool
    mode: RunMode
    trigger: str
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    read: int
    estimate: int | None
    counts: dict[str, int]
    filtered: dict[str, int]
    offers: dict[str, int]
    stocks: dict[str, int]
    requests: int
    bytes: int
    seconds: float
    message: str
    error: RunError | None


class LinkCard(Answered):
    """A link with what it brought. `offers` and `dates` are shown or could be; `held` wait for an answer."""

    link: int
    venue: int | None
    provider: str
    provider_label: str
    identifier: str
    title: str
    settings: dict[str, Any]
    state: LinkState
    state_reason: str
    created_at: datetime
    next_run_at: datetime | None
    offers: int
    dates: int
    held: int
    quarantined: int
    review: bool = Field(description="Des retraits attendent une décision.")
    last_run: RunState | None


class NoticeState(Answered):
    notice: int
    kind: str
    venue: int | None
    link: int | None
    offer: int | None
    run: int | None
    question: str
    answers: list[str] = Field(description="Ce que POST /notices/{id}/answers accepte.")
    opened_at: datetime
    resolved_at: datetime | None
    resolution: str
    resolved_by: str


class SampleDate(Answered):
    starts_at: datetime | None
    ends_at: datetime | None
    label: str
    price: str | None = Field(description="En euros ; null : inconnu ou à confirmer.")
    price_proposed: str | None = Field(description="En euros, d’après les mots du partenaire : à confirmer.")


class Sample(Answered):
    """An offer as a young user would see it."""

    title: str
    description: str
    category: str | None
    image_url: str
    url: str
    place: str | None
    dates: list[SampleDate]
    dates_in_all: int


class CheckResult(Answered):
    name: str
    state: CheckState
    sentence: str
    code: str | None = None
    facts: dict[str, Any] = {}


class Checked(Answered):
    """`ok`: nothing failed; an import would find what `samples` shows."""

    ok: bool
    identifier: str
    checks: list[CheckResult]
    samples: list[Sample]


class ProviderState(Answered):
    """A partner that can be linked; `settings` is the JSON schema of its form."""

    provider: str
    label: str
    family: str
    identifier_label: str
    identifier_help: str
    knows_remaining: bool
    settings: dict[str, Any]


class Decided(Answered):
    """What a decision took out of the application."""

    decision: str
    offers_withdrawn: int
    stocks_withdrawn: int


class Previewed(Answered):
    """What an import with these settings would do; nothing was written."""

    counts: dict[str, int]
    offers: dict[str, int]
    stocks: dict[str, int]
    withdrawn: list[str] = Field(description="Titres des offres qui seraient retirées.")
    review: str = Field(description="La question que poserait l’importation, ou rien.")


class Health(Answered):
    """`state`: ok, late (the tick, a queue or a provider is: `troubles` says what to do), or away."""

    state: Literal["ok", "late", "away"]
    database: bool
    migrated: bool
    last_tick_at: datetime | None
    troubles: list[str] = Field(default=[], description="Ce qui est en retard, et ce qu’il faut faire.")
