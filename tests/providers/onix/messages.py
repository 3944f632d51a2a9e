"""ONIX messages for the tests: small, in the format's shapes, of books that nobody wrote."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.catalogue import ean
from providers.base import Item, Page, VenueFacts, Visit
from providers.errors import DataError, PartnerError
from providers.http import PoliteClient
from providers.onix import PROVIDER
from providers.onix.envelope import END
from providers.onix.settings import OnixSettings
from providers.records import ProductRecord, Record

NOW = datetime(2030, 3, 15, 12, tzinfo=UTC)
BAC = ean(1)
BERGE = ean(2)
ROOT = '<ONIXMessage release="3.0" xmlns="http://ns.editeur.org/onix/3.0/reference">'
TITLE = (
    "<TitleDetail><TitleType>01</TitleType><TitleElement><TitleElementLevel>01</TitleElementLevel>"
    "<TitleText>Le dernier bac</TitleText></TitleElement></TitleDetail>"
)
PRICE = (
    "<Price><PriceType>04</PriceType><PriceAmount>10.95</PriceAmount><CurrencyCode>EUR</CurrencyCode></Price>"
)


def header(sent: str = "20300301T0300Z", number: str = "12", more: str = "") -> str:
    return (
        f"<Header><Sender><SenderName>Distribution du Bac</SenderName></Sender>"
        f"<MessageNumber>{number}</MessageNumber><SentDateTime>{sent}</SentDateTime>{more}</Header>"
    )


def identifiers(number: str, kind: str = "15") -> str:
    return (
        f"<ProductIdentifier><ProductIDType>{kind}</ProductIDType><IDValue>{number}</IDValue>"
        f"</ProductIdentifier>"
    )


def descriptive(title: str = TITLE, form: str = "BC", more: str = "") -> str:
    return (
        f"<DescriptiveDetail><ProductComposition>00</ProductComposition><ProductForm>{form}</ProductForm>"
        f"{title}{more}</DescriptiveDetail>"
    )


def supply(*prices: str, market: str = "", availability: str = "20", more: str = "") -> str:
    return (
        f"<ProductSupply>{market}<SupplyDetail><ProductAvailability>{availability}</ProductAvailability>"
        f"{more}{''.join(prices)}</SupplyDetail></ProductSupply>"
    )


def product(
    number: str = BAC,
    *,
    notification: str = "03",
    reference: str = "",
    blocks: str | None = None,
    own: str | None = None,
) -> str:
    """A product; `blocks` stands for all that follows its identifiers, `own` for the identifiers."""
    return (
        f"<Product><RecordReference>{reference or f'bac.{number}'}</RecordReference>"
        f"<NotificationType>{notification}</NotificationType>"
        f"{identifiers(number) if own is None else own}"
        f"{descriptive() + supply(PRICE) if blocks is None else blocks}</Product>"
    )


def message(*products: str, head: str | None = None, root: str = ROOT) -> bytes:
    body = "\n".join(products)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}{header() if head is None else head}\n{body}\n</ONIXMessage>\n'.encode()


def visiting(folder: Path, *, identifier: str | None = None, **changes: Any) -> Visit[Any]:
    """A visit of an operator's folder."""
    settings = OnixSettings(**changes.pop("settings", {}))
    spool = folder / ".spool"
    spool.mkdir(exist_ok=True)
    said = {"clock": lambda: NOW, "http": PoliteClient(), "spool": spool} | changes
    return Visit(identifier or folder.as_uri(), settings, **said)


def kept(folder: Path, body: bytes, name: str = "message.xml") -> Path:
    (folder / name).write_bytes(body)
    return folder


def pages(visit: Visit[Any]) -> list[Page]:
    return list(PROVIDER.fetch(visit))


def until_failure(visit: Visit[Any]) -> tuple[list[Page], PartnerError | None]:
    read: list[Page] = []
    try:
        for page in PROVIDER.fetch(visit):
            read.append(page)  # noqa: PERF402 - those that came before it failed
    except PartnerError as error:
        return read, error
    return read, None


def items(visit: Visit[Any]) -> list[Item]:
    return [item for page in pages(visit) for item in page.items]


def refs(read: list[Page]) -> list[str]:
    return [item.ref for page in read for item in page.items]


def normalised(block: str, *, wrapping: str = "<message>", ref: str = BAC, **changes: Any) -> Record:
    """What a product becomes, its block as it stands in a message."""
    (record,) = PROVIDER.normalise(
        Item(ref, b"", wrapping.encode() + block.encode() + END, "product"),
        Visit("https://bac.example/", OnixSettings(), changes.get("clock", lambda: NOW), PoliteClient(), Path("/nonexistent")),
    )  # fmt: skip
    return record


def book(block: str, **changes: Any) -> ProductRecord:
    record = normalised(block, **changes)
    assert isinstance(record, ProductRecord)
    return record


def outcomes(visit: Visit[Any]) -> list[Record | str]:
    """What each item becomes: its record, or the code of its error."""
    found: list[Record | str] = []
    for item in items(visit):
        try:
            found += PROVIDER.normalise(item, visit)
        except DataError as error:
            found.append(error.code)
    return found


ECLUSE = VenueFacts("Librairie de l’Écluse")
