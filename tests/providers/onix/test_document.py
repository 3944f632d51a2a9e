"""Messages as the trade writes them, and as it breaks them: each product is cut out whole."""

import gzip
import io

import pytest

from providers.errors import DataError, TransientError
from providers.onix import document as module
from providers.onix.document import Document
from providers.records import ProductRecord
from tests.providers.onix.messages import (
    BAC,
    BERGE,
    ROOT,
    TITLE,
    descriptive,
    header,
    identifiers,
    kept,
    message,
    outcomes,
    product,
    refs,
    until_failure,
    visiting,
)

SHORT = f"""<ONIXmessage release="3.0"><header><sender><x298>Distribution du Bac</x298></sender>
<m180>12</m180><x307>20300301T0300Z</x307></header>
<product datestamp="20300228"><a001>bac.1</a001><a002>03</a002>
<productidentifier><b221>15</b221><b244>{BAC}</b244></productidentifier>
<descriptivedetail><x314>00</x314><b012>BC</b012><titledetail><b202>01</b202><titleelement>
<x409>01</x409><b203>Le dernier bac</b203></titleelement></titledetail></descriptivedetail>
<relatedmaterial><relatedproduct><x455>06</x455><productidentifier><b221>15</b221><b244>{BERGE}</b244>
</productidentifier></relatedproduct></relatedmaterial>
<productsupply><market><territory><x449>FR</x449></territory></market><supplydetail><j396>20</j396>
<price><x462>04</x462><j151>10.95</j151><j152>EUR</j152></price></supplydetail></productsupply></product>
</ONIXmessage>"""


def blocks(body: bytes) -> list[bytes]:
    return list(Document(io.BytesIO(body)).products())


def read(tmp_path, body: bytes):
    return outcomes(visiting(kept(tmp_path, body)))


def prefixed(body: bytes) -> bytes:
    text = body.decode().replace("<", "<o:").replace("<o:/", "</o:").replace("<o:?", "<?")
    return text.replace("xmlns=", "xmlns:o=").encode()


@pytest.mark.parametrize(
    "body",
    [
        message(product()),
        message(product(), root='<ONIXMessage release="3.1" xmlns="http://www.editeur.org/onix/3.0/reference">'),
        message(product(), root='<ONIXMessage release="3.0">'),
        message(product(), root="<ONIXMessage>"),
        message(product(), root='<onixmessage release="3.0">').replace(b"/ONIXMessage", b"/onixmessage"),
        message(product(), root='<ONIXMESSAGE release="3.0">').replace(b"/ONIXMessage", b"/ONIXMESSAGE"),
        message(product()).replace(b"<Product>", b'<Product xmlns="http://ns.editeur.org/onix/3.0/reference" datestamp="20300101">'),
        message(product()).replace(b"</Product>", b"</Product\n>"),
        message(product()).replace(b"Product>", b"PRODUCT>").replace(b"ProductIdentifier", b"productIDENTIFIER"),
        product().encode(),
        b'<?xml version="1.0"?>\n<!-- from the Bac -->\n' + product().encode(),
        prefixed(message(product())),
        SHORT.encode(),
        SHORT.replace('release="3.0"', 'release="3.0" xmlns="http://ns.editeur.org/onix/3.0/short"').encode(),
        b"\xef\xbb\xbf" + message(product()),
        message(product()).decode().replace("UTF-8", "utf-16").encode("utf-16"),
        message(product()).replace(b'encoding="UTF-8"', b"standalone='yes'"),
        message(product()).replace(b'"UTF-8"', b'"utf-16"'),
        message("<!-- " + product(BERGE) + " -->", product()),
        message(product()).replace(b"?>\n", b'?>\n<!DOCTYPE ONIXMessage SYSTEM "http://www.editeur.org/onix/3.0/reference/onix.dtd">\n', 1),
        message(product()) + b"\n<!-- the end -->\0\0",
    ],
)  # fmt: skip
def test_a_message_is_read_however_it_is_written(tmp_path, body):
    (record,) = read(tmp_path, body)
    assert isinstance(record, ProductRecord)
    assert (record.ref, record.ean, record.title, str(record.price.amount)) == (
        BAC,
        BAC,
        "Le dernier bac",
        "10.95",
    )


def test_products_without_a_message_follow_each_other(tmp_path):
    found = read(tmp_path, (product() + "\n" + product(BERGE)).encode())
    assert [record.ref for record in found] == [BAC, BERGE]


def test_what_looks_like_a_product_in_a_comment_or_in_cdata_is_none(tmp_path):
    text = f"<TextContent><TextType>03</TextType><Text><![CDATA[</Product>{'<Product>' * 2}]]></Text></TextContent>"
    inside = product(blocks=descriptive() + f"<!-- </Product> --><CollateralDetail>{text}</CollateralDetail>")
    assert len(blocks(message(inside, product(BERGE)))) == 2
    assert [record.ref for record in read(tmp_path, message(inside, product(BERGE)))] == [BAC, BERGE]


class Dripping(io.BytesIO):
    """A file that gives few bytes at a time; its root comes with the first."""

    def __init__(self, body, size):
        super().__init__(body)
        self.size = size

    def read(self, asked=-1):
        return super().read(self.size if self.tell() else 120)


def test_where_the_pieces_of_a_file_end_does_not_matter():
    body = message(
        product(), "<!-- <Product> -->", product(BERGE).replace("</Title", "<!-- - --></Title"), product()
    )
    whole = blocks(body)
    for size in (1, 7, 64, 333):
        dripping = Document(Dripping(body, size))
        assert list(dripping.products()) == whole
        assert dripping.envelope.sender == "Distribution du Bac"


def test_a_product_that_is_not_closed_costs_only_itself(tmp_path):
    broken = product().removesuffix("</Product>")
    found = read(tmp_path, message(broken, product(BERGE)))
    assert found[0] == "not_well_formed"
    assert found[1].ref == BERGE


def test_a_product_that_is_not_xml_costs_only_itself(tmp_path):
    found = read(tmp_path, message(product().replace("</TitleText>", "</Title>"), product(BERGE)))
    assert found[0] == "not_well_formed"
    assert found[1].ref == BERGE


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Le dernier\x02 bac\x0b", "Le dernier bac"),
        ("Le dernier&#x1F; bac&#0;", "Le dernier bac"),
        ("Le dernier bac d&eacute;sert&eacute;", "Le dernier bac déserté"),
        ("Le dernier bac &lt; tout &amp; rien&rsquo;", "Le dernier bac < tout & rien’"),
    ],
)
def test_what_xml_forbids_is_taken_out_and_the_names_of_html_are_known(tmp_path, written, title):
    (record,) = read(tmp_path, message(product(blocks=descriptive(TITLE.replace("Le dernier bac", written)))))
    assert record.title == title


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252"])
def test_other_encodings_are_read_as_declared(tmp_path, encoding):
    body = message(product(blocks=descriptive(TITLE.replace("bac", "cœur brûlé d’été"))))
    (record,) = read(tmp_path, body.decode().replace("UTF-8", encoding).encode("cp1252"))
    assert record.title == "Le dernier cœur brûlé d’été"


def test_a_notice_in_another_encoding_than_the_message_says_is_read(tmp_path):
    body = message(product(blocks=descriptive(TITLE.replace("bac", "été"))), product(BERGE))
    (record, _) = read(tmp_path, body.decode().encode("cp1252"))
    assert record.title == "Le dernier été"


BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE ONIXMessage [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">
<!ENTITY file SYSTEM "file:///etc/passwd"> <!ENTITY p '<Product>'>]>
"""


def test_no_entity_is_ever_expanded(tmp_path):
    bodies = [TITLE.replace("bac", f"&{name};") for name in ("b", "file", "p")]
    body = (
        BOMB
        + message(*(product(blocks=descriptive(each)) for each in bodies), product(BERGE)).partition(b"\n")[2]
    )
    found = read(tmp_path, body)
    assert found[:3] == ["not_well_formed"] * 3
    assert found[3].ref == BERGE


@pytest.mark.parametrize(
    ("body", "error", "code"),
    [
        (b"", TransientError, "cut_body"),
        (b"<html><body>Maintenance</body></html>", DataError, "not_onix"),
        (b"<!DOCTYPE html><html></html>", DataError, "not_onix"),
        (b'{"products": []}', DataError, "not_onix"),
        (b"<Collection><CollectionType>10</CollectionType></Collection>", DataError, "not_onix"),
        (b'<ONIXMessage release="2.1"><Product/></ONIXMessage>', DataError, "onix_2"),
        (b"<ONIXMessage><Header><FromCompany>Bac</FromCompany></Header><Product/>", DataError, "onix_2"),
        (b'<?xml version="1.0" encoding="utf-7"?>' + product().encode(), DataError, "encoding_unknown"),
        (message(product()) + message(product(BERGE)), DataError, "after_end"),
        (message(product())[:-17], TransientError, "cut_body"),
        (message(product())[:-60], TransientError, "cut_body"),
        (f"{ROOT}{header()}".encode(), TransientError, "cut_body"),
        (f"{ROOT}{header()[:40]}".encode(), TransientError, "cut_body"),
        (b"<ONIXMessage release=", TransientError, "cut_body"),
        (product()[:-9].encode(), TransientError, "cut_body"),
    ],
)
def test_a_document_that_is_no_whole_message_says_why(tmp_path, body, error, code):
    _, failure = until_failure(visiting(kept(tmp_path, body)))
    assert isinstance(failure, error)
    assert failure.code == code
    assert failure.sentence.endswith(".")


def test_a_cut_message_gives_its_whole_products_and_never_a_last_page(tmp_path):
    read, failure = until_failure(
        visiting(kept(tmp_path, message(product(), product(BERGE), product())[:-400]))
    )
    assert failure.code == "cut_body"
    assert refs(read) == [BAC, BERGE]
    assert not any(page.last for page in read)


def test_a_product_without_end_is_not_held_in_memory(monkeypatch):
    monkeypatch.setattr(module, "LONGEST_PRODUCT", 1000)
    monkeypatch.setattr(module, "PIECE", 512)
    with pytest.raises(DataError) as raised:
        blocks(message(product(blocks="<x>" + "a" * 9000 + "</x>")))
    assert raised.value.code == "product_too_large"


def test_an_empty_message_is_whole(tmp_path):
    assert read(tmp_path, message()) == []
    assert read(tmp_path, b'<ONIXMessage release="3.0"/>') == []


def test_a_compressed_message_is_read_and_a_cut_one_is_told(tmp_path):
    body = gzip.compress(message(*[product(reference=str(number)) for number in range(500)]))
    assert len(read(tmp_path, body)) == 500
    _, failure = until_failure(visiting(kept(tmp_path, body[:-20])))
    assert failure.code == "cut_body"


def test_the_header_says_who_sent_when(tmp_path):
    envelope = Document(io.BytesIO(message(product()))).envelope
    assert envelope.sender == "Distribution du Bac"
    assert envelope.order == "20300301T030000Z#000000000000012"


def test_an_order_is_that_of_the_moments_whatever_their_zone():
    sent = ["20300301", "20300301T0200+0100", "20300301T010001Z", "20300301T2330-0500"]
    orders = [Document(io.BytesIO(message(head=header(each)))).envelope.order for each in sent]
    assert orders == sorted(orders)
    assert len(set(orders)) == 4


def test_an_unreadable_header_says_nothing():
    assert Document(io.BytesIO(message(product(), head="<Header><x></Header>"))).envelope.order is None


def test_identifiers_may_stand_anywhere_in_the_product_but_only_in_it(tmp_path):
    related = f"<RelatedMaterial><RelatedProduct>{identifiers(BERGE)}</RelatedProduct></RelatedMaterial>"
    late = product(own="", blocks=descriptive() + related + identifiers(BAC))
    (record,) = read(tmp_path, message(late))
    assert (record.ref, record.ean) == (BAC, BAC)
