"""How this process reaches the shared database: engines for those who ask, connections for the workers."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.rows import DictRow, dict_row
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import DeclarativeBase, Session

from runtime.settings import RuntimeSettings

Connection = psycopg.Connection[DictRow]
"""A psycopg connection in autocommit whose rows are dicts; `transaction()` opens one."""


class Base(DeclarativeBase):
    """What every table's class shares."""


def every_model() -> None:
    """Import every module of this package, so that `Base.metadata` knows all the tables."""
    import models  # noqa: PLC0415 - the package that holds this module

    for module in pkgutil.iter_modules(models.__path__):
        if not module.ispkg:
            importlib.import_module(f"{models.__name__}.{module.name}")


@cache
def engine(database_url: str) -> Engine:
    """Give the process's engine for an address, made once."""
    return create_engine(sqlalchemy_url(database_url), pool_pre_ping=True)


def session(database_url: str) -> Session:
    """Open a session; use it in a `with`."""
    return Session(engine(database_url), expire_on_commit=False)


def sqlalchemy_url(database_url: str) -> str:
    """Give an operator's `postgresql://…` with the driver that we use."""
    scheme, _, rest = database_url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else database_url


def psycopg_url(database_url: str) -> str:
    """Give the same address as libpq reads it."""
    _, _, rest = database_url.partition("://")
    return f"postgresql://{rest}"


def connect(database_url: str, *, session_settings: Mapping[str, str] | None = None) -> Connection:
    """Open a connection of its own, in UTC; `session_settings` are applied for its whole life."""
    options = " ".join(f"-c {name}={value}" for name, value in (session_settings or {}).items())
    return psycopg.connect(
        psycopg_url(database_url),
        autocommit=True,
        row_factory=dict_row,
        options=f"-c timezone=UTC {options}",
        keepalives_idle=30,
        application_name="passerelle",
    )


def connect_worker(database_url: str, settings: RuntimeSettings) -> Connection:
    """Open a worker's connection: frozen inside a transaction it cannot hold bookings up for long."""

    def milliseconds(name: str) -> str:
        return str(int(getattr(settings, name).total_seconds() * 1000))

    return connect(
        database_url,
        session_settings={
            "idle_in_transaction_session_timeout": milliseconds("idle_in_transaction_timeout"),
            "lock_timeout": milliseconds("lock_timeout"),
            "transaction_timeout": milliseconds("transaction_timeout"),
        },
    )


def _alembic(connection: Any) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def is_current(database_url: str) -> bool:
    """Whether the schema there is the one that this version knows."""
    with engine(database_url).connect() as connection:
        there = MigrationContext.configure(connection).get_current_heads()
        known = ScriptDirectory.from_config(_alembic(connection)).get_heads()
        return set(there) == set(known)


def migrate(database_url: str, settings: RuntimeSettings, revision: str = "head") -> None:
    """Bring the schema to a revision, and the publication rule to the operator's date."""
    with engine(database_url).connect() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_lock(7261)")
        try:
            connection.commit()
            command.upgrade(_alembic(connection), revision)
            connection.exec_driver_sql(
                "UPDATE publication_rule SET paid_offers_from = %(day)s WHERE paid_offers_from <> %(day)s",
                {"day": settings.paid_offers_from},
            )
            connection.commit()
        finally:
            connection.exec_driver_sql("SELECT pg_advisory_unlock(7261)")


def downgrade(database_url: str, revision: str = "base") -> None:
    """Take the schema back to a revision; what the dropped tables held is lost."""
    with engine(database_url).connect() as connection:
        command.downgrade(_alembic(connection), revision)
        connection.commit()
