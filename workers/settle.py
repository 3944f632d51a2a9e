"""The end of a traversal: what was not seen is withdrawn behind the guard, and what moved is recounted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from models.database import Connection
from models.french import counted
from workers.counts import Counts
from workers.guard import Changes, Losses
from workers.levels import LEVEL
from workers.listed import note_lines_gone
from workers.notices import REVIEW, listed_in, open_notice, tell_date_gone
from workers.products import PRODUCT, withdraw_unlisted
from workers.queries import BOOKS, SQL
from workers.source import Source, Subject


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the end of a traversal comes to, before anything of it is written.

    `anything`: something of the link is at stake, be it let through or held back.
    """

    losses: Losses
    changes: Changes
    offers_lost: int
    stocks_lost: int
    heirs: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    anything: bool = True

    @property
    def why(self) -> list[str]:
        """Which guards speak; empty: nothing waits for a person."""
        return [*self.losses.reasons(), *self.changes.reasons()]

    @property
    def withdraws(self) -> bool:
        return not self.losses.reasons()


def note_gone(connection: Connection, source: Source, pages: int | None) -> None:
    """Note what a complete traversal did not meet; `pages` is the number of a stock list's pages."""
    if pages is None:
        connection.execute(SQL["note_absent"], source.names)
    else:
        note_lines_gone(connection, source, pages)


def judge(connection: Connection, subject: Subject, *, listed: int | None, edited: bool) -> Judgement:
    """Weigh what a traversal would take from readers, as it was noted.

    Writes only the run's notes. `listed` is the number of items that a snapshot met; None: the
    traversal says nothing of what it did not list. `edited`: a person changed the settings since
    the last complete run, and saw what that leaves out.
    """
    names = subject.names | {"edited": edited}
    listed = 1 if listed is None else listed
    if connection.execute(SQL["anything_noted"], names).fetchone() is None:
        return Judgement(Losses(0, 0, 0, 0, 0, listed), Changes(0, 0, 0), 0, 0, anything=False)
    heirs = connection.execute(SQL["heirs"], names).fetchall()
    if heirs:
        connection.execute(SQL["note_inherited"], names | {"offers": [heir["offer_id"] for heir in heirs]})
    weighed = _one(connection.execute(SQL["weigh_losses"], names))
    changes = _one(connection.execute(SQL["weigh_changes"], names))
    lost = _one(connection.execute(SQL["count_losses"], names))
    return Judgement(
        Losses(**weighed, listed=listed),
        Changes(**changes),
        offers_lost=lost["offers"],
        stocks_lost=lost["stocks"],
        heirs=heirs,
    )


def count_judgement(judgement: Judgement) -> Counts:
    """What the judgement adds to the run's counts: what it lets through."""
    counts = Counts()
    if judgement.withdraws:
        counts.items["withdrawn"] += judgement.offers_lost
        counts.offers["withdrawn"] += judgement.offers_lost
        counts.stocks["withdrawn"] += judgement.stocks_lost
    return counts


def carry_out(connection: Connection, subject: Subject, judgement: Judgement, *, snapshot: bool) -> None:
    """Write what the judgement lets through, open the review of what it does not."""
    names = subject.names
    _hand_over(connection, subject, judgement.heirs)
    if judgement.withdraws:
        if judgement.anything:
            withdraw(connection, subject)
        if snapshot and judgement.losses.listed > 0 and names["primary"] != LEVEL:
            connection.execute(SQL["forget_items_gone"], names)
            connection.execute(SQL["forget_quarantine_gone"], names)
            if names["primary"] == PRODUCT:
                withdraw_unlisted(connection, subject)
    if judgement.anything and "many_changes" not in judgement.why:
        change_what_readers_see(connection, subject, tenfold=False)
    if judgement.why:
        open_review(connection, subject, judgement)
    else:
        closed = connection.execute(
            SQL["close_withdrawal"], names | {"decision": "items_back", "actor": ""}
        ).fetchone()
        if closed:
            connection.execute(
                SQL["resolve_notices"], names | {"kind": REVIEW, "resolution": "items_back", "actor": ""}
            )


def withdraw(connection: Connection, subject: Subject) -> None:
    """Make inactive what is noted as lost, with a notice for each booked date."""
    names = subject.names
    connection.execute(SQL["lock_losses"], names)
    connection.execute(SQL["lock_lost_stocks"], names)
    losses = connection.execute(SQL["losses"], names).fetchall()
    for date in losses:
        if date["booked"] > 0:
            tell_date_gone(connection, subject, date, _candidate(connection, date, losses))
    for statement in ("withdraw_stocks", "withdraw_offers", "withdraw_items", "forget_losses"):
        connection.execute(SQL[statement], names)


def _candidate(
    connection: Connection, date: Mapping[str, Any], losses: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """The date that may replace one that left: one left the event, one appeared in it."""
    left = [other for other in losses if other["offer_id"] == date["offer_id"]]
    if date["whole"] or len(left) != 1:
        return None
    names = {"offer": date["offer_id"], "since": date["noted_by"]}
    return connection.execute(SQL["candidate_date"], names).fetchone()


def change_what_readers_see(connection: Connection, subject: Subject, *, tenfold: bool) -> None:
    """Apply the prices and categories that waited for the guard; tenfold ones only when told to."""
    names = subject.names
    connection.execute(SQL["lock_losses"], names)
    connection.execute(SQL["lock_lost_stocks"], names)
    connection.execute(SQL["apply_prices"], names | {"tenfold": tenfold})
    connection.execute(SQL["apply_categories"], names)
    applied = [row["offer_id"] for row in connection.execute(SQL["forget_changes"], names)]
    if applied:
        connection.execute(SQL["hold"], {"offers": applied})


def open_review(connection: Connection, subject: Subject, judgement: Judgement) -> None:
    """Open the link's review, or bring the open one up to date, and tell the venue."""
    losses, changes = judgement.losses, judgement.changes
    counts = {
        "items": losses.items,
        "items_lost": losses.items_lost,
        "dates": losses.dates,
        "dates_lost": losses.dates_lost,
        "booked_dates_lost": losses.booked_dates_lost,
        "offers": changes.offers,
        "offers_changed": changes.offers_changed,
        "tenfold": changes.tenfold,
    }
    connection.execute(
        SQL["open_withdrawal"], subject.names | {"why": judgement.why, "counts": Jsonb(counts)}
    )
    open_notice(
        connection, subject, REVIEW, review_question(judgement, listed_in(subject.provider)), facts=counts
    )


def review_question(judgement: Judgement, where: str) -> str:
    """Say in French what waits, and that nothing was done of it."""
    losses, changes = judgement.losses, judgement.changes
    sentences = []
    if losses.reasons():
        if losses.items_lost:
            subject = f"{counted(losses.items_lost, 'offre')} sur {losses.items}"
            verb = "ne figure plus" if losses.items_lost < 2 else "ne figurent plus"
        else:
            subject = f"{counted(losses.dates_lost, 'date')} sur {losses.dates}"
            verb = "ne figure plus" if losses.dates_lost < 2 else "ne figurent plus"
        sentences.append(f"{subject} {verb} {where}. Rien n’a été retiré.")
    if changes.reasons():
        number = changes.offers_changed
        sentences.append(
            f"Le prix ou la catégorie de {counted(number, 'offre')} changerait fortement."
            " Rien n’a été modifié."
        )
    return " ".join(sentences)


def recount(connection: Connection, subject: Subject) -> int:
    """Recount the confirmed stocks whose bookings moved since they were last counted."""
    names = subject.names
    is_list = names["primary"] == LEVEL
    statement = BOOKS["copies_to_recount"] if is_list else SQL["stocks_to_recount"]
    moved = connection.execute(statement, names).fetchall()
    if moved:
        stocks = {"stocks": [row["id"] for row in moved]}
        connection.execute(SQL["lock_recounted"], stocks)
        connection.execute(
            SQL["confirm_snapshots"],
            names | stocks | {side: [row[f"{side}_at"] for row in moved] for side in ("asked", "answered")},
        )
        connection.execute(SQL["recount"], stocks)
    return len(moved)


def _hand_over(connection: Connection, subject: Subject, heirs: Sequence[Mapping[str, Any]]) -> None:
    if not heirs:
        return
    links = [heir["heir_link"] for heir in heirs]
    items = [item for heir in heirs for item in (heir["heir_item"], heir["source_item_id"])]
    offers = {"offers": [heir["offer_id"] for heir in heirs], "links": links}
    connection.execute(BOOKS["wake_heir_lines"], subject.names | {"items": items})
    connection.execute(SQL["hand_over_offers"], subject.names | offers)
    connection.execute(SQL["hand_over_items"], subject.names | {"items": items})
    connection.execute(SQL["wake_heirs"], {"links": sorted(set(links))})


def _one(cursor: psycopg.Cursor[dict[str, Any]]) -> dict[str, Any]:
    row = cursor.fetchone()
    if row is None:
        raise LookupError("the statement gave no row")
    return row
