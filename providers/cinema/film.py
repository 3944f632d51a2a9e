"""Makes an offer of a film and its showings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from models.vocabulary import Category, Certainty, Reason
from providers.errors import DataError
from providers.records import PRICE_NOT_SAID, UNKNOWN, LeftOut, OfferRecord, Price, Record, Remaining
from providers.records import StockRecord as Stock
from providers.text import one_line, plain, typeset, without_contacts

LONGEST_REF: Final = 200
LONGEST_TITLE: Final = 300
LONGEST_TEXT: Final = 12_000
_LONGEST_LABEL: Final = 100
_LONGEST_SHOWING: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Film:
    """A film as a partner tells it, its words not cleaned yet; `minutes` None: not said."""

    title: str
    synopsis: str = ""
    minutes: int | None = None
    directors: str = ""
    poster: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Showing:
    """A showing; `price` in euros, None: not said. `traits` are « VO », « 3D », in the partner's order."""

    ref: str
    starts_at: datetime
    ends_at: datetime | None = None
    traits: tuple[str, ...] = ()
    price: Decimal | None = None
    remaining: Remaining = UNKNOWN
    cancelled: bool = False


def offer(ref: str, film: Film, showings: Iterable[Showing], *, otherwise: Reason = Reason.OVER) -> Record:
    """Give the offer of a film; where no showing is left, why there is none.

    A showing that is listed twice is as it was listed last.

    Raises
    ------
    DataError
        The film has no title, or a showing no name that can be kept.
    """
    listed = {showing.ref: showing for showing in showings}
    if odd := [name for name in listed if not 0 < len(name) <= LONGEST_REF or name != name.strip()]:
        sentence = "Une séance du film n’a pas de numéro lisible chez votre partenaire."
        raise DataError("session_malformed", sentence, f"{ref}: a session is called {odd[0][:80]!r}")
    if not listed:
        return LeftOut(ref, otherwise)
    title = one_line(without_contacts(film.title))[:LONGEST_TITLE].strip()
    if not title:
        raise DataError("no_title", "Le film n’a pas de titre chez votre partenaire.", f"{ref} has no title")
    return OfferRecord(
        ref=ref,
        title=title,
        stocks=tuple(
            _stock(each) for each in sorted(listed.values(), key=lambda each: (each.starts_at, each.ref))
        ),
        description=_description(film),
        category=Category.CINEMA,
        image_url=_https(film.poster),
        url=_https(film.page),
    )


def _stock(showing: Showing) -> Stock:
    """Give the stock of a showing: it can be booked until it begins."""
    ends = showing.ends_at
    if ends is not None and not timedelta(0) < ends - showing.starts_at <= _LONGEST_SHOWING:
        ends = None
    traits = dict.fromkeys(one_line(trait) for trait in showing.traits)
    return Stock(
        ref=showing.ref,
        starts_at=showing.starts_at,
        ends_at=ends,
        booking_limit_at=showing.starts_at,
        label=" – ".join(trait for trait in traits if trait)[:_LONGEST_LABEL].strip(),
        price=PRICE_NOT_SAID if showing.price is None else Price(showing.price, Certainty.CERTAIN),
        remaining=showing.remaining,
        cancelled=showing.cancelled,
    )


def _description(film: Film) -> str:
    facts = []
    if film.minutes:
        hours, minutes = divmod(film.minutes, 60)
        length = f"{hours} h {minutes:02}" if hours else f"{minutes} min"
        facts.append(
            typeset(f"Durée : {length}".replace(" h ", "\u00a0h\u00a0").replace(" min", "\u00a0min"))
        )
    if directors := one_line(plain(film.directors)):
        facts.append(typeset(f"Réalisation : {directors[:500]}"))
    synopsis = plain(film.synopsis)[:LONGEST_TEXT]
    return without_contacts("\n\n".join(part for part in (synopsis, "\n".join(facts)) if part))


def _https(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    is_shown = url.strip().isprintable() and len(url) <= 2000
    return url.strip() if is_shown and parts.scheme == "https" and parts.hostname else ""
