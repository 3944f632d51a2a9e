"""The ledger: every run from the moment it was asked for; the row is the truth, Redis carries its id."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, Text, TextClause, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.database import Base
from models.link import Link
from models.vocabulary import Queue, RunStatus


class SyncRun(Base):
    """One execution of a link's synchronisation.

    A partial unique index allows one queued or running row a link. While it runs, whoever holds
    `lease_token` before `lease_until` may write; the last statement of each page says so. Cursor,
    counters and offers commit together, so a run goes on where it was. It is not a Celery result:
    those expire, and cannot be asked what happened to a venue's offers last March.
    """

    __tablename__ = "sync_run"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    queue: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text, server_default="usual")
    only_refs: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    trigger: Mapped[str] = mapped_column(Text)
    requested_by: Mapped[str] = mapped_column(Text, server_default="")
    status: Mapped[str] = mapped_column(Text, server_default="queued")
    scheduled_for: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    request_key: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    published_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    publications: Mapped[int] = mapped_column(Integer, server_default="0")
    started_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    lease_token: Mapped[int | None] = mapped_column(BigInteger)
    lease_until: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    backend_pid: Mapped[int | None] = mapped_column(Integer)
    worker: Mapped[str] = mapped_column(Text, server_default="")
    cursor: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    context: Mapped[bytes | None] = mapped_column(LargeBinary)
    first_request_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    hinted_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    estimate: Mapped[int | None] = mapped_column(Integer)
    pages: Mapped[int] = mapped_column(Integer, server_default="0")
    seen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    traversals: Mapped[int] = mapped_column(Integer, server_default="1")
    losses: Mapped[int] = mapped_column(Integer, server_default="0")
    takeovers: Mapped[int] = mapped_column(Integer, server_default="0")
    slices: Mapped[int] = mapped_column(Integer, server_default="0")
    shortfall: Mapped[str | None] = mapped_column(Text)
    counters: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    error_code: Mapped[str | None] = mapped_column(Text)
    error_kind: Mapped[str | None] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text, server_default="")
    detail: Mapped[str] = mapped_column(Text, server_default="")
    body_head: Mapped[bytes | None] = mapped_column(LargeBinary)

    link: Mapped[Link] = relationship(lazy="joined", innerjoin=True)


ASK = text("""
    INSERT INTO sync_run (link_id, queue, mode, trigger, requested_by, request_key)
    VALUES (:link, :queue, :mode, :trigger, :requested_by, :request_key)
    ON CONFLICT DO NOTHING RETURNING *
""")

HASTEN = text("""
    UPDATE sync_run SET queue = 'manual', trigger = 'person', requested_by = :requested_by,
        published_at = NULL
    WHERE link_id = :link AND status = 'queued' AND queue <> 'manual' RETURNING *
""")


def ask_for_run(
    db: Session,
    link_id: int,
    *,
    queue: str,
    trigger: str,
    requested_by: str,
    mode: str = "usual",
    request_key: str | None = None,
) -> tuple[SyncRun, bool]:
    """Queue a run of a link; give the run that is open already if there is one.

    A person's wish moves a queued background run to the queue where people do not wait. The same
    `request_key` gives the same run, however long ago it ended. The caller commits, then publishes.

    Returns
    -------
    The run, and whether it must be published.
    """
    wish = {
        "link": link_id,
        "queue": queue,
        "mode": mode,
        "trigger": trigger,
        "requested_by": requested_by,
        "request_key": request_key,
    }
    while True:
        if request_key is not None:
            known = db.scalar(
                select(SyncRun).where(SyncRun.link_id == link_id, SyncRun.request_key == request_key)
            )
            if known is not None:
                return known, False
        asked = _written(db, ASK, wish)
        if asked is None and queue == Queue.MANUAL:
            asked = _written(db, HASTEN, wish)
        if asked is not None:
            return asked, True
        open_run = db.scalar(
            select(SyncRun).where(
                SyncRun.link_id == link_id, SyncRun.status.in_([RunStatus.QUEUED, RunStatus.RUNNING])
            )
        )
        if open_run is not None:
            return open_run, False


def _written(db: Session, statement: TextClause, wish: dict[str, Any]) -> SyncRun | None:
    """Give the row that a statement wrote, if it wrote one."""
    rows = select(SyncRun).from_statement(statement).execution_options(populate_existing=True)
    written: SyncRun | None = db.scalar(rows, wish)
    return written
