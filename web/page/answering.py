"""« Offres à compléter »: what imported offers wait for, grouped so that one answer does many."""

from decimal import Decimal
from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import TypeAdapter, ValidationError

from models import answers
from models.french import NBSP, counted, euros
from models.vocabulary import CATEGORY_LABELS, Category, Reason
from providers.settings import UNLIMITED, Euros
from web.page import reading
from web.page.opened import Looking, Managed, Managing

router = APIRouter(prefix="/lieux/{venue_id}/a-completer")

SHOWN: Final = 100
EUROS: Final[TypeAdapter[Decimal]] = TypeAdapter(Euros)
MOST_PLACES: Final = 1_000_000


@router.get("")
def questions(opened: Looking) -> Response:
    """Show what offers wait for."""
    here = {"venue": opened.venue.id}

    def waiting(reason: Reason) -> list[reading.Row]:
        return list(reading.rows(opened.db, "held_offers", reason=reason, most=SHOWN, **here))

    return opened.screen(
        "answers.html",
        capacities=reading.rows(opened.db, "capacity_questions", **here),
        prices=reading.rows(opened.db, "price_questions", **here),
        uncategorised=waiting(Reason.NO_CATEGORY),
        lookalikes=waiting(Reason.LOOKS_LIKE_EXISTING),
        doubtful=waiting(Reason.TITLE_SAYS_CANCELLED),
        categories=CATEGORY_LABELS,
    )


@router.post("/prix")
def price(managed: Managing) -> Response:
    """Keep what a price sentence means."""
    link = managed.link(managed.number("source"))
    amount = read_euros(managed.written("prix"))
    if amount is None:
        return _again(
            managed, "price_unknown", "Indiquez un montant en euros, par exemple 12,50, ou « gratuit »."
        )
    actor, role = managed.caller.actor, managed.caller.role
    sentence = managed.as_sent("phrase")
    if sentence:
        number = answers.answer_price_sentence(managed.db, link, sentence, amount, actor=actor, role=role)
    else:
        number = answers.answer_silent_price(managed.db, link, amount, actor=actor, role=role)
    managed.db.commit()
    return managed.go(
        "/a-completer", said=f"Prix enregistré pour {counted(number, 'offre')} : {euros(amount)}."
    )


@router.post("/places")
def places(managed: Managing) -> Response:
    """Keep how many places a source offers for each date."""
    link = managed.link(managed.number("source"))
    written = managed.written("places").replace(NBSP, "").replace(" ", "")
    unlimited = managed.written("choix") == UNLIMITED
    if not unlimited and not (written.isdecimal() and int(written) <= MOST_PLACES):
        return _again(managed, "capacity_unknown", "Indiquez un nombre de places, ou « sans limite ».")
    number = answers.answer_capacity(
        managed.db,
        link,
        None if unlimited else int(written),
        actor=managed.caller.actor,
        role=managed.caller.role,
    )
    managed.db.commit()
    return managed.go("/a-completer", said=f"Nombre de places enregistré pour {counted(number, 'offre')}.")


@router.post("/categorie")
def category(managed: Managing) -> Response:
    """Give the ticked offers a category."""
    offers = _offers(managed)
    chosen = managed.written("categorie")
    if not offers or chosen not in set(Category):
        return _again(managed, "no_category", "Cochez au moins une offre et choisissez une catégorie.")
    answers.answer_category(
        managed.db, offers, Category(chosen), actor=managed.caller.actor, role=managed.caller.role
    )
    managed.db.commit()
    said = f"Catégorie « {Category(chosen).label} » enregistrée pour {counted(len(offers), 'offre')}."
    return managed.go("/a-completer", said=said)


@router.post("/ressemblance")
def lookalike(managed: Managing) -> Response:
    """Say whether two offers are the same."""
    offers = _offers(managed)
    actor, role = managed.caller.actor, managed.caller.role
    if managed.written("reponse") == "autre":
        answers.is_another_offer(managed.db, offers, actor=actor, role=role)
        managed.db.commit()
        return managed.go("/a-completer", said="C’est noté : ce sont deux offres différentes.")
    try:
        for offer in offers:
            answers.adopt_lookalike(managed.db, offer, actor=actor, role=role)
    except answers.NoLookalikeError:
        return managed.go("/a-completer", said="Cette offre ne ressemble plus à une autre.", wrong=True)
    managed.db.commit()
    return managed.go(
        "/a-completer", said="C’est noté : votre offre est désormais tenue à jour par la source."
    )


@router.post("/titre")
def title(managed: Managing) -> Response:
    """Say whether an offer whose title announces a change takes place."""
    offers = _offers(managed)
    actor, role = managed.caller.actor, managed.caller.role
    if managed.written("reponse") == "cacher":
        answers.do_not_show(managed.db, offers, actor=actor, role=role)
        said = "L’offre n’est pas montrée."
    else:
        answers.title_is_fine(managed.db, offers, actor=actor, role=role)
        said = "C’est noté : l’offre a bien lieu."
    managed.db.commit()
    return managed.go("/a-completer", said=said)


def read_euros(written: str) -> Decimal | None:
    """Give the amount that a person wrote; None when it is none."""
    try:
        return EUROS.validate_python(written) if written else None
    except ValidationError:
        return None


def _offers(managed: Managed) -> list[int]:
    """The offers that a form names, those of this venue."""
    return [
        row["id"]
        for row in reading.rows(
            managed.db, "of_this_venue", venue=managed.venue.id, offers=managed.numbers("offre")
        )
    ]


def _again(managed: Managed, where: str, sentence: str) -> Response:
    return managed.go(f"/a-completer#{where}", said=sentence, wrong=True)
