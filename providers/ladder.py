"""How far an adapter has come, computed from what its form, page, tests and recorded answers show.

bronze    it can be used, and its form asks for everything in words
silver    its page is current, and the contract's tests are applied to it
gold      its recorded answers are read now, each fault put on them is taken rightly, and at most
          two reasons are given for skipping tests of the contract
platinum  it was tried on what its partner really sends and on hostile payloads of its own, and a
          date that moves keeps its bookings (or it has no dates)
"""

import ast
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from models.vocabulary import Family
from providers.base import Provider, VenueFacts, Visit
from providers.errors import ConfigurationError
from providers.faults import FAULTS, Outcome, traverse
from providers.pages import is_current
from providers.recorded import Change, Recorded, Recording, unchanged

CLONE: Final = Path(__file__).resolve().parent.parent
MOST_SKIPPED: Final = 2


class Level(StrEnum):
    NONE = "–"
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"


@dataclass(frozen=True, slots=True)
class Standing:
    """An adapter's level, and what it lacks for the next."""

    level: Level
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """The contract as a test file applies it: its class attributes that are literals, and the folder."""

    folder: Path | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def skipped(self) -> int:
        """Reasons for which tests are skipped: one may keep several of them from holding."""
        return len(set(self.attributes.get("skips", {}).values()))


def standing(adapter: Provider[Any], clone: Path = CLONE) -> Standing:
    """Compute where an adapter stands; without a clone's tests beside us it is bronze at best."""
    level = Level.NONE
    steps = {
        Level.BRONZE: _bronze(adapter),
        Level.SILVER: _silver(adapter, clone),
        Level.GOLD: _gold(adapter, clone),
        Level.PLATINUM: _platinum(adapter, clone),
    }
    for step, lacking in steps.items():
        lacks = tuple(lacking)
        if lacks:
            return Standing(level, lacks)
        level = step
    return Standing(level)


def _bronze(adapter: Provider[Any]) -> Iterator[str]:
    if len(adapter.identifier_help) < 20:
        yield "what to paste is not said"
    for name, each in adapter.Settings.model_fields.items():
        if not each.title or not each.description:
            yield f"the setting {name} has no title or description"


def _tests_of(adapter: Provider[Any], clone: Path) -> Path:
    return clone / "tests" / "providers" / adapter.slug.replace("-", "_")


def _silver(adapter: Provider[Any], clone: Path) -> Iterator[str]:
    page = clone / "docs" / "providers" / f"{adapter.slug}.md"
    if not page.is_file() or not is_current(page.read_text(encoding="utf-8"), adapter):
        yield "its page is missing or behind (`passerelle docs`)"
    if applied(_tests_of(adapter, clone)) is None:
        yield "the contract's tests are not applied to it"


def _gold(adapter: Provider[Any], clone: Path) -> Iterator[str]:
    found = applied(_tests_of(adapter, clone))
    if found is None or found.folder is None:
        yield "it has no recorded answers"
        return
    if found.skipped > MOST_SKIPPED:
        yield f"{found.skipped} reasons are given for skipping tests"
    try:
        yield from _of_answers(adapter, found, Recording(found.folder))
    except Exception as error:  # noqa: BLE001 - whatever an adapter does with its answers, the list is shown
        yield f"its recorded answers cannot be read: {type(error).__name__}: {error}"


def _of_answers(adapter: Provider[Any], found: Applied, recording: Recording) -> Iterator[str]:
    whole = _outcome(adapter, recording, found)
    if whole.error is not None or not whole.complete or not whole.met:
        yield f"its recorded answers are not read in full: {whole.error or 'no last page'}"
        return
    skips = found.attributes.get("skips", {})
    for name, fault in FAULTS.items():
        if any(f"[{name}]" in skip for skip in skips):
            continue
        outcome = _outcome(adapter, recording, found, fault)
        expected = (*fault.expected, *([ConfigurationError] if name == "html" else ()))
        if outcome.withdraws(whole, adapter.traits.primary):
            yield f"a fault would withdraw: {name}"
        elif outcome.error is None and not fault.may_pass:
            yield f"a fault goes unnoticed: {name}"
        elif outcome.error is not None and not isinstance(outcome.error, expected):
            yield f"a fault is taken for another: {name}"


def _platinum(adapter: Provider[Any], clone: Path) -> Iterator[str]:
    files = dict(_tests_that_name(adapter, clone))
    real = [file for file in files if file.name.startswith(("test_real", "test_public"))]
    if not real and not (clone / "tests" / "peers" / _tests_of(adapter, clone).name).is_dir():
        yield "it was not tried on what its partner really sends"
    if not any("hypothesis" in text for text in files.values()):
        yield "it has no hostile payloads of its own"
    has_dates = adapter.family is not Family.CATALOGUE and adapter.traits.primary == "event"
    if has_dates and not adapter.traits.keeps_session_ids:
        yield "a date that moves is another date"


def _tests_that_name(adapter: Provider[Any], clone: Path) -> Iterator[tuple[Path, str]]:
    """Give the test files in its folder, and those for several adapters that import it or its stand-in."""
    folder = _tests_of(adapter, clone)
    imported = re.compile(rf"(?m)^(?:from|import) (?:tests\.)?providers\.{re.escape(folder.name)}\b")
    for file in folder.parent.glob("*/test_*.py"):
        text = file.read_text(encoding="utf-8")
        if file.parent == folder or imported.search(text):
            yield file, text


def applied(folder: Path) -> Applied | None:
    """Read how a test file applies the contract, without importing it; None where none does."""
    for file in sorted(folder.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and any(_is_contract(base) for base in node.bases):
                return _applied(node, file.parent)
    return None


def _is_contract(base: ast.expr) -> bool:
    return isinstance(base, ast.Name) and base.id == "ProviderContract"


def _applied(node: ast.ClassDef, here: Path) -> Applied:
    values: dict[str, Any] = {}
    recorded: Path | None = None
    for each in node.body:
        if not (isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)):
            continue
        name = each.targets[0].id
        if name == "recorded":
            parts = [part.value for part in ast.walk(each.value) if isinstance(part, ast.Constant)]
            recorded = here.joinpath(*(str(part) for part in reversed(parts)))
            continue
        try:
            values[name] = ast.literal_eval(each.value)
        except ValueError:
            continue
    return Applied(recorded, values)


def _outcome(
    adapter: Provider[Any], recording: Recording, found: Applied, change: Change = unchanged
) -> Outcome:
    index = recording.index
    now = recording.now or datetime(2030, 1, 1, 12, tzinfo=UTC)
    written = found.attributes.get("settings", index.get("settings", {}))
    venue = index.get("venue", {"name": "Théâtre de l’Écluse"})
    limits = adapter.limits
    client = Recorded(recording, change, clock=lambda: now, body_limit=limits.body, deadline=limits.deadline)
    with tempfile.TemporaryDirectory(prefix="passerelle-") as spool, client:
        visit = Visit(
            identifier=found.attributes.get("identifier") or index["identifier"],
            settings=adapter.Settings.model_validate(written),
            clock=lambda: now,
            http=client,
            spool=Path(spool),
            venue=VenueFacts(**venue),
        )
        return traverse(adapter, visit)
