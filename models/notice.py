"""Notices: something that waits for a person, told to the portal and listed until it is resolved."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Numeric, SmallInteger, Text, func
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class Notice(Base):
    """One question to one venue (or to the operator, for a catalogue)."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("offer.id"))
    stock_id: Mapped[int | None] = mapped_column(ForeignKey("stock.id"))
    candidate_stock_id: Mapped[int | None] = mapped_column(ForeignKey("stock.id"))
    run_id: Mapped[int | None] = mapped_column(BigInteger)
    question: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    opened_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    resolved_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    resolution: Mapped[str] = mapped_column(Text, server_default="")
    resolved_by: Mapped[str] = mapped_column(Text, server_default="")
    told_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    resolved_told_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    reminders: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    tell_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    tell_failures: Mapped[int] = mapped_column(SmallInteger, server_default="0")


class PriceAnswer(Base):
    """What a person answered for a partner's price sentence; it holds for all that say the same."""

    __tablename__ = "price_answer"

    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"), primary_key=True)
    sentence: Mapped[str] = mapped_column(Text, primary_key=True)
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    answered_by: Mapped[str] = mapped_column(Text, server_default="")
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
