"""Structures and their venues; the portal writes them, sync reads them."""

from datetime import datetime

from sqlalchemy import BigInteger, Float, ForeignKey, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.database import Base


class Offerer(Base):
    """A legal structure; its venues' offers are shown once the pass Culture team validated it."""

    __tablename__ = "offerer"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    siren: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    validated_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class Venue(Base):
    """A place of a structure, with a SIRET (which starts with the structure's SIREN) or without."""

    __tablename__ = "venue"
    __table_args__ = (UniqueConstraint("offerer_id", "name"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    offerer_id: Mapped[int] = mapped_column(ForeignKey("offerer.id"))
    siret: Mapped[str | None] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(Text, server_default="Europe/Paris")
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    address: Mapped[str] = mapped_column(Text, server_default="")
    postal_code: Mapped[str] = mapped_column(Text, server_default="")
    city: Mapped[str] = mapped_column(Text, server_default="")
    default_category: Mapped[str | None] = mapped_column(Text)

    offerer: Mapped[Offerer] = relationship(lazy="joined", innerjoin=True)
