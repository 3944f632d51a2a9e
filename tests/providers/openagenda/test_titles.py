"""Which titles announce a cancellation, a postponement or a full house, and which only sound like it."""

import pytest

from models.vocabulary import TitleSays
from providers.openagenda.titles import title_says

CANCELLED, POSTPONED, FULL = TitleSays.CANCELLED, TitleSays.POSTPONED, TitleSays.FULL


@pytest.mark.parametrize(
    ("title", "says"),
    [
        ("Bal folk (Annulé)", CANCELLED),
        ("Bal folk (annulée)", CANCELLED),
        ("ANNULÉ : Bal folk", CANCELLED),
        ("ANNULE - Bal folk", CANCELLED),
        ("[ANNULÉ] Bal folk", CANCELLED),
        ("ANNULÉ Bal folk", CANCELLED),
        ("Bal folk - ANNULÉ", CANCELLED),
        ("Bal folk – a n n u l é", CANCELLED),
        ("Conférence « Les marées » - A N N U L É E", CANCELLED),
        ("Bal folk (séance annulée)", CANCELLED),
        ("Bal folk [annulé - intempéries]", CANCELLED),
        ("Bal folk (annulé pour raisons de santé)", CANCELLED),
        ("Annulation : bal folk", CANCELLED),
        ("Bal folk — annulation", CANCELLED),
        ("Annulation du concert de rentrée", CANCELLED),
        ("Bal folk (cancelled)", CANCELLED),
        ("Annulé", CANCELLED),
        ("*ANNULÉ* Bal folk", CANCELLED),
        ("REPORTÉ AU 12 MAI : Bal folk", POSTPONED),
        ("REPORTÉ À 2031 : Bal folk", POSTPONED),
        ("Bal folk (reporté)", POSTPONED),
        ("Bal folk (reporté au printemps)", POSTPONED),
        ("Bal folk - report au 12 mai", POSTPONED),
        ("Bal folk reporté au 12 mai", POSTPONED),
        ("Bal folk, reporté au samedi 3 juin", POSTPONED),
        ("Reportée : Bal folk", POSTPONED),
        ("Bal folk (Complet)", FULL),
        ("COMPLET - Bal folk", FULL),
        ("Complet ! Bal folk", FULL),
        ("COMPLET Bal folk", FULL),
        ("Bal folk : complet", FULL),
        ("Bal folk (c’est complet !)", FULL),
        ("Bal folk [SOLD OUT]", FULL),
        ("Bal folk - sold out", FULL),
        ("Bal folk - guichets fermés", FULL),
    ],
)
def test_a_marker_set_apart_is_read(title, says):
    assert title_says(title) is says


@pytest.mark.parametrize(
    "title",
    [
        "Bal folk",
        "Le bonheur reporté",
        "Petit-déjeuner complet",
        "L’Annulé",
        "Le complet gris",
        "Le complet-veston",
        "L’intégrale complète des quatuors",
        "Les Œuvres complètes (version complète en costumes)",
        "Rapporteurs et reporters",
        "Reportage : la mer",
        "Concert (report du 12 mai)",
        "L’annulation du mariage",
        "L’éclipse annulaire",
        "Pain complet - atelier boulange",
        "Sold outfits : défilé",
        "",
    ],
)
def test_a_title_that_only_sounds_like_it_is_not(title):
    assert title_says(title) is None
