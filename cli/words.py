"""The words of tables: instants, statuses and prices as French screens show them."""

from datetime import datetime
from decimal import Decimal

from models.french import counted, euros, moment
from models.vocabulary import RunStatus

STATUSES = {
    RunStatus.QUEUED: "en attente",
    RunStatus.RUNNING: "en cours",
    RunStatus.SUCCEEDED: "terminée",
    RunStatus.PARTIAL: "terminée en partie",
    RunStatus.REVIEW: "terminée, retraits à confirmer",
    RunStatus.FAILED: "n’a pas abouti",
    RunStatus.DEAD: "interrompue, notre équipe est prévenue",
}


def status_words(status: str, quarantined: int = 0) -> str:
    """Give a run's status: « terminée, 3 éléments à corriger »."""
    if status == RunStatus.PARTIAL and quarantined:
        return f"terminée, {counted(quarantined, 'élément')} à corriger"
    return STATUSES[RunStatus(status)]


def instant(at: datetime | None, timezone: str = "Europe/Paris") -> str:
    """Give an instant of the ledger in a venue's time; empty where there is none."""
    return "" if at is None else moment(at, timezone, with_year=True)


def price(amount: Decimal | None, proposed: Decimal | None = None) -> str:
    """Give a date's price; a proposed one has its question mark."""
    if amount is not None:
        return euros(amount)
    return "prix inconnu" if proposed is None else f"{euros(proposed)} ?"


def places(counting: str, quantity: int | None, booked: int) -> str:
    """Give what is left of a date."""
    if counting == "unknown":
        return "à préciser"
    return "sans limite" if quantity is None else str(quantity - booked)
