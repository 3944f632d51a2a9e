"""Covers of books, kept for a while after somebody looked at them."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base

LARGEST_KEPT: Final = 300 * 1024
"""Bytes; ten thousand covers at most are kept from one hour to the next (`purge_covers`)."""


class Cover(Base):
    """What a cover's address gave: an image, or why none (`refused`, a code of the polite client or our own).

    The digest is of the address as the catalogue wrote it, in UTF-8. After `good_until` it is as if nothing
    were kept.
    """

    __tablename__ = "cover"

    address_sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    refused: Mapped[str | None] = mapped_column(Text)
    fetched_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp()
    )
    good_until: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


def keep_cover(
    db: Session,
    address: str,
    *,
    good_for: timedelta,
    content: bytes | None = None,
    refused: str | None = None,
) -> None:
    """Keep what an address has just given, either of the two; the caller commits."""
    digest = hashlib.sha256(address.encode()).digest()
    names = {"digest": digest, "content": content, "refused": refused, "good_for": good_for}
    db.execute(KEEP, names)


KEEP = text("""
    INSERT INTO cover (address_sha256, content, refused, good_until)
    VALUES (:digest, :content, :refused, now() + :good_for)
    ON CONFLICT (address_sha256) DO UPDATE SET content = excluded.content, refused = excluded.refused,
        fetched_at = excluded.fetched_at, good_until = excluded.good_until
""")
