"""Files that venues upload on their page: kept by digest, the one in use and a few that wait."""

import hashlib
import re
from datetime import datetime
from typing import Final

from sqlalchemy import ForeignKey, Integer, LargeBinary, Text, func, select, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base
from models.link import Link, remember
from models.vocabulary import UPLOAD, LinkState

LARGEST: Final = 16 * 1024 * 1024
"""Bytes; a hundred thousand lines take half of it."""
WAITING: Final = 3
"""Files of a venue that no source uses: looked at, and not imported (yet)."""
LONGEST_NAME: Final = 100


class UploadedFile(Base):
    """A venue's file, known by the digest of its bytes, under the name that it had with the venue."""

    __tablename__ = "uploaded_file"

    venue_id: Mapped[int] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    size: Mapped[int] = mapped_column(Integer)
    uploaded_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp()
    )
    uploaded_by: Mapped[str] = mapped_column(Text)


class StillImportingError(Exception):
    """An importation of the file before is going on; what it has not read yet would be lost."""


def digest_in(identifier: str) -> str:
    """Give the digest of the uploaded file that an identifier names; nothing when it names none."""
    return identifier.removeprefix(UPLOAD) if identifier.startswith(UPLOAD) else ""


def file_name(written: str) -> str:
    """Give a file's name without what leads elsewhere or cannot be shown."""
    last = re.split(r"[/\\\\]", written)[-1]
    shown = "".join(sign for sign in last if sign.isprintable()).strip().lstrip(".")
    return shown[-LONGEST_NAME:] or "stock.csv"


def keep_upload(db: Session, venue_id: int, *, name: str, content: bytes, actor: str) -> str:
    """Keep a file and give its digest; of those that no source uses the latest stay. The caller commits."""
    digest = hashlib.sha256(content).hexdigest()
    names = {"venue": venue_id, "sha256": digest, "name": file_name(name), "content": content, "actor": actor}
    db.execute(KEEP, names | {"size": len(content)})
    db.execute(FORGET, {"venue": venue_id, "most": WAITING, "prefix": UPLOAD})
    return digest


def uploaded(db: Session, venue_id: int, sha256: str) -> UploadedFile | None:
    """Give a venue's file by its digest, without its bytes."""
    return db.scalar(
        select(UploadedFile).where(UploadedFile.venue_id == venue_id, UploadedFile.sha256 == sha256)
    )


def link_of_uploads(db: Session, venue_id: int, provider: str) -> Link | None:
    """Give the source of a venue that reads uploaded files; the one in use before a disconnected one."""
    return db.scalar(
        select(Link)
        .where(
            Link.venue_id == venue_id,
            Link.provider == provider,
            Link.identifier.startswith(UPLOAD),
        )
        .order_by(Link.state == LinkState.UNLINKED, Link.id.desc())
        .limit(1)
    )


def replace_file(db: Session, link: Link, file: UploadedFile, *, actor: str, role: str = "") -> None:
    """Have a source read another uploaded file from now on; the caller commits.

    Raises
    ------
    StillImportingError
        The file before is being read.
    """
    link.title = file.name
    identifier = UPLOAD + file.sha256
    if link.identifier == identifier:
        return
    if db.scalar(OPEN_RUN, {"link": link.id}):
        raise StillImportingError
    link.identifier = link.pasted = identifier
    remember(db, link, "file_replaced", actor=actor, role=role, name=file.name, sha256=file.sha256)


KEEP = text("""
    INSERT INTO uploaded_file (venue_id, sha256, name, content, size, uploaded_by)
    VALUES (:venue, :sha256, :name, :content, :size, :actor)
    ON CONFLICT (venue_id, sha256) DO UPDATE SET name = excluded.name, uploaded_at = excluded.uploaded_at,
        uploaded_by = excluded.uploaded_by
""")
FORGET = text("""
    DELETE FROM uploaded_file WHERE venue_id = :venue AND sha256 IN (
        SELECT sha256 FROM uploaded_file AS file
        WHERE file.venue_id = :venue AND NOT EXISTS (
            SELECT FROM link WHERE link.venue_id = :venue AND link.identifier = :prefix || file.sha256)
        ORDER BY uploaded_at DESC, sha256 OFFSET :most)
""")
OPEN_RUN = text("""
    SELECT EXISTS (SELECT FROM sync_run WHERE link_id = :link AND status IN ('queued', 'running'))
""")
