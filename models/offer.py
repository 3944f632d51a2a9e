"""Offers: an image, a place and a description; many dates are one offer with many stocks."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Boolean, Computed, Float, ForeignKey, Integer, Numeric, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.database import Base
from models.product import Product
from models.venue import Venue


class Offer(Base):
    """What a young user sees.

    An imported event is unique by (venue, provider, ref), whatever the number of links; a book by
    (venue, product). `fields_edited` names what a person set, which sync leaves alone.
    """

    __tablename__ = "offer"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    venue_id: Mapped[int] = mapped_column(ForeignKey("venue.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    provider: Mapped[str | None] = mapped_column(Text)
    origin_link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    ref: Mapped[str | None] = mapped_column(Text)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    category: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    title_folded: Mapped[str] = mapped_column(Text, Computed("fold(title)"))
    description: Mapped[str] = mapped_column(Text, server_default="")
    image_url: Mapped[str] = mapped_column(Text, server_default="")
    image_credit: Mapped[str] = mapped_column(Text, server_default="")
    url: Mapped[str] = mapped_column(Text, server_default="")
    is_online: Mapped[bool] = mapped_column(Boolean, server_default="false")
    place_name: Mapped[str | None] = mapped_column(Text)
    place_address: Mapped[str | None] = mapped_column(Text)
    place_postal_code: Mapped[str | None] = mapped_column(Text)
    place_city: Mapped[str | None] = mapped_column(Text)
    place_latitude: Mapped[float | None] = mapped_column(Float)
    place_longitude: Mapped[float | None] = mapped_column(Float)
    active: Mapped[bool] = mapped_column(Boolean, server_default="true")
    held_reason: Mapped[str | None] = mapped_column(Text)
    looks_like_id: Mapped[int | None] = mapped_column(ForeignKey("offer.id"))
    title_says: Mapped[str | None] = mapped_column(Text)
    price: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    capacity: Mapped[int | None] = mapped_column(Integer)
    deleted_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    fields_edited: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    completeness: Mapped[int] = mapped_column(SmallInteger, Computed("0"))
    last_run_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))

    venue: Mapped[Venue] = relationship(lazy="raise")
    product: Mapped[Product | None] = relationship(lazy="joined")
