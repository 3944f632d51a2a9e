"""What the bench of stock lists found, as a table a step; then each ratio beside what is asked of it."""

from collections.abc import Mapping, Sequence

from bench.loaders import Loader
from bench.measure import Rounds, show

STEPS = {
    "first": ("first load", "same"),
    "unchanged": ("unchanged", "same"),
    "changed": ("1 % changed", "changed"),
    "vanished": ("5 % vanished", "vanished"),
}
"""Each step's words, and the partner's variant that it reads."""
LABELS = {
    "engine": "ours, the engine",
    "ours": "ours, the whole run",
    "sink": "ours, the traversal alone",
    "floor": "floor: COPY and anti-joins",
    "core": "SQLAlchemy Core upsert",
    "orm": "SQLAlchemy ORM by row",
    "dlt": "dlt merge",
    "dlt-tuned": "dlt tuned",
}
MB = 1e6


class Told:
    """Medians by contestant and step."""

    def __init__(self, figures: Rounds, rows: Mapping[str, Mapping[str, int]], lines: int) -> None:
        self._figures, self._rows, self._lines = figures, rows, lines

    def has(self, name: str, step: str, what: str = "seconds") -> bool:
        return f"{name} {step} {what}" in self._figures.figures

    def median(self, name: str, step: str, what: str = "seconds") -> float:
        return self._figures.median(f"{name} {step} {what}")

    def ratio(self, one: str, other: str, step: str) -> float:
        """How many times as long the one takes as the other."""
        return self.median(one, step) / self.median(other, step)

    def row(self, name: str, step: str, kind: type[Loader] | None) -> list[str]:
        seconds = self.median(name, step)
        most = kind.most if kind else None
        fewer = f" (from {most:,} lines)" if most and most < self._lines else ""
        return [
            LABELS[name] + fewer,
            f"{seconds:.3f}",
            self._figures.spread(f"{name} {step} seconds", "{:.3f}"),
            f"{self._lines / seconds:,.0f}",
            f"{self.ratio('floor', name, step):.2f}" if self.has("floor", step) else "",
            f"{self.median(name, step, 'processor'):.3f}",
            self._in_mb(name, step, "memory", "{:.0f}"),
            self._in_mb(name, step, "wal", "{:.2f}"),
            self._number(name, step, "images"),
            self._number(name, step, "statements"),
            ", ".join(
                f"{table} {number:,}" for table, number in self._rows.get(f"{name} {step}", {}).items()
            ),
        ]

    def _in_mb(self, name: str, step: str, what: str, form: str) -> str:
        return form.format(self.median(name, step, what) / MB) if self.has(name, step, what) else ""

    def _number(self, name: str, step: str, what: str) -> str:
        return f"{self.median(name, step, what):,.0f}" if self.has(name, step, what) else ""


COLUMNS = [
    "",
    "seconds",
    "spread",
    "lines/s",
    "floor ÷ this",
    "processor, s",
    "memory, MB",
    "WAL, MB",
    "whole pages",
    "statements",
    "row versions",
]


def tell(told: Told, loaders: Mapping[str, type[Loader]], lines: int, rounds: int) -> None:
    """Print a table a step."""
    for step, (words, _) in STEPS.items():
        names = [name for name in LABELS if told.has(name, step)]
        show(
            f"Stock list of {lines:,} lines, {words}: medians of {rounds} rounds",
            COLUMNS,
            [told.row(name, step, loaders.get(name)) for name in names],
        )
    asked = list(_asked(told, loaders))
    show(f"What is asked of a list of {lines:,} lines", ["", "measured", "asked", ""], asked)


def _asked(told: Told, loaders: Mapping[str, type[Loader]]) -> Sequence[list[str]]:
    found = []

    def at_least(one: str, step: str, least: float) -> None:
        if told.has(one, step) and told.has("engine", step):
            ratio = told.ratio(one, "engine", step)
            words = f"{STEPS[step][0]}: {LABELS[one]} ÷ engine"
            found.append([words, f"{ratio:.2f}", f"≥ {least}", "" if ratio >= least else "missed"])

    def at_most(words: str, figure: float, most: float, form: str) -> None:
        found.append(
            [words, form.format(figure), f"≤ {form.format(most)}", "" if figure <= most else "missed"]
        )

    at_least("floor", "first", 0.5)
    at_least("dlt", "first", 1.5)
    at_least("floor", "unchanged", 5)
    at_least("floor", "changed", 1.2)
    for step in ("unchanged", "changed"):
        for name in loaders:
            if name != "floor":
                at_least(name, step, 1)
    if told.has("ours", "unchanged"):
        at_most("unchanged: WAL of the run, MB", told.median("ours", "unchanged", "wal") / MB, 0.2, "{:.2f}")
        worst = max(told.median("ours", step, "memory") for step in STEPS)
        at_most("memory above a worker at rest, MB", worst / MB, 60, "{:.0f}")
    return found
