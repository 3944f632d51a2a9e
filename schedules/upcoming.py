"""When links are due and why, in words; what the schedule asks of each provider in an hour."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from models import french
from models.database import Connection
from models.queries import read_queries
from models.vocabulary import LinkState
from providers.base import Cadence, Limits, Traversal, provider
from providers.errors import PartnerError
from providers.text import typeset
from schedules.cadence import IN_TIME, spread
from schedules.planning import current_price, habit_of

SQL = read_queries(Path(__file__).parent / "upcoming.sql")

Row = Mapping[str, Any]

DEAR: Final = 1.1
NOTABLE: Final = 1.5
"""Prices and importances that are worth a word."""


def coming(connection: Connection, *, link: int | None = None, limit: int = 20) -> Sequence[Row]:
    """Give the links that are due next, or one link."""
    return connection.execute(SQL["coming"], {"link": link, "limit": limit}).fetchall()


def load(connection: Connection) -> Sequence[Row]:
    """Give what is asked of each provider."""
    return connection.execute(SQL["load"]).fetchall()


def set_quiet(connection: Connection, host: str, hours: tuple[time, time] | None) -> None:
    """Leave a host alone in these hours of every day, French time; None: at no hour."""
    begins, ends = hours or (None, None)
    connection.execute(SQL["set_quiet"], {"host": host, "from": begins, "until": ends})


def quiet_hosts(connection: Connection) -> Sequence[Row]:
    """Give the hosts that have quiet hours."""
    return connection.execute(SQL["quiet"]).fetchall()


def why(row: Row) -> list[str]:
    """Say why a link is due when it is, the reason that decides first; French."""
    return [typeset(sentence) for sentence in _reasons(row)]


def _reasons(row: Row) -> Iterator[str]:
    zone, label = row["timezone"], _label(row["provider"])
    if row["state"] != LinkState.ACTIVE:
        yield {
            LinkState.PAUSED: "La source est en pause : rien n’est prévu.",
            LinkState.TO_CHECK: f"La source est à vérifier : {row['state_reason']}",
            LinkState.UNLINKED: "La source est déconnectée.",
        }[row["state"]]
        return
    if row["run_id"] is not None:
        going = "est en cours" if row["run_status"] == "running" else "attend son tour"
        yield f"L’importation n° {row['run_id']} {going}."
    if row["breaker"] is not None:
        again = f" ; prochain essai à {french.hour(row['probe_at'], zone)}" if row["probe_at"] else ""
        yield f"{label} ne répond pas {french.since(row['silent_since'], zone)}{again}."
    if row["put_off"] is not None:
        yield from _put_off(row, zone, label)
    elif row["failures"]:
        times = french.counted(row["failures"], "importation")
        yield f"{times} de suite sans succès : les essais s’espacent."
    if row["fresh_until"] and row["next_run_at"] and abs(row["next_run_at"] - row["fresh_until"]) < _A_MOMENT:
        yield f"{label} dit que sa réponse reste bonne jusqu’à {french.hour(row['fresh_until'], zone)}."
    yield from _habits(row)


_A_MOMENT: Final = timedelta(seconds=2)


def _put_off(row: Row, zone: str, label: str) -> Iterator[str]:
    wanted = f"Attendue {french.since(row['wanted_at'], zone).replace('depuis', 'à partir de', 1)}"
    limits = _limits(row["provider"])
    match row["put_off"]:
        case "budget":
            per = french.lasting(limits.period).replace("1\u00a0min", "minute")
            yield (
                f"{wanted}, elle attend son tour : {label} accorde {limits.requests} requêtes par {per}"
                f" à « {row['budget_key']} »."
            )
        case "retry_after":
            yield f"{wanted}, elle attend : « {row['host']} » a demandé de ne pas revenir plus tôt."
        case "quiet":
            yield f"{wanted}, elle attend la fin des heures calmes de « {row['host']} »."


def _habits(row: Row) -> Iterator[str]:
    cadence, interval = _cadence(row["provider"]), french.lasting(row["interval"])
    if row["visited_at"] is None:
        yield f"Elle n’a pas encore été lue en entier : intervalle habituel, {french.lasting(cadence.usual)}."
        return
    habit = habit_of(row)
    if habit.changed or habit.unchanged:
        every = timedelta(seconds=1 / habit.rate(cadence))
        yield f"Elle change à peu près toutes les {french.lasting(every)} d’après ses dernières visites."
    else:
        yield "On ne connaît pas encore son rythme."
    if habit.hints:
        yield "Son partenaire signale lui-même ses changements : les visites cherchent ce qu’il a omis."
    if row["importance"] >= NOTABLE:
        yield (
            f"Un niveau périmé y pèse {french.number(round(row['importance']))} fois plus qu’ailleurs :"
            " des réservations, ou une date proche et presque complète."
        )
    price = current_price({"price": row["price"] or 1.0, "priced_at": row["priced_at"], "now": row["now"]})
    if price >= DEAR:
        yield (
            f"Les requêtes à « {row['budget_key']} » sont rares (prix {price:.1f}) : les visites s’espacent."
        )
    bound = ""
    if row["interval"] <= cadence.shortest:
        bound = " (le plus court que demande ce partenaire)"
    elif row["interval"] >= cadence.longest * IN_TIME * 0.94:
        bound = " (le plus long qu’on laisse passer)"
    yield f"Elle est donc lue toutes les {interval}{bound}."
    if _by_changes(row["provider"]):
        at = datetime.fromtimestamp(
            spread(row["id"]) * cadence.full_every.total_seconds(), row["now_at"].tzinfo
        )
        yield f"Une fois par jour, vers {french.hour(at, row['timezone'])}, elle est relue en entier."


def _label(slug: str) -> str:
    try:
        return provider(slug).label
    except PartnerError:
        return slug


def _cadence(slug: str) -> Cadence:
    try:
        return provider(slug).cadence
    except PartnerError:
        return Cadence()


def _limits(slug: str) -> Limits:
    try:
        return provider(slug).limits
    except PartnerError:
        return Limits()


def _by_changes(slug: str) -> bool:
    try:
        return provider(slug).traits.traversal is Traversal.CHANGES
    except PartnerError:
        return False
