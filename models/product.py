"""Books: what each catalogue tells of them, and what the best-ranked one says."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Boolean, Computed, ForeignKey, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class Product(Base):
    """A book, known by its EAN-13.

    `record` is what the first of the operator's catalogues that tells it says; the other columns are
    read out of it. `title` is null while only venues' own catalogues know the book.
    """

    __tablename__ = "product"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    ean: Mapped[str] = mapped_column(Text, unique=True)
    record: Mapped[dict[str, object]] = mapped_column(JSONB, server_default="{}")
    title: Mapped[str | None] = mapped_column(Text, Computed("record ->> 'title'"))
    description: Mapped[str] = mapped_column(Text, Computed("record ->> 'description'"))
    image_url: Mapped[str] = mapped_column(Text, Computed("record ->> 'cover_url'"))
    price: Mapped[Decimal | None] = mapped_column(
        Numeric(10, 2), Computed("(record -> 'price' ->> 'amount')::numeric")
    )
    is_digital: Mapped[bool] = mapped_column(Boolean, Computed("record ->> 'form' = 'digital'"))
    refused: Mapped[str | None] = mapped_column(Text, Computed("record ->> 'refused'"))
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class ProductSource(Base):
    """What one catalogue says of a product, kept apart from what the others say."""

    __tablename__ = "product_source"

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"), primary_key=True)
    ref: Mapped[str] = mapped_column(Text, server_default="")
    record: Mapped[dict[str, object]] = mapped_column(JSONB)
    order_key: Mapped[str | None] = mapped_column(Text)
    withdrawn_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
