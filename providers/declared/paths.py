"""Finds values in JSON by a path, and never raises."""

from collections.abc import Iterator, Mapping
from typing import Any


def every(value: Any, path: str) -> list[Any]:
    """Give what a path leads to, each; nothing where it leads nowhere."""
    for alternative in path.split("|") if path else ():
        found = [each for each in _walk(value, alternative.strip().split(".")) if not _is_empty(each)]
        if found:
            return found
    return []


def first(value: Any, path: str) -> Any:
    """Give the first of what a path leads to; None where it leads nowhere."""
    return next(iter(every(value, path)), None)


def inside(value: Any, path: str) -> Any:
    """Give what a path of keys leads to, empty or not; None where it leads nowhere."""
    for step in filter(None, path.split(".")):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _walk(value: Any, steps: list[str]) -> Iterator[Any]:
    if not steps or steps == [""]:
        yield value
        return
    step, *rest = steps
    if step == "*":
        for inner in value if isinstance(value, list) else ():
            yield from _walk(inner, rest)
    elif isinstance(value, Mapping) and step in value:
        yield from _walk(value[step], rest)
    elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        yield from _walk(value[int(step)], rest)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | Mapping) and not value)
