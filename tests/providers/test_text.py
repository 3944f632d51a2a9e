"""What is done to a partner's words, whoever the partner."""

import time

import pytest

from providers.errors import TransientError
from providers.text import clean, counted, fold, one_line, plain, typeset, without_contacts


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Réserver au 05 00 00 00 00.", "Réserver au …."),
        ("Tél.05.00.00.00.00", "Tél.…"),
        ("05-00-00-00-00/06 00 00 00 00", "…/…"),
        ("0500000000", "…"),
        ("+33 (0)5 00 00 00 00 ou 0033 5 00 00 00 00", "… ou …"),
        ("+590 590 00 00 00", "…"),
        ("Écrire à prenom.nom+x@vaubreal.example !", "Écrire à … !"),
        ("nom [at] vaubreal.example, nom(arobase)vaubreal.example", "…, …"),
        ("Le 12 01 2030 à 20 h 30, 05 €", "Le 12 01 2030 à 20 h 30, 05 €"),
        ("SIRET 12345678900000", "SIRET 12345678900000"),
        ("rendez-vous @nnexe", "rendez-vous @nnexe"),
    ],
)
def test_contacts_are_hidden_and_nothing_else(said, kept):
    assert without_contacts(said) == kept


def test_control_and_direction_characters_go():
    assert clean("a\x00\x07b\u202e\ufeff\ud800c") == "abc"
    assert clean(" a \r\n\r\n\r\n\u2028 b\u2029") == "a\n\nb"
    assert one_line(" a\tb\u2028c ") == "a b c"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Théâtre de l’Œuvre", "theatre de l'oeuvre"),
        ("SALLE  B (étage)", "Salle B - étage"),
        ("Ça\u00a0!", "ca"),
    ],
)
def test_names_that_differ_by_accents_case_or_punctuation_are_the_same(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize("piece", ["**", "[", "<", "<p ", "_a", "a@", "a", "![", "05 ", " "])
def test_no_text_takes_long(piece):
    began = time.thread_time()
    without_contacts(plain((piece * 12_000)[:12_000]))
    assert time.thread_time() - began < 2


def test_the_plural_begins_at_two():
    assert [counted(number, "date") for number in (0, 1, 2, 2500)] == [
        "0 date",
        "1 date",
        "2 dates",
        "2\u202f500 dates",
    ]


@pytest.mark.parametrize(
    ("written", "set_in_type"),
    [
        (
            "Le site « a.fr » est introuvable : vérifiez.",
            "Le site «\u00a0a.fr\u00a0» est introuvable\u00a0: vérifiez.",
        ),
        ("Agenda n° 12 ; 8 € ?", "Agenda n°\u00a012\u00a0; 8\u00a0€\u00a0?"),
        ("Une adresse en https://a.fr", "Une adresse en https://a.fr"),
    ],
)
def test_french_sentences_take_no_break_spaces(written, set_in_type):
    assert typeset(written) == set_in_type
    assert TransientError("away", written).sentence == set_in_type
