"""What each link's source lists, item by item, and the items that could not be read."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class SourceItem(Base):
    """The last version of an item that a link took in: equal fingerprint, then nothing to do."""

    __tablename__ = "source_item"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    kind: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary)
    order_key: Mapped[str | None] = mapped_column(Text)
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("offer.id"))
    left_out: Mapped[str | None] = mapped_column(Text)
    withdrawn_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    kept_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    last_record: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    last_run_id: Mapped[int | None] = mapped_column(BigInteger)


class SeenMark(Base):
    """An item that a run has met, and when the partner was asked for it. Unlogged."""

    __tablename__ = "seen_mark"

    run_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    ref: Mapped[str] = mapped_column(Text, primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    answered_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)


class Quarantined(Base):
    """An item that could not be normalised, with its reason and payload; gone when it reads again."""

    __tablename__ = "quarantine"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    kind: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(Text)
    run_id: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    turn: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    sentence: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text, server_default="")
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
