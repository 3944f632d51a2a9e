import pytest

from providers.books.ean import read_ean
from providers.errors import DataError


@pytest.mark.parametrize(
    "written", ["9782070360024", "978-2-07-036002-4", " 9782070360024 ", "2070360024", "2-07-036002-4"]
)
def test_an_ean_as_people_write_it(written):
    assert read_ean(written) == "9782070360024"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("9782070360025", "ean_check_digit"),
        ("9.78E+12", "ean_scientific"),
        ("9,78207E+12", "ean_scientific"),
        ("978207036002", "ean_malformed"),
        ("", "ean_malformed"),
        ("٩٧٨٢٠٧٠٣٦٠٠٢٤", "ean_malformed"),
    ],
)
def test_what_is_no_ean_says_why(written, code):
    with pytest.raises(DataError) as refusal:
        read_ean(written)
    assert refusal.value.code == code
