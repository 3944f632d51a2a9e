"""Whatever the bytes, a product is read or put aside, and a document is a message or says why not."""

import io
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from providers.base import Item, Visit
from providers.errors import DataError, PartnerError
from providers.http import PoliteClient
from providers.onix import PROVIDER
from providers.onix.document import Document
from providers.onix.envelope import END, Envelope
from providers.onix.identity import identify
from providers.onix.settings import OnixSettings
from providers.onix.tags import REFERENCE, SHORT
from providers.records import LeftOut, ProductRecord, dump, load
from tests.providers.onix.messages import (
    BAC,
    NOW,
    PRICE,
    TITLE,
    descriptive,
    message,
    product,
    supply,
)

WHOLE = product(
    blocks=descriptive(
        more="<Collection><CollectionType>10</CollectionType>" + TITLE.replace("01</TitleElementLevel", "02</TitleElementLevel")
        + "</Collection><Contributor><SequenceNumber>1</SequenceNumber><ContributorRole>A01</ContributorRole><PersonName>Ana</PersonName></Contributor>"
        "<Language><LanguageRole>01</LanguageRole><LanguageCode>fre</LanguageCode></Language>"
        "<Extent><ExtentType>00</ExtentType><ExtentValue>224</ExtentValue><ExtentUnit>03</ExtentUnit></Extent>"
        "<Subject><MainSubject/><SubjectSchemeIdentifier>29</SubjectSchemeIdentifier><SubjectCode>3442</SubjectCode></Subject>"
    )
    + "<CollateralDetail><TextContent><TextType>03</TextType><ContentAudience>00</ContentAudience><Text>Un <p>soir</p></Text></TextContent>"
    "<SupportingResource><ResourceContentType>01</ResourceContentType><ResourceMode>03</ResourceMode><ResourceVersion><ResourceLink>https://c.example/1.jpg</ResourceLink></ResourceVersion></SupportingResource></CollateralDetail>"
    "<PublishingDetail><Publisher><PublishingRole>01</PublishingRole><PublisherName>Bac</PublisherName></Publisher><PublishingDate><PublishingDateRole>01</PublishingDateRole><Date>20240314</Date></PublishingDate></PublishingDetail>"
    + supply(PRICE.replace("</Price>", "<Territory><CountriesIncluded>FR</CountriesIncluded></Territory><PriceDate><PriceDateRole>14</PriceDateRole><Date>20300101</Date></PriceDate></Price>"))
)  # fmt: skip
TOKENS = [f"<{name}>" for name in sorted(REFERENCE)] + [f"</{name}>" for name in sorted(REFERENCE)]
TOKENS += [f"<{name}>" for name in sorted(SHORT)] + ["01", "15", "20240230", "99999999", "-1", "1e9", "NaN", "FR", "\x00", "<!--", "-->", "<![CDATA[", "]]>", "&eacute;", "&#0;", "&#xD800;", "&x;", "٣", "²", "\ud800".encode("utf-8", "replace").decode()]  # fmt: skip


TO = Visit("https://bac.example/", OnixSettings(), lambda: NOW, PoliteClient(), Path("/nonexistent"))


def normalise(payload: object, ref: str = BAC) -> None:
    try:
        (record,) = PROVIDER.normalise(Item(ref, b"", payload, "product"), TO)
    except DataError:
        return
    assert isinstance(record, ProductRecord | LeftOut)
    assert record.ref == ref
    assert load(dump(record)) == record
    assert "\\u0000" not in json.dumps(dump(record))


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(WHOLE)), st.integers(0, 40), st.sampled_from(TOKENS) | st.text(max_size=12)
        ),
        max_size=5,
    )
)
def test_any_change_to_a_product_is_read_or_put_aside(changes):
    text = WHOLE
    for at, length, instead in changes:
        text = text[:at] + instead + text[at + length :]
    block = text.encode("utf-8", "surrogatepass")
    identified = identify(block, Envelope(), NOW.date())
    assert identified.item.ref
    normalise(identified.item.payload, identified.item.ref)
    normalise(b"<message>" + block + END)


LEAVES = sorted({part.partition(">")[0] for part in WHOLE.split("<") if part and not part.startswith("/")})


@given(st.lists(st.tuples(st.sampled_from(LEAVES), st.text(max_size=20) | st.sampled_from(["", "²", "٣" * 13, "9" * 40, "0", "-0", "1" * 5000])), min_size=1, max_size=4))  # fmt: skip
def test_any_value_is_read_or_put_aside(changes):
    text = WHOLE
    for name, value in changes:
        opened = f"<{name}>"
        at = text.find(opened)
        end = text.find("<", at + len(opened))
        if at >= 0:
            safe = value.replace("&", "&amp;").replace("<", "&lt;")
            text = text[: at + len(opened)] + safe + text[end:]
    block = text.encode("utf-8", "surrogatepass")
    item = identify(block, Envelope(), NOW.date()).item
    normalise(item.payload, item.ref)


@given(st.binary(max_size=300) | st.none() | st.text(max_size=20) | st.lists(st.integers(), max_size=2))
def test_any_payload_is_read_or_put_aside(payload):
    normalise(payload)


@given(st.integers(0, 3_000), st.integers(0, 60), st.sampled_from([each.encode() for each in TOKENS]) | st.binary(max_size=8))  # fmt: skip
def test_any_change_to_a_message_leaves_products_or_says_why(at, length, instead):
    body = message(WHOLE, product())
    body = body[:at] + instead + body[at + length :]
    try:
        found = list(Document(io.BytesIO(body)).products())
    except PartnerError:
        return
    assert all(block.startswith(b"<") for block in found)
