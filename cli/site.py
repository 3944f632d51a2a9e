"""The database and the broker of a command: the operator's where configured, else embedded for its length."""

import getpass
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.answers import RefusedError
from models.database import is_current, migrate
from runtime.services import services
from runtime.settings import RuntimeSettings, settings
from workers.app import app
from workers.visits import Site

CLONE = Path(__file__).resolve().parent.parent


@contextmanager
def site(configured: RuntimeSettings | None = None) -> Iterator[Site]:
    """Give where to work, with a schema that fits this version, for the length of the block.

    An embedded database is migrated as needed; an operator's is migrated by `passerelle migrate` only.

    Raises
    ------
    RefusedError
        The operator's database is behind.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with unmigrated_site(configured) as found:
        if not is_current(found.database_url):
            if found.settings.database_url is not None:
                raise RefusedError(
                    "schema_behind",
                    "La base de données n’est pas à jour pour cette version : lancez « passerelle migrate ».",
                )
            migrate(found.database_url, found.settings)
        yield found


@contextmanager
def unmigrated_site(configured: RuntimeSettings | None = None, *, durable: bool = True) -> Iterator[Site]:
    """Give where to work, whatever the schema there."""
    configured = configured or settings()
    with services(configured, durable=durable) as found:
        app.conf.broker_url = found.broker_url
        yield Site(found.database_url, found.broker_url, configured)


def environment(here: Site) -> dict[str, str]:
    """Give what our child processes need to work at the same site."""
    return {
        "PASSERELLE_DATABASE_URL": here.database_url,
        "PASSERELLE_BROKER_URL": here.broker_url,
        "PASSERELLE_DATA_DIR": str(here.settings.data_dir.absolute()),
        "PASSERELLE_HOST_MAP": ",".join(f"{host}={base}" for host, base in here.settings.host_map.items()),
    }


def is_embedded(here: Site) -> bool:
    """Whether only processes of this data directory can serve here: the broker is its own."""
    return here.settings.broker_url is None


def actor() -> str:
    """Give who asks, for the ledger: `cli:` and the account's name."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # an account without a name, as in some containers
        return "cli"
