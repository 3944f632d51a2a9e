"""Puts showings together by film: on disk for partners that list showings, so that any number fits.

Nothing can be said of a film before the last showing was read: a showing that is listed under two films is
the last one's, else its seats would be sold twice.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from providers.cinema.shapes import key_of
from providers.errors import DataError

_SHELVES: Final = 32
MOST_SHOWINGS: Final = 200_000
"""The largest multiplexes show some 6,000 in the sixty days that partners tell ahead."""


class Grouped:
    """Showings by film in the folder `spool`; each film is on one of 32 files, read one at a time.

    `key` is the field that names a showing; empty: nothing does.
    """

    def __init__(self, spool: Path, key: str = "") -> None:
        self._key = key
        self._home: dict[str, str] = {}
        self._folder = spool / "showings"
        self._folder.mkdir(parents=True, exist_ok=True)
        for left_over in self._folder.iterdir():
            left_over.unlink()
        self._count = 0

    def add(self, showings: Mapping[str, list[Any]]) -> None:
        """Take some showings, by film, as plain JSON."""
        for film, some in showings.items():
            self._count += len(some)
            if self._count > MOST_SHOWINGS:
                sentence = "Le partenaire annonce plus de séances qu’un cinéma ne peut en avoir."
                raise DataError("too_many_showings", sentence, f"more than {MOST_SHOWINGS}")
            self._home |= {ref: film for each in some if (ref := key_of(each, self._key))}
            with (self._folder / f"{_shelf(film)}.jsonl").open("a", encoding="ascii") as file:
                file.writelines(json.dumps([film, showing]) + "\n" for showing in some)

    def place_of(self, film: str) -> str:
        """Give where a film comes in the order of all."""
        return f"{_shelf(film)}/{film}"

    def __iter__(self) -> Iterator[tuple[str, list[Any]]]:
        """Give (film, its showings in the order in which they came); the films' order is always the same."""
        for file in sorted(self._folder.glob("*.jsonl")):
            films: dict[str, list[Any]] = {}
            with file.open(encoding="ascii") as lines:
                for line in lines:
                    film, showing = json.loads(line)
                    films.setdefault(film, []).append(showing)
            for film, showings in sorted(films.items()):
                if own := [each for each in showings if self._is_of(film, each)]:
                    yield film, own

    def _is_of(self, film: str, showing: Any) -> bool:
        return self._home.get(key_of(showing, self._key) or "", film) == film


def _shelf(film: str) -> str:
    return f"{crc32(film.encode('utf-8', 'surrogatepass')) % _SHELVES:02}"


def by_film(
    films: Iterable[Any], key: str, showings: str, showing: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give (film, what is said of it) by film; one listed twice has the showings of both.

    `key` and `showing` are the fields that name a film and a showing, `showings` is where these are.
    """
    named: dict[str, dict[str, Any]] = {}
    home: dict[str, str] = {}
    for each in films:
        film = key_of(each, key)
        if film is None:
            continue
        before = named.get(film, {}).get(showings)
        named[film] = dict(each)
        if isinstance(before, list) and isinstance(each.get(showings) or [], list):
            named[film][showings] = [*before, *(each.get(showings) or [])]
        home |= {ref: film for said in _listed(each.get(showings)) if (ref := key_of(said, showing))}
    for film, said in sorted(named.items()):
        if listed := _listed(said.get(showings)):
            said[showings] = [each for each in listed if home.get(key_of(each, showing) or "", film) == film]
        yield film, said


def _listed(showings: Any) -> list[Any]:
    return showings if isinstance(showings, list) else []


def upcoming(showings: Iterable[Mapping[str, Any]], key: str, is_over: Callable[[Any], bool]) -> list[Any]:
    """Give a film's showings that are not over, by id; one listed twice is as it was listed last."""
    latest = {str(each.get(key)): each for each in showings}
    return [latest[ref] for ref in sorted(latest) if not is_over(latest[ref])]
