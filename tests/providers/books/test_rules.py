"""What of a catalogue of books the pass Culture does not offer."""

import pytest

from models.vocabulary import Reason
from providers.books import rules
from providers.books.rules import refusal


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        ([(rules.CLIL, "3000")], Reason.SCHOOL_BOOK),
        ([(rules.CLIL, "3008")], Reason.SCHOOL_BOOK),  # lycée professionnel, two levels down
        ([(rules.CLIL, "3014")], Reason.SCHOOL_BOOK),  # cahier de vacances
        ([(rules.CLIL, "3442")], None),
        ([(rules.CLIL, "9999")], None),
        ([(rules.THEMA, "YPZ")], Reason.SCHOOL_BOOK),
        ([(rules.THEMA, "YF")], None),
        ([(rules.TRADE_CATEGORY, "08")], Reason.SCHOOL_BOOK),
        ([(rules.TRADE_CATEGORY, "04")], None),
        ([(rules.FORM, "BC"), (rules.CLIL, "3442")], None),
        ([(rules.FORM, "ED")], None),
        ([(rules.FORM, "PC")], Reason.NOT_A_BOOK),  # a calendar
        ([(rules.FORM, "PI")], None),  # sheet music
        ([(rules.FORM, "ZE")], Reason.NOT_A_BOOK),
        ([(rules.CLIL, "4301")], Reason.NOT_A_BOOK),  # a board game, three levels under the toys
        ([], None),
    ],
)
def test_a_product_is_refused_for_what_it_is(codes, reason):
    assert refusal(codes) is reason


def test_the_first_code_that_is_refused_gives_the_reason():
    assert refusal([(rules.FORM, "PC"), (rules.CLIL, "3013")]) is Reason.NOT_A_BOOK


def test_every_rule_names_codes_that_its_scheme_knows():
    for rule in rules.refusals():
        if rule.scheme == rules.CLIL:
            assert all(rules.subjects.label_of(rule.scheme, code) for code in rule.codes), rule
