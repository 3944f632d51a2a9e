"""Ways to break the hall's adapter: what stands for its methods, and what turns what they give."""

import socket
import time
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from providers.base import Check, CheckState, Item, Page
from providers.errors import DataError, PartnerError
from providers.records import OfferRecord
from tests.providers.parvis.partner import Etal, Parvis, ParvisSettings


def settings_with(**fields: Any) -> dict[str, Any]:
    values = {name: value for name, (_, value) in fields.items()}
    annotations = {name: kind for name, (kind, _) in fields.items()}
    return {"Settings": type("Settings", (ParvisSettings,), {**values, "__annotations__": annotations})}


def described(default: Any) -> Any:
    return Field(default=default, title="Un réglage", description="À indiquer.")


def key_error(written: Any) -> Any:
    return {"": ""}[str(written)]


def settings_that(**config: Any) -> dict[str, Any]:
    return {"Settings": type("Settings", (ParvisSettings,), {"model_config": ConfigDict(**config)})}


def over(method: str, turn: Any) -> dict[str, Any]:
    """Turn what a method gives: `turn(adapter, given, *arguments)`."""

    def turned(self: Any, *arguments: Any) -> Any:
        return turn(self, getattr(Parvis, method)(self, *arguments), *arguments)

    return {method: turned}


def every_page(**changes: Any) -> dict[str, Any]:
    return over("fetch", lambda _, pages, __: (replace(page, **changes) for page in pages))


def every_item(turn: Any) -> dict[str, Any]:
    return over("item", lambda adapter, item, event: turn(item, event))


def every_offer(turn: Any) -> dict[str, Any]:
    return over("offer", lambda _, offer, *__: turn(offer))


def every_stock(**changes: Any) -> dict[str, Any]:
    return over("stock", lambda _, stock, __: replace(stock, **changes))


def forgiving(self: Any, visit: Any) -> Any:
    """Takes any failure for the end of the list."""
    try:
        yield from Parvis.fetch(self, visit)
    except PartnerError:
        yield Page((), None, visit.clock(), last=True)


def with_the_minute(self: Any, visit: Any) -> Any:
    for page in Parvis.fetch(self, visit):
        minute = visit.clock().isoformat().encode()
        yield replace(page, items=[replace(item, fingerprint=minute) for item in page.items])


def by_position(self: Any, visit: Any) -> Any:
    for page in Parvis.fetch(self, visit):
        items = [
            replace(item, payload={**item.payload, "title": f"{number}. {item.payload['title']}"})
            for number, item in enumerate(page.items)
        ]
        yield replace(page, items=items)


def cut_short(self: Any, visit: Any) -> Any:
    for page in Parvis.fetch(self, visit):
        yield replace(page, items=page.items[: self.limits.page_items])


def forgetful(self: Any, visit: Any) -> Any:
    """Takes the rest of an interrupted traversal for nothing."""
    if visit.cursor is not None:
        return iter([Page((), None, visit.clock(), last=True)])
    return Parvis.fetch(self, visit)


def deaf_to_hints(self: Any, visit: Any) -> Any:
    return Parvis.fetch(self, replace(visit, only=frozenset()))


def keeps_the_error_page(self: Any, visit: Any) -> Any:
    try:
        yield from Parvis.fetch(self, visit)
    except DataError as error:
        yield Page([Item("erreur", b"x" * 16, {"title": str(error)})], None, visit.clock())
        raise


def dials(*_: Any) -> Any:
    socket.create_connection(("127.0.0.1", 9))


def counts(self: Any, item: Any, visit: Any) -> Any:
    type(self).number = getattr(type(self), "number", 0) + 1
    return [replace(Parvis.normalise(self, item, visit)[0], title=f"Un titre, le {self.number}ᵉ")]


def trusting(self: Any, item: Any, visit: Any) -> Any:
    return [self.offer(item.ref, item.payload)]


def credulous(self: Any, item: Any, visit: Any) -> Any:
    try:
        return Parvis.normalise(self, item, visit)
    except DataError:
        return [OfferRecord(item.ref, "Sans titre", ())]


def slow(self: Any, item: Any, visit: Any) -> Any:
    began = time.process_time()
    while time.process_time() - began < 0.002:
        pass
    return Parvis.normalise(self, item, visit)


def hoarding(self: Any, item: Any, visit: Any) -> Any:
    type(self).hoard = [*getattr(type(self), "hoard", ()), bytes(100_000)]
    return Parvis.normalise(self, item, visit)


def lists_its_lines(self: Any, body: bytes) -> Any:
    lines = Etal.lines.__get__(self)(body)
    assert len(lines)
    return lines


def tuples_only(self: Any, item: Any, visit: Any) -> Any:
    if not isinstance(item.payload, tuple):
        raise DataError("not_a_line", "Cette ligne n’est pas lisible.")
    return Etal.normalise(self, item, visit)


def rows_as_tuples(self: Any, body: bytes) -> Any:
    return [replace(line, payload=tuple(line.payload)) for line in Etal.rows(self, body)]


def tells_the_key(self: Any, visit: Any) -> Any:
    yield Check("key", CheckState.OK, f"Clé {visit.settings.token.get_secret_value()} acceptée.")


def swallows(self: Any, visit: Any) -> Any:
    try:
        yield from list(Parvis.check(self, visit))
    except PartnerError:
        yield Check("key", CheckState.OK, "Tout va bien.")


def in_english(self: Any, visit: Any) -> Any:
    yield Check("key", CheckState.OK, "The key is accepted.")
    yield Check("events", CheckState.OK, "Two events.")


def names_the_attendee(self: Any, event: Any) -> Any:
    item = Parvis.item(self, event)
    return replace(item, payload={**item.payload, "text": str(event.get("attendee_name", ""))})


def quotes(self: Any, item: Any, visit: Any) -> Any:
    try:
        return Parvis.normalise(self, item, visit)
    except DataError:
        raise DataError("not_an_event", f"Illisible : {item.payload}.") from None


def two_records(self: Any, item: Any, visit: Any) -> Any:
    return Parvis.normalise(self, item, visit) * 2


def nothing_is_readable(self: Any, item: Any, visit: Any) -> Any:
    raise DataError("not_an_event", "Cet évènement n’est pas lisible.")


GROWING = Annotated[str, BeforeValidator(lambda written: f"{written}!")]
KEY_ERROR = Annotated[str, BeforeValidator(key_error)]
