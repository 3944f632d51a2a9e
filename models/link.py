"""Links: one venue's connection to one provider, with its settings, its state and its history."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Integer, Interval, LargeBinary, Text, func, select
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.database import Base
from models.venue import Venue
from models.vocabulary import LinkState


class Link(Base):
    """pass Culture's VenueProvider: where a venue's offers come from.

    `settings` are kept as written (« today » stays « today »); secrets are encrypted apart from
    them. Unlinking keeps the row: the same identifier again revives it.
    """

    __tablename__ = "link"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"))
    provider: Mapped[str] = mapped_column(Text)
    identifier: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text, server_default="")
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text, server_default="active")
    state_reason: Mapped[str] = mapped_column(Text, server_default="")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    settings_edited_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    next_run_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    interval: Mapped[timedelta] = mapped_column(Interval)
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    cursor: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    validators: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    full_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    unlinked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    venue: Mapped[Venue | None] = relationship(lazy="joined")


class LinkEvent(Base):
    """Who linked, edited, paused, confirmed…, and when; append-only."""

    __tablename__ = "link_event"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.clock_timestamp())
    actor: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text, server_default="")
    action: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")


def remember(db: Session, link: Link, action: str, *, actor: str, role: str = "", **detail: Any) -> None:
    """Write one line of a link's history."""
    db.add(LinkEvent(link_id=link.id, actor=actor, role=role, action=action, detail=detail))


def link_venue(
    db: Session,
    venue: Venue | None,
    *,
    provider: str,
    identifier: str,
    settings: dict[str, Any],
    interval: timedelta,
    actor: str,
) -> Link:
    """Link a venue to a provider, or revive or edit the link that it already has to this identifier.

    The first run is not queued here: whoever links asks for it. The caller commits.
    """
    link = db.scalar(
        select(Link).where(
            Link.venue_id == (venue.id if venue else None),
            Link.provider == provider,
            Link.identifier == identifier,
        )
    )
    if link is None:
        link = Link(
            venue_id=venue.id if venue else None,
            provider=provider,
            identifier=identifier,
            settings=settings,
            interval=interval,
        )
        db.add(link)
        db.flush()
        remember(db, link, "linked", actor=actor, settings=settings)
        return link
    revived = link.state == LinkState.UNLINKED
    if revived or link.settings != settings:
        remember(db, link, "revived" if revived else "edited", actor=actor, settings=settings)
        link.settings_edited_at = db.scalar(select(func.clock_timestamp()))
    link.settings = settings
    link.state, link.state_reason, link.unlinked_at = LinkState.ACTIVE, "", None
    return link
