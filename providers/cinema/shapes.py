"""How the partners' JSON is read: the fields that matter, each as strictly as it matters.

What makes a showing (its id, its price, its seats) is right or the film is put aside; what only
describes the film (a synopsis, a length) is left out where it makes no sense.
"""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict

from providers.records import UNKNOWN, Remaining

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,12}(?:[.,][0-9]{1,6})?")
_MOST_SEATS: Final = 2**31 - 1
_MOST_EUROS: Final = 100_000_000
_LONGEST_ID: Final = 100


def _id(written: Any) -> Any:
    """Give an id as text: 36683 and "36683" are the same showing."""
    if isinstance(written, int) and not isinstance(written, bool):
        return str(written)
    if isinstance(written, str) and written.strip() and len(written) <= _LONGEST_ID and written.isprintable():
        return written.strip()
    raise ValueError("not an id")


def _number(written: Any) -> Decimal:
    """Give a number that JSON wrote, or wrote as text; « true » and « NaN » are none.

    Raises
    ------
    ValueError
        It is none, or has more digits than anything in a cinema.
    """
    if isinstance(written, bool) or not isinstance(written, int | Decimal | float | str):
        raise ValueError("not a number")  # noqa: TRY004 - pydantic turns it into what is wrong with the field
    text = str(written).strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise ValueError("not a number") from None


def _amount(written: Any) -> Any:
    if written is None or written == "":
        return None
    amount = _number(written).quantize(Decimal("0.01"), ROUND_HALF_UP)
    if not 0 <= amount < _MOST_EUROS:
        raise ValueError("not a price")
    return amount


def _seats(written: Any) -> Any:
    if written is None or written == "":
        return None
    number = _number(written)
    if number != number.to_integral_value():
        raise ValueError("not a number of seats")
    return int(number)


def _words(written: Any) -> Any:
    return written if isinstance(written, str) else ""


def _positive(written: Any) -> Any:
    try:
        number = int(_number(written))
    except ValueError:
        return None
    return number if 0 < number < 100_000 else None


def _ids(written: Any) -> Any:
    """Keep of a list the ids; what else is in it names nothing."""
    if not isinstance(written, list | tuple):
        return ()
    return tuple(str(each) for each in written if isinstance(each, int | str) and not isinstance(each, bool))


Id: TypeAlias = Annotated[str, BeforeValidator(_id)]
Amount: TypeAlias = Annotated[Decimal | None, BeforeValidator(_amount)]
"""Euros, from the text of the number; None where nothing is said."""

Seats: TypeAlias = Annotated[int | None, BeforeValidator(_seats)]
"""As the partner counts, so perhaps below zero; None where nothing is said."""

Words: TypeAlias = Annotated[str, BeforeValidator(_words)]
Length: TypeAlias = Annotated[int | None, BeforeValidator(_positive)]
"""Of a film, in the partner's unit; None where it makes no sense."""

Ids: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_ids)]


class Shape(BaseModel):
    """Some of a partner's object. `nested`: field of the partner's → the shape of what is in it."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)
    nested: ClassVar[Mapping[str, "type[Shape]"]] = {}


def trim(shape: type[Shape], said: Any) -> Any:
    """Keep of an object what its shape reads, as plain JSON; whether it fits is asked later.

    Numbers with decimals become their text, so that what is kept is exact wherever it goes.
    """
    if not isinstance(said, Mapping):
        return _plain(said)
    kept: dict[str, Any] = {}
    for name, field in shape.model_fields.items():
        key = field.alias or name
        value = said.get(key)
        if value is None:
            continue
        inside = shape.nested.get(key)
        if inside is None:
            kept[key] = _plain(value)
        elif isinstance(value, list):
            kept[key] = [trim(inside, each) for each in value]
        else:
            kept[key] = trim(inside, value)
    return kept


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def remaining(seats: int | None) -> Remaining:
    """Give what can still be sold: not said is not zero; below zero is an oversold room, as it was said."""
    return UNKNOWN if seats is None else max(-_MOST_SEATS, min(seats, _MOST_SEATS))


def word(said: Any, name: str) -> str:
    """Give a text in an object that only describes; empty where there is none."""
    found = said.get(name) if isinstance(said, Mapping) else None
    return found if isinstance(found, str) else ""


def key_of(said: Any, *path: str) -> str | None:
    """Give an id deep in an object as text; None where there is none: then nothing names the object."""
    for step in path:
        if not isinstance(said, Mapping):
            return None
        said = said.get(step)
    try:
        return str(_id(said))
    except ValueError:
        return None
