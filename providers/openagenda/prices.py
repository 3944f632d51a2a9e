"""Reads a price in the free words of `conditions`: certain, proposed to a person, or unknown.

The reading is a whitelist: what is known to say nothing of the price is taken away (« sur
réservation », « tout public »), and only when all that then remains is « gratuit » or one single
amount is the price certain. An amount called « plein tarif » beside reduced ones is proposed. Any
word that is not understood leaves the price unknown: asking costs a question, guessing costs a
wrong price.
"""

import json
import re
import unicodedata
from decimal import Decimal
from typing import Final

from models.vocabulary import Certainty
from providers.records import PRICE_NOT_SAID, Price
from providers.text import HIDDEN, one_line, without_contacts

_LONGEST: Final = 1000

_AMOUNT: Final = r"(?<![0-9.,/-])([0-9]{1,4})(?:[.,]([0-9]{1,2}))?\s*(?:€|euros?\b|eur\b)(?![0-9])"
_CENTS: Final = r"(?<![0-9.,/-])([0-9]{1,4})\s?€([0-9]{2})(?![0-9])"
_MONEY: Final = re.compile(f"{_CENTS}|{_AMOUNT}")
_LONE_E: Final = re.compile(r"(?<=[0-9])\s?e\b(?!')")

_AGE: Final = r"(?:[1-9]|1[0-8])"
_BY: Final = r"(?:ou|au|a|par|sur|via|en|numero|le site|l'adresse|mail|e-mail|courriel|telephone|tel)"
_DESK: Final = (
    r"(?:de la |de l'|du )(?:mediatheque|bibliotheque|librairie|musee|mairie|accueil|office de tourisme)"
)
_WHERE: Final = (
    rf"(?:(?:\s*:)?\s*(?:{_BY}\b\.?(?:\s*:)?\s*)*"
    rf"(?:<ici>|en ligne|sur place|par mail|par telephone|aupres (?:{_DESK}\b|de <ici>)))"
)
_CONTACT: Final = rf"{_WHERE}*(?!\s*:\s*[0-9])"
_BOOK: Final = r"(?:re?servations?|inscriptions?|rendez-vous)"
_HOW: Final = (
    r"(?:(?:conseille|recommande|souhaite)e?s?|(?:obligatoire|indispensable|necessaire|possible|prealable)s?"
    r"|requises?|au prealable|en ligne|uniquement|par mail|par telephone|sur place)"
)
_GENRE: Final = (
    r"(?:concerts?|spectacles?|expositions?|conferences?|projections?|ateliers?|rencontres?|lectures?|visites?"
    r"|evenements?|animations?|seances?)"
)
_PUBLIC: Final = r"(?:toute?s et tous|tous et toutes|tout public|tous publics?|toute la famille)\b"
_HARMLESS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # how to book
        rf"\bsur (?:simple )?{_BOOK}(?: \(?{_HOW}\)?)*{_CONTACT}",
        (
            rf"\b(?:mais )?{_BOOK} (?:est |sont )?(?:tres |fortement |vivement )?{_HOW}"
            rf"(?: (?:et )?{_HOW})*{_CONTACT}"
        ),
        rf"\b{_BOOK}{_WHERE}+(?!\s*:\s*[0-9])",
        rf"\b(?:et )?sans (?:{_BOOK}|reserver|inscription ni reservation)(?: (?:prealable|necessaire))?",
        r"\bpas besoin de reserver(?: en amont(?: de l'evenement)?)?",
        r"\b(?:renseignements?|infos?|informations?|contact)(?:\s*:)?\s*<ici>(?:\s*ou\s*<ici>)*",
        r"\bbillet{1,2}erie (?:en ligne|sur place)|\bfrais de loc(?:ation)?\.? inclus",
        # how many places there are
        (
            r"\b(?:dans la (?:limite|mesure)|sous reserve|en fonction) des?"
            r" (?:[0-9]{1,4} )?places(?: disponibles)?"
        ),
        r"\bdans la (?:limite|mesure) de la (?:jauge|capacite de la salle|capacite d'accueil)",
        r"\bnombre de places? limitee?|\bnombre limite(?: de places)?|\bplaces limitees|\bjauge limitee",
        r"\b[0-9]{1,4} places? (?:maximum|max\b)|\bplaces numerotees|\bplacement libre",
        # for whom; an age stands apart: « Gratuit à partir de 65 ans » is another matter
        rf"\b(?:pour|ouverte?s? (?:a|aux?)) (?:{_PUBLIC}|tous\b|toutes\b)|\b{_PUBLIC}",
        rf"(?<=\|) (?:a partir de|des) {_AGE} ans",
        rf"(?:^|[|.,;:/(\n-])\s*(?:a partir de|des) {_AGE} (?:ans|mois)\b(?!\s*:)",
        rf"^\s*(?:atelier|spectacle|concert)s? (?:a partir de|des) {_AGE} (?:ans|mois)\b",
        r"\b(?:mais )?(?:sur presentation (?:de votre|d'une) )?piece d'identite(?: obligatoire)?",
        # when
        r"\bduree(?: de la visite| du spectacle)?\s*:?\s*[0-9]{1,2}\s?(?:h[0-9]{0,2}|min(?:utes)?|heures?)\b",
        r"\b7\s?j?/7\s?j?\b|\b24\s?h?/24\s?h?\b",
        (
            r"\baux (?:heures|horaires) d'ouverture(?: au public)?(?: (?:de la |du |de l')"
            r"(?:mediatheque|bibliotheque|musee|librairie|galerie|lieu|etablissement))?"
        ),
    )
)
_FREE: Final = re.compile(
    r"(?:(?:tarifs?|prix|entree)\s*:\s*)?"
    rf"(?:(?:c'est |totalement |entierement )?gratuit\b|{_GENRE} gratuite?s?\b"
    r"|entrees? (?:libres?|gratuites?)(?: et (?:gratuites?|libres?))?|acces gratuit|acces libre et gratuit"
    r"|gratuit et entree libre)"
)
_OPEN: Final = re.compile(r"(?:en )?acces libre|(?:en )?libre acces")
_BETWEEN: Final = re.compile(r"[\s|.,;:/()\[\]!•·-]+|\bet\b")

_LABEL: Final = (
    r"(?:(?:spectacle|concert|seance|conference|projection|atelier)s?\s*[:,-]?\s*)?"
    r"(?:au )?(?:tarifs?(?: unique| plein| normal)?|plein tarif|prix(?: unique| d'entree| entree| de l'entree"
    r"| de la place)?|entree(?: unique| payante)?|droit d'entree|billets?|la place|places?)?"
    r"\s*:?\s*(?:de |a |est de )?"
)
_EACH: Final = r"\s*(?:ttc|net)?\s*(?:(?:/|par )\s?(?:personne|pers\.?|participant)|la place|l'entree)?"
_SINGLE: Final = re.compile(rf"{_LABEL}(?:{_MONEY.pattern}){_EACH}")

_FULL: Final = re.compile(r"\bplein\b|\btp\b|\bnormal\b|\bgeneral\b|\btarif unique\b|\bentree unique\b")
_NEUTRAL: Final = re.compile(r"(?:(?:au )?(?:tarifs?|entree|prix|prix entree|prix d'entree)\s*:?\s*)?")
_REDUCED: Final = re.compile(
    r"\b(?:(?:reduite?|abonnee?|enfant|etudiante?|scolaire|senior|jeune)s?|tr|demandeurs? d'emploi|pmr)\b"
    r"|\bmoins de [0-9]|(?:^|\s)-\s?(?:de )?[0-9]{1,2} ans"
)
_AGES: Final = re.compile(r"(?:moins de |-\s?)[0-9]{1,2}\b|\b[0-9]{1,2} ans\b")
_NOT_THE_PRICE: Final = re.compile(
    r"\+|\b(?:libre|min|minimum|a partir d[eu]|des|hors|selon|sauf|repas|groupes?|participation|acompte)\b"
    r"|\b(?:pass\b|adhesion|navette|prevente|moyen|visite)|\bcarte\b(?! jeune)"
)
_PARTS: Final = re.compile(r"\s*(?:[|;\n/]|,(?![0-9])|\.(?![0-9])|\s-\s|\s-(?=\s|tarif))+\s*")


def read_price(sentence: str) -> Price:
    """Read the price that a sentence says.

    Returns
    -------
    Price
        With the sentence, contacts hidden, by which a person's answer is remembered.
    """
    kept = without_contacts(one_line(_french(sentence)[:_LONGEST]))
    if not kept:
        return PRICE_NOT_SAID
    words = _folded(without_contacts(_french(sentence)[:_LONGEST]))
    alone = _alone(words)
    if (single := _SINGLE.fullmatch(alone)) and not re.match(r"\s*-\s*[0-9]", words):
        return Price(_amount(single), Certainty.CERTAIN, kept)
    if alone and not re.search(r"[0-9€]", alone):
        rest = _BETWEEN.sub(" ", _FREE.sub(" ", alone)).strip()
        if not rest:
            return Price(Decimal(0), Certainty.CERTAIN, kept)
        if not _BETWEEN.sub(" ", _OPEN.sub(" ", alone)).strip():
            return Price(Decimal(0), Certainty.PROPOSED, kept)
    proposed = _full_price(words)
    if proposed is not None:
        return Price(proposed, Certainty.PROPOSED, kept)
    return Price(None, Certainty.UNKNOWN, kept)


def _french(sentence: str) -> str:
    """Give the French of « {"fr": "Gratuit"} », a form in which some sentences come."""
    if sentence.lstrip().startswith("{"):
        try:
            languages = json.loads(sentence)
        except (ValueError, RecursionError):
            return sentence
        if isinstance(languages, dict) and all(isinstance(said, str) for said in languages.values()):
            return languages.get("fr") or (next(iter(languages.values())) if len(languages) == 1 else "")
    return sentence


def _folded(sentence: str) -> str:
    """Lower case, no accents, plain spaces, quotes and dashes; contacts and links become <ici>."""
    apart = unicodedata.normalize("NFD", sentence.replace("œ", "oe"))
    words = "".join(sign for sign in apart if not unicodedata.combining(sign)).lower()
    words = words.translate(_PLAIN)
    words = re.sub(r"https?://\S+|www\.\S+", "<ici>", words).replace(HIDDEN, "<ici>")
    lines = (re.sub(r"\s+", " ", line).strip() for line in words.split("\n"))
    return "\n".join(line for line in lines if line)


_PLAIN: Final = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ", "’": "'", "‘": "'", "´": "'", "`": "'"}
    | dict.fromkeys("–—‐‑−", "-")
    | dict.fromkeys('«»“”"', " ")
)


def _alone(words: str) -> str:
    """Take away what says nothing of the price."""
    rest = f" {words} ".replace("\n", " | ")
    for pattern in _HARMLESS:
        rest = pattern.sub(" | ", rest)
    rest = re.sub(r"\(\s*\|?\s*\)", " | ", rest)
    return re.sub(r"\s+", " ", rest).strip(" |.,;:/-!()\n")


def _amount(found: re.Match[str]) -> Decimal:
    euros, cents, whole, fraction = found.groups()[-4:]
    if euros is not None:
        return Decimal(f"{euros}.{cents}")
    return Decimal(f"{whole}.{fraction or '0'}").quantize(Decimal("0.01"))


def _full_price(words: str) -> Decimal | None:
    """Give the one amount that is the public's full price beside reduced ones, or None."""
    tariffs = _tariffs(_LONE_E.sub(" €", words))
    if tariffs is None:
        return None
    full = {
        amount
        for label, amount in tariffs
        if _FULL.search(label) and not _REDUCED.search(label) and not _NOT_THE_PRICE.search(label)
    }
    if full:
        return full.pop() if len(full) == 1 else None
    if _NOT_THE_PRICE.search(words):
        return None
    neutral = [amount for label, amount in tariffs if _NEUTRAL.fullmatch(label)]
    others = [(label, amount) for label, amount in tariffs if not _NEUTRAL.fullmatch(label)]
    if len(neutral) != 1 or not others:
        return None
    below = all(_REDUCED.search(label) and amount < neutral[0] for label, amount in others)
    return neutral[0] if below else None


def _tariffs(words: str) -> list[tuple[str, Decimal]] | None:
    """Give each amount with what it is called; None when an amount cannot be told apart."""
    tariffs: list[tuple[str, Decimal]] = []
    for part in _PARTS.split(words):
        found = list(_MONEY.finditer(part))
        if not found:
            if re.search(r"\bgratuit", part) and _REDUCED.search(part):
                tariffs.append((part, Decimal(0)))
            elif re.search(r"[0-9]+(?:[.,][0-9]+)?$", part):
                return None  # « 15/13/10 € » : amounts without their currency
            continue
        end = 0
        for number, money in enumerate(found):
            after = part[money.end() :] if number == len(found) - 1 else ""
            label = f"{part[end : money.start()]} {after}".strip(" :()-\n")
            if re.search(r"[0-9]", _AGES.sub("", label)):
                return None  # « 20 à 30 € »
            tariffs.append((re.sub(r"\s+", " ", label), _amount(money)))
            end = money.end()
    return tariffs
