"""Configuration from the environment, prefix `PASSERELLE_`; one frozen object a process."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from runtime.errors import SetupError


def _seconds(written: Any) -> Any:
    """Read « 90 » or « 0.5 » as seconds; ISO 8601 (« PT1M30S ») is understood too."""
    try:
        return float(written) if isinstance(written, str) else written
    except ValueError:
        return written


Duration = Annotated[timedelta, BeforeValidator(_seconds)]


class RuntimeSettings(BaseSettings):
    """What an operator may set; durations are seconds in the environment.

    With no `database_url` an embedded PostgreSQL runs under `data_dir`; with no `broker_url` an
    embedded Redis-protocol server does.
    """

    model_config = SettingsConfigDict(
        env_prefix="PASSERELLE_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    environment: str = "development"
    database_url: str | None = None
    broker_url: str | None = None
    data_dir: Path = Path(".passerelle")
    deposits: Path | None = None
    """Where venues' software puts files by SFTP: a folder a venue, named by its number; none: nowhere."""
    secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Fernet keys, comma separated: the first encrypts, all decrypt."""
    host_map: Annotated[dict[str, str], NoDecode] = Field(default_factory=dict)
    """`openagenda.com=http://127.0.0.1:9000,…`: sends a host elsewhere, for operators and tests."""
    proxy: str | None = None
    paid_offers_from: date = date(2018, 10, 15)
    contacts: dict[str, str] = Field(default_factory=dict)
    """Département code → whom a venue manager may ask, as JSON."""
    corpus: Path | None = None
    booked_at_partners: Annotated[tuple[str, ...], NoDecode] = ()
    """Providers, by slug and comma separated, in whose own systems the application books what our users
    book here (`boost,cds,cgr`): their counts already lack these places. Not said, our bookings are taken
    off what they say, which sells fewer places than there are at worst, and never one twice."""

    portal_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Standard Webhooks secrets (`whsec_…`) of the portal's calls, comma separated: any of them is good."""
    notice_url: str | None = None
    """Where notices are told; the operator's own address, so it may be a private one."""
    notice_key: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Standard Webhooks secrets that sign notices, comma separated: while they rotate, all of them sign."""
    public_url: str | None = None
    """The address under which venues and the portal reach us, `https://…`."""
    frame_ancestors: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins that may show the page in a frame, comma separated; none: nobody may."""

    background_runs: int = Field(default=4, ge=1)
    """Runs that all background workers of the site do at once. A provider gets half of these places, so
    one that never answers leaves the others theirs."""
    lease: Duration = timedelta(seconds=30)
    beat: Duration = timedelta(seconds=10)
    slice: Duration = timedelta(minutes=4)
    tick: Duration = timedelta(seconds=10)
    republish_after: Duration = timedelta(minutes=10)
    idle_in_transaction_timeout: Duration = timedelta(seconds=15)
    lock_timeout: Duration = timedelta(seconds=10)
    transaction_timeout: Duration = timedelta(seconds=60)

    @field_validator(
        "secret_keys", "portal_keys", "notice_key", "frame_ancestors", "booked_at_partners", mode="before"
    )
    @classmethod
    def _split_list(cls, written: Any) -> Any:
        if not isinstance(written, str):
            return written
        return [part.strip() for part in written.split(",") if part.strip()]

    @field_validator("host_map", mode="before")
    @classmethod
    def _split_hosts(cls, written: Any) -> Any:
        if not isinstance(written, str):
            return written
        pairs = [pair.partition("=") for pair in written.split(",") if pair.strip()]
        if not all(host.strip() and address.strip() for host, _, address in pairs):
            raise ValueError("host=http://address, several by commas")
        return {host.strip(): address.strip() for host, _, address in pairs}


@cache
def settings() -> RuntimeSettings:
    """Give this process's configuration, read once.

    Raises
    ------
    SetupError
        A variable of the environment cannot be read.
    """
    try:
        return RuntimeSettings()
    except ValidationError as error:
        said = "; ".join(
            f"PASSERELLE_{str(problem['loc'][0]).upper()}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        )
        raise SetupError(f"The environment cannot be read: {said}") from None
