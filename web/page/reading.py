"""What the page's screens read from the shared database, a named statement each (`reading.sql`)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from models.queries import read_queries

SQL = read_queries(Path(__file__).parent / "reading.sql")

Row = Mapping[str, Any]


def rows(db: Session, statement: str, **names: Any) -> Sequence[Row]:
    """Give what a statement finds."""
    return db.connection().exec_driver_sql(SQL[statement], names).mappings().all()  # type: ignore[return-value]


def row(db: Session, statement: str, **names: Any) -> Row | None:
    """Give the one row that a statement finds, if it finds one."""
    return db.connection().exec_driver_sql(SQL[statement], names).mappings().first()  # type: ignore[return-value]


def number(db: Session, statement: str, **names: Any) -> int:
    """Give the number that a statement counts."""
    return int(db.connection().exec_driver_sql(SQL[statement], names).scalar_one())
