"""Named SQL: a `.sql` file holds statements under `-- name:` headings, each with a sentence."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_HEADING = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


def read_queries(path: Path) -> Mapping[str, str]:
    """Give name → statement; parameters are psycopg's `%(name)s`."""
    parts = _HEADING.split(path.read_text(encoding="utf-8"))[1:]
    names, texts = parts[::2], parts[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{path.name} names a statement twice")
    return MappingProxyType({name: text.strip() for name, text in zip(names, texts, strict=True)})
