"""PostgreSQL and a broker for the length of a block: the operator's where given, else embedded ones."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from runtime.postgres import EmbeddedPostgres
from runtime.settings import RuntimeSettings
from runtime.sharing import shared
from runtime.valkey import EmbeddedValkey


@dataclass(frozen=True)
class Services:
    """Where the database and the broker are reached."""

    database_url: str
    broker_url: str

    @property
    def environment(self) -> dict[str, str]:
        """What a child process needs in its environment to use the same two."""
        return {"PASSERELLE_DATABASE_URL": self.database_url, "PASSERELLE_BROKER_URL": self.broker_url}


@contextmanager
def services(settings: RuntimeSettings, *, durable: bool = True) -> Iterator[Services]:
    """Give the addresses of a database and a broker that run for the length of the block.

    Embedded ones live under `settings.data_dir` and are shared by all processes that name the same
    directory; the last one to leave stops them. A process that is killed has left: the keepers
    (`runtime.keeper`) notice within a second. If a keeper is killed too, the server stays until the
    next command on this directory, which adopts it and later stops it.

    Raises SetupError when a server cannot be started, with what to do about it.
    """
    with ExitStack() as stack:
        database_url = settings.database_url or stack.enter_context(
            shared(EmbeddedPostgres(settings.data_dir, durable=durable))
        )
        broker_url = settings.broker_url or stack.enter_context(
            shared(EmbeddedValkey(settings.data_dir, durable=durable))
        )
        yield Services(database_url, broker_url)
