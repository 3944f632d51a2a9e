"""The words that the tables, the code, the adapters and the screens share; pure, imports nothing of ours."""

from enum import StrEnum
from typing import Final

UPLOAD: Final = "upload:"
"""So begins an identifier that names a file of the venue's own by its SHA-256, instead of an address."""


class Family(StrEnum):
    """What sort of partner a provider is; it names the queue and the words of the form."""

    AGENDA = "agenda"
    CATALOGUE = "catalogue"
    TICKETING = "ticketing"


class Category(StrEnum):
    """The ten categories of the brochure; the value is stored, `label` is shown."""

    MUSEUM = "musee_patrimoine"
    PERFORMING_ARTS = "spectacle_vivant"
    WORKSHOP = "pratique_artistique"
    CINEMA = "cinema"
    AUDIOVISUAL = "audiovisuel"
    MUSIC = "musique"
    BOOK = "livre"
    PRESS = "presse"
    GAME = "jeu_concours_tournoi"
    MEETING = "dedicace_rencontre_conference"

    @property
    def label(self) -> str:
        return CATEGORY_LABELS[self]


CATEGORY_LABELS: dict[Category, str] = {
    Category.MUSEUM: "Musées / Patrimoine",
    Category.PERFORMING_ARTS: "Spectacle vivant",
    Category.WORKSHOP: "Cours ou ateliers de pratique artistique",
    Category.CINEMA: "Cinéma",
    Category.AUDIOVISUAL: "Audiovisuel",
    Category.MUSIC: "Musique",
    Category.BOOK: "Livre",
    Category.PRESS: "Presse",
    Category.GAME: "Jeu / Concours / Tournoi",
    Category.MEETING: "Dédicaces / Rencontres / Conférences",
}


class Form(StrEnum):
    """What a book is as a thing; a digital one is read or heard without a parcel."""

    PAPER = "paper"
    DIGITAL = "digital"
    AUDIO = "audio"
    OTHER = "other"


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    REVIEW = "review"
    FAILED = "failed"
    DEAD = "dead"

    @property
    def is_final(self) -> bool:
        return self not in (RunStatus.QUEUED, RunStatus.RUNNING)


class RunMode(StrEnum):
    """What a run reads: what changed, everything, the refs a partner pointed at, or its quarantine."""

    USUAL = "usual"
    FULL = "full"
    HINTED = "hinted"
    REPLAY = "replay"


class Trigger(StrEnum):
    """Who asked for a run."""

    SCHEDULE = "schedule"
    PERSON = "person"
    HINT = "hint"


class LinkState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    TO_CHECK = "to_check"
    UNLINKED = "unlinked"


class Queue(StrEnum):
    TICKS = "ticks"
    MANUAL = "manual"
    STOCKS = "stocks"
    AGENDAS = "agendas"
    CATALOGUES = "catalogues"


class Certainty(StrEnum):
    """How a price was read: said outright, guessed well enough to propose, or not said."""

    CERTAIN = "certain"
    PROPOSED = "proposed"
    UNKNOWN = "unknown"


class TitleSays(StrEnum):
    """What a title announces in words that a status field should have carried."""

    CANCELLED = "cancelled"
    FULL = "full"
    POSTPONED = "postponed"


class Reason(StrEnum):
    """Why something is not imported, not shown, or waits; each has its French sentence in `SENTENCES`."""

    # why an item was left out (filtered)
    OTHER_PLACE = "other_place"
    OVER = "over"
    ALREADY_PASS_CULTURE = "already_pass_culture"  # noqa: S105 - a reason, no password
    NO_DATE = "no_date"
    NOT_ON_SALE = "not_on_sale"
    PRIVATE = "private"
    NO_EAN = "no_ean"
    UNKNOWN_EAN = "unknown_ean"
    NOT_A_BOOK = "not_a_book"
    SCHOOL_BOOK = "school_book"
    ADULTS_ONLY = "adults_only"
    NOT_ANNOUNCED = "not_announced"
    SPECIAL_SCREENING = "special_screening"
    NO_NEWS = "no_news"
    HELD_ELSEWHERE = "held_elsewhere"
    # why an offer is not published
    OFFER_INACTIVE = "offer_inactive"
    OFFER_DELETED = "offer_deleted"
    OFFERER_NOT_VALIDATED = "offerer_not_validated"
    LOOKS_LIKE_EXISTING = "looks_like_existing"
    TITLE_SAYS_CANCELLED = "title_says_cancelled"
    NO_CATEGORY = "no_category"
    DIGITAL_CINEMA = "digital_cinema"
    PHYSICAL_PRESS = "physical_press"
    NO_UPCOMING_DATE = "no_upcoming_date"
    PRICE_UNKNOWN = "price_unknown"
    PRICE_TO_CONFIRM = "price_to_confirm"
    PAID_NOT_OPEN = "paid_not_open"
    CAPACITY_UNKNOWN = "capacity_unknown"
    SOLD_OUT = "sold_out"

    @property
    def sentence(self) -> str:
        return SENTENCES[self]


SENTENCES: dict[Reason, str] = {
    Reason.OTHER_PLACE: "L’évènement a lieu dans un endroit que vous n’avez pas choisi.",
    Reason.OVER: "Toutes les dates de l’évènement sont passées.",
    Reason.ALREADY_PASS_CULTURE: "L’évènement renvoie déjà vers une offre du pass Culture.",
    Reason.NO_DATE: "L’évènement n’a aucune date.",
    Reason.NOT_ON_SALE: "L’évènement n’est pas en vente au public chez le partenaire.",
    Reason.PRIVATE: "L’évènement est marqué comme privé dans votre agenda.",
    Reason.NO_EAN: "L’article n’a pas d’EAN (ISBN à 13 chiffres).",
    Reason.UNKNOWN_EAN: "Aucun catalogue ne connaît encore cet EAN : l’offre suivra dès qu’il y figurera.",
    Reason.NOT_A_BOOK: "Cet article n’est pas un livre : le pass Culture ne le propose pas.",
    Reason.SCHOOL_BOOK: "Les livres scolaires et parascolaires ne sont pas proposés au pass Culture.",
    Reason.ADULTS_ONLY: "Ce livre est réservé aux adultes : le pass Culture ne le propose pas.",
    Reason.NOT_ANNOUNCED: "L’éditeur n’a pas encore annoncé ce livre au public.",
    Reason.SPECIAL_SCREENING: (
        "Les séances de ce film ont un prix à part (3D, IMAX, opéra retransmis…) :"
        " ajoutez-les à la main, ou cochez les séances à supplément dans les réglages."
    ),
    Reason.NO_NEWS: "Cet avis (essai, cession de droits) ne dit rien d’un livre en vente.",
    Reason.HELD_ELSEWHERE: "Une autre de vos sources tient déjà cette offre à jour.",
    Reason.OFFER_INACTIVE: "L’offre a été retirée de l’application.",
    Reason.OFFER_DELETED: "L’offre a été supprimée à la main.",
    Reason.OFFERER_NOT_VALIDATED: (
        "Vos offres seront visibles dès que l’équipe du pass Culture aura validé votre structure."
    ),
    Reason.LOOKS_LIKE_EXISTING: (
        "Cette offre ressemble à une offre que vous avez déjà saisie : dites si c’est la même."
    ),
    Reason.TITLE_SAYS_CANCELLED: (
        "Le titre annonce une annulation, un report ou une salle complète : dites si l’offre a lieu."
    ),
    Reason.NO_CATEGORY: "La catégorie n’est pas connue : choisissez-la.",
    Reason.DIGITAL_CINEMA: "Une offre de cinéma ne peut pas être numérique.",
    Reason.PHYSICAL_PRESS: "Une offre de presse est forcément numérique.",
    Reason.NO_UPCOMING_DATE: "Aucune date à venir.",
    Reason.PRICE_UNKNOWN: "Le prix n’est pas connu : indiquez-le.",
    Reason.PRICE_TO_CONFIRM: "Un prix est proposé d’après ce que dit votre source : confirmez-le.",
    Reason.PAID_NOT_OPEN: "Les offres payantes ne sont pas encore ouvertes.",
    Reason.CAPACITY_UNKNOWN: "Dites combien de places vous proposez au pass Culture pour chaque date.",
    Reason.SOLD_OUT: "Toutes les places sont prises.",
}


class Shortfall(StrEnum):
    """What a traversal could not read although the rest of it is complete; the run ends `partial`."""

    DETAILS_NOT_RECEIVED = "details_not_received"
    DAYS_NO_LONGER_THERE = "days_no_longer_there"

    @property
    def sentence(self) -> str:
        return {
            Shortfall.DETAILS_NOT_RECEIVED: (
                "Détails non reçus : les prix, images et descriptions longues n’ont pas été mis à jour."
            ),
            Shortfall.DAYS_NO_LONGER_THERE: (
                "Le partenaire ne garde ses fichiers que quelques semaines : les premiers n’ont pas été lus."
            ),
        }[self]
