"""Stock lists as they were last read, page by page: what is the same again costs nothing."""

from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class StockList(Base):
    """A link's list; `moved`: lines may have gone since they were last compared with what is shown."""

    __tablename__ = "stock_list"

    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"), primary_key=True)
    moved: Mapped[bool] = mapped_column(Boolean)


class ListPage(Base):
    """A page of a list: its digest in the link's context, its lines, and what replaced some of them since.

    `refs` and `base` have a row for each line: its ref, and what matters in it. `size` counts refs; one
    that the page holds twice counts once.
    """

    __tablename__ = "list_page"

    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int] = mapped_column(Integer)
    refs: Mapped[str] = mapped_column(Text)
    base: Mapped[str] = mapped_column(Text)
    patch: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
