"""The questions that a run opens, in the transaction that makes them necessary."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from models.database import Connection
from models.french import counted, moment, quoted
from models.vocabulary import Family
from providers.base import Provider
from workers.levels import LEVEL
from workers.queries import SQL
from workers.source import Subject

DATE_GONE = "booked_date_gone"
DATE_MOVED = "booked_date_moved"
REVIEW = "review"
LINK_TO_CHECK = "link_to_check"


def open_notice(
    connection: Connection,
    subject: Subject,
    kind: str,
    question: str,
    *,
    offer: int | None = None,
    stock: int | None = None,
    candidate: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Open a notice, or refresh the one that is open on the same subject."""
    connection.execute(
        SQL["open_notice"],
        subject.names
        | {
            "kind": kind,
            "question": question,
            "offer": offer,
            "stock": stock,
            "candidate": candidate,
            "facts": Jsonb(dict(facts or {})),
        },
    )


def tell_dates_touched(
    connection: Connection, subject: Subject, touched: Iterable[Mapping[str, Any]]
) -> None:
    """Tell the booked dates that a page cancels, or that the partner moved under the same session id."""
    for date in touched:
        if date["loses_booked"]:
            tell_date_gone(connection, subject, date, candidate=None, cancelled=True)
        else:
            before = moment(date["moves_booked_from"], subject.timezone)
            after = moment(date["starts_at"], subject.timezone)
            open_notice(
                connection,
                subject,
                DATE_MOVED,
                f"La date du {before} de {quoted(date['title'])} a été déplacée au {after}."
                f" {concerned(date['booked'])}",
                offer=date["offer_id"],
                stock=date["stock_id"],
                facts={"from": date["moves_booked_from"].isoformat(), "to": date["starts_at"].isoformat()},
            )


def tell_date_gone(
    connection: Connection,
    subject: Subject,
    date: Mapping[str, Any],
    candidate: Mapping[str, Any] | None,
    *,
    cancelled: bool = False,
) -> None:
    """Ask what becomes of the bookings of a date that its source no longer lists, or cancels."""
    starts_at: datetime | None = date["starts_at"]
    is_book = subject.provider.traits.primary == LEVEL
    when = f"La date du {moment(starts_at, subject.timezone)} de" if starts_at else "L’offre"
    left = "est annulée" if cancelled else "n’est plus"
    where = listed_in(subject.provider)
    what = "Le livre" if is_book else when
    sentence = (
        f"{what} {quoted(date['title'])} {left} {where}. {concerned(date['booked'], feminine=not is_book)}"
    )
    if candidate is not None:
        sentence += (
            f" Le spectacle a-t-il été reporté au {moment(candidate['starts_at'], subject.timezone)}\u00a0?"
        )
    open_notice(
        connection,
        subject,
        DATE_GONE,
        sentence,
        offer=date["offer_id"],
        stock=date["stock_id"],
        candidate=candidate["stock_id"] if candidate else None,
        facts={"booked": date["booked"], "cancelled": cancelled},
    )


def listed_in(adapter: Provider[Any]) -> str:
    """Give « dans votre agenda Open Agenda »: where the venue itself would look."""
    if adapter.traits.primary == LEVEL:
        return "dans votre liste de stock"
    what = {Family.AGENDA: "agenda", Family.CATALOGUE: "catalogue", Family.TICKETING: "billetterie"}
    return f"dans votre {what[adapter.family]} {adapter.label}"


def concerned(booked: int, *, feminine: bool = True) -> str:
    """Give « 12 réservations la concernent. »."""
    verb = "concerne" if booked < 2 else "concernent"
    return f"{counted(booked, 'réservation')} {'la' if feminine else 'le'} {verb}."
