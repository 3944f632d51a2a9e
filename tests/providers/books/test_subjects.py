"""The French labels of subjects, and what lies over them."""

from providers.books.subjects import label_of, lineage


def test_subjects_are_told_in_french():
    assert label_of("clil", "3013") == "Parascolaire"
    assert label_of("thema", "FL") == "Science-fiction"


def test_a_thema_subject_unknown_to_the_table_is_told_by_the_nearest_broader_one():
    assert label_of("thema", "FLXX9") == "Science-fiction"


def test_what_is_not_known_has_no_label():
    assert label_of("clil", "0001") == ""
    assert label_of("thema", "9") == ""
    assert label_of("bisac", "FIC022000") == ""


def test_the_classification_says_what_lies_over_a_subject():
    assert list(lineage("clil", "3008")) == ["3008", "3007", "3000"]
    assert list(lineage("thema", "YPZ")) == ["YPZ", "YP", "Y"]
