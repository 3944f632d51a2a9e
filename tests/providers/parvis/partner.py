"""An adapter of a made-up partner that does everything right, and the parts that a broken one gets wrong."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import Field, SecretStr

from models.vocabulary import Certainty, Family
from providers.base import Check, CheckState, HintRequest, Item, Page, Provider, Traits, Visit
from providers.errors import ConfigurationError, DataError
from providers.lines import Line, Lines
from providers.records import (
    PRICE_NOT_SAID,
    UNKNOWN,
    Detail,
    OfferRecord,
    Price,
    Record,
    StockLevel,
    StockRecord,
    replace,
)
from providers.settings import CategoryDefault
from providers.text import clean, one_line, plain, without_contacts

HERE = Path(__file__).parent
NOW_2030 = datetime(2030, 1, 1, 12, tzinfo=UTC)
API = "https://parvis.example/api"
HELP = "Collez le numéro de votre salle, par exemple « 5150 »."


class ParvisSettings(CategoryDefault):
    token: SecretStr = Field(
        min_length=8, title="Clé d’accès", description="Elle est sur votre page « Compte »."
    )


class Parvis(Provider[ParvisSettings]):
    """A list of events, two a page."""

    slug = "parvis"
    label = "Parvis"
    family = Family.TICKETING
    version = 1
    traits = Traits(knows_remaining=True, hints=True)
    Settings: ClassVar = ParvisSettings
    identifier_label = "Numéro de la salle"
    identifier_help = HELP

    def read_identifier(self, written: str) -> str:
        bare = written.strip()
        if not (bare.isascii() and bare.isdecimal()):
            raise ConfigurationError("identifier_unreadable", f"Ceci n’est pas un numéro. {HELP}")
        return bare

    def hint(self, request: HintRequest) -> frozenset[str] | None:
        try:
            said = json.loads(request.body)
        except (ValueError, RecursionError):
            return None
        ref = said.get("event") if isinstance(said, Mapping) else None
        return frozenset({ref}) if isinstance(ref, str) and ref else None

    def check(self, visit: Visit[ParvisSettings]) -> Iterator[Check]:
        events = [event for _, page in self.listed(visit, 1) for event in page["events"]]
        yield Check("key", CheckState.OK, "Clé acceptée par Parvis.")
        yield Check("events", CheckState.OK, f"La salle annonce {len(events)} évènements.")

    def listed(self, visit: Visit[ParvisSettings], number: int) -> Iterator[tuple[int | None, Any]]:
        following: int | None = number
        while following is not None:
            answer = visit.http.get(
                f"{API}/{visit.identifier}/events?page={following}",
                headers={"Authorization": f"Bearer {visit.settings.token.get_secret_value()}"},
                limit=self.limits.body,
            )
            page = answer.json()
            if not isinstance(page, Mapping) or not isinstance(page.get("events"), list):
                raise DataError(
                    "not_parvis", "Ce que Parvis a envoyé n’est pas lisible.", head=answer.content
                )
            following = page.get("next") if isinstance(page.get("next"), int) else None
            yield following, page

    def fetch(self, visit: Visit[ParvisSettings]) -> Iterator[Page]:
        for following, page in self.listed(visit, (visit.cursor or {}).get("page", 1)):
            items = [self.item(event) for event in page["events"]]
            wanted = [item for item in items if not visit.only or item.ref in visit.only]
            cursor = {"page": following} if following else None
            yield Page(wanted, cursor, visit.clock(), last=following is None)

    def item(self, event: Any) -> Item:
        if not isinstance(event, Mapping) or not isinstance(event.get("id"), str):
            raise DataError("not_parvis", "Ce que Parvis a envoyé n’est pas lisible.")
        taken = {key: event[key] for key in ("id", "title", "text", "image", "dates") if key in event}
        return Item(event["id"], self.fingerprint(taken), taken)

    def fingerprint(self, taken: Mapping[str, Any]) -> bytes:
        written = json.dumps(taken, sort_keys=True, default=str)
        return blake2b(written.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    def normalise(self, item: Item, visit: Visit[ParvisSettings]) -> Sequence[Record]:
        try:
            return [self.offer(item.ref, item.payload)]
        except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            raise DataError("not_an_event", "Cet évènement n’est pas lisible.", repr(error)[:200]) from None

    def offer(self, ref: str, said: Mapping[str, Any]) -> OfferRecord:
        return OfferRecord(
            ref=ref,
            title=self.title(said["title"]),
            description=self.text(said.get("text", "")),
            image_url=self.image(said.get("image", "")),
            stocks=tuple(self.stock(date) for date in said["dates"]),
        )

    def title(self, written: Any) -> str:
        return one_line(without_contacts(written))[:200].strip()

    def text(self, written: Any) -> str:
        return without_contacts(plain(written))[:10_000]

    def image(self, written: Any) -> str:
        fine = isinstance(written, str) and written.startswith("https://images.parvis.example/")
        return written if fine and written.isprintable() and " " not in written else ""

    def stock(self, said: Mapping[str, Any]) -> StockRecord:
        if (
            not isinstance(said["id"], str)
            or clean(said["id"]) != said["id"]
            or not 0 < len(said["id"]) < 100
        ):
            raise ValueError("a date without an id")
        return StockRecord(
            ref=said["id"],
            starts_at=self.instant(said["starts"]),
            price=self.price(said.get("price")),
            remaining=self.remaining(said.get("left")),
        )

    def instant(self, written: str) -> datetime:
        instant = datetime.fromisoformat(written)
        if not 1970 <= instant.year < 2100:
            raise ValueError(written)
        return instant

    def price(self, written: Any) -> Price:
        if written is None:
            return PRICE_NOT_SAID
        amount = Decimal(written)
        if amount != round(amount, 2):
            raise ValueError(written)
        return Price(amount, Certainty.CERTAIN)

    def remaining(self, written: Any) -> Any:
        if written is None:
            return UNKNOWN
        if type(written) is not int or not 0 <= written < 2**31:
            raise ValueError(written)
        return written


class ParvisInTwo(Parvis):
    """The same, whose texts are a kind of item of their own."""

    traits = Traits(knows_remaining=True, hints=True, completes=MappingProxyType({"detail": "event"}))

    def fetch(self, visit: Visit[ParvisSettings]) -> Iterator[Page]:
        for page in super().fetch(visit):
            details = [
                Item(each.ref, blake2b(text.encode()).digest()[:16], {"text": text}, "detail")
                for each in page.items
                if (text := each.payload.get("text"))
            ]
            yield Page([*details, *page.items], page.cursor, page.requested_at, last=page.last)

    def normalise(self, item: Item, visit: Visit[ParvisSettings]) -> Sequence[Record]:
        if item.kind == "detail":
            if not isinstance(item.payload, Mapping) or not isinstance(item.payload.get("text"), str):
                raise DataError("not_a_detail", "Ce détail n’est pas lisible.")
            return [Detail(item.ref, {"text": self.text(item.payload["text"])})]
        return super().normalise(item, visit)

    def complete(self, record: OfferRecord, detail: Detail, visit: Visit[ParvisSettings]) -> OfferRecord:
        return replace(record, description=str(detail.values.get("text", "")))


class Etal(Provider[CategoryDefault]):
    """A stock list of a made-up shop, as one page of lines."""

    slug = "parvis"
    label = "Étal"
    family = Family.CATALOGUE
    version = 1
    traits = Traits(primary="level", knows_remaining=True)
    Settings: ClassVar = CategoryDefault
    identifier_help = "Collez le numéro de votre boutique, par exemple « 5150 »."

    def check(self, visit: Visit[CategoryDefault]) -> Iterator[Check]:
        for page in self.fetch(visit):
            yield Check("list", CheckState.OK, f"La liste a {len(page.items)} lignes.")
        yield Check("levels", CheckState.OK, "Elle dit ce qui reste.")

    def fetch(self, visit: Visit[CategoryDefault]) -> Iterator[Page]:
        answer = visit.http.get("https://etal.example/stock.csv", limit=self.limits.body)
        body = answer.content
        if not body.endswith(b"END\n"):
            raise DataError("not_a_list", "Ceci n’est pas une liste complète.", head=body)
        yield Page(self.lines(body), None, visit.clock(), last=True)

    def lines(self, body: bytes) -> Lines:
        return Lines(body, self.rows)

    def rows(self, body: bytes) -> Sequence[Line]:
        rows = [row.split(";") for row in body.decode("utf-8", "replace").splitlines()[1:-1]]
        return [Line(row[0], ";".join(row), row) for row in rows if row[0]]

    def normalise(self, item: Item, visit: Visit[CategoryDefault]) -> Sequence[Record]:
        try:
            ean, left, price = item.payload
            copies = range(2**31)[int(left)]
            return [StockLevel(str(item.ref) if ean else "", copies, Decimal(price) if price else None)]
        except (ValueError, TypeError, ArithmeticError, IndexError):
            raise DataError("not_a_line", "Cette ligne n’est pas lisible.") from None


PARVIS, IN_TWO, ETAL = Parvis(), ParvisInTwo(), Etal()

__all__ = ["ETAL", "HERE", "IN_TWO", "PARVIS", "Etal", "Parvis", "ParvisInTwo"]
