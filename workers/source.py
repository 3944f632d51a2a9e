"""A link as something is done for it: by a run that reads its partner, by a person, by a replay."""

from dataclasses import dataclass
from typing import Any

from providers.base import Cursor, Provider, Visit
from workers.staging import Answers

OUR_FAULT = "Cet élément n’a pas pu être lu. Notre équipe est prévenue\u00a0: vous n’avez rien à faire."


class AgainError(Exception):
    """The page met another writer: it is rolled back, planned and applied again."""


@dataclass(frozen=True)
class Subject:
    """The link that something is done for, and the run that does it."""

    link_id: int
    venue_id: int | None
    run_id: int | None
    provider: Provider[Any]
    timezone: str

    @property
    def names(self) -> dict[str, Any]:
        """What the statements call things."""
        return {
            "link": self.link_id,
            "venue": self.venue_id,
            "run": self.run_id,
            "provider": self.provider.slug,
            "origin": None if self.provider.traits.refs_are_global else self.link_id,
            "primary": self.provider.traits.primary,
        }


@dataclass(frozen=True)
class Source(Subject):
    """A link as a run reads it.

    `context` is what fingerprints are judged in: the adapter's version, the settings as written,
    and the venue facts that the adapter uses. `snapshot`: the traversal lists everything, so what
    it does not meet is gone, and the order of versions starts anew. `start`: the cursor that a
    changes traversal starts at; None: the top. `same_context`: the items that we hold were read in
    this very context; else all of them will be read anew.
    """

    visit: Visit[Any]
    answers: Answers
    context: bytes
    snapshot: bool
    same_context: bool
    start: Cursor | None = None
