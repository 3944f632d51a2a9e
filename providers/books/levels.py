"""What a line of a stock list says, however it is written: which book, how many copies, at what price."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Final

from models.vocabulary import Reason
from providers.books.ean import read_ean
from providers.errors import DataError
from providers.records import LeftOut, StockLevel
from providers.text import one_line

MOST_COPIES: Final = 2**31 - 1
"""The largest number that the database keeps; partners write 999999 for « as many as you like »."""

LONGEST_REF: Final = 100

_SPACES: Final = re.compile(r"[\s'’]+")
_CURRENCY: Final = re.compile(r"^(?:€|eur(?:os?)?)|(?:€|eur(?:os?)?)?(?:ttc)?$", re.IGNORECASE)
_GROUPED: Final = re.compile(r"[+-]?[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})(?:[eE][+-]?[0-9]{1,2})?")
_PLAIN: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?")
_CENT: Final = Decimal("0.01")
_BLANK: Final = frozenset({"", "-", "–", "—"})


class PriceUnit(StrEnum):
    """What a list's prices are in."""

    EUROS = "euros"
    CENTS = "cents"

    @property
    def label(self) -> str:
        return {PriceUnit.EUROS: "Euros (12,90)", PriceUnit.CENTS: "Centimes (1290)"}[self]


def name_of(written: str) -> str:
    """Give the ref of a line from the code that it names its book by: its EAN, else the code as written."""
    if len(written) == 13 and written.isascii() and written.isdecimal():
        return written
    code = one_line(written)[:LONGEST_REF]
    try:
        return read_ean(code)
    except DataError:
        return code or "?"


def is_code(value: object) -> bool:
    """Tell whether a value names a book at all; numbers are read as text."""
    return isinstance(value, str) and bool(value.strip(" \t\r\n"))


def read_level(ref: str, said: Mapping[str, Any], unit: PriceUnit) -> StockLevel | LeftOut:
    """Give the level of a line; what has no barcode at all is no book and is left out.

    Parameters
    ----------
    said
        `ref`, `available` and `price` as the partner wrote them, numbers as text.

    Raises
    ------
    DataError
        `ref_missing`, `ean_*`, `level_*` or `price_*`: the sentence says what is wrong with the line.
    """
    code = said.get("ref")
    if not isinstance(code, str) or not is_code(code):
        raise DataError("ref_missing", "La ligne ne dit pas de quel livre il s’agit : sa référence manque.")
    code = code if code.isascii() and code.isdecimal() else one_line(code)
    try:
        ean = read_ean(code[:LONGEST_REF])
    except DataError as error:
        if error.code == "ean_malformed" and sum(sign.isdecimal() for sign in code) < 8:
            return LeftOut(ref, Reason.NO_EAN)  # a shop's own code: stationery, gift cards
        raise
    return StockLevel(ean, read_available(said), read_price(said.get("price"), unit))


def read_available(said: Mapping[str, Any]) -> int:
    """Give the number of copies that a line says.

    Raises
    ------
    DataError
        `level_missing`, `level_negative`, `level_malformed` or `level_too_large`.
    """
    written = said.get("available")
    if written is None or (isinstance(written, str) and not written.strip()):
        raise DataError("level_missing", "La ligne ne dit pas combien d’exemplaires sont disponibles.")
    if isinstance(written, str) and len(written) < 10 and written.isascii() and written.isdecimal():
        return int(written)
    number = _number(written)
    if number is None or number != number.to_integral_value():
        raise DataError("level_malformed", f"« {_quoted(written)} » n’est pas un nombre d’exemplaires.")
    if number < 0:
        raise DataError(
            "level_negative",
            f"Le stock est négatif ({_quoted(written)}) : corrigez-le dans votre logiciel, ou mettez 0.",
        )
    if number > MOST_COPIES:
        raise DataError("level_too_large", f"« {_quoted(written)} » exemplaires : ce nombre est trop grand.")
    return int(number)


def read_price(written: object, unit: PriceUnit) -> Decimal | None:
    """Give the price in euros, to the cent; None where the line says none.

    Raises
    ------
    DataError
        `price_negative` or `price_malformed`.
    """
    if written is None or (isinstance(written, str) and _SPACES.sub("", written) in _BLANK):
        return None
    number = _number(written)
    if number is None:
        raise DataError("price_malformed", f"« {_quoted(written)} » n’est pas un prix.")
    if number < 0:
        raise DataError("price_negative", f"Le prix est négatif ({_quoted(written)}).")
    euros = number / 100 if unit is PriceUnit.CENTS else number
    if euros >= 99_999_999:
        raise DataError("price_malformed", f"« {_quoted(written)} » : ce prix est trop grand.")
    return euros.quantize(_CENT, ROUND_HALF_UP)


def _number(written: object) -> Decimal | None:
    """Read a number as text, in French or in English; None where it is none, or could be two.

    « 1 234,50 € », « 1.234,50 », « 1,234.50 » and « 12,90 » are numbers; « 12 90 » is none.
    """
    if not isinstance(written, str) or len(written) > 40:
        return None
    if _PLAIN.fullmatch(written):
        return Decimal(written)
    text = " ".join(_SPACES.sub(" ", written).replace("\u2212", "-").split())
    text = _CURRENCY.sub("", _CURRENCY.sub("", text).strip()).strip()
    if " " in text:
        if not _GROUPED.fullmatch(text):
            return None
        text = text.replace(" ", "")
    if text.endswith("-"):
        text = "-" + text[:-1].rstrip()  # as some tills write what is below zero
    text = _with_a_point(text)
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _with_a_point(text: str) -> str:
    """Write the decimal sign as a point: of two kinds it is the last, and what stands twice is none."""
    points, commas = text.count("."), text.count(",")
    if points and commas:
        grouping = "." if text.rfind(",") > text.rfind(".") else ","
        text = text.replace(grouping, "")
        points, commas = text.count("."), text.count(",")
    if points > 1 or commas > 1:
        return text.replace(".", "").replace(",", "") if re.fullmatch(_THOUSANDS, text) else "?"
    return text.replace(",", ".")


_THOUSANDS: Final = r"[+-]?[0-9]{1,3}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*"


def _quoted(written: object) -> str:
    return one_line(str(written)[:LONGEST_REF])[:40]
