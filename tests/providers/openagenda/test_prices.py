"""What the price reader makes of the free words of `conditions`: one table, sentence by sentence."""

import json
import os
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.vocabulary import Certainty
from providers.openagenda.prices import read_price
from providers.records import PRICE_NOT_SAID

FREE = [
    "Gratuit",
    "GRATUIT.",
    "C’est gratuit !",
    "Entrée libre",
    "Entrée gratuite",
    "Entrée libre et gratuite",
    "Entrée libre - gratuit",
    "Accès gratuit",
    "Gratuit, sur réservation",
    "Gratuit sur simple inscription",
    "Gratuit (réservation obligatoire)",
    "Gratuit - inscription fortement conseillée au 05 00 00 00 00",
    "Gratuit. Réservation conseillée par mail à accueil@vaubreal.example ou au 05.00.00.00.00",
    "Gratuit, sur inscription auprès de la médiathèque",
    "Réservation en ligne : https://vaubreal.example/billets. Gratuit",
    "Entrée libre, sans réservation",
    "Entrée libre dans la limite des places disponibles",
    "Entrée libre dans la limite de 40 places disponibles",
    "Entrée libre (sous réserve de places disponibles)",
    "Entrée libre, places limitées",
    "Entrée libre pour tous",
    "Gratuit et ouvert à toutes et tous",
    "Tout public à partir de 6 ans - entrée libre",
    "Entrée libre, dès 8 ans",
    "Concert gratuit",
    "Ateliers gratuits, nombre de places limité",
    "Tarifs : gratuit",
    "Tout public // Durée 1h10 // Tarif : gratuit",
    "Entrée libre aux horaires d’ouverture de la bibliothèque",
    "Gratuit, pièce d’identité obligatoire",
    '{"fr": "Gratuit", "en": "Free"}',
    '{"en": "Gratuit"}',
]

CERTAIN = {
    "15 €": "15",
    "15€": "15",
    "15 euros": "15",
    "4,50 €": "4.50",
    "4.5€": "4.50",
    "2€50": "2.50",
    "0 €": "0",
    "Tarif : 6 €": "6",
    "Tarifs: 6€": "6",
    "Tarif unique 22€": "22",
    "Prix : 12 euros": "12",
    "Entrée : 10 €": "10",
    "Prix d’entrée : 5€": "5",
    "Plein tarif : 25 €": "25",
    "Spectacle : 9 €": "9",
    "10 € par personne": "10",
    "10€/personne": "10",
    "Réservation conseillée - tarif 3 euros": "3",
    "Sur inscription, au tarif de 3€50": "3.50",
    "8 €, sur réservation au 05 00 00 00 00": "8",
    "Tout public, dès 5 ans - tarif 7 €": "7",
    "Entrée 20 € - billetterie en ligne": "20",
    "Entrée\u00a0:\u00a010\u202f€": "10",
}

PROPOSED = {
    "Plein tarif : 12 € / Tarif réduit : 8 €": "12",
    "Tarif plein 12 €, tarif réduit 8 €, gratuit pour les moins de 12 ans": "12",
    "12€ (TP) / 8€ (TR)": "12",
    "12€ tarif plein / 8€ pour les moins de 12 ans": "12",
    "Plein 12€ | Réduit 9€ | Avec la carte Plein 10€": "12",
    "Réduit : 9 € / Normal : 13 €": "13",
    "TARIF ABONNÉS : 20 € / GÉNÉRAL : 26 €": "26",
    "Tarif guichet : 17 € / Plein tarif : 15 € / Tarif abonné : 10 €": "15",
    "Tarif unique : 10€ / Pass festival : 25€": "10",
    "Entrée : 10 €, tarif réduit : 6 €": "10",
    "Entrée : 10 € Tarif réduit : 6 €": "10",
    "9 € - Gratuit pour les moins de 6 ans": "9",
    "Accès libre": "0",
    "Libre accès dans la limite de la jauge": "0",
}

UNKNOWN = [
    # free for some, on a condition, or not said to be free
    "Gratuit pour les moins de 12 ans",
    "Gratuit pour tous les moins de 26 ans",
    "Gratuit à partir de 65 ans",
    "Gratuit pour les adhérents",
    "Gratuit sur présentation du billet du musée",
    "Gratuit le premier dimanche du mois",
    "Gratuit avant 22h",
    "Gratuit*",
    "Gratuit ?",
    "Non gratuit",
    "Gratuit sur invitation",
    "Gratuit, réservation payante",
    "Inscription gratuite",
    "Atelier gratuit, entrée du château payante",
    "Parking gratuit",
    "Première séance gratuite",
    "Entrée libre avec pass obligatoire",
    "Entrée libre, participation libre",
    "Entrée libre - sortie au chapeau",
    "Entrée libre et gratuite sauf la projection : 4,50€",
    "Entrée libre les soirs de concert",
    "Accès libre le matin et sur rendez-vous l’après-midi",
    "Visite libre",
    "Libre",
    "Prix libre",
    "Tarif libre (1€ min)",
    "Participation libre au chapeau",
    "Inclus dans le billet du salon",
    "Payant",
    # nothing about a price
    "Sur réservation",
    "Tout public",
    "À partir de 8 ans",
    "Complet",
    "https://vaubreal.example/tarifs",
    # amounts that are not the price, or not one
    "10",
    "480",
    "19e",
    "3/5 €",
    "10€ / 7,5€ / gratuit",
    "29 à 59€",
    "de 6€ à 70€",
    "33 à 34 euros selon placement",
    "À partir de 7 €",
    "Dès 7 €",
    "5 € minimum",
    "5 € environ",
    "5 €*",
    "- 5 €",
    "10 000 €",
    "1.500 €",
    "5€ + 2€ d’adhésion",
    "15 € hors repas",
    "15 € (hors frais de location)",
    "5 € adhérents",
    "5 € à partir de 12 ans",
    "5 € par heure",
    "Sur réservation : 5 €",
    "Prévente : 4 €",
    "Sur place : 8 €",
    "Carte de saison (10 €)",
    "Coût moyen : 7 €",
    "15/13/10 €",
    "Plein tarif : 29 € / Plein tarif : 27 € / Réduit : 20 €",
    "Tarif unique : 30 € avec une boisson / plein : 20 € / réduit : 12 €",
    "Plein tarif à partir de 20 € / réduit 10 €",
    "Plein tarif : 20 à 30 € / réduit 10 €",
    "Plein tarif : 20 € (hors frais) / réduit : 10 €",
    "Adultes 7 € enfants 4 €",
    "5 € (enfants) / 7 € (adultes)",
    "Entrée 5 € / Tarif réduit 7 €",
]


@pytest.mark.parametrize("sentence", FREE)
def test_certainly_free(sentence):
    price = read_price(sentence)
    assert (price.amount, price.certainty) == (0, Certainty.CERTAIN)


@pytest.mark.parametrize(("sentence", "amount"), CERTAIN.items())
def test_a_certain_amount(sentence, amount):
    price = read_price(sentence)
    assert (price.amount, price.certainty) == (Decimal(amount), Certainty.CERTAIN)


@pytest.mark.parametrize(("sentence", "amount"), PROPOSED.items())
def test_an_amount_to_propose(sentence, amount):
    price = read_price(sentence)
    assert (price.amount, price.certainty) == (Decimal(amount), Certainty.PROPOSED)


@pytest.mark.parametrize("sentence", UNKNOWN)
def test_not_known(sentence):
    price = read_price(sentence)
    assert (price.amount, price.certainty) == (None, Certainty.UNKNOWN)
    assert price.sentence


@pytest.mark.parametrize("sentence", ["", "  ", "\n", '{"fr": ""}', '{"en": "", "fr": ""}'])
def test_nothing_said(sentence):
    assert read_price(sentence) == PRICE_NOT_SAID


def test_the_sentence_that_is_kept_names_no_one():
    price = read_price("Sur réservation :\n05 00 00 00 00 ou accueil@vaubreal.example")
    assert price.sentence == "Sur réservation : … ou …"


def test_sentences_that_differ_by_a_number_only_are_answered_once():
    assert (
        read_price("Prix libre, 05 00 00 00 00").sentence == read_price("Prix libre, 06.00.00.00.00").sentence
    )


@given(st.text(max_size=300) | st.text("gratuit entréelib5€ €12,/-:surréservation ", max_size=200))
def test_whatever_is_written_a_price_is_read(sentence):
    price = read_price(sentence)
    if "€" in price.sentence and any("1" <= sign <= "9" for sign in price.sentence):
        assert (price.amount, price.certainty) != (0, Certainty.CERTAIN)


@pytest.mark.parametrize(
    "piece", ["a ", "sur réservation ", "a : ", "réservation par mail ", "5 € ", ", ", "1 ", "(", "-"]
)
def test_no_sentence_takes_long(piece):
    began = time.thread_time()
    read_price(piece * 2000)
    assert time.thread_time() - began < 1


@pytest.mark.skipif("PASSERELLE_CORPUS" not in os.environ, reason="PASSERELLE_CORPUS is not set")
def test_real_sentences():
    """Each of those read as certain was read by a person too; so many they were, and none was wrong."""
    path = Path(os.environ["PASSERELLE_CORPUS"]) / "openagenda" / "conditions.json"
    sentences = json.loads(path.read_text())
    read = {sentence: read_price(sentence) for sentence in sentences}
    certain_free = {
        s for s, price in read.items() if price.certainty is Certainty.CERTAIN and not price.amount
    }
    assert not [s for s in certain_free if "€" in s or "euro" in s.lower()]
    assert not [s for s in certain_free if "pour les" in s or "sauf" in s or "participation" in s]
    kinds = Counter((price.certainty, price.amount == 0) for price in map(read_price, sentences))
    assert kinds == {
        (Certainty.CERTAIN, True): 66,
        (Certainty.CERTAIN, False): 46,
        (Certainty.PROPOSED, True): 4,
        (Certainty.PROPOSED, False): 84,
        (Certainty.UNKNOWN, False): 284,
    }
