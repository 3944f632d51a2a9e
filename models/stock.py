"""Stocks: a date at the public's price, or the copies of a book; and the bookings that take from them."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.database import Base
from models.offer import Offer


class Stock(Base):
    """A sellable unit of an offer.

    The row keeps what the partner said (`remaining_at_provider`), when we asked (`snapshot_at`) and
    had its answer (`answered_at`), and how these make `quantity` (`counting`, and the SQL function
    `count_stock`): the partner `deducts` our bookings from what it says, or does not (a shop's
    `shelf`); or a person offered a `capacity`. `quantity` null is unlimited; `unknown` sells nothing.
    What a reader can still book is the SQL function `places_left`: a `pool` is shared by stocks.
    """

    __tablename__ = "stock"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    ref: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    ends_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    booking_limit_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    label: Mapped[str] = mapped_column(Text, server_default="")
    price: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    price_proposed: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    priced_by_product: Mapped[bool] = mapped_column(Boolean, server_default="false")
    price_sentence: Mapped[str] = mapped_column(Text, server_default="")
    counting: Mapped[str] = mapped_column(Text, server_default="unknown")
    remaining_at_provider: Mapped[int | None] = mapped_column(Integer)
    capacity: Mapped[int | None] = mapped_column(Integer)
    snapshot_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    answered_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    quantity: Mapped[int | None] = mapped_column(Integer)
    booked_quantity: Mapped[int] = mapped_column(Integer, server_default="0")
    booking_changed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    pool: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean, server_default="true")
    kept_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    fields_edited: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    created_run_id: Mapped[int | None] = mapped_column(BigInteger)
    last_run_id: Mapped[int | None] = mapped_column(BigInteger)

    offer: Mapped[Offer] = relationship(lazy="raise")


class Booking(Base):
    """What a young user booked; the application writes it, a trigger counts it on its stock."""

    __tablename__ = "booking"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    stock_id: Mapped[int] = mapped_column(ForeignKey("stock.id"))
    token: Mapped[str] = mapped_column(Text, unique=True)
    quantity: Mapped[int] = mapped_column(Integer, server_default="1")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    cancelled_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
