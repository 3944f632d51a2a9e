"""What the contract's tests stand on: an adapter, its recorded answers, and visits over them."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final, NoReturn

import pytest

from providers.base import Check, Cursor, Item, Limits, Page, Provider, VenueFacts, Visit
from providers.errors import DataError
from providers.faults import Outcome, traverse
from providers.http import PoliteClient
from providers.recorded import Ask, Change, Recorded, Recording, unchanged
from providers.records import Record
from providers.settings import ProviderSettings

NOW: Final = datetime(2030, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Read:
    """An item and what it became; `error` where it was put aside."""

    item: Item
    records: Sequence[Record]
    error: DataError | None = None


class Stage:
    """The attributes of a contract class, and what its tests are made of.

    Parameters
    ----------
    provider, recorded
        The adapter, and the folder of its recorded answers.
    identifier, settings, now, venue
        What the link is, as stored and as written; by default what `answers.json` says.
    refused_identifiers, refused_settings
        What a person may paste that is none, and settings (instead of `settings`) that are wrong.
    noise
        What the partner rewrites at each export: pattern → what stands there the next day.
    matters
        A text in the recorded answers → what its owner changes it to; by default the first title.
    prices
        Names of JSON keys, XML elements and lines that hold a price, as a pattern.
    html
        What an HTML page in place of an answer is.
    slowest, largest
        Seconds and bytes that normalising an item may take, on average.
    docs
        The adapter's page; by default `docs/providers/<slug>.md` of the tree that it is in.
    skips
        Name of a test, or of one case of it (`test_…[cut_unseen]`) → why it cannot hold.
    """

    provider: ClassVar[Provider[Any]]
    recorded: ClassVar[Path]
    identifier: ClassVar[str] = ""
    settings: ClassVar[Mapping[str, Any] | None] = None
    now: ClassVar[datetime | None] = None
    venue: ClassVar[VenueFacts | None] = None
    refused_identifiers: ClassVar[Sequence[str]] = ()
    refused_settings: ClassVar[Sequence[Mapping[str, Any]]] = ()
    noise: ClassVar[Mapping[str, str]] = {}
    matters: ClassVar[Mapping[str, str]] = {}
    prices: ClassVar[str] = r"(?i)price|prix|tarif|amount|montant|cost|fee|free|gratuit"
    html: ClassVar[type[Exception]] = DataError
    slowest: ClassVar[float] = 0.02
    largest: ClassVar[int] = 4 * 1024 * 1024
    docs: ClassVar[Path | None] = None
    skips: ClassVar[Mapping[str, str]] = {}

    @pytest.fixture(autouse=True)
    def _skipped_for_a_reason(self, request: pytest.FixtureRequest) -> None:
        self.skip_if_told(request.node.name)

    def skip_if_told(self, name: str) -> None:
        """Skip a test that `skips` names, `test_…` or one of its cases `test_…[case]`."""
        reason = self.skips.get(name, self.skips.get(name.partition("[")[0]))
        if reason is not None:
            pytest.skip(reason)

    def does_not_apply(self, reason: str) -> NoReturn:
        """Skip what a trait or the adapter's own shape excludes."""
        pytest.skip(f"{self.provider.slug}: {reason}")

    @property
    def recording(self) -> Recording:
        """The recorded answers; one object, since names in a folder count by what was asked before."""
        held = self.__class__.__dict__.get("_recording")
        if held is None or held.folder != self.recorded:
            held = Recording(self.recorded)
            self.__class__._recording = held  # type: ignore[attr-defined]
            if not held.index:
                with self.visit() as visit:
                    traverse(self.provider, visit)
        assert isinstance(held, Recording)
        return held

    @property
    def written(self) -> Mapping[str, Any]:
        """The settings as a person wrote them."""
        return self.recording.index.get("settings", {}) if self.settings is None else self.settings

    @property
    def read_settings(self) -> ProviderSettings:
        return self.provider.Settings.model_validate(dict(self.written))

    @property
    def secrets(self) -> Mapping[str, str]:
        """The settings that must never be seen: name → value."""
        fields = self.read_settings
        named = {name: getattr(fields, name) for name in self.provider.Settings.model_fields}
        return {
            name: str(value.get_secret_value())
            for name, value in named.items()
            if hasattr(value, "get_secret_value")
        }

    @property
    def stored(self) -> str:
        """The link's identifier as stored."""
        return self.identifier or str(self.recording.index.get("identifier", ""))

    @property
    def at(self) -> datetime:
        return self.now or self.recording.now or NOW

    @property
    def facts(self) -> VenueFacts:
        """The venue; one in Paris without a position where nothing is said."""
        said = self.recording.index.get("venue", {"name": "Théâtre de l’Écluse"})
        return self.venue or VenueFacts(**said)

    @contextmanager
    def visit(
        self,
        change: Change = unchanged,
        *,
        cursor: Cursor | None = None,
        only: frozenset[str] = frozenset(),
        later: timedelta = timedelta(0),
        http: PoliteClient | None = None,
    ) -> Iterator[Visit[Any]]:
        """Open a visit over the recorded answers; `later` than they were given."""
        limits, now = self.provider.limits, self.at + later
        client = http or Recorded(
            self.recording, change, clock=lambda: now, body_limit=limits.body, deadline=limits.deadline
        )
        with tempfile.TemporaryDirectory(prefix="contract-") as spool, client:
            yield Visit(
                identifier=self.stored,
                settings=self.read_settings,
                clock=lambda: now,
                http=client,
                spool=Path(spool),
                venue=self.facts,
                cursor=cursor,
                only=only,
            )

    def pages(self, change: Change = unchanged, **how: Any) -> list[Page]:
        """Read the partner; pages of lines come as items."""
        with self.visit(change, **how) as visit:
            return [replace(page, items=list(page.items)) for page in self.provider.fetch(visit)]

    def items(self, change: Change = unchanged, **how: Any) -> list[Item]:
        return [item for page in self.pages(change, **how) for item in page.items]

    def fingerprints(self, change: Change = unchanged, **how: Any) -> dict[tuple[str, str], bytes]:
        return {(item.kind, item.ref): item.fingerprint for item in self.items(change, **how)}

    def outcome(self, change: Change = unchanged) -> Outcome:
        with self.visit(change) as visit:
            return traverse(self.provider, visit)

    def read(self, change: Change = unchanged) -> list[Read]:
        """Read and normalise everything that is not deleted."""
        with self.visit(change) as visit:
            items = [item for page in self.provider.fetch(visit) for item in page.items]
            return [self.normalised(item, visit) for item in items if not item.deleted]

    def normalised(self, item: Item, visit: Visit[Any]) -> Read:
        try:
            return Read(item, self.provider.normalise(item, visit))
        except DataError as error:
            return Read(item, (), error)

    def checks(self, change: Change = unchanged) -> list[Check]:
        with self.visit(change) as visit:
            return list(self.provider.check(visit))

    @property
    def whole(self) -> Outcome:
        """What a traversal without faults makes of the recorded answers."""
        return self._traversed[0]

    def asks(self) -> Sequence[Ask]:
        """Give the requests of a traversal, each once."""
        return self._traversed[1]

    @property
    def _traversed(self) -> tuple[Outcome, Sequence[Ask]]:
        """Traverse once for all tests of the class."""
        if "_once" not in self.__class__.__dict__:
            with self.visit() as visit:
                outcome = traverse(self.provider, visit)
                assert isinstance(visit.http, Recorded)
                asks = list(dict.fromkeys(visit.http.asked))
            self.__class__._once = outcome, asks  # type: ignore[attr-defined]
        found: tuple[Outcome, Sequence[Ask]] = self.__class__.__dict__["_once"]
        return found

    @contextmanager
    def limits(self, **changes: Any) -> Iterator[Limits]:
        """Change the adapter's limits for the length of the block."""
        holder: Any = self.provider if "limits" in vars(self.provider) else type(self.provider)
        changed = replace(self.provider.limits, **changes)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(holder, "limits", changed)
            yield changed
