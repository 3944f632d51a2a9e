"""Who may call the hook for one venue: bearer tokens, of which only a digest is kept."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, Text, func, select, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base
from models.venue import Venue
from runtime.settings import RuntimeSettings
from runtime.signing import timed

PREFIX = "passerelle_"
"""Tokens begin with it, so that one that leaked is recognised by those who scan for them."""
USED_EVERY = timedelta(minutes=1)
"""`last_used_at` is no more precise: a call a second does not write a row a second."""


class Role(StrEnum):
    """What a caller may do: look, or look and change."""

    READ = "read"
    MANAGE = "manage"


class AccessToken(Base):
    """A token of one venue, by its name; the token itself is shown once, when it is made."""

    __tablename__ = "access_token"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    venue_id: Mapped[int] = mapped_column(ForeignKey("venue.id"))
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text, server_default="manage")
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    last_used_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class HintToken(Base):
    """The address at which a partner tells that something of one link changed."""

    __tablename__ = "hint_token"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    last_used_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


def digest_of(token: str) -> bytes:
    """Digest a token as it is stored; a token is 256 random bits, so no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def create_token(db: Session, venue: Venue, name: str, role: Role = Role.MANAGE) -> tuple[AccessToken, str]:
    """Make a token of a venue; gives its row, and the token, which is kept nowhere. The caller commits."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = AccessToken(venue_id=venue.id, name=name, role=role, digest=digest_of(token))
    db.add(row)
    db.flush()
    return row, token


def create_hint_token(db: Session, link_id: int) -> str:
    """Make the address part under which a partner may hint at a link's changes. The caller commits."""
    token = secrets.token_urlsafe(32)
    db.add(HintToken(link_id=link_id, digest=digest_of(token)))
    db.flush()
    return token


def hint_path(provider: str, token: str) -> str:
    """Give the path at which a partner hints."""
    return f"/hooks/{provider}/{token}"


def list_hint_tokens(db: Session, link_id: int, *, revoked: bool = True) -> Sequence[HintToken]:
    """Give the hint addresses of a link, oldest first; the revoked ones only when wanted."""
    wanted = select(HintToken).where(HintToken.link_id == link_id).order_by(HintToken.id)
    if not revoked:
        wanted = wanted.where(HintToken.revoked_at.is_(None))
    return db.scalars(wanted).all()


def revoke_hint_token(db: Session, token_id: int) -> HintToken | None:
    """Revoke a hint address for good; None if there is none of that number. The caller commits."""
    row = db.get(HintToken, token_id)
    if row is not None and row.revoked_at is None:
        row.revoked_at = db.scalar(select(func.now()))
    return row


def list_tokens(db: Session, venue_id: int | None = None) -> Sequence[AccessToken]:
    """Give the tokens of a venue, or all, the revoked ones too, oldest first."""
    wanted = select(AccessToken).order_by(AccessToken.id)
    if venue_id is not None:
        wanted = wanted.where(AccessToken.venue_id == venue_id)
    return db.scalars(wanted).all()


def revoke_token(db: Session, token_id: int) -> AccessToken | None:
    """Revoke a token for good; None if there is none of that number. The caller commits."""
    row = db.get(AccessToken, token_id)
    if row is not None and row.revoked_at is None:
        row.revoked_at = db.scalar(select(func.now()))
    return row


def use_token(db: Session, token: str) -> AccessToken | None:
    """Give the row of a token that is good, and note its use; commits."""
    row = db.scalar(
        select(AccessToken).where(AccessToken.digest == digest_of(token), AccessToken.revoked_at.is_(None))
    )
    if row is not None:
        _note_use(db, row)
    return row


def use_hint_token(db: Session, token: str) -> HintToken | None:
    """Give the row of a hint token that is good, and note its use; commits."""
    row = db.scalar(
        select(HintToken).where(HintToken.digest == digest_of(token), HintToken.revoked_at.is_(None))
    )
    if row is not None:
        _note_use(db, row)
    return row


# A row that another call notes at this moment is skipped: nobody waits for a note.
NOTE_USE = """
    UPDATE {table} SET last_used_at = now() WHERE id = (
        SELECT id FROM {table} WHERE id = :id AND (last_used_at IS NULL OR last_used_at < now() - :every)
        FOR NO KEY UPDATE SKIP LOCKED)
"""


def _note_use(db: Session, row: AccessToken | HintToken) -> None:
    fresh = row.last_used_at is not None and (
        row.last_used_at > datetime.now(row.last_used_at.tzinfo) - USED_EVERY
    )
    if not fresh:
        db.execute(text(NOTE_USE.format(table=row.__tablename__)), {"id": row.id, "every": USED_EVERY})
        db.commit()


def opening_link(venue_id: int, user: str, role: str, *, configured: RuntimeSettings | None = None) -> str:
    """Give the path by which the portal opens a venue's page; it holds for a quarter of an hour.

    Parameters
    ----------
    user
        Who opens it, as the portal calls them; kept with what they do.
    role
        `read` or `manage`.
    """
    written = {"venue": venue_id, "user": user, "role": Role(role)}
    return f"/page?ouverture={timed('opening', configured).dumps(written)}"
