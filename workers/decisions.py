"""What a person decides of what a run held back: confirm or keep a review, answer for a booked date."""

from typing import Any

from psycopg.types.json import Jsonb

from models.database import Connection, connect_worker
from providers.base import provider
from providers.errors import ConfigurationError
from workers.counts import Counts
from workers.notices import DATE_GONE, DATE_MOVED, REVIEW
from workers.queries import BOOKS, SQL
from workers.settle import change_what_readers_see, withdraw
from workers.source import Subject
from workers.visits import Site

MOVE, CANCEL, KEEP, NOTED = "move", "cancel", "keep", "noted"


def confirm_review(site: Site, link_id: int, actor: str, role: str = "") -> Counts:
    """Withdraw what the link's open review lists and no run has met since; apply its other changes.

    Raises
    ------
    ConfigurationError
        No review is open.
    """
    with connect_worker(site.database_url, site.settings) as connection, connection.transaction():
        subject = _review(connection, link_id)
        lost = connection.execute(SQL["count_losses"], subject.names).fetchone()
        withdraw(connection, subject)
        change_what_readers_see(connection, subject, tenfold=True)
        _close(connection, subject, "confirmed", actor, role)
    counts = Counts()
    if lost is not None:
        counts.items["withdrawn"] = counts.offers["withdrawn"] = lost["offers"]
        counts.stocks["withdrawn"] = lost["stocks"]
    return counts


def keep_review(site: Site, link_id: int, actor: str, role: str = "") -> None:
    """Keep what the link's open review lists, until the source lists it again.

    Raises
    ------
    ConfigurationError
        No review is open.
    """
    with connect_worker(site.database_url, site.settings) as connection, connection.transaction():
        subject = _review(connection, link_id)
        connection.execute(BOOKS["keep_absent_copies"], subject.names)
        for statement in ("keep_absent_items", "keep_unlisted_stocks", "forget_all"):
            connection.execute(SQL[statement], subject.names)
        _close(connection, subject, "kept", actor, role)


def answer_notice(site: Site, notice_id: int, answer: str, actor: str, role: str = "") -> None:
    """Answer for a booked date that left its source, or note one that its source moved.

    Parameters
    ----------
    answer
        `move`: the bookings go to the new date, which the booked row becomes; `cancel`: the date
        stays withdrawn; `keep`: the date is put back and stays until the source lists it again;
        `noted`: a moved date was read.

    Raises
    ------
    ConfigurationError
        The notice is not open, or the answer does not fit its question.
    """
    with connect_worker(site.database_url, site.settings) as connection, connection.transaction():
        notice = connection.execute(SQL["notice_to_answer"], {"notice": notice_id}).fetchone()
        if notice is None:
            raise ConfigurationError("no_such_notice", f"La question n° {notice_id} n’est plus ouverte.")
        _check_answer(notice, answer)
        if answer == MOVE:
            _move(connection, notice)
        elif answer == KEEP:
            _keep(connection, notice)
        connection.execute(SQL["answer_notice"], {"notice": notice_id, "answer": answer, "actor": actor})
        if notice["link_id"] is not None:
            _remember(connection, notice["link_id"], f"notice_{answer}", actor, role, notice=notice_id)


def subject_of(connection: Connection, link_id: int, run_id: int | None = None) -> Subject:
    """Give a link as the statements need it.

    Raises
    ------
    ConfigurationError
        There is no such link.
    """
    row = connection.execute(SQL["subject_of_link"], {"link": link_id}).fetchone()
    if row is None:
        raise ConfigurationError("unknown_link", f"La source n° {link_id} n’existe pas.")
    return Subject(row["id"], row["venue_id"], run_id, provider(row["provider"]), row["timezone"])


def _review(connection: Connection, link_id: int) -> Subject:
    row = connection.execute(SQL["open_review_of_link"], {"link": link_id}).fetchone()
    if row is None:
        raise ConfigurationError("no_review", "Aucun retrait n’attend votre confirmation.")
    return subject_of(connection, link_id, row["run_id"])


def _close(connection: Connection, subject: Subject, decision: str, actor: str, role: str) -> None:
    names = subject.names | {"decision": decision, "actor": actor, "kind": REVIEW, "resolution": decision}
    connection.execute(SQL["close_withdrawal"], names)
    connection.execute(SQL["resolve_notices"], names)
    _remember(connection, subject.link_id, f"review_{decision}", actor, role, run=subject.run_id)


def _check_answer(notice: dict[str, Any], answer: str) -> None:
    fits = {DATE_GONE: (MOVE, CANCEL, KEEP), DATE_MOVED: (NOTED,)}.get(notice["kind"], ())
    if answer not in fits:
        raise ConfigurationError(
            "answer_does_not_fit",
            f"Réponse inattendue : {answer}. Réponses possibles : {', '.join(fits) or 'aucune'}.",
        )
    if answer == MOVE and notice["candidate_stock_id"] is None:
        raise ConfigurationError(
            "no_candidate",
            "Aucune nouvelle date n’est connue : les réservations ne peuvent pas être déplacées.",
        )


def _move(connection: Connection, notice: dict[str, Any]) -> None:
    names = {
        "offer": notice["stock_offer"],
        "stock": notice["stock_id"],
        "candidate": notice["candidate_stock_id"],
        "stocks": sorted([notice["stock_id"], notice["candidate_stock_id"]]),
    }
    connection.execute(SQL["lock_offer"], names)
    connection.execute(SQL["lock_two_stocks"], names)
    row = connection.execute("SELECT ref FROM stock WHERE id = %(candidate)s AND active", names).fetchone()
    if row is None:
        raise ConfigurationError(
            "no_candidate", "La source ne propose plus la nouvelle date : choisissez une autre réponse."
        )
    names["ref"] = row["ref"]
    for statement in (
        "free_ref",
        "take_date",
        "move_bookings",
        "move_notices",
        "forget_stock_notes",
        "delete_stock",
    ):
        connection.execute(SQL[statement], names)
    connection.execute(SQL["recount"], {"stocks": [notice["stock_id"]]})


def _keep(connection: Connection, notice: dict[str, Any]) -> None:
    names = {
        "offer": notice["stock_offer"],
        "stock": notice["stock_id"],
        "stocks": [notice["stock_id"]],
        "cancelled": notice["facts"].get("cancelled", False),
    }
    for statement in (
        "lock_offer",
        "lock_two_stocks",
        "keep_date",
        "keep_offer_of_date",
        "keep_item_of_date",
    ):
        connection.execute(SQL[statement], names)
    connection.execute(SQL["recount"], names)


def _remember(
    connection: Connection, link_id: int, action: str, actor: str, role: str, **detail: Any
) -> None:
    connection.execute(
        SQL["remember"],
        {"link": link_id, "actor": actor, "role": role, "action": action, "detail": Jsonb(detail)},
    )
