"""What of TiteLive's catalogue the pass Culture does not offer, and why."""

import pytest

from models.vocabulary import Reason
from tests.providers.titelive.test_products import of, of_line


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"gtl": {"first": {"1": {"code": "11000000", "libelle": "Scolaire"}}}}, Reason.SCHOOL_BOOK),
        ({"gtl": {"first": {"4": {"code": "12090418", "libelle": "Terminale"}}}}, Reason.SCHOOL_BOOK),
        ({"gtl": [], "code_clil": "3006"}, Reason.SCHOOL_BOOK),
        ({"gtl": [], "code_clil": "3029"}, Reason.SCHOOL_BOOK),
        ({"scolaire": "1"}, Reason.SCHOOL_BOOK),
        ({"scolaire": 1}, Reason.SCHOOL_BOOK),
        ({"taux_tva": "20.00"}, Reason.NOT_A_BOOK),
        ({"taux_tva": 20}, Reason.NOT_A_BOOK),
        ({"codesupport": "CL"}, Reason.NOT_A_BOOK),
        ({"codesupport": "cb"}, Reason.NOT_A_BOOK),
        ({"codesupport": "R", "taux_tva": "2.10"}, Reason.PHYSICAL_PRESS),
        ({"codesupport": "R", "taux_tva": "5.50"}, None),
        ({"taux_tva": "2.10"}, None),
        ({"id_lectorat": "45"}, Reason.ADULTS_ONLY),
        ({"gtl": [], "code_clil": "0", "taux_tva": 0}, None),
        ({"codesupport": None, "gencod": "3000000000014"}, Reason.NOT_A_BOOK),
    ],
)
def test_what_the_pass_culture_does_not_offer_says_why(changes, reason):
    assert of(**changes).refused is reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"c4": "2704"}, Reason.SCHOOL_BOOK),
        ({"c39": "1"}, Reason.SCHOOL_BOOK),
        ({"c13": "R", "c26": "2,10"}, Reason.PHYSICAL_PRESS),
        ({"c26": "20,00"}, Reason.NOT_A_BOOK),
        ({"c13": "O"}, Reason.NOT_A_BOOK),
        ({}, None),
    ],
)
def test_the_files_say_it_in_their_columns(changes, reason):
    assert of_line("45", **changes).refused is reason
