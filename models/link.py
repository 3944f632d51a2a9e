"""Links: one venue's connection to one provider, with its settings, its state and its history."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Computed,
    Double,
    Float,
    ForeignKey,
    Integer,
    Interval,
    LargeBinary,
    Text,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, Session, lazyload, mapped_column, relationship

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
    pasted: Mapped[str] = mapped_column(Text, server_default="")
    title: Mapped[str] = mapped_column(Text, server_default="")
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text, server_default="active")
    state_reason: Mapped[str] = mapped_column(Text, server_default="")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    settings_edited_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    next_run_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    hastened_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    hinted_since: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    interval: Mapped[timedelta] = mapped_column(Interval)
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    cursor: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    context: Mapped[bytes | None] = mapped_column(LargeBinary)
    validators: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    full_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    unlinked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    visited_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    changes: Mapped[float] = mapped_column(Double, server_default="0")
    changed_seconds: Mapped[float] = mapped_column(Double, server_default="0")
    unchanged_seconds: Mapped[float] = mapped_column(Double, server_default="0")
    hints: Mapped[float] = mapped_column(Double, server_default="0")
    hinted: Mapped[int] = mapped_column(Integer, server_default="0")
    requests: Mapped[float] = mapped_column(Float, server_default="1")
    host: Mapped[str] = mapped_column(Text, server_default="")
    budget_key: Mapped[str] = mapped_column(Text, server_default="")
    importance: Mapped[float] = mapped_column(Float, server_default="1")
    urgent: Mapped[bool] = mapped_column(server_default="false")
    fresh_until: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    wanted_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    put_off: Mapped[str | None] = mapped_column(Text)
    is_put_off: Mapped[bool] = mapped_column(Boolean, Computed("wanted_at IS NOT NULL"))

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
    role: str = "",
    secrets: bytes | None = None,
) -> Link:
    """Link a venue to a provider, or revive or edit the link that it already has to this identifier.

    What was pasted at first finds its link too, although the first run may have put the partner's
    own identifier in its place. `secrets` are encrypted already; None keeps those that the link has;
    that they change is written in its history, and is no edit of its settings. The first run is not
    queued here: whoever links asks for it. The caller commits.
    """
    link = db.scalar(
        select(Link)
        .where(
            Link.venue_id == (venue.id if venue else None),
            Link.provider == provider,
            or_(Link.identifier == identifier, Link.pasted == identifier),
        )
        .order_by((Link.identifier == identifier).desc(), Link.id)
        .limit(1)
        .options(lazyload(Link.venue))
    )
    if link is None:
        link = Link(
            venue_id=venue.id if venue else None,
            provider=provider,
            identifier=identifier,
            pasted=identifier,
            settings=settings,
            secrets=secrets,
            interval=interval,
        )
        db.add(link)
        db.flush()
        remember(db, link, "linked", actor=actor, role=role, settings=settings)
        return link
    revived = link.state == LinkState.UNLINKED
    if revived or link.settings != settings:
        action = "revived" if revived else "edited"
        remember(db, link, action, actor=actor, role=role, settings=settings)
        link.settings_edited_at = db.scalar(select(func.clock_timestamp()))
    if secrets is not None:
        if link.secrets is not None:
            remember(db, link, "key_changed", actor=actor, role=role)
        link.secrets = secrets
    link.settings = settings
    link.state, link.state_reason, link.unlinked_at = LinkState.ACTIVE, "", None
    return link


def pause(db: Session, link: Link, *, actor: str, role: str = "") -> None:
    """Stop visiting a source until a person resumes it; its offers stay as they are."""
    link.state, link.state_reason = LinkState.PAUSED, ""
    remember(db, link, "paused", actor=actor, role=role)


def resume(db: Session, link: Link, *, actor: str, role: str = "") -> None:
    """Visit a source again, from now on; what it was left to take over it reads anew."""
    link.validators = {}
    link.state, link.state_reason, link.failures = LinkState.ACTIVE, "", 0
    link.next_run_at = db.scalar(select(func.now()))
    remember(db, link, "resumed", actor=actor, role=role)


def unlink(db: Session, link: Link, *, keep_offers: bool, actor: str, role: str = "") -> None:
    """Disconnect a source: its row, offers and bookings stay, its secrets and fingerprints go.

    Offers that another active link lists too pass to it. The others stay online without being
    kept up to date, or leave the application; linking the same identifier again undoes it. The books
    that it told are told by the next catalogue from now on, and what shops sell of them follows at the
    next whole reading of their lists; what no other catalogue tells stays as it was last told.
    """
    names = {"link": link.id}
    for statement in UNLINK if keep_offers else (*UNLINK, HIDE_OFFERS):
        db.execute(statement, names)
    link.state, link.state_reason, link.next_run_at = LinkState.UNLINKED, "", None
    link.unlinked_at = db.scalar(select(func.now()))
    link.secrets, link.validators, link.cursor = None, {}, None
    remember(db, link, "unlinked", actor=actor, role=role, keep_offers=keep_offers)


UNLINK = tuple(
    text(statement)
    for statement in (
        # Locks in the order of everybody: products, offers, then the row of a run that is going on.
        """SELECT product.id FROM product JOIN product_source AS source ON source.product_id = product.id
           WHERE source.link_id = :link AND source.withdrawn_at IS NULL
           ORDER BY product.ean FOR NO KEY UPDATE OF product""",
        """WITH gone AS (
               SELECT product.id, product.ean, product.title FROM product_source AS source
               JOIN product ON product.id = source.product_id
               WHERE source.link_id = :link AND source.withdrawn_at IS NULL),
           best AS (
               SELECT DISTINCT ON (source.product_id) source.product_id, source.record FROM gone
               JOIN product_source AS source ON source.product_id = gone.id AND source.link_id <> :link
                   AND source.withdrawn_at IS NULL AND source.record ->> 'title' <> ''
               JOIN link ON link.id = source.link_id AND link.venue_id IS NULL
               ORDER BY source.product_id, link.id),
           told_anew AS (
               UPDATE product SET record = best.record, updated_at = clock_timestamp() FROM best
               WHERE product.id = best.product_id AND product.record IS DISTINCT FROM best.record
               RETURNING product.id, product.ean),
           line AS (
               INSERT INTO line_to_read (link_id, ref)
               SELECT DISTINCT offer.link_id, book.ean
               FROM (SELECT id, ean FROM told_anew
                     UNION ALL SELECT id, ean FROM gone WHERE title IS NULL) AS book
               JOIN offer ON offer.product_id = book.id AND offer.active
               JOIN link AS list ON list.id = offer.link_id AND list.state <> 'unlinked'
               ON CONFLICT DO NOTHING RETURNING link_id)
           UPDATE link SET validators = '{}' WHERE id IN (SELECT link_id FROM line)""",
        """UPDATE product_source SET withdrawn_at = clock_timestamp()
           WHERE link_id = :link AND withdrawn_at IS NULL""",
        "SELECT id FROM offer WHERE link_id = :link ORDER BY id FOR NO KEY UPDATE",
        # A run that is going on finds its lease gone at its next page.
        """UPDATE sync_run SET status = 'failed', finished_at = clock_timestamp(), lease_until = NULL,
               error_code = 'unlinked', message = 'La source a été déconnectée.'
           WHERE link_id = :link AND status IN ('queued', 'running')""",
        """UPDATE link SET next_run_at = now(), validators = '{}' WHERE state = 'active' AND id IN (
               SELECT heir.link_id FROM offer JOIN source_item AS heir ON heir.offer_id = offer.id
               WHERE offer.link_id = :link AND heir.link_id <> :link AND heir.withdrawn_at IS NULL
                 AND heir.left_out = 'held_elsewhere')""",
        """WITH heir AS (
               UPDATE source_item SET fingerprint = NULL, left_out = NULL WHERE id IN (
                   SELECT DISTINCT ON (heir.offer_id) heir.id FROM offer
                   JOIN source_item AS heir ON heir.offer_id = offer.id AND heir.left_out = 'held_elsewhere'
                   JOIN link AS theirs ON theirs.id = heir.link_id AND theirs.state = 'active'
                   WHERE offer.link_id = :link AND heir.link_id <> :link AND heir.withdrawn_at IS NULL
                   ORDER BY heir.offer_id, heir.link_id)
               RETURNING offer_id, link_id, kind, ref),
           heir_line AS (
               INSERT INTO line_to_read (link_id, ref) SELECT link_id, ref FROM heir WHERE kind = 'level'
               ON CONFLICT DO NOTHING)
           UPDATE offer SET link_id = heir.link_id FROM heir WHERE offer.id = heir.offer_id""",
        "UPDATE source_item SET fingerprint = NULL, last_record = NULL WHERE link_id = :link",
        """INSERT INTO stock_list (link_id, moved)
           SELECT DISTINCT link_id, true FROM list_page WHERE link_id = :link
           ON CONFLICT (link_id) DO UPDATE SET moved = true""",
        "DELETE FROM list_page WHERE link_id = :link",
        "DELETE FROM line_to_read WHERE link_id = :link",
        "DELETE FROM withdrawal_item WHERE link_id = :link",
        "DELETE FROM quarantine WHERE link_id = :link",
        """UPDATE withdrawal SET closed_at = clock_timestamp(), decision = 'superseded'
           WHERE link_id = :link AND closed_at IS NULL""",
        """UPDATE notice SET resolved_at = clock_timestamp(), resolution = 'unlinked'
           WHERE link_id = :link AND kind IN ('review', 'link_to_check') AND resolved_at IS NULL""",
    )
)
HIDE_OFFERS = text("UPDATE offer SET active = false WHERE link_id = :link AND active")
