"""Tries a source before it is linked: what the adapter's `check` says, within the time a person waits."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from models.venue import Venue
from models.vocabulary import Certainty
from providers.base import CheckState, VenueFacts
from providers.errors import PartnerError
from providers.records import OfferRecord
from providers.settings import ProviderSettings
from web.form import Form
from web.shapes import Checked, CheckResult, Sample, SampleDate
from workers.visits import Site, open_visit, read_settings, with_deposits

SECONDS = 20.0
"""A person looks at the page meanwhile; an import itself may take longer."""
SAMPLES = 3
"""Offers shown, with so many dates each."""
DATES = 5


class TimeIsUpError(Exception):
    """The partner is slower than a person waits."""


def deadline(seconds: float) -> Callable[[], None]:
    """Give a heart for the polite client, which stops at the end of that time."""
    ends = monotonic() + seconds

    def heart() -> None:
        if monotonic() > ends:
            raise TimeIsUpError

    return heart


def try_source(site: Site, venue: Venue, form: Form, *, seconds: float = SECONDS) -> Checked:
    """Ask the partner what an import would find; what it refuses is a failed result, not an error.

    Raises
    ------
    ConfigurationError
        The form itself is wrong.
    """
    settings = read_settings(form.adapter, form.written)
    outcome = Checked(ok=True, identifier=form.identifier, checks=[], samples=[])
    try:
        _ask(site, venue, form, settings, heart=deadline(seconds), outcome=outcome)
    except PartnerError as error:
        outcome.checks.append(_failed(error.code, error.sentence))
    except TimeIsUpError:
        sentence = (
            f"{form.adapter.label} n’a pas répondu en {seconds:.0f}\u00a0secondes. Réessayez, ou importez"
            " sans attendre\u00a0: la vérification se fera pendant l’importation."
        )
        outcome.checks.append(_failed("check_too_slow", sentence))
    outcome.ok = all(check.state is not CheckState.FAILED for check in outcome.checks)
    return outcome


def _ask(
    site: Site,
    venue: Venue,
    form: Form,
    settings: ProviderSettings,
    *,
    heart: Callable[[], None],
    outcome: Checked,
) -> None:
    """Write down the identifier as the partner knows it, then each check as it comes."""
    facts = VenueFacts(
        name=venue.name,
        timezone=venue.timezone,
        latitude=venue.latitude,
        longitude=venue.longitude,
        siret=venue.siret,
    )
    name = f"check-{secrets.token_hex(8)}"
    with open_visit(
        site, form.adapter, form.identifier, settings, name=name, venue=facts, heart=heart
    ) as opened:
        visit = with_deposits(site, opened, venue.id)
        outcome.identifier = form.adapter.resolve(visit)
        for check in form.adapter.check(replace(visit, identifier=outcome.identifier)):
            outcome.checks.append(
                CheckResult(
                    name=check.name, state=check.state, sentence=check.sentence, facts=dict(check.facts)
                )
            )
            outcome.samples.extend(sample(record) for record in check.samples[:SAMPLES])


def sample(record: OfferRecord) -> Sample:
    """Give an offer as a young user would see it, with its first dates."""
    return Sample(
        title=record.title,
        description=record.description,
        category=record.category,
        image_url=record.image_url,
        url=record.url,
        place=record.place.name if record.place else None,
        dates=[
            SampleDate(
                starts_at=stock.starts_at,
                ends_at=stock.ends_at,
                label=stock.label,
                price=str(stock.price.amount) if stock.price.certainty is Certainty.CERTAIN else None,
                price_proposed=str(stock.price.amount)
                if stock.price.certainty is Certainty.PROPOSED
                else None,
            )
            for stock in record.stocks[:DATES]
        ],
        dates_in_all=len(record.stocks),
    )


def _failed(code: str, sentence: str) -> CheckResult:
    return CheckResult(name="source", state=CheckState.FAILED, sentence=sentence, code=code)
