"""The engine's statements by name: items and runs, and books."""

from pathlib import Path
from typing import Final

from models.queries import read_queries

SQL: Final = read_queries(Path(__file__).parent / "statements.sql")
BOOKS: Final = read_queries(Path(__file__).parent / "books.sql")
