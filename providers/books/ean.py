"""EAN-13, as partners write it: with hyphens, as an ISBN-10, or ruined by a spreadsheet."""

import re
from functools import lru_cache
from typing import Final

from stdnum import ean as ean_number
from stdnum import isbn as isbn_number

from providers.errors import DataError

_SPACES: Final = re.compile(r"[\s\u00a0\u202f-]+")
_SCIENTIFIC: Final = re.compile(r"^\d+(?:[.,]\d+)?E\+?\d+$", re.IGNORECASE)


@lru_cache(maxsize=2048)
def read_ean(written: str) -> str:
    """Give the 13 digits of an EAN or ISBN as written, check digit judged; an ISBN-10 is converted.

    Raises
    ------
    DataError
        It is none; the French sentence says why.
    """
    digits = written if written.isdecimal() else _SPACES.sub("", written)
    if _SCIENTIFIC.match(digits):
        raise DataError(
            "ean_scientific",
            f"« {written} » : le tableur a arrondi l’EAN."
            " Mettez la colonne au format « Texte » et exportez à nouveau.",
        )
    if len(digits) == 10 and isbn_number.is_valid(digits):
        return str(isbn_number.to_isbn13(digits))
    if not (digits.isascii() and digits.isdecimal() and len(digits) == 13):
        raise DataError("ean_malformed", f"« {written[:40]} » n’est pas un EAN : il en faut les 13 chiffres.")
    if ean_number.calc_check_digit(digits[:-1]) != digits[-1]:
        raise DataError(
            "ean_check_digit", f"« {digits} » n’est pas un EAN valable : sa clé de contrôle est fausse."
        )
    return digits
