"""What an event's keywords and title say of its category; silence rather than a guess."""

from collections.abc import Iterable
from typing import Final

from models.vocabulary import Category
from providers.text import fold

_WORDS: Final[dict[Category, str]] = {
    Category.MUSIC: (
        "musique, musiques, concert, concerts, jazz, rock, blues, folk, rap, hip hop, electro, reggae, "
        "chanson, chansons, chorale, recital, musique classique, musique de chambre, musiques actuelles, "
        "musique du monde, orchestre, dj set, ciné-concert, ciné concert, fête de la musique"
    ),
    Category.PERFORMING_ARTS: (
        "théâtre, danse, cirque, spectacle, spectacles, spectacle vivant, marionnettes, marionnette, humour, "
        "one man show, stand up, opéra, ballet, mime, magie, arts de la rue, conte, contes, improvisation"
    ),
    Category.MUSEUM: (
        "exposition, expositions, expo, musée, musées, patrimoine, vernissage, visite guidée, "
        "visite commentée, monument, archéologie, journées européennes du patrimoine, nuit des musées"
    ),
    Category.CINEMA: "cinéma, film, films, projection, ciné-club, court métrage, courts métrages",
    Category.WORKSHOP: (
        "atelier, ateliers, stage, stages, cours de musique, cours de danse, cours de théâtre, "
        "cours de dessin, masterclass, master class, pratique artistique, initiation artistique"
    ),
    Category.GAME: "jeu, jeux, jeu vidéo, jeux vidéo, jeux de société, tournoi, concours, escape game",
    Category.MEETING: (
        "rencontre, rencontres, conférence, conférences, dédicace, dédicaces, table ronde, débat, "
        "rencontre littéraire, soirée littéraire, café littéraire, lecture, lectures, colloque"
    ),
}
_BY_WORD: Final = {
    fold(word): category for category, words in _WORDS.items() for word in words.split(",") if word.strip()
}
_FIRST_WORDS: Final = {
    "concert": Category.MUSIC,
    "recital": Category.MUSIC,
    "exposition": Category.MUSEUM,
    "expo": Category.MUSEUM,
    "vernissage": Category.MUSEUM,
    "projection": Category.CINEMA,
    "conference": Category.MEETING,
    "rencontre": Category.MEETING,
    "table ronde": Category.MEETING,
    "dedicace": Category.MEETING,
    "atelier": Category.WORKSHOP,
    "stage": Category.WORKSHOP,
    "theatre": Category.PERFORMING_ARTS,
    "spectacle": Category.PERFORMING_ARTS,
    "tournoi": Category.GAME,
}


def category_of(keywords: Iterable[str], title: str) -> Category | None:
    """Give the category on which the keywords agree; else the one that the title begins with."""
    said = {_BY_WORD[folded] for word in keywords if (folded := fold(word)) in _BY_WORD}
    if len(said) == 1:
        return said.pop()
    words = fold(title).split()
    begins = _FIRST_WORDS.get(" ".join(words[:2])) or _FIRST_WORDS.get(words[0] if words else "")
    return begins if begins is not None and (not said or begins in said) else None
