"""What books are about, in French: the CLIL classification and the Thema subjects, with what lies over each.

`clil.csv` is the CLIL table of 15 March 2024; `thema.csv` holds the Thema subjects that the CLIL's
table of correspondence names, and the top ones.
"""

import csv
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files


@cache
def _clil() -> Mapping[str, tuple[str, str]]:
    """Code → (the code over it or nothing, label)."""
    return {row["code"]: (row["parent"], row["label"]) for row in _rows("clil.csv")}


@cache
def _thema() -> Mapping[str, str]:
    return {row["code"]: row["label"] for row in _rows("thema.csv")}


def _rows(name: str) -> Sequence[Mapping[str, str]]:
    with files(__package__).joinpath(name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter=";"))


def lineage(scheme: str, code: str) -> Sequence[str]:
    """Give a code and all that lies over it, the nearest first; by prefix where codes are built so."""
    if scheme != "clil":
        return [code[:length] for length in range(len(code), 0, -1)]
    over = [code]
    while (parent := _clil().get(over[-1], ("", ""))[0]) and len(over) < 10:
        over.append(parent)
    return over


@lru_cache(maxsize=8192)
def label_of(scheme: str, code: str) -> str:
    """Give the French label of a CLIL or Thema code; of Thema, the nearest broader one that is known."""
    if scheme == "clil":
        return _clil().get(code, ("", ""))[1]
    if scheme == "thema":
        return next((label for each in lineage(scheme, code) if (label := _thema().get(each))), "")
    return ""
