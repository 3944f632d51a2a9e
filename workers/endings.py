"""How a run ends, written in its row and in its link's: succeeded, partial, review, failed, or put back."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from models.database import Connection
from models.vocabulary import RunMode, RunStatus, Shortfall, Trigger
from providers.base import Cadence, Page, Traversal, provider
from providers.errors import ConfigurationError, DataError, PartnerError, RateLimited, TransientError
from schedules.planning import Seen, charge, keep_waiting_times, plan_link
from workers.counts import Counts
from workers.lease import Lease, LeaseLostError
from workers.notices import LINK_TO_CHECK, listed_in
from workers.queries import SQL
from workers.settle import Judgement, review_question
from workers.source import Source
from workers.wording import wording


@dataclass(frozen=True, slots=True)
class Success:
    """A traversal that came to its last page. `whole`: all that the partner lists was read."""

    counts: Counts
    judgement: Judgement
    run: Mapping[str, Any]
    last: Page
    whole: bool

    @property
    def status(self) -> RunStatus:
        if self.judgement.why:
            return RunStatus.REVIEW
        if self.run["shortfall"] or self.counts.items["quarantined"]:
            return RunStatus.PARTIAL
        return RunStatus.SUCCEEDED


def was_edited(connection: Connection, source: Source) -> bool:
    """Whether a person changed the link's settings since its last complete run."""
    row = connection.execute(SQL["link_of_run"], source.names).fetchone()
    return row is not None and row["settings_edited_at"] is not None


def succeed(connection: Connection, source: Source, lease: Lease, success: Success) -> None:
    """Write a run's success, and when its link is due again; inside the concluding transaction.

    Raises
    ------
    LeaseLostError
        The lease ended: the whole conclusion is rolled back.
    """
    names = source.names
    _finish(connection, lease, success.status, success.counts, message=_message(source, success))
    visit = success.run["mode"] in {RunMode.USUAL, RunMode.FULL}
    if visit:
        plan_link(connection, source.link_id, source.provider, _seen(source, success))
    elif success.run["trigger"] == Trigger.HINT:
        charge(connection, source.visit.http.mostly_asked[1], source.provider, success.counts.requests)
    keep_waiting_times(connection, source.visit.http.next_allowed)
    connection.execute(SQL["link_is_fine"], names)
    _resolve(connection, source.link_id, "answers_again")
    connection.execute(
        SQL["link_after_success"],
        names
        | {
            "complete": success.whole or success.last.unmodified,
            "snapshot": success.whole,
            "context": source.context,
            "cursor": _next_start(source, success),
            "validators": Jsonb(source.visit.http.fresh_validators),
            "started": success.run["started_at"],
            "visit": visit,
            "longest": source.provider.cadence.longest,
        },
    )
    connection.execute(SQL["forget_marks"], names)


def fail(
    connection: Connection,
    run: Mapping[str, Any],
    lease: Lease,
    counts: Counts,
    error: Exception,
    *,
    next_allowed: Mapping[str, datetime],
) -> bool:
    """Write why a run failed, whose turn it is, and when to try again; False if it is no longer ours.

    `next_allowed`: host → when it lets us come back, as it told the run.
    """
    known = isinstance(error, PartnerError)
    with connection.transaction():
        try:
            _finish(
                connection,
                lease,
                RunStatus.FAILED,
                counts,
                error_code=error.code if isinstance(error, PartnerError) else "our_bug",
                error_kind=_kind(error),
                message=error.sentence if isinstance(error, PartnerError) else _our_bug(lease.run_id),
                detail=str(error) if known else "".join(traceback.format_exception(error))[-8000:],
                body_head=error.head if isinstance(error, DataError) else None,
            )
        except LeaseLostError:
            return False
        if isinstance(error, ConfigurationError):
            _ask_to_check(connection, run["link_id"], lease.run_id, error)
        else:
            _back_off(connection, run["link_id"], error)
        keep_waiting_times(connection, next_allowed)
        connection.execute(SQL["forget_validators"], {"link": run["link_id"], "run": lease.run_id})
        connection.execute(SQL["forget_marks"], {"run": lease.run_id})
    return True


def give_way(connection: Connection, lease: Lease) -> bool:
    """Put a run back behind the others of its queue; False if it is no longer ours."""
    row = connection.execute(SQL["give_way"], {"run": lease.run_id, "token": lease.token}).fetchone()
    return row is not None


def _next_start(source: Source, success: Success) -> Jsonb | None:
    """Where the next changes traversal starts; a hinted run and a replay do not move it."""
    by_changes = source.provider.traits.traversal is Traversal.CHANGES
    reads_on = success.whole or source.start is not None
    cursor = success.last.cursor
    return Jsonb(dict(cursor)) if by_changes and reads_on and cursor is not None else None


def _seen(source: Source, success: Success) -> Seen:
    """What a visit saw of its partner, for the schedule."""
    counts, client = success.counts, source.visit.http
    news = ("new", "changed", "withdrawn")
    changed = any(kind[word] for kind in (counts.items, counts.details) for word in news)
    host, key = client.mostly_asked
    return Seen(
        began=success.run["started_at"],
        changed=changed if source.same_context else None,
        requests=counts.requests,
        host=host,
        key=key,
        fresh_until=client.fresh_until,
    )


def _kind(error: Exception) -> str:
    kinds = {
        ConfigurationError: "configuration",
        RateLimited: "rate_limited",
        TransientError: "transient",
        DataError: "data",
    }
    return next((kind for family, kind in kinds.items() if isinstance(error, family)), "bug")


def _message(source: Source, success: Success) -> str:
    sentences = []
    if success.judgement.why:
        sentences.append(review_question(success.judgement, listed_in(source.provider)))
    if success.run["shortfall"]:
        sentences.append(Shortfall(success.run["shortfall"]).sentence)
    quarantined = success.counts.items["quarantined"]
    if quarantined:
        sentences.append(f"{wording(source.provider).read.counted(quarantined)} à corriger.")
    return " ".join(sentences)


def _our_bug(run_id: int) -> str:
    return (
        "Une erreur de notre côté a interrompu l’importation. Rien n’a été retiré, notre équipe est"
        f" prévenue. Référence\u00a0: importation n°\u00a0{run_id}."
    )


def _finish(
    connection: Connection,
    lease: Lease,
    status: RunStatus,
    counts: Counts,
    *,
    error_code: str | None = None,
    error_kind: str | None = None,
    message: str = "",
    detail: str = "",
    body_head: bytes | None = None,
) -> None:
    row = connection.execute(
        SQL["finish_run"],
        {
            "run": lease.run_id,
            "token": lease.token,
            "status": status,
            "counters": Jsonb(counts.dump()),
            "error_code": error_code,
            "error_kind": error_kind,
            "message": message,
            "detail": detail,
            "body_head": body_head,
        },
    ).fetchone()
    if row is None:
        raise LeaseLostError(f"run {lease.run_id}: the lease {lease.token} ended before the run did")


def _ask_to_check(connection: Connection, link_id: int, run_id: int, error: ConfigurationError) -> None:
    connection.execute(SQL["link_to_check"], {"link": link_id, "reason": error.sentence})
    row = connection.execute(SQL["link_of_run"], {"link": link_id}).fetchone()
    if row is not None:
        connection.execute(
            SQL["open_notice"],
            {
                "kind": LINK_TO_CHECK,
                "venue": row["venue_id"],
                "link": link_id,
                "offer": None,
                "stock": None,
                "candidate": None,
                "run": run_id,
                "question": error.sentence,
                "facts": Jsonb({"code": error.code}),
            },
        )


def _back_off(connection: Connection, link_id: int, error: Exception) -> None:
    row = connection.execute(SQL["link_of_run"], {"link": link_id}).fetchone()
    cadence = provider(row["provider"]).cadence if row is not None else Cadence()
    retry_at: datetime | None = error.retry_at if isinstance(error, RateLimited) else None
    connection.execute(
        SQL["link_after_failure"],
        {
            "link": link_id,
            "retry_at": retry_at,
            "shortest": cadence.shortest,
            "longest": cadence.longest,
        },
    )


def _resolve(connection: Connection, link_id: int, resolution: str) -> None:
    connection.execute(
        SQL["resolve_notices"],
        {"link": link_id, "kind": LINK_TO_CHECK, "resolution": resolution, "actor": ""},
    )
