"""Reviews: what a run found gone, or changed in mass, and holds back until a person decides."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class Withdrawal(Base):
    """A link's open question; at most one is open, and each complete traversal recomputes it."""

    __tablename__ = "withdrawal"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("sync_run.id"))
    opened_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    decision: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(Text, server_default="")
    why: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")


class WithdrawalItem(Base):
    """One thing that would be taken from a reader: an offer, a date, or a price as it is shown."""

    __tablename__ = "withdrawal_item"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    change: Mapped[str] = mapped_column(Text)
    source_item_id: Mapped[int | None] = mapped_column(ForeignKey("source_item.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    stock_id: Mapped[int | None] = mapped_column(ForeignKey("stock.id"))
    new_price: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    new_category: Mapped[str | None] = mapped_column(Text)
    run_id: Mapped[int | None] = mapped_column(BigInteger)
